"""The networks that are compared, and what each answers: one forward pass of each network for all rows of a table.

| task               | from       | to         | answers                                                              |
|--------------------|------------|------------|----------------------------------------------------------------------|
| rest to posed      | rest       | posed      | each configuration of Table 7B: morpher, rotator and maybe combiner  |
| rest to expression | rest       | expression | each morpher                                                         |
| expression to posed| expression | posed      | each configuration without its morpher, on the rendered expression   |

Each task also has the answer "input", which changes nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor, nn

from mmdgen.errors import UsageError
from mmdgen.pose_spec import FACE, HEAD, NAMES
from trainer import colour
from trainer.checkpoint import list_snapshots, load_network
from trainer.data import Triplets
from trainer.devices import autocast, place
from trainer.errors import CheckpointError
from trainer.networks.kinds import PUBLISHED
from trainer.poser import CONFIGURATIONS, Pathway
from trainer.weights import run_folders

INPUT = "input"
Kind = Literal["rest", "expression", "posed"]


@dataclass(frozen=True)
class Task:
    """A picture to be made of another; ``moves`` names the pose parameters that make the difference."""

    name: str
    source: Kind
    target: Kind
    moves: tuple[str, ...]


WHOLE = Task("rest to posed", "rest", "posed", NAMES)
MORPH = Task("rest to expression", "rest", "expression", NAMES[FACE])
TURN = Task("expression to posed", "expression", "posed", NAMES[HEAD])
TASKS = (WHOLE, MORPH, TURN)


@dataclass(frozen=True)
class Member:
    """One network: where it came from and what its JSON says about it."""

    network: nn.Module
    file: Path
    about: Mapping[str, Any]
    strange: bool = False  # a combiner that was trained on the pictures of other weights than it is given

    @property
    def notes(self) -> tuple[str, ...]:
        """What whoever reads its numbers must know."""
        vgg = self.about.get("vgg")
        seeded = isinstance(vgg, dict) and vgg.get("source") == "seeded"
        return ("seeded VGG",) * seeded + ("other weights of its rotator",) * self.strange

    def as_json(self) -> dict[str, Any]:
        """Return what a report says about it."""
        said = {key: self.about.get(key) for key in ("images", "loss", "weights")}
        return {"file": str(self.file), **said, "notes": list(self.notes)}


@dataclass(frozen=True)
class Row:
    """An answer: which networks lead to it, by their names in ``Lineup.members``, and whose picture is taken."""

    morpher: str | None
    rotator: str | None = None
    pathway: Pathway = "combined"
    combiner: str | None = None

    @property
    def uses(self) -> tuple[str, ...]:
        """The networks on the way, in order."""
        return tuple(name for name in (self.morpher, self.rotator, self.combiner) if name)


class Lineup:
    """Networks on a device, and the rows that they give for each task."""

    def __init__(
        self, members: Mapping[str, Member], device: torch.device, rows: Mapping[Task, Mapping[str, Row]]
    ) -> None:
        self.members, self.device = dict(members), device
        self.rows = {task: dict(found) for task, found in rows.items() if found}
        self._networks = {name: place(member.network, device).eval() for name, member in members.items()}

    @property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks that something answers."""
        return tuple(self.rows)

    def note(self, task: Task, answer: str) -> str:
        """Return what must be said beside a row's numbers, if anything."""
        row = self.rows[task].get(answer)
        said = [note for name in row.uses for note in self.members[name].notes] if row else []
        return " and ".join(dict.fromkeys(said))

    @torch.no_grad()
    def answers(self, some: Triplets) -> dict[Task, dict[str, Tensor]]:
        """Return the picture (B, 4, H, W), float32 in network space, of every row of every task.

        Each network runs once: pictures of both tasks of a rotator, or of a combiner, go through it together.
        """
        rest, expression = (colour.encode(p.to(self.device)) for p in (some.rest, some.expression))
        pose = some.pose.to(self.device)
        head = pose[:, HEAD]
        found: dict[Task, dict[str, Tensor]] = {task: {} for task in self.rows}
        with autocast(self.device):
            morphed = {
                name: self._networks[name](rest, pose[:, FACE]).output.float()
                for name in dict.fromkeys(row.morpher for rows in self.rows.values() for row in rows.values())
                if name is not None
            }
            for name, row in self.rows.get(MORPH, {}).items():
                assert row.morpher is not None, "that is its task"
                found[MORPH][name] = morphed[row.morpher]
            for rotator in dict.fromkeys(row.rotator for rows in self.rows.values() for row in rows.values()):
                if rotator is not None:
                    self._turn(rotator, morphed, expression, head, found)
        return {task: {name: found[task][name] for name in rows} for task, rows in self.rows.items()}

    def _turn(
        self,
        rotator: str,
        morphed: dict[str, Tensor],
        expression: Tensor,
        head: Tensor,
        found: dict[Task, dict[str, Tensor]],
    ) -> None:
        """Add the answers of one rotator and of its combiners."""
        wanted = [
            (task, name, row)
            for task, rows in self.rows.items()
            for name, row in rows.items()
            if row.rotator == rotator
        ]
        origins = list(dict.fromkeys(row.morpher if task is WHOLE else None for task, _, row in wanted))
        source = torch.cat([expression if origin is None else morphed[origin] for origin in origins])
        poses = head.repeat(len(origins), 1)
        turned = self._networks[rotator](source, poses)
        pictures: dict[str, Tensor] = {"painted": turned.painted, "moved": turned.moved}
        for name in dict.fromkeys(row.combiner for _, _, row in wanted if row.combiner):
            pictures[name] = self._networks[name](turned.painted, turned.moved, poses).output
        for task, name, row in wanted:
            which = pictures[row.combiner or row.pathway]
            place_of = origins.index(row.morpher if task is WHOLE else None)
            found[task][name] = which.float().chunk(len(origins))[place_of]


def _member(path: Path, *kinds: str) -> tuple[str, Member]:
    """Read one network of one of ``kinds``: its kind and itself."""
    found, network, file = load_network(path)
    kind = kinds[0]
    if found not in kinds:
        raise CheckpointError(f"{file}: a {found}, expected a {kind}; give its snapshot")
    try:
        about = json.loads(file.with_suffix(".json").read_bytes())
    except (OSError, ValueError):
        about = {}
    return found, Member(network, file, about if isinstance(about, dict) else {})


def of_runs(runs: Path | None, published: Path | None, device: torch.device) -> Lineup:
    """Return what is trained below ``runs``, and the published weights in that folder, side by side.

    Raises UsageError where there is nothing to compare.
    """
    members: dict[str, Member] = {}
    rows: dict[Task, dict[str, Row]] = {task: {} for task in TASKS}
    if runs is not None:
        _add_runs(runs, members, rows)
    if published is not None:
        _add_published(published, members, rows)
    if not members:
        raise UsageError(f"{runs}: no snapshots, expected folders of runs, morpher or rotator-l1 say; train some first")
    return Lineup(members, device, rows)


def _add_runs(runs: Path, members: dict[str, Member], rows: dict[Task, dict[str, Row]]) -> None:
    def there(folder: str | None, kind: str) -> str | None:
        if folder is None:
            return None
        if folder not in members and list_snapshots(runs / folder):
            _, members[folder] = _member(runs / folder, kind)
        return folder if folder in members else None

    morpher = there("morpher", "morpher")
    if morpher:
        rows[MORPH]["morpher"] = Row(morpher)
    for name, chosen in CONFIGURATIONS.items():
        folders = run_folders(chosen)
        rotator = there(folders["rotator"], "rotator")
        combiner = there(folders.get("combiner"), "combiner") if rotator else None
        if rotator is None or (chosen.combiner and combiner is None):
            continue
        if combiner:
            members[combiner] = _paired(members[combiner], members[rotator])
        rows[TURN][name] = Row(None, rotator, chosen.pathway, combiner)
        if morpher:
            rows[WHOLE][name] = Row(morpher, rotator, chosen.pathway, combiner)


def _paired(combiner: Member, rotator: Member) -> Member:
    """Return the combiner with a mark where its JSON names other weights of its rotator than those it is given."""
    trained = combiner.about.get("trained_on")
    source = trained.get("rotator") if isinstance(trained, dict) else None
    named = source.get("sha256") if isinstance(source, dict) else None
    return replace(combiner, strange=named not in (None, hashlib.sha256(rotator.file.read_bytes()).hexdigest()))


def _add_published(folder: Path, members: dict[str, Member], rows: dict[Task, dict[str, Row]]) -> None:
    missing = [name for name in PUBLISHED.values() if not (folder / name).is_file()]
    if missing:
        raise UsageError(f"{folder}: no {', '.join(missing)}, expected {', '.join(PUBLISHED.values())}; get them")
    names = {kind: f"published {kind}" for kind in PUBLISHED}
    members |= {names[kind]: _member(folder / file, kind)[1] for kind, file in PUBLISHED.items()}
    rows[MORPH]["published"] = Row(names["morpher"])
    pathways: dict[str, Pathway] = {"published PU": "painted", "published ZH": "moved", "published": "combined"}
    for name, pathway in pathways.items():
        combiner = names["combiner"] if pathway == "combined" else None
        rows[TURN][name] = Row(None, names["rotator"], pathway, combiner)
        rows[WHOLE][name] = Row(names["morpher"], names["rotator"], pathway, combiner)


def of_snapshot(path: Path, device: torch.device) -> Lineup:
    """Return the one network of a snapshot on its own task: "network" is a morpher's answer, a rotator gives two.

    Raises UsageError for a combiner, which is nothing without its rotator.
    """
    kind, member = _member(path, *PUBLISHED)
    if kind == "combiner":
        raise UsageError(
            f"{member.file}: a combiner, expected a morpher or a rotator; give --runs, which pairs it with its rotator"
        )
    if kind == "morpher":
        return Lineup({kind: member}, device, {MORPH: {"network": Row(kind)}})
    rows = {"painted": Row(None, kind, "painted"), "moved": Row(None, kind, "moved")}
    return Lineup({kind: member}, device, {TURN: rows})
