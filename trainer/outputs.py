"""Which file each drawing is written to."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mmdgen.errors import UsageError

NAME = "{name}"


def outputs(images: Sequence[Path], output: str | None, option: str = "-o") -> list[str]:
    """Return an output for each image: ``{name}`` stands for the image's file name without its extension.

    Raises UsageError where two images would share one, or an image would be overwritten.
    """
    if output is None:
        raise UsageError(f"{option}: nothing to write, expected a file; add {option} out.png")
    if len(images) > 1 and NAME not in output:
        remedy = f"try {option} 'posed/{NAME}.png'"
        raise UsageError(f"{option} {output}: one file for {len(images)} drawings, expected {NAME} in it; {remedy}")
    made: dict[str, Path] = {}
    for image in images:
        target = output.replace(NAME, image.stem)
        if target in made:
            raise UsageError(f"{option} {output}: {made[target]} and {image} are both {target}; rename one of them")
        if Path(target).exists() and any(Path(target).samefile(other) for other in images if other.exists()):
            raise UsageError(f"{option} {output}: it is a drawing itself, expected another file; choose another name")
        made[target] = image
    return list(made)


def make_folder(target: str) -> None:
    """Make the folder that a file is to lie in."""
    Path(target).parent.mkdir(parents=True, exist_ok=True)
