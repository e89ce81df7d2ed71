"""Golden images: how they are compared, kept and shown when they differ."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
from PIL import Image

from mmdgen.render.context import Driver

FOLDER = Path(__file__).resolve().parents[1] / "golden"
PINNED = FOLDER / "driver.json"  # the driver that drew them
CLOSE, SHARE = 2, 0.995  # of 255; of the character's pixels
BLOCK, BLOCK_ERROR = 4, 4.0  # pixels a side; of 255
AMPLIFY = 32


def check(name: str, picture: np.ndarray, driver: Driver, *, update: bool) -> None:
    """Compare a picture (H, W, 4) with its golden image: byte by byte on the pinned driver, closely elsewhere."""
    path = FOLDER / f"{name}.png"
    if update:
        FOLDER.mkdir(exist_ok=True)
        Image.fromarray(picture).save(path)
        PINNED.write_text(json.dumps(asdict(driver), indent=1) + "\n")
        return
    expected = np.asarray(Image.open(path).convert("RGBA"))
    pinned = json.loads(PINNED.read_text()) == asdict(driver)
    problem = bytes_differ(picture, expected) if pinned else looks_differ(picture, expected)
    if problem:
        raise AssertionError(f"{name}: {problem}; see {keep_failure(name, picture, expected)}")


def bytes_differ(picture: np.ndarray, expected: np.ndarray) -> str:
    if picture.shape != expected.shape:
        return f"{picture.shape} instead of {expected.shape}"
    differing = (picture != expected).any(-1).sum()
    return f"{differing} pixels differ on the driver that drew the golden image" if differing else ""


def looks_differ(picture: np.ndarray, expected: np.ndarray) -> str:
    """Apply the tolerant rule: nearly all pixels are close, and no small block is off (a mouth is 32 pixels)."""
    if picture.shape != expected.shape:
        return f"{picture.shape} instead of {expected.shape}"
    error = np.abs(premultiplied(picture) - premultiplied(expected)).max(-1)
    seen = (picture[..., 3] > 0) | (expected[..., 3] > 0)
    share = (error[seen] <= CLOSE).mean() if seen.any() else 1.0
    if share < SHARE:
        return f"{share:.2%} of the character is within {CLOSE}/255, expected {SHARE:.1%}"
    height, width = (n // BLOCK * BLOCK for n in error.shape)
    blocks = error[:height, :width].reshape(height // BLOCK, BLOCK, width // BLOCK, BLOCK).mean((1, 3))
    worst = np.unravel_index(blocks.argmax(), blocks.shape)
    if blocks[worst] > BLOCK_ERROR:
        row, column = (int(n) * BLOCK for n in worst)
        return f"the block at row {row}, column {column} is off by {blocks[worst]:.1f}/255"
    return ""


def premultiplied(picture: np.ndarray) -> np.ndarray:
    """Return (H, W, 4) float64; colour counts as much as it shows."""
    wide = picture.astype(float)
    wide[..., :3] *= wide[..., 3:] / 255
    return wide


def keep_failure(name: str, picture: np.ndarray, expected: np.ndarray) -> Path:
    """Write actual, expected and the amplified difference beside one another and return where."""
    failed = FOLDER / "failed"
    failed.mkdir(exist_ok=True)
    Image.fromarray(picture).save(failed / f"{name}-actual.png")
    Image.fromarray(expected).save(failed / f"{name}-expected.png")
    if picture.shape == expected.shape:
        difference = np.abs(premultiplied(picture) - premultiplied(expected)) * AMPLIFY
        difference[..., :3] += difference[..., 3:]
        difference[..., 3] = 255
        Image.fromarray(difference.clip(0, 255).astype(np.uint8)).save(failed / f"{name}-difference.png")
    return failed
