"""Runs that were found to be possible: everything is checked here, before a device is touched or a file written.

    --stage, --loss ──schedule──► Training … ──check──► (settings, examples, earlier run) ──plan──► Plan

A ``Training`` is one network and one loss, with a folder of its own; a ``Plan`` also knows the snapshots it builds on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from mmdgen.errors import UsageError
from trainer.checkpoint import AVERAGE, STATE, find_snapshot, list_snapshots, network_of, read_json, read_tensors
from trainer.config import FitConfig, Loading, refuse_change
from trainer.data import Examples
from trainer.errors import CheckpointError
from trainer.poser import Loss
from trainer.shards import read_splits
from trainer.stages import COMBINER, MORPHER, ROTATOR, STAGES, Stage
from trainer.vgg import VggWeights

ARTICLE: dict[tuple[str, Loss], tuple[int, int]] = {  # images a step, images in all
    ("morpher", "l1"): (25, 3_000_000),
    ("rotator", "l1"): (25, 3_000_000),
    ("rotator", "perceptual"): (8, 3_000_000),
    ("combiner", "l1"): (20, 1_500_000),
    ("combiner", "perceptual"): (12, 1_500_000),
}
START = 250_000  # images of L1 alone, from which the perceptual rotator starts


@dataclass(frozen=True)
class Training:
    """One network and its loss. ``rotator`` is the loss of the rotator whose pictures a combiner is given.

    ``prelude`` marks L1 training that only goes on until a perceptual rotator can start from it.
    """

    stage: Stage
    loss: Loss = "l1"
    rotator: Loss | None = None
    prelude: bool = field(default=False, compare=False)

    @property
    def name(self) -> str:
        """The name of its folder."""
        losses = {MORPHER.name: (), ROTATOR.name: (self.loss,), COMBINER.name: (self.rotator, self.loss)}
        return "-".join(filter(None, (self.stage.name, *losses[self.stage.name])))


@dataclass(frozen=True)
class Source:
    """A snapshot on which a run builds."""

    file: Path
    sha256: str

    @classmethod
    def at(cls, path: Path) -> Source:
        """Return the snapshot that ``path`` names; see ``find_snapshot``."""
        found = find_snapshot(path)
        return cls(found, hashlib.sha256(found.read_bytes()).hexdigest())

    def as_json(self) -> dict[str, str]:
        """Return what config.json holds."""
        return {"file": self.file.as_posix(), "sha256": self.sha256}


@dataclass(frozen=True)
class Plan:
    """What is trained on what, and where it goes. ``probes`` are the val examples, where there are any.

    ``start`` gives the first weights, where they are not drawn; ``rotator`` makes a combiner's input; ``vgg`` judges.
    """

    training: Training
    config: FitConfig
    folder: Path
    examples: Examples
    probes: Examples | None
    start: Source | None = None
    rotator: Source | None = None
    vgg: VggWeights | None = None

    @property
    def stage(self) -> Stage:
        """The stage that is trained."""
        return self.training.stage

    @property
    def builds_on(self) -> str | None:
        """The name of the training whose snapshot this one builds on, unless another snapshot is given."""
        if self.training.rotator is not None:
            return f"rotator-{self.training.rotator}"
        return "rotator-l1" if (self.stage, self.training.loss) == (ROTATOR, "perceptual") else None

    def as_json(self) -> dict[str, Any]:
        """Return what config.json holds."""
        data = self.examples
        return {
            "stage": self.stage.name,
            "loss": self.training.loss,
            "rotator_loss": self.training.rotator,
            "vgg": self.vgg and self.vgg.about,
            "start": self.start and self.start.as_json(),
            "rotator": self.rotator and self.rotator.as_json(),
            "settings": self.config.as_json(),
            "data": {
                "examples": len(data),
                "characters": len(data.keys),
                "size": data.size,
                "fingerprint": data.fingerprint,
                "shards": [path.name for path in data.paths],
            },
        }


def schedule(
    stage: str = "all",
    loss: Literal["l1", "perceptual", "both"] = "l1",
    rotator_loss: Loss | None = None,
    *,
    started: bool = False,
) -> list[Training]:
    """Return what is trained in which order; ``started`` tells that a snapshot to start from is given."""
    stages = list(STAGES) if stage == "all" else [stage]
    losses: list[Loss] = ["l1", "perceptual"] if loss == "both" else [loss]
    if stages == [MORPHER.name] and "perceptual" in losses:
        raise UsageError(f"--loss {loss}: of the morpher, expected l1, with which alone it is trained; leave it out")
    if rotator_loss is not None and COMBINER.name not in stages:
        raise UsageError(f"--rotator-loss {rotator_loss}: without a combiner, expected --stage combiner or all")
    rotators: list[Loss] = [rotator_loss] if rotator_loss else losses
    found = [Training(MORPHER)] if MORPHER.name in stages else []
    if ROTATOR.name in stages:
        needed = [one for one in ("l1", "perceptual") if one in losses or (stage == "all" and one in rotators)]
        if needed == ["perceptual"] and not started:
            found.append(Training(ROTATOR, "l1", prelude=True))
        found += [Training(ROTATOR, one) for one in needed]
    if COMBINER.name in stages:
        pairs = [(r, one) for r in rotators for one in losses]
        found += [Training(COMBINER, one, r) for r, one in pairs]
    return found


def settings(training: Training, config: FitConfig, images: int | None, batch: int | None) -> FitConfig:
    """Return ``config`` with the images and the batch of that training: those given, else the article's."""
    article = ARTICLE[training.stage.name, training.loss]
    batch = article[0] if batch is None else batch
    images = article[1] if images is None else images
    return replace(config, batch=batch, images=min(START, images) if training.prelude else images)


def open_data(
    shards: Sequence[str | Path],
    loading: Loading = Loading(),  # noqa: B008, it is frozen
) -> tuple[Examples, Examples | None]:
    """Return the train examples of the shards, and the val examples where there are any."""
    loading.check()
    found = read_splits(shards, loading)
    if "train" not in found:
        raise UsageError(f"{' '.join(map(str, shards))}: no train shards, expected some; give train-*.h5 too")
    return Examples(found["train"], loading), Examples(found["val"], loading) if "val" in found else None


def plan(
    training: Training,
    config: FitConfig,
    data: tuple[Examples, Examples | None],
    out: Path,
    *,
    vgg: VggWeights | None = None,
    start: Path | None = None,
    rotator: Path | None = None,
) -> Plan:
    """Check everything and return what can be trained; writes nothing.

    Raises UsageError or CheckpointError. ``start`` and ``rotator`` name snapshots; left out, they are those of the
    runs beside this one, and of a run that goes on always those with which it began.
    """
    return build_on(check(training, config, data, out, vgg=vgg), start, rotator)


def check(
    training: Training,
    config: FitConfig,
    data: tuple[Examples, Examples | None],
    out: Path,
    *,
    vgg: VggWeights | None = None,
) -> Plan:
    """Check what can be known before earlier trainings are done: settings, loss, and an earlier run in ``out``."""
    config.check()
    try:
        str(out).encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"--out {out}: no UTF-8, expected a name that TensorBoard can write; give another") from error
    if training.loss == "l1":
        vgg = None
    elif vgg is None:
        raise UsageError("--loss perceptual: no weights of VGG16, expected some; give --vgg")
    found = Plan(training, config, out / training.name, *data, vgg=vgg)
    saved = _saved(found)
    if saved is None:
        return found
    refuse_change(_part(saved, "settings"), config, found.folder)
    before, now = _part(saved, "data"), data[0]
    if before.get("fingerprint") != now.fingerprint:
        raise UsageError(
            f"{found.folder}: began with {before.get('examples')} other examples, now given {len(now)}; "
            "give the same shards to go on, or another --out"
        )
    if saved.get("vgg") != (vgg and vgg.about):
        raise UsageError(
            f"{found.folder}: began with --vgg {saved.get('vgg')}, now given {vgg and vgg.about}; "
            "give the same weights to go on, or another --out"
        )
    return found


def build_on(found: Plan, start: Path | None = None, rotator: Path | None = None) -> Plan:
    """Return the plan with the snapshots that it builds on."""
    saved, out = _saved(found), found.folder.parent
    if found.stage == COMBINER:
        source = _source("rotator", saved, out, rotator or out / str(found.builds_on))
        _check_kind(source, ROTATOR)
        return replace(found, rotator=source)
    began = saved is not None and saved.get("start") is not None
    if start is None and found.builds_on and not began:
        start = _start_of(out / found.builds_on, min(START, found.config.images))
    if start or began:
        source = _source("start", saved, out, start)
        _check_kind(source, found.stage, found.config.width)
        return replace(found, start=source)
    return found


def prepare(
    order: Sequence[Training],
    config: FitConfig,
    data: tuple[Examples, Examples | None],
    out: Path,
    *,
    images: int | None = None,
    batch: int | None = None,
    vgg: VggWeights | None = None,
    start: Path | None = None,
    rotator: Path | None = None,
) -> list[Plan]:
    """Return a plan for each training, without the snapshots that earlier ones of them have yet to make.

    Raises what ``plan`` raises, before the first of them begins. Preludes that are there already are left out.
    """
    found = [check(one, made, data, out, vgg=vgg) for one, made in _to_do(order, config, out, images, batch)]
    made = {one.training.name for one in found}
    return [one if one.builds_on in made and not (start or rotator) else build_on(one, start, rotator) for one in found]


def _to_do(
    order: Sequence[Training], config: FitConfig, out: Path, images: int | None, batch: int | None
) -> Iterator[tuple[Training, FitConfig]]:
    for one in order:
        made = settings(one, config, images, batch)
        if not (one.prelude and any(n >= made.images for n, _ in list_snapshots(out / one.name))):
            yield one, made


def _part(saved: dict[str, Any], name: str) -> dict[str, Any]:
    part = saved.get(name)
    return part if isinstance(part, dict) else {}


def _saved(found: Plan) -> dict[str, Any] | None:
    return read_json(found.folder / "config.json") if (found.folder / STATE).exists() else None


def _start_of(run: Path, images: int) -> Path:
    """Return the snapshot of the L1 rotator, as trained, after ``images`` images, or its newest where it has fewer."""
    trained = [(n, path) for n, path in list_snapshots(run) if not path.stem.endswith(AVERAGE)]
    later = [path for n, path in trained if n >= images]
    if later:
        return later[0]
    if trained:
        return trained[-1][1]
    raise UsageError(
        f"{run}: no snapshots, expected those of a rotator trained with l1, from which --loss perceptual starts; "
        "train one with --stage rotator --loss l1, or give --start"
    )


def _check_kind(source: Source, stage: Stage, width: int | None = None) -> None:
    """Raise CheckpointError where a snapshot is of another network than the run needs."""
    kind, wide = network_of(source.file, read_tensors(source.file)[0])
    if kind != stage.name:
        raise CheckpointError(f"{source.file}: a {kind}, expected a {stage.name}; give its snapshot")
    if width not in (None, wide):
        raise CheckpointError(f"{source.file}: of width {wide}, expected {width}; give --width {wide}, or another one")


def _source(what: str, saved: dict[str, Any] | None, out: Path, path: Path | None) -> Source:
    """Return the snapshot that a run builds on: ``path``, which must be the one with which the run in ``out`` began."""
    began = saved.get(what) if saved else None
    hint = f"give the same --{what} to go on, or another --out"
    if began:
        recorded = Path(began["file"])
        moved = out.joinpath(*recorded.parts[-3:])  # the folder of runs may have been moved as a whole
        beside = path is None or path.is_dir()
        path = (moved if moved.exists() and not recorded.exists() else recorded) if beside else path
    assert path is not None, "a run without a beginning is given a path"
    if began and not path.exists():
        raise UsageError(f"{path}: nothing there, expected the snapshot with which this run began; {hint}")
    found = Source.at(path)
    if began and found.sha256 != began["sha256"]:
        raise UsageError(f"{found.file}: other weights than this run began with ({began['file']}); {hint}")
    return found
