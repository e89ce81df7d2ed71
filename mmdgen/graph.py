"""Order in a graph of references: what an item refers to comes before the item, and loops are cut."""

from __future__ import annotations

from collections.abc import Sequence


def dependency_order(needs: Sequence[Sequence[int]]) -> tuple[list[int], list[tuple[int, int]]]:
    """Order the items 0..n-1 so that ``needs[i]`` come before i, otherwise by number.

    Returns the order and the cut references ``(item, needed)``: those that would close a loop. Depth-first without
    recursion, since files nest as deeply as they like.
    """
    order: list[int] = []
    cut: list[tuple[int, int]] = []
    state = [0] * len(needs)  # 0 untouched, 1 being visited, 2 done
    for root in range(len(needs)):
        if state[root]:
            continue
        state[root] = 1
        path = [(root, iter(needs[root]))]
        while path:
            item, rest = path[-1]
            for needed in rest:
                if state[needed] == 1:
                    cut.append((item, needed))
                elif state[needed] == 0:
                    state[needed] = 1
                    path.append((needed, iter(needs[needed])))
                    break
            else:
                state[item] = 2
                order.append(item)
                path.pop()
    return order, cut
