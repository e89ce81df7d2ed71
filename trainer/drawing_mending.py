"""Drawings made fit for the networks: cut out, cleared, scaled and placed so that the head fills the middle box.

opaque ──cut_out──► with alpha ──placed──► (S, S, 4): the head's rows S/4 to 3S/4, its middle at S/2
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

from mmdgen.errors import UsageError
from trainer.drawing import U1, Drawing, Finding
from trainer.drawing_checks import cut_off, misplaced, upper_border
from trainer.drawing_head import SOLID, Head, find_head
from trainer.errors import DrawingError

F4 = NDArray[np.float32]
LARGEST_SIDE = 2048  # larger drawings are reduced before anything else
SMALLEST_SIDE = 32
NARROW = 20  # times as long as wide, or more: a strip, no figure
FLAT = 0.8  # of the upper border that must have one colour for a background to be cut out
NEAR = 24  # levels by which JPEG and scanners blur one colour
RIM = 2  # pixels over which an outline blends into the background
ENCLOSED = 0.002  # of the picture: less may well be the whites of eyes
BLURRED = 1.5  # times by which a picture may be enlarged before it shows
CURVE = 32  # levels by which a blend may miss the line between its two colours


def mend(
    drawing: Drawing, size: int, rows: tuple[float, float] | None = None, center: float | None = None
) -> tuple[Drawing, Head]:
    """Return the drawing as networks of pictures of ``size`` want it, and its head in the drawing's own pixels.

    ``rows`` of skull and chin, and ``center``, are what a person says; what is not said, the outline must show. Without
    either, a square picture whose head fills the middle already is only scaled. Raises DrawingError; UsageError for
    rows and columns that cannot be meant.
    """
    height, width = drawing.pixels.shape[:2]
    if min(height, width) < SMALLEST_SIDE or max(height, width) > NARROW * min(height, width):
        what = f"{drawing.path}: {width} × {height}"
        raise DrawingError(
            f"{what}, expected a figure in a picture of {SMALLEST_SIDE} pixels or more; give a larger one"
        )
    _check_said(drawing, rows, center)
    pixels, scale = _reduced(drawing.pixels)
    findings: list[Finding] = []
    if (upper_border(pixels)[:, 3] >= SOLID).mean() > FLAT:
        pixels, enclosed = cut_out(drawing, pixels)
        if enclosed > ENCLOSED:
            found = f"{enclosed:.1%} of the picture has the background's colour, but the drawing encloses it"
            findings.append(Finding("note", "enclosed", found, "no background", "erase it if it is some"))
    pixels = cleared(pixels)
    height, width = pixels.shape[:2]
    said = rows is not None or center is not None
    head = _head(drawing, pixels, rows and (rows[0] * scale, rows[1] * scale), center and center * scale)
    box: tuple[float, float, float, float] = (0, 0, width, height)
    if said or height != width or misplaced(head, width, height):
        unit = head.height / 2  # a quarter of the picture's side
        left, top = head.center - 2 * unit, head.top - unit
        box = (left, top, left + 4 * unit, top + 4 * unit)
    findings += cut_off(pixels, head)
    if size > BLURRED * (box[2] - box[0]):
        found = f"enlarged {size / (box[2] - box[0]):.1f} times"
        findings.append(Finding("warning", "blurred", found, "a head of more pixels", "give a larger picture"))
    mended = Drawing(drawing.path, resampled(pixels, box, size), True, tuple(findings))
    return mended, Head(head.top / scale, head.bottom / scale, head.center / scale, head.by)


def _check_said(drawing: Drawing, rows: tuple[float, float] | None, center: float | None) -> None:
    height, width = drawing.pixels.shape[:2]
    if center is not None and not 0 <= center <= width:
        raise UsageError(f"--center: {center:g}, expected a column of {drawing.path}, 0 to {width}; look with --show")
    if rows is None:
        return
    top, bottom = rows
    if not (-height <= top < bottom <= 2 * height and 8 <= bottom - top <= 1.5 * height):
        found = f"--head: {top:g} to {bottom:g}"
        raise UsageError(
            f"{found}, expected rows of {drawing.path}, skull before chin, 0 to {height}; look with --show"
        )


def _head(drawing: Drawing, pixels: U1, rows: tuple[float, float] | None, center: float | None) -> Head:
    """Return the head in ``pixels``: as a person says, and where nothing is said as the outline shows."""
    if rows is not None:
        if center is None:
            solid = pixels[max(0, int(rows[0])) : max(1, int(rows[1])), :, 3] >= SOLID
            columns = np.flatnonzero(solid.any(0))
            center = (columns[0] + columns[-1] + 1) / 2 if len(columns) else pixels.shape[1] / 2
        return Head(*rows, float(center), "person")
    head = find_head(pixels[..., 3])
    if head is None:
        raise DrawingError(
            f"{drawing.path}: an outline that shows no head, expected one above a neck; "
            "give --head TOP BOTTOM and --center X"
        )
    return head if center is None else Head(head.top, head.bottom, center, head.by)


def cleared(pixels: U1) -> U1:
    """Return pixels (H, W, 4) with 0, 0, 0 under alpha 0."""
    return np.where(pixels[..., 3:] > 0, pixels, 0).astype(np.uint8)


def _reduced(pixels: U1) -> tuple[U1, float]:
    """Return a picture of at most LARGEST_SIDE pixels a side, and by how much it was scaled."""
    factor = -(-max(pixels.shape[:2]) // LARGEST_SIDE)
    if factor == 1:
        return pixels, 1.0
    height, width = (max(1, side // factor) for side in pixels.shape[:2])
    part = pixels[: height * factor, : width * factor]
    planes = [np.zeros((height, width), np.float32) for _ in range(4)]
    for row in range(factor):  # strided sums, so that no float copy of a huge picture is made
        for column in range(factor):
            alpha = part[row::factor, column::factor, 3].astype(np.float32)
            planes[3] += alpha
            for c in range(3):
                planes[c] += part[row::factor, column::factor, c] * alpha / 255
    return _straight(np.stack(planes, -1) / factor**2), 1 / factor


def resampled(pixels: U1, box: tuple[float, float, float, float], size: int) -> U1:
    """Return the part (left, top, right, bottom) of a picture (H, W, 4), transparent beyond it, as (size, size, 4).

    Premultiplied, in sRGB numbers, bicubic and averaging when it gets smaller. A part of that very size at whole
    pixels comes back as it was.
    """
    left, top, right, bottom = box
    if right - left == size and left == int(left) and top == int(top):
        whole = Image.fromarray(pixels).crop((int(left), int(top), int(right), int(bottom)))
        return cleared(np.asarray(whole))
    margin = 4 + 4 * (right - left) / size  # what the filter reaches beyond the part
    x, y = int(np.floor(left - margin)), int(np.floor(top - margin))
    reach = (x, y, int(np.ceil(right + margin)), int(np.ceil(bottom + margin)))
    alpha = pixels[..., 3:].astype(np.float32)
    flat = np.concatenate([pixels[..., :3] * (alpha / 255), alpha], -1)
    within = (left - x, top - y, right - x, bottom - y)
    planes = [
        np.asarray(Image.fromarray(flat[..., c]).crop(reach).resize((size, size), Image.Resampling.BICUBIC, within))
        for c in range(4)
    ]
    return _straight(np.stack(planes, -1))


def _straight(flat: F4) -> U1:
    """Return premultiplied numbers (H, W, 4) in 0 … 255 as a picture with straight alpha."""
    alpha = flat[..., 3:].clip(0, 255)
    with np.errstate(divide="ignore", invalid="ignore"):
        colours = np.where(alpha > 0, flat[..., :3].clip(0, alpha) * 255 / alpha, 0)
    return cleared(np.rint(np.concatenate([colours, alpha], -1)).astype(np.uint8))


def cut_out(drawing: Drawing, pixels: U1) -> tuple[U1, float]:
    """Return a picture without its background, if that is one colour: all of it that hangs together with the border.

    Where the outline blends into the background, alpha is the blend's share and the colour is what was blended in.
    What the drawing encloses stays, as it may be the white of an eye; its share of the picture comes back, too. Raises
    DrawingError for other backgrounds.
    """
    border = upper_border(pixels)[:, :3].astype(np.int32)
    ground = np.median(border, axis=0)
    share = float((np.abs(border - ground).max(1) <= NEAR).mean())
    if share < FLAT:
        raise DrawingError(
            f"{drawing.path}: {share:.0%} of the upper border has one colour, expected a flat background or none; "
            "erase the background in a drawing program"
        )
    colours = pixels[..., :3].astype(np.float32)
    similar = np.abs(colours - ground.astype(np.float32)).max(-1) <= NEAR
    outside = _reaching_border(similar)
    if outside.mean() > 0.995:
        raise DrawingError(f"{drawing.path}: nothing but one colour, expected a character before it; check the file")
    alpha, colours = _unblended(colours, ground.astype(np.float32), outside)
    alpha *= pixels[..., 3]
    result = np.concatenate([np.rint(colours), np.rint(alpha)[..., None]], -1).astype(np.uint8)
    return cleared(result), float((similar & ~outside).mean())


def _reaching_border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the parts of ``mask`` that touch the top or a side; below, the body may have the background's colour."""
    labels, count = ndimage.label(mask)
    touching = np.zeros(count + 1, np.bool_)
    touching[np.concatenate([labels[0], labels[:, 0], labels[:, -1]])] = True
    touching[0] = False
    reaching: NDArray[np.bool_] = touching[labels]
    return reaching


def _unblended(colours: F4, ground: F4, outside: NDArray[np.bool_]) -> tuple[F4, F4]:
    """Return alpha (H, W) in [0, 1] and the colours (H, W, 3) that were blended with ``ground`` along the rim.

    Near the rim, a pixel is taken for a blend of ``ground`` and the colour nearby that is farthest from it, if it lies
    on the line between them.
    """
    alpha = np.where(outside, np.float32(0), np.float32(1))
    away = np.abs(colours - ground).sum(-1)
    distance = ndimage.distance_transform_edt(~outside).astype(np.float32)
    rim = (distance > 0) & (distance <= RIM)
    rows, columns = np.nonzero(rim)
    height, width = rim.shape
    best, far = away[rows, columns].copy(), colours[rows, columns].copy()
    for dy in range(-RIM, RIM + 1):
        for dx in range(-RIM, RIM + 1):
            y, x = (rows + dy).clip(0, height - 1), (columns + dx).clip(0, width - 1)
            farther = away[y, x] > best
            best = np.where(farther, away[y, x], best)
            far = np.where(farther[:, None], colours[y, x], far)
    here, there = colours[rows, columns] - ground, far - ground
    share = (here * there).sum(1) / np.maximum((there * there).sum(1), 1)
    missed = np.abs(here - share[:, None] * there).max(1)
    share = np.where(missed <= CURVE, share.clip(0, 1), 1).astype(np.float32)
    alpha[rows, columns] = share
    result = colours.copy()
    result[rows, columns] = np.where(
        (share < 1)[:, None], (here / np.maximum(share, 1e-3)[:, None] + ground).clip(0, 255), colours[rows, columns]
    )
    return alpha, result
