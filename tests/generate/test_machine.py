"""Which GPUs draw, and how many workers share them."""

from __future__ import annotations

import pytest

from mmdgen.errors import UsageError
from mmdgen.generate import machine
from mmdgen.generate.machine import Drivers, lineup, read_devices

TWO = Drivers({0: "H100", 3: "H100"}, "H100")
NONE = Drivers({}, "llvmpipe")


@pytest.fixture
def here(monkeypatch):
    def be(drivers: Drivers, processors: int) -> None:
        monkeypatch.setattr(machine, "_drivers", lambda: drivers)
        monkeypatch.setattr(machine, "processors", lambda: processors)

    return be


@pytest.mark.parametrize(
    ("words", "numbers"),
    [([], None), (["all"], None), (["0"], (0,)), (["2,0", "1"], (2, 0, 1)), (["1", "1, 3"], (1, 3))],
)
def test_devices_are_all_or_numbers(words, numbers):
    assert read_devices(words) == numbers


@pytest.mark.parametrize("word", ["gpu", "-1", "1.5", "all,0", "", "0,,1"])
def test_other_words_are_refused(word):
    with pytest.raises(UsageError, match=r"--devices: .* expected all, or EGL numbers"):
        read_devices([word])


def test_all_gpus_are_used_in_turn(here):
    here(TWO, 64)
    line = lineup(None, 1000)
    assert (line.workers, line.devices, line.threads, line.helpers) == (32, (0, 3), None, 2)
    assert line.driver == "2 × H100"


def test_a_gpu_can_be_chosen(here):
    here(TWO, 16)
    line = lineup(None, 1000, (3,))
    assert (line.workers, line.devices, line.driver) == (16, (3,), "H100")


def test_a_number_that_is_no_gpu_is_refused_with_those_that_are(here):
    here(TWO, 16)
    with pytest.raises(UsageError, match=r"--devices: 1 is no GPU, expected some of: 0 \(H100\), 3 \(H100\)"):
        lineup(None, 1000, (1,))
    here(NONE, 2)
    with pytest.raises(UsageError, match="expected some of: none"):
        lineup(None, 1000, (0,))


@pytest.mark.parametrize(
    ("processors", "asked", "tasks", "workers", "threads"),
    [(2, None, 100, 2, 1), (16, None, 100, 16, 1), (16, 4, 100, 4, 4), (16, None, 3, 3, 5), (2, 8, 100, 8, 1)],
)
def test_without_a_gpu_all_processors_draw(here, processors, asked, tasks, workers, threads):
    here(NONE, processors)
    line = lineup(asked, tasks)
    assert (line.workers, line.devices, line.threads, line.helpers) == (workers, (None,), threads, threads)
    assert line.driver == "llvmpipe"
