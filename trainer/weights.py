"""Which networks pose a drawing: those of a run folder, the published ones, or snapshots given one by one.

runs/morpher   runs/rotator-l1   runs/combiner-perceptual-l1 …   a configuration's runs, by the names of their losses
face_morpher.pt   two_algo_face_rotator.pt   combiner.pt         the published weights of the article
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from torch import nn

from mmdgen.errors import UsageError
from trainer.checkpoint import list_snapshots, load_network
from trainer.errors import CheckpointError
from trainer.networks.kinds import PUBLISHED
from trainer.plan import Training
from trainer.poser import CONFIGURATIONS, Configuration, Pathway
from trainer.stages import COMBINER, MORPHER, ROTATOR

MORPHER_ALONE = "morpher"
BEST_FIRST = ("FU-P-P", "FU-P-L1", "FU-L1-P", "FU-L1-L1", "ZH-P", "ZH-L1", "PU-P", "PU-L1")  # as the article judges
PUBLISHED_SIZE = 256


@dataclass(frozen=True)
class Chosen:
    """Networks by kind, on the CPU, the files that they came from, and whose picture is the answer.

    ``pathway`` is None for a morpher alone; ``size`` is that of the pictures that they learned from, if it is known.
    """

    name: str
    pathway: Pathway | None
    networks: Mapping[str, nn.Module]
    files: Mapping[str, Path]
    size: int | None


def run_folders(configuration: Configuration) -> dict[str, str]:
    """Return the names of the run folders of a configuration, by kind."""
    trainings = [Training(MORPHER), Training(ROTATOR, configuration.rotator)]
    if configuration.combiner:
        trainings.append(Training(COMBINER, configuration.combiner, configuration.rotator))
    return {training.stage.name: training.name for training in trainings}


def trained(runs: Path) -> list[str]:
    """Return the configurations of which all networks have snapshots below ``runs``, the best first."""

    def has(folder: str) -> bool:
        return bool(list_snapshots(runs / folder))

    found = [name for name in BEST_FIRST if all(map(has, run_folders(CONFIGURATIONS[name]).values()))]
    return [*found, MORPHER_ALONE] if has("morpher") else found


def choose(runs: Path, name: str | None) -> Chosen:
    """Return the networks of configuration ``name``, or of the best one that is trained, out of a folder of runs."""
    there = trained(runs)
    known = (*BEST_FIRST, MORPHER_ALONE)
    if name is not None and name not in known:
        raise UsageError(f"--config {name}: unknown, expected one of {', '.join(known)}; choose one")
    if not there or (name is not None and name not in there):
        found = f"{', '.join(there)} trained" if there else "nothing trained"
        raise UsageError(
            f"{runs}: {found}, expected {name or 'at least a morpher'}; train with `trainer fit`, or give --published"
        )
    name = name or there[0]
    if name == MORPHER_ALONE:
        return _loaded(name, None, {"morpher": runs / "morpher"})
    configuration = CONFIGURATIONS[name]
    folders = {kind: runs / folder for kind, folder in run_folders(configuration).items()}
    return _loaded(name, configuration.pathway, folders)


def ask(runs: Path, name: str | None, folder: Path | None, files: Mapping[str, Path | None]) -> Chosen:
    """Return what a command line asks for: a configuration, a folder of published files, or snapshots by kind."""
    given = {kind: path for kind, path in files.items() if path is not None}
    if sum((bool(given), folder is not None, name is not None)) > 1:
        found = "--config, --published or single snapshots together"
        raise UsageError(f"{found}, expected one of them; leave the others out")
    if given:
        return snapshots(given)
    return published(folder) if folder is not None else choose(runs, name)


def published(folder: Path) -> Chosen:
    """Return the article's own networks out of a folder that holds their three files."""
    missing = [name for name in PUBLISHED.values() if not (folder / name).is_file()]
    if missing:
        raise UsageError(f"{folder}: no {', '.join(missing)}, expected {', '.join(PUBLISHED.values())}; get them")
    return _loaded("published", "combined", {kind: folder / name for kind, name in PUBLISHED.items()})


def snapshots(files: Mapping[str, Path]) -> Chosen:
    """Return networks given by kind, a morpher at least: the last of them gives the answer, a rotator by moving."""
    if "morpher" not in files or ("combiner" in files and "rotator" not in files):
        given = ", ".join(f"--{kind}" for kind in files)
        raise UsageError(f"{given}: not enough, expected --morpher, --rotator and --combiner in this order; add them")
    pathway: Pathway | None = "combined" if "combiner" in files else "moved" if "rotator" in files else None
    return _loaded("snapshots", pathway, files)


def _loaded(name: str, pathway: Pathway | None, paths: Mapping[str, Path]) -> Chosen:
    networks, files, sizes = {}, {}, {}
    for kind, path in paths.items():
        found, networks[kind], files[kind] = load_network(path)
        if found != kind:
            raise CheckpointError(f"{files[kind]}: a {found}, expected a {kind}; give its snapshot")
        sizes[kind] = trained_size(files[kind])
    known = {kind: size for kind, size in sizes.items() if size}
    if len(set(known.values())) > 1:
        what = ", ".join(f"{kind} {size}" for kind, size in known.items())
        raise CheckpointError(f"{name}: trained at different sizes ({what}), expected one size; train the others anew")
    return Chosen(name, pathway, networks, files, next(iter(known.values()), None))


def trained_size(file: Path) -> int | None:
    """Return the size of the pictures that a snapshot was trained on, where its JSON says so."""
    if file.name in PUBLISHED.values():
        return PUBLISHED_SIZE
    try:
        size = json.loads(file.with_suffix(".json").read_bytes())["trained_on"]["data"]["size"]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return size if isinstance(size, int) else None
