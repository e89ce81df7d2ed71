"""``mmdgen render``: models and their annotations become shards."""

from __future__ import annotations

from pathlib import Path
from time import time
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter
from cyclopts.validators import Number

from mmdgen.commands import console

if TYPE_CHECKING:
    from mmdgen.generate.survey import Question

Positive = Annotated[int, Parameter(validator=Number(gte=1))]
Share = Annotated[float, Parameter(validator=Number(gte=0, lte=1))]


def render(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    n: Positive,
    out: Path = Path("shards"),
    seed: Annotated[int, Parameter(validator=Number(gte=0, lt=2**63))] = 0,
    size: int = 256,
    split_file: Path | None = None,
    n_val: Annotated[int | None, Parameter(validator=Number(gte=0))] = None,
    n_test: Annotated[int | None, Parameter(validator=Number(gte=0))] = None,
    workers: Positive | None = None,
    devices: Annotated[list[str] | None, Parameter(negative="")] = None,
    min_confidence: Share = 0.8,
    allow_smile: Annotated[bool, Parameter(negative="")] = False,
    annotations: Path | None = None,
    per_shard: Positive | None = None,
    ambient: float = 0.5,
    directional: float = 0.5,
    specular: float = 0.5,
    shading: str = "phong",
    edge: float | None = None,
    samples: int = 4,
    ik: Annotated[bool, Parameter(negative="")] = False,
    randomize: Annotated[list[str] | None, Parameter(negative="")] = None,
    engine: Literal["local", "ray"] = "local",
    address: str | None = None,
    gpu_share: Share | None = None,
    profile: Annotated[bool, Parameter(negative="")] = False,
    trace: Path | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Render training triplets of annotated models into shards.

    The same command run again goes on where it stopped. A larger --n adds triplets to what is there.

    Args:
        models: Models, folders of models or globs; ./models by default.
        n: Training triplets in all, spread evenly over the models.
        out: The folder for the shards.
        seed: Another seed gives other poses.
        size: Width and height of the pictures in pixels, a multiple of 8 from 32 to 1024.
        split_file: TOML with the models kept for validation and testing: val = ["glob", …], test = ["glob", …].
        n_val: Triplets for validation; by default n / 50, at most 10,000, when the split file names models for it.
        n_test: Triplets for testing, likewise.
        workers: Processes; by default as many as processors, but no more than 16 for each GPU.
        devices: The GPUs to draw with: all, as by default, or EGL numbers such as 0,1. They need not be CUDA's numbers.
        min_confidence: Proposals of annotate-auto with less confidence count as missing.
        allow_smile: Let smiling winks close the eyes of models that have no others.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        per_shard: Triplets in one shard.
        ambient: Strength of the light that comes from everywhere.
        directional: Strength of the light that comes from the viewer.
        specular: Strength of highlights.
        shading: phong or toon, as MMD shades.
        edge: Width of the outlines, times what the file says; by default 1 under toon and 0, none, under phong.
        samples: Samples for each pixel: 1, 4, 9 or 16.
        ik: Let the models' IK bones pull their chains, legs for example.
        randomize: What differs from sample to sample, any of light,shading,edge,colour; a triplet's three pictures
            share it, and the shards record it.
        engine: local, processes of this machine, or ray, tasks of a Ray cluster that sees the same folders.
        address: The Ray cluster's, such as auto or ray://host:10001; by default one on this machine for this run alone.
        gpu_share: What one task of Ray's takes of a GPU, 0 for none; by default 1/16 where the cluster has any.
        profile: Say how long each stage of the work took, how idle it was, and which one held the others up.
        trace: A file for every piece of work with its times, to look at in ui.perfetto.dev or chrome://tracing.
        dry_run: Say what would be rendered, and write nothing.
        json: Print the result as JSON.
    """
    from mmdgen import template
    from mmdgen.errors import UsageError

    began = time()
    template.prepare()  # it imports what workers need while this process does so too

    from mmdgen.commands.render_report import as_json, profile_table, report, run, survey
    from mmdgen.generate import Muster, Request
    from mmdgen.generate.looks import read_groups
    from mmdgen.generate.machine import read_devices
    from mmdgen.generate.plan import TRIPLETS_PER_SHARD
    from mmdgen.generate.ray_crew import Cluster
    from mmdgen.generate.splits import read_split_file
    from mmdgen.render.settings import RenderSettings

    if split_file is None and (n_val or n_test):
        raise UsageError("--n-val, --n-test: no --split-file, expected one that names models for them; give it too")
    if engine == "local" and (address is not None or gpu_share is not None):
        raise UsageError("--address, --gpu-share: --engine is local, expected ray; add --engine ray")
    if engine == "ray" and devices:
        raise UsageError("--devices: --engine is ray, which chooses GPUs itself, expected none; see --gpu-share")
    request = Request(
        models=_questions(models or ["models"], annotations),
        out=out,
        n=n,
        n_val=n_val,
        n_test=n_test,
        seed=seed,
        settings=RenderSettings(size, ambient, directional, specular, shading, samples, edge),
        patterns=read_split_file(split_file) if split_file else {"val": [], "test": []},
        workers=workers,
        min_confidence=min_confidence,
        allow_smile=allow_smile,
        ik=ik,
        randomize=read_groups(randomize or []),
        per_shard=per_shard or TRIPLETS_PER_SHARD,
        devices=read_devices(devices or []),
        trace=trace is not None,
        cluster=Cluster(address, gpu_share) if engine == "ray" else None,
    )
    with Muster(request, draw=not dry_run, began=began) as muster:
        job = survey(request, muster)
        outcome = None if dry_run else run(job, muster)
    if outcome and trace:
        outcome.profile.write_trace(trace)
    if json:
        console.emit_json(as_json(job, outcome, profile=profile))
    else:
        report(job, outcome)
        if outcome and outcome.shards and profile:
            console.out.print(profile_table(outcome.profile))
    return 1 if outcome and outcome.failed else 0


def _questions(paths: list[str], annotations: Path | None) -> tuple[Question, ...]:
    """Find the models, each with its path relative to its library."""
    from mmdgen.generate.survey import Question
    from mmdgen.library.scan import locate

    found = locate(paths).items()
    return tuple(Question(str(p), _relative(p, own.parent.parent), str(annotations or own)) for p, own in found)


def _relative(path: Path, library: Path) -> str:
    try:
        return path.absolute().relative_to(library.absolute()).as_posix()
    except ValueError:
        return path.name
