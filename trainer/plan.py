"""A run that was found to be possible: everything is checked here, before a device is touched or a file written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmdgen.errors import UsageError
from trainer.checkpoint import STATE, read_json
from trainer.config import FitConfig, Loading, refuse_change
from trainer.data import Examples, open_examples
from trainer.stages import Stage


@dataclass(frozen=True)
class Plan:
    """What is trained on what, and where it goes. ``probes`` are the val examples, where there are any."""

    stage: Stage
    config: FitConfig
    folder: Path
    examples: Examples
    probes: Examples | None

    def as_json(self) -> dict[str, Any]:
        """Return what config.json holds."""
        data = self.examples
        return {
            "stage": self.stage.name,
            "settings": self.config.as_json(),
            "data": {
                "examples": len(data),
                "characters": len(data.keys),
                "size": data.size,
                "fingerprint": data.fingerprint,
                "shards": [path.name for path in data.paths],
            },
        }


def plan(
    stage: Stage,
    config: FitConfig,
    shards: Sequence[str | Path],
    out: Path,
    loading: Loading = Loading(),  # noqa: B008, it is frozen
) -> Plan:
    """Check settings, shards and an earlier run in ``out``; raises UsageError or ShardError, writes nothing."""
    config.check()
    loading.check()
    examples = open_examples(shards, ("train",), loading)
    if examples is None:
        raise UsageError(f"{' '.join(map(str, shards))}: no train shards, expected some; give train-*.h5 too")
    found = Plan(stage, config, out / stage.name, examples, open_examples(shards, ("val",), loading))
    if (found.folder / STATE).exists():
        saved = read_json(found.folder / "config.json")
        refuse_change(saved.get("settings", {}), config, found.folder)
        if saved.get("data", {}).get("fingerprint") != examples.fingerprint:
            raise UsageError(
                f"{found.folder}: began with {saved.get('data', {}).get('examples')} other examples, now given "
                f"{len(examples)}; give the same shards to go on, or another --out"
            )
    return found
