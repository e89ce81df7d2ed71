"""``trainer eval``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from trainer.config import Loading


def eval(  # noqa: A001, the command's name
    shards: Annotated[list[Path], Parameter(negative="")],
    /,
    *,
    runs: Path | None = None,
    published: Path | None = None,
    snapshot: Path | None = None,
    split: Literal["auto", "train", "val", "test"] = "auto",
    limit: int | None = None,
    batch: int = 8,
    device: str = "auto",
    loading: Loading = Loading(),  # noqa: B008, it is frozen
    html: Path | None = None,
    strips: int = 24,
    motion: Path | None = None,
    frames: Annotated[list[Path], Parameter(negative="", consume_multiple=True)] = [],  # noqa: B006, never changed
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Measure networks on pictures that they have not seen, beside the answer "output = input".

    With --runs (./runs unless a snapshot is given): every configuration of the article's Table 7B whose networks are
    trained, from the rest picture to the posed one; and morpher, rotator and combiner each on its own, from the picture
    that the renderer made. MSE, RMSE, PSNR and SSIM, and LPIPS where the package lpips is there, in network space (data
    range 2) and in sRGB levels (data range 255), over all pixels and over those that differ by more than 2 levels
    between input and target; over all images, for each character and by the size of each parameter.

    Args:
        shards: Files, folders or globs.
        runs: Folder of runs.
        published: Folder of the article's face_morpher.pt, two_algo_face_rotator.pt and combiner.pt, to be compared.
        snapshot: One morpher or rotator alone: a snapshot, or a run's folder for its newest one.
        split: Which shards to use; auto takes test, else val, else train.
        limit: Use at most so many examples, spread over the characters.
        batch: Images at a time.
        device: auto (a GPU when there is one), cpu, cuda, cuda:1, mps.
        loading: How shards are read.
        html: Also write a page that shows pictures, the worst first, and plays them.
        strips: Examples whose pictures the page shows.
        motion: A pose table that begins at rest, of which --frames holds pictures, for the page to play.
        frames: Folders of `mmdgen shot MODEL --motion TABLE -o FOLDER/`, one for each character.
        json: Print JSON instead of tables.
    """
    from trainer.signals import starting

    with starting():
        from trainer.console import emit_json
        from trainer.evaluation import Asked, evaluate, print_tables

    asked = Asked(
        shards=tuple(shards), runs=runs, published=published, snapshot=snapshot, split=split, limit=limit, batch=batch,
        device=device, loading=loading, html=html, strips=strips, motion=motion, frames=tuple(frames),
    )  # fmt: skip
    found = evaluate(asked)
    if json:
        emit_json(found.as_json())
    else:
        print_tables(found)
    if html:  # the numbers are safe by now
        from trainer.page.page import write_page

        write_page(found, html, found.films)
