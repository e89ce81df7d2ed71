"""``trainer fit``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from trainer.config import FitConfig, Loading, Machine


def fit(
    shards: Annotated[list[Path], Parameter(negative="")],
    /,
    *,
    stage: Literal["all", "morpher", "rotator", "combiner"] = "all",
    loss: Literal["l1", "perceptual", "both"] = "l1",
    rotator_loss: Literal["l1", "perceptual"] | None = None,
    images: int | None = None,
    batch: int | None = None,
    vgg: str | None = None,
    start: Path | None = None,
    rotator: Path | None = None,
    config: FitConfig = FitConfig(),  # noqa: B008, it is frozen
    loading: Loading = Loading(),  # noqa: B008, likewise
    machine: Machine = Machine(),  # noqa: B008, likewise
    out: Path = Path("runs"),
    dry_run: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Train the networks on the train shards among those given, stage after stage; the same command again goes on.

    Writes OUT/morpher, OUT/rotator-LOSS and OUT/combiner-ROTATOR'S LOSS-LOSS, each with config.json, metrics.jsonl,
    TensorBoard's files, snapshots as safetensors, each with a readable .json and a .png, and the state from which
    training goes on. Prints the last snapshot of each.

    Args:
        shards: Files, folders or globs.
        stage: Which network; all trains one after the other.
        loss: Of rotator and combiner; both trains all that the article compares. The morpher is trained with l1.
        rotator_loss: The rotator whose pictures the combiner is given; that of --loss when left out.
        images: Training images for each network, rounded up to whole batches; the article's when left out.
        batch: Images a step; the article's when left out (25, 8, 20 or 12, by stage and loss).
        vgg: VGG16 for the perceptual loss: a file (torchvision's .pth, or .safetensors), auto or seeded.
        start: First weights: a snapshot of the network that --stage names. The perceptual rotator starts from the
            l1 rotator's snapshot after 250,000 images when left out.
        rotator: The snapshot whose pictures the combiner is given; that of the run in OUT when left out.
        config: Settings of the run.
        loading: How shards are read.
        machine: How it is computed.
        out: Folder of runs.
        dry_run: Check everything, print the configurations and stop.
    """
    from trainer.signals import starting

    with starting():
        import json

        from mmdgen.errors import UsageError
        from trainer import plan as plans
        from trainer.console import emit_json, err
        from trainer.console import out as results
        from trainer.loop import fit as train
        from trainer.vgg import find_vgg
        from trainer.world import join

    for option, given, wanted in (("--start", start, stage != "all" and loss != "both"),
                                  ("--rotator", rotator, stage == "combiner")):  # fmt: skip
        if given is not None and not wanted:
            raise UsageError(f"{option} {given}: for several networks, expected one; give one --stage and one --loss")
    order = plans.schedule(stage, loss, rotator_loss, started=start is not None)
    weights = find_vgg(vgg) if any(one.loss == "perceptual" for one in order) else None
    work = plans.prepare(
        order,
        config,
        plans.open_data(shards, loading),
        out,
        images=images,
        batch=batch,
        vgg=weights,
        start=start,
        rotator=rotator,
    )
    if dry_run:
        emit_json([found.as_json() for found in work])
        return
    with join(machine.device) as world:
        for one in work:
            found = plans.build_on(one, start, rotator)
            if world.first:
                err.print(json.dumps(found.as_json(), ensure_ascii=False, indent=1), markup=False)
            snapshot = train(found, machine, world)
            if world.first:
                results.print(str(snapshot), markup=False)
