"""``trainer fit``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from trainer.config import FitConfig, Loading


def fit(
    shards: Annotated[list[Path], Parameter(negative="")],
    /,
    *,
    config: FitConfig = FitConfig(),  # noqa: B008, it is frozen
    out: Path = Path("runs"),
    device: str = "auto",
    loading: Loading = Loading(),  # noqa: B008, likewise
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Train the face morpher on the train shards among those given; the same command again goes on.

    Writes OUT/morpher: config.json, metrics.jsonl, TensorBoard's files, snapshots as safetensors, each with a readable
    .json and a .png (input, target, output, mask), and the state from which training goes on. Prints the last snapshot.

    Args:
        shards: Files, folders or globs.
        config: Settings of the run.
        out: Folder of runs.
        device: auto (a GPU when there is one), cpu, cuda, cuda:1, mps.
        loading: How shards are read.
        dry_run: Check everything, print the configuration and stop.
    """
    import json

    from trainer.console import emit_json, err
    from trainer.console import out as results
    from trainer.loop import fit as train
    from trainer.plan import plan
    from trainer.stages import MORPHER

    found = plan(MORPHER, config, shards, out, loading)
    if dry_run:
        emit_json(found.as_json())
        return
    err.print(json.dumps(found.as_json(), ensure_ascii=False, indent=1), markup=False)
    results.print(str(train(found, device=device, workers=loading.threads)), markup=False)
