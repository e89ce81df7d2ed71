"""Reading ahead in another process, which may die."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from annotator.prefetch import Prefetch
from annotator.reading import Loaded, read
from mmdgen.model import TextureSet


def strange(path: Path) -> Loaded:
    """Read by the file's name."""
    if path.name == "dies":
        os._exit(1)
    if path.name == "sleeps":
        time.sleep(60)
    if path.name == "raises":
        raise RecursionError("so deep")
    if path.name.startswith("big"):
        image = np.zeros((512, 512, 4), np.uint8)
        from builders import head_model

        return Loaded(path, head_model(), TextureSet((image,), ""))
    return Loaded(path, problem=f"read by {os.getpid()}")


@pytest.fixture
def prefetch() -> Iterator[Prefetch]:
    made = Prefetch(reader=strange, patience=3, limit=3 << 20)
    yield made
    made.close()


def test_a_file_that_kills_or_stops_its_reader_is_a_problem_and_the_next_is_read(prefetch: Prefetch) -> None:
    paths = [Path(name) for name in ("good", "dies", "raises", "sleeps", "after")]
    prefetch.want(paths)
    found = {path.name: prefetch.wait(path, 30) for path in paths}
    assert "read by" in found["good"].problem
    assert found["good"].problem != f"read by {os.getpid()}"
    assert "died" in found["dies"].problem
    assert "died" in found["raises"].problem
    assert "3 s" in found["sleeps"].problem
    assert "read by" in found["after"].problem


def test_only_what_is_wanted_and_has_room_is_held(prefetch: Prefetch) -> None:
    paths = [Path(f"big{n}") for n in range(5)]
    prefetch.want(paths)
    assert prefetch.wait(paths[2], 30) is not None  # a MiB each: the third fills the room
    time.sleep(0.3)
    prefetch.poll()
    assert [prefetch.get(path) is not None for path in paths] == [True, True, True, False, False]
    prefetch.want([paths[4], paths[2]])
    assert prefetch.get(paths[0]) is None
    assert prefetch.wait(paths[4], 30) is not None


def test_reading_says_what_is_wrong(library: Path) -> None:
    good = library / "a" / "a.pmx"
    loaded = read(good)
    assert loaded.problem == ""
    assert loaded.proposal.head is not None
    data = good.read_bytes()
    good.write_bytes(data[: len(data) // 3])
    assert str(good) in read(good).problem
    assert "no such file" in read(library / "none.pmx").problem
