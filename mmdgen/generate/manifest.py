"""render.json: what a folder of shards was rendered from, and whether another command may go on with it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mmdgen.errors import ShardError, UsageError
from mmdgen.files import write_atomically
from mmdgen.generate.plan import Extent, Unit, units
from mmdgen.generate.survey import Candidate
from mmdgen.shard import SPLITS

NAME = "render.json"
FORMAT = 1
LATER = {"edge": 0.0, "ik": False, "randomize": []}  # settings that older manifests lack, as they were then
NAMED = 3  # models named in a message; the rest is counted


@dataclass(frozen=True)
class Manifest:
    """What a folder of shards holds, or will.

    ``settings`` are all options that pictures and shards depend on, under their names on the command line; ``models``
    in the order of identities with ``splits`` beside them; ``extents`` the triplets in all after each run, growing.
    """

    settings: Mapping[str, Any]
    models: tuple[Candidate, ...]
    splits: tuple[str, ...]
    extents: tuple[Extent, ...]
    per_shard: int

    def units(self) -> list[Unit]:
        """Return every unit of every extent, in order."""
        return units(self.splits, self.extents, self.per_shard)

    @property
    def total(self) -> Extent:
        """The triplets in all, by split."""
        return self.extents[-1]


def load(folder: Path) -> Manifest | None:
    """Return a folder's manifest, or None when it has none; raise ShardError when it cannot be read.

    A file in the folder's place is a UsageError.
    """
    path = folder / NAME
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder}: a file, expected a folder for shards; use another --out")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ShardError(f"{path}: format {data['format']}, expected {FORMAT}; update mmdgen")
        return Manifest(
            settings={**LATER, **data["settings"]},
            models=tuple(Candidate(**{k: str(v) for k, v in m.items() if k != "split"}) for m in data["models"]),
            splits=tuple(SPLITS[SPLITS.index(m["split"])] for m in data["models"]),
            extents=tuple({s: int(extent[s]) for s in SPLITS} for extent in data["extents"]),
            per_shard=int(data["per_shard"]),
        )
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise ShardError(f"{path}: {error!r}, expected what an earlier render wrote; use another --out") from error


def save(folder: Path, manifest: Manifest) -> None:
    """Write a folder's manifest, whole or not at all."""
    data = {
        "format": FORMAT,
        "settings": manifest.settings,
        "per_shard": manifest.per_shard,
        "extents": manifest.extents,
        "models": [{"split": s, **asdict(m)} for s, m in zip(manifest.splits, manifest.models, strict=True)],
    }
    text = json.dumps(data, ensure_ascii=False, indent=1)
    write_atomically(folder / NAME, text.encode(errors="backslashreplace"))  # lone surrogates as JSON spells them


def continued(folder: Path, old: Manifest | None, new: Manifest) -> Manifest:
    """Return the manifest to go on with: ``old`` with the extent of ``new`` when that is larger.

    Raises UsageError, naming what changed, when ``new`` asks for anything else than more samples of the same.
    """
    if not any(folder.glob("*.h5")):
        return new  # nothing was made yet that it would have to fit
    if old is None:
        raise UsageError(f"{folder}: shards without {NAME}, expected an empty folder; use another --out")
    changes = [*_settings(old, new), *_models(old, new)]
    changes += [f"{s} triplets {old.total[s]} → {new.total[s]}" for s in SPLITS if new.total[s] < old.total[s]]
    if changes:
        raise UsageError(
            f"{folder}: was rendered otherwise: {'; '.join(changes)}, expected only more triplets; "
            "give the old values, or another --out"
        )
    if new.total == old.total:
        return old
    return replace(old, extents=(*old.extents, new.total))


def _settings(old: Manifest, new: Manifest) -> list[str]:
    names = dict.fromkeys([*old.settings, *new.settings, "per-shard"])
    before, after = ({**m.settings, "per-shard": m.per_shard} for m in (old, new))
    return [f"{n} {before.get(n)} → {after.get(n)}" for n in names if before.get(n) != after.get(n)]


def _models(old: Manifest, new: Manifest) -> list[str]:
    before, after = ({m.identity: (m, s) for m, s in zip(x.models, x.splits, strict=True)} for x in (old, new))
    both = [(before[key], after[key]) for key in before if key in after]
    found = {
        "new": [after[key][0] for key in after if key not in before],
        "missing": [before[key][0] for key in before if key not in after],
        "annotated otherwise": [b[0] for a, b in both if a[0].appearance() != b[0].appearance()],
        "moved to another split": [b[0] for a, b in both if a[1] != b[1]],
    }
    return [f"{_some(models)} {what}" for what, models in found.items() if models]


def _some(models: list[Candidate]) -> str:
    names = ", ".join(model.path for model in models[:NAMED])
    more = len(models) - NAMED
    return f"{len(models)} models ({names}{f' and {more} more' if more > 0 else ''})"
