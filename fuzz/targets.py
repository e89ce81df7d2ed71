"""The fuzzed readers: what each starts from, how its inputs are bent, and what must hold for any of them.

``Target.check`` raises whatever it stumbles over: everything but its return is a find. Modules of mmdgen are imported
inside functions, so that the worker can measure their coverage.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import archives
import drawing
import images
import mutate
import shard_edits
import texts
from guard import bounded, silence

STAGE_MEMORY = 1 << 30  # bytes that posing and describing an accepted model may take
STAGE_SECONDS = 60  # IK alone may turn links 2**14 times
FEW_STEPS = 256  # of IK while fuzzing
PICTURES = (".png", ".bmp", ".jpg", ".tga", ".gif", ".dds", ".sph", ".spa")
EVERY = 4  # one accepted model in so many goes through all stages while fuzzing; all do when replayed


@dataclass(frozen=True)
class Target:
    """One reader under test."""

    check: Callable[[bytes, bool], bool]  # (input, thorough) → whether it was accepted
    seeds: Callable[[], Sequence[bytes]]
    suffixes: tuple[str, ...] = ()  # of real files that join the seeds
    mutator: Callable[[bytes, int, int, Any], bytes] | None = None  # libFuzzer's own otherwise
    crossover: Callable[[bytes, bytes, int, int], bytes] | None = None
    modules: tuple[str, ...] = ("promises",)  # imported under measurement; this one imports nearly all of mmdgen
    largest: int = 64 << 10  # bytes


def check_model(data: bytes, thorough: bool) -> bool:
    """Read a model; take an accepted one through describing, posing, proposing and binding."""
    import promises

    from mmdgen.rig import ik

    with silence():
        with bounded(len(data)):
            model = promises.check_model(data)
        seed = promises.seed_of(data)
        if model is not None and (thorough or seed % EVERY == 0):
            steps = mock.patch("mmdgen.rig.ik.STEPS", ik.STEPS if thorough else FEW_STEPS)
            with steps, bounded(len(data), memory=STAGE_MEMORY, seconds=STAGE_SECONDS):
                promises.check_stages(model, seed)
    return model is not None


def pmx_seeds() -> Sequence[bytes]:
    """Return PMX files."""
    import seeds

    return seeds.pmx_seeds()


def pmd_seeds() -> Sequence[bytes]:
    """Return PMD files."""
    import seeds

    return seeds.pmd_seeds()


def model_seeds() -> Sequence[bytes]:
    """Return models of both formats."""
    return [*pmx_seeds(), *pmd_seeds()]


TARGETS = {
    "pmx": Target(check_model, pmx_seeds, (".pmx",), mutate.mutated, mutate.crossed),
    "pmd": Target(check_model, pmd_seeds, (".pmd",), mutate.mutated, mutate.crossed),
    "images": Target(
        images.check, images.seeds, PICTURES, images.mutated, modules=("promises", *images.MODULES), largest=16 << 10
    ),
    "archives": Target(
        archives.check,
        archives.seeds,
        (".zip",),
        archives.mutated,
        modules=("zipfile", "py7zr", "rarfile", "promises"),
        largest=32 << 10,
    ),
    "texts": Target(texts.check, texts.seeds, (), texts.mutated, modules=texts.MODULES, largest=8 << 10),
    "shards": Target(shard_edits.check, shard_edits.seeds, modules=("mmdgen.shard.checking",), largest=60),
    "draw": Target(drawing.check, model_seeds, (".pmx", ".pmd"), mutate.mutated, mutate.crossed),
}


def real_files(target: Target) -> list[Path]:
    """Return the real files that join the seeds of a target."""
    import seeds

    return seeds.real(*target.suffixes) if target.suffixes else []
