"""Characters differ as drawn: no two are alike, and every choice is made."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from scipy.spatial.distance import pdist

from mmdgen.zoo.draw import draw_traits
from mmdgen.zoo.draw.pick import unlikeness

COUNT = 300
UNSEEN = ("name", "name_ja", "naming", "habits", "symmetric")  # traits that do not show
SAME = 0.1  # of a number's range: two values this near look the same


@cache
def drawn() -> list[dict[str, Any]]:
    return [dict(leaves(draw_traits(11, i).as_json())) for i in range(COUNT)]


def leaves(traits: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every number and choice of a character's looks by its path; a colour is three numbers."""
    for key, value in traits.items():
        if key in UNSEEN:
            continue
        if isinstance(value, dict):
            yield from leaves(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple) and len(value) == 3 and isinstance(value[0], float):
            for i, number in enumerate(value):
                yield f"{prefix}{key}.{i}", number
        else:
            yield prefix + key, value


def columns() -> dict[str, list[Any]]:
    """Return the values of all characters by path, of what not all of them share; None where one has no such trait."""
    paths = dict.fromkeys(path for character in drawn() for path in character)
    values = {path: [character.get(path) for character in drawn()] for path in paths}
    return {path: column for path, column in values.items() if len(set(column)) > 1}


def is_number(column: list[Any]) -> bool:
    return all(isinstance(value, float | int) and not isinstance(value, bool) for value in column if value is not None)


def test_no_two_of_300_share_two_thirds_of_their_looks() -> None:
    differing = np.zeros(COUNT * (COUNT - 1) // 2)
    for column in columns().values():
        if is_number(column):
            numbers = np.array([-1e9 if value is None else value for value in column])
            low, high = np.percentile(numbers[numbers > -1e9], (2, 98))
            differing += pdist(numbers[:, None], "cityblock") > SAME * max(high - low, 1e-6)
        else:
            kinds = np.unique(np.array([str(value) for value in column]), return_inverse=True)[1]
            differing += pdist(kinds[:, None], "hamming") > 0
    share = differing / len(columns())
    assert len(columns()) > 80
    assert share.min() > 1 / 3


def test_every_choice_is_made_and_none_is_nearly_always_made() -> None:
    for path, column in columns().items():
        if not is_number(column):
            most = Counter(column).most_common(1)[0]
            assert most[1] < 0.99 * COUNT, f"{path}: {most}"


def test_hair_and_eyes_come_in_all_hues() -> None:
    for path in ("hair.color", "eyes.left_color"):
        rgb = np.array([[character[f"{path}.{i}"] for i in range(3)] for character in drawn()])
        x, y = rgb @ [1, -0.5, -0.5], rgb @ [0, 0.866, -0.866]
        vivid = np.hypot(x, y) > 0.15
        sixths = np.bincount((np.arctan2(y, x)[vivid] / (2 * np.pi) * 6 % 6).astype(int), minlength=6)
        assert (sixths > 0.02 * COUNT).all(), f"{path}: {sixths}"


def test_skins_come_from_pale_to_very_dark_and_in_fantasy_colors() -> None:
    skin = np.array([[character[f"skin.{i}"] for i in range(3)] for character in drawn()])
    bright = skin @ [0.3, 0.59, 0.11]
    assert (bright > 0.85).sum() > 0.1 * COUNT
    assert (bright < 0.4).sum() > 0.04 * COUNT
    fantasy = (skin[:, 0] < skin[:, 1]) | (skin[:, 0] < skin[:, 2])  # natural skin is red first
    assert fantasy.sum() > 0.02 * COUNT


def test_hair_and_clothes_do_not_melt_into_the_skin() -> None:
    for k in range(COUNT):
        traits = draw_traits(11, k)
        dark = float(np.interp(np.dot(traits.skin, [0.299, 0.587, 0.114]), (0.30, 0.95), (1, 0)))
        for color in (traits.hair.color, traits.hair.tip_color, traits.hair.other_color):
            assert unlikeness(color, traits.skin) > 0.05 + 0.12 * dark
        assert unlikeness(traits.outfit.main, traits.skin) > 0.13
