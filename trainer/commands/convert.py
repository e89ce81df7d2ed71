"""``trainer convert``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter


def convert(
    file: Path,
    /,
    *,
    out: Annotated[Path | None, Parameter(name=["--out", "-o"])] = None,
    overwrite: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Take the weights that the article published to a snapshot, or a snapshot to such a file. Prints what was written.

    face_morpher.pt, two_algo_face_rotator.pt and combiner.pt become a .safetensors file with a readable .json beside
    it; a snapshot of ours becomes a .pt file of the same tensors. Every name and shape must be the network's, and of a
    .pt file nothing but tensors is read.

    Args:
        file: A .pt file, a snapshot, or a run's folder for its newest snapshot.
        out: Where to write, .safetensors or .pt; the published name in the file's folder when left out.
        overwrite: Replace a file that is there.
    """
    from trainer.signals import starting

    with starting():
        from trainer.console import out as results
        from trainer.convert import convert as take

    results.print(str(take(file, out, overwrite=overwrite)), markup=False)
