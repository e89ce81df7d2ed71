"""What to render: every option of a run."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmdgen.generate.looks import RandomLooks
from mmdgen.generate.plan import TRIPLETS_PER_SHARD
from mmdgen.generate.ray_crew import Cluster
from mmdgen.generate.splits import Patterns
from mmdgen.generate.survey import Question
from mmdgen.render.settings import RenderSettings


@dataclass(frozen=True)
class Request:
    """What to render. ``n`` counts training triplets; ``n_val`` and ``n_test`` default to a share of them.

    ``randomize`` names the groups of ``looks.GROUPS`` that differ from sample to sample. ``devices`` are EGL numbers of
    GPUs, by default all; ``trace`` keeps every piece of work in the outcome's profile. With a ``cluster`` the machines
    of a Ray cluster do the work.
    """

    models: tuple[Question, ...]
    out: Path
    n: int
    n_val: int | None = None
    n_test: int | None = None
    seed: int = 0
    settings: RenderSettings = field(default_factory=RenderSettings)
    patterns: Patterns = field(default_factory=lambda: {"val": [], "test": []})
    workers: int | None = None
    min_confidence: float = 0.8
    allow_smile: bool = False
    ik: bool = False
    randomize: tuple[str, ...] = ()
    per_shard: int = TRIPLETS_PER_SHARD
    devices: tuple[int, ...] | None = None
    trace: bool = False
    cluster: Cluster | None = None

    @property
    def looks(self) -> RandomLooks | None:
        """The looks of the samples, or None when all share that of the settings."""
        return RandomLooks(self.settings, self.randomize) if self.randomize else None

    def pictured(self) -> dict[str, Any]:
        """Return every setting that pictures depend on besides model, annotation and seed, JSON-ready."""
        drawn = self.looks.as_json() if self.looks else self.settings.as_json()
        return drawn | {"ik": self.ik, "randomize": list(self.randomize)}
