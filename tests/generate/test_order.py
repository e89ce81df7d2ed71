"""Tasks are handed out once each, neighbours to the same worker."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mmdgen.generate.order import Order


@given(count=st.integers(0, 60), calls=st.lists(st.integers(0, 5), max_size=80))
def test_every_number_is_handed_out_once(count, calls):
    order = Order(count)
    given_out = []
    for worker in calls:
        assert len(order) == count - len(given_out)
        if not len(order):
            break
        given_out.append(order.take(worker))
    assert len(set(given_out)) == len(given_out)
    assert set(given_out) <= set(range(count))
    while len(order):
        given_out.append(order.take(0))
    assert sorted(given_out) == list(range(count))


@given(count=st.integers(1, 400), workers=st.integers(1, 16))
def test_workers_in_turn_leave_few_borders(count, workers):
    order, last, borders = Order(count), {}, 0
    for i in range(count):
        worker = i % workers
        number = order.take(worker)
        borders += last.get(worker, -2) + 1 != number
        last[worker] = number
    halvings = max(1, count // workers).bit_length() + 1
    assert borders <= workers * halvings, "a worker moves only when its stretch is used up, to half of another"


def test_one_worker_goes_in_order():
    order = Order(5)
    assert [order.take(7) for _ in range(5)] == [0, 1, 2, 3, 4]


def test_a_second_worker_begins_in_the_middle():
    order = Order(8)
    assert [order.take(w) for w in (0, 1, 0, 1, 0, 1, 1, 1)] == [0, 4, 1, 5, 2, 6, 7, 3]


def test_what_is_cleared_is_not_handed_out():
    order = Order(5)
    order.take(0)
    order.clear()
    assert len(order) == 0
