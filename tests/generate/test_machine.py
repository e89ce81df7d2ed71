"""Which GPUs draw, and how many workers share them."""

from __future__ import annotations

import pytest

from mmdgen.errors import UsageError
from mmdgen.generate import machine
from mmdgen.generate.machine import Drivers, Scouts, devices_here, lineup, read_devices
from mmdgen.render.context import Driver, driver

TWO = Drivers({0: "H100", 3: "H100"}, "H100")
NONE = Drivers({}, "llvmpipe")


@pytest.fixture
def processors(monkeypatch):
    """Set how many processors there are."""
    return lambda count: monkeypatch.setattr(machine, "processors", lambda: count)


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


def test_all_gpus_are_used_in_turn(processors):
    processors(64)
    line = lineup(TWO, None, 1000)
    assert (line.workers, line.devices, line.threads, line.helpers) == (32, (0, 3), None, 2)
    assert line.driver == "2 × H100"


def test_a_gpu_can_be_chosen(processors):
    processors(16)
    line = lineup(TWO, None, 1000, (3,))
    assert (line.workers, line.devices, line.driver) == (16, (3,), "H100")


def test_a_number_that_is_no_gpu_is_refused_with_those_that_are(processors):
    processors(16)
    with pytest.raises(UsageError, match=r"--devices: 1 is no GPU, expected some of: 0 \(H100\), 3 \(H100\)"):
        lineup(TWO, None, 1000, (1,))
    with pytest.raises(UsageError, match="expected some of: none"):
        lineup(NONE, None, 1000, (0,))


@pytest.mark.parametrize(
    ("count", "asked", "tasks", "workers", "threads"),
    [(2, None, 100, 2, 1), (16, None, 100, 16, 1), (16, 4, 100, 4, 4), (16, None, 3, 3, 5), (2, 8, 100, 8, 1)],
)
def test_without_a_gpu_all_processors_draw(processors, count, asked, tasks, workers, threads):
    processors(count)
    line = lineup(NONE, asked, tasks)
    assert (line.workers, line.devices, line.threads, line.helpers) == (workers, (None,), threads, threads)
    assert line.driver == "llvmpipe"


# --- who can draw -----------------------------------------------------------------------------------------------------


class Machine:
    """GPUs that can be opened, one that is in others' hands, and what draws where none is chosen."""

    def __init__(self, there: dict[int, str | None], otherwise: str | None) -> None:
        self.there = there
        self.otherwise = otherwise
        self.opened: list[int | None] = []

    def scout(self, devices=None) -> Scouts:
        scouts = Scouts(devices)
        tasks = list(scouts.tasks)
        for task in tasks:
            tasks += scouts.take(task, self.answer(task))
            assert not ((scouts.found or scouts.trouble) and task is not tasks[-1]), "nothing is said too early"
        return scouts

    def answer(self, task):
        if task.count:
            return tuple(self.there) or (None,)
        self.opened.append(task.device)
        name = self.otherwise if task.device is None else self.there[task.device]
        return Driver("", name, "") if name else f"EGL device {task.device}: closed"


def test_every_gpu_is_opened_and_those_that_others_keep_are_left_out():
    here = Machine({2: "H100", 0: "H200", 1: None}, "llvmpipe")
    assert here.scout().found == Drivers({0: "H200", 2: "H100"}, "H200")
    assert sorted(here.opened) == [0, 1, 2]


def test_only_the_wanted_gpus_are_opened_unless_one_is_not_there():
    here = Machine({0: "H100", 1: "H100", 2: "H200"}, "llvmpipe")
    assert here.scout((2, 1)).found == Drivers({1: "H100", 2: "H200"}, "H100")
    assert sorted(here.opened) == [1, 2]
    assert set(here.scout((2, 7)).found.hardware) == {0, 1, 2}, "the refusal of 7 names them"


def test_a_wanted_gpu_that_is_closed_says_why():
    assert Machine({0: "H100", 1: None}, "llvmpipe").scout((1,)).trouble == "EGL device 1: closed"


@pytest.mark.parametrize("there", [{}, {0: None}, {0: "llvmpipe (zink)"}])
def test_software_draws_where_no_gpu_can(there):
    found = Machine(there, "llvmpipe").scout().found
    assert not found.hardware
    assert found.name.startswith("llvmpipe")


def test_where_nothing_draws_the_driver_s_sentence_is_told():
    assert Machine({}, None).scout().trouble == "EGL device None: closed"
    assert Machine({0: None}, None).scout().trouble == "EGL device None: closed"


def test_a_gpu_without_a_number_is_one_too():
    assert Machine({}, "Apple M3").scout().found == Drivers({None: "Apple M3"}, "Apple M3")


@pytest.mark.gl
def test_the_devices_of_this_machine_are_those_that_open(gl_context):
    software = driver(gl_context).software
    assert all((device is None) == software for device in devices_here())


def test_what_is_likely_is_known_before_a_gpu_is_opened():
    scouts = Scouts()
    assert [task.device for task in scouts.take(scouts.tasks[0], (0, 3))] == [0, 3]
    assert scouts.likely == Drivers({0: "", 3: ""}, "")
    assert lineup(scouts.likely, None, 1000).devices == (0, 3)
    assert scouts.found is None
    for devices, there in ((None, (None,)), ((5,), (0, 3))):
        scouts = Scouts(devices)
        scouts.take(scouts.tasks[0], there)
        assert scouts.likely is None, "software may draw; a number that is no GPU's"
