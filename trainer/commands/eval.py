"""``trainer eval``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def eval(  # noqa: A001, the command's name
    shards: Annotated[list[Path], Parameter(negative="")],
    /,
    *,
    snapshot: Path = Path("runs/morpher"),
    split: Literal["auto", "train", "val", "test"] = "auto",
    limit: int | None = None,
    batch: int = 8,
    device: str = "auto",
    workers: int = 2,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Measure a snapshot on pictures that it has not seen, beside the answer "output = input".

    MSE, RMSE, PSNR and SSIM in network space (data range 2) and in sRGB levels (data range 255), over all pixels and
    over those that differ by more than 2 levels between input and target; over all images and for each character.

    Args:
        shards: Files, folders or globs.
        snapshot: A snapshot, or a run's folder for its newest one.
        split: Which shards to use; auto takes test, else val, else train.
        limit: Use at most so many examples, spread over the characters.
        batch: Images at a time.
        device: auto (a GPU when there is one), cpu, cuda, cuda:1, mps.
        workers: Threads that decode pictures.
        json: Print JSON instead of tables.
    """
    from mmdgen.errors import UsageError
    from trainer import tables
    from trainer.checkpoint import load_network
    from trainer.console import emit_json, out, progress, say
    from trainer.data import open_examples, spread
    from trainer.devices import choose_device
    from trainer.evaluate import measure, report
    from trainer.stages import MORPHER

    if min(batch, workers, 1 if limit is None else limit) < 1:
        raise UsageError("--batch, --workers, --limit: below 1, expected 1 or more; give larger numbers")
    examples = open_examples(shards, ("test", "val", "train") if split == "auto" else (split,))
    if examples is None:
        raise UsageError(f"{' '.join(map(str, shards))}: no {split} shards, expected some; give {split}-*.h5 too")
    kind, network, file = load_network(snapshot)
    if kind != MORPHER.name:
        raise UsageError(f"{file}: a {kind}, expected a morpher; give its snapshot")
    if examples.split == "train":
        say("measuring on train shards: a network has an easier time with characters that it was trained on")
    rows = spread(examples.models, limit or len(examples))
    with progress() as bar:
        task = bar.add_task("eval", total=len(rows), note="")
        measured = measure(
            network,
            MORPHER,
            examples,
            rows,
            choose_device(device),
            batch=batch,
            workers=workers,
            advance=lambda n: bar.advance(task, n),
        )
    found = report(measured, examples)
    about = {"snapshot": str(file), "split": examples.split, "size": examples.size}
    if json:
        emit_json(about | found)
        return
    overall = found["overall"]
    out.print(
        f"{file} on {overall['images']:,} {examples.split} images of {len(found['characters'])} characters;",
        markup=False,
    )
    out.print(
        f"{overall['changed_share']:.2%} of their pixels differ by more than 2 levels from the input", markup=False
    )
    out.print(tables.overall(overall))
    out.print(tables.characters(found["characters"]))
