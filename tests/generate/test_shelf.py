"""Models are read in order, a few ahead, and what a failed unit expected is forgotten."""

from __future__ import annotations

import threading

import pytest

from mmdgen.generate.shelf import AHEAD, Shelf


class Library:
    """Counts what was read; readers wait for the gate."""

    def __init__(self) -> None:
        self.read: list[str] = []
        self.gate = threading.Event()
        self.gate.set()

    def __call__(self, name: str) -> str:
        self.gate.wait(10)
        self.read.append(name)
        if name == "broken":
            raise ValueError(name)
        return name.upper()


@pytest.fixture
def library():
    return Library()


@pytest.fixture
def shelf(library):
    shelf = Shelf(library)
    yield shelf
    library.gate.set()
    shelf.close()


def test_results_come_in_order_and_no_more_than_a_few_are_held(library, shelf):
    names = [f"m{i}" for i in range(9)]
    shelf.expect((i, name) for i, name in enumerate(names))
    for i, name in enumerate(names):
        assert shelf.take(i, name).result(10) == name.upper()
        assert len(library.read) <= i + 1 + AHEAD
    assert library.read == names


def test_what_nobody_expected_is_read_at_once(library, shelf):
    assert shelf.take("x", "a").result(10) == "A"
    assert shelf.last() is None


def test_orders_before_the_one_that_is_taken_are_forgotten(library, shelf):
    library.gate.clear()
    shelf.expect([(("one", i), f"one{i}") for i in range(5)] + [(("two", 0), "two0")])
    future = shelf.take(("two", 0), "two0")
    library.gate.set()
    assert future.result(10) == "TWO0"
    assert not {"one2", "one3", "one4"} & set(library.read)


def test_an_error_is_raised_where_its_model_is_taken(shelf):
    shelf.expect([(0, "a"), (1, "broken"), (2, "b")])
    assert shelf.take(0, "a").result(10) == "A"
    with pytest.raises(ValueError, match="broken"):
        shelf.take(1, "broken").result(10)
    assert shelf.take(2, "b").result(10) == "B"


def test_the_last_order_is_known(shelf):
    shelf.expect([(0, "a"), (1, "b")])
    assert shelf.last() == "b"
