"""Which morphs are proposed for the slots, and that the vertices decide it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from builders import group, head_model
from subjects import (
    WINKS_OF_BOTH_KINDS,
    character,
    flattened,
    mirrored,
    nameless,
    numbers,
    offsets,
    placed,
    renamed,
    vertex_morph,
    with_morphs,
    with_solid,
)

from mmdgen.annotation import SLOTS
from mmdgen.library.proposals.morphs import propose_slots

EYES = SLOTS[:-1]
SURE = 0.8
ZOO = range(5)


@pytest.fixture(scope="module")
def made():
    found = flattened(character(WINKS_OF_BOTH_KINDS))
    assert all(number is not None for number in found.slots.values())
    return found


@pytest.mark.parametrize("index", ZOO)
def test_zoo_characters_get_their_true_slots_with_confidence(index):
    truth = character(index)
    slots = propose_slots(truth.model)
    assert numbers(slots) == dict(truth.slots)
    assert all(slot.confidence >= SURE for slot in slots.values() if slot)
    assert all(slot.by.startswith("auto ") and slot.side_split is None for slot in slots.values() if slot)


@pytest.mark.parametrize("index", ZOO)
def test_without_any_names_the_eyes_are_the_same(index):
    truth = character(index)
    slots = propose_slots(nameless(truth.model))
    assert {n: numbers(slots)[n] for n in EYES} == {n: truth.slots[n] for n in EYES}


def test_the_tiny_head_whose_eyes_have_no_lids():
    model = head_model()
    names = [m.name for m in model.morphs]
    expected = dict(
        zip(SLOTS, ("ウィンク２", "ｳｨﾝｸ２右", "まばたき", "ウィンク", "ウィンク右", "笑い", "あ"), strict=True)
    )
    assert {n: s and s.name for n, s in propose_slots(model).items()} == expected
    assert numbers(propose_slots(model)) == {slot: names.index(name) for slot, name in expected.items()}


def test_a_mirrored_character_has_left_and_right_exchanged(made):
    slots, other = numbers(propose_slots(made.model)), numbers(propose_slots(mirrored(made.model)))
    swapped = {n: slots[n.replace("left", "?").replace("right", "left").replace("?", "right")] for n in SLOTS}
    assert other == swapped


def test_names_of_winks_do_not_decide(made):
    """Whatever of the usual names a wink has, it fills the slot that its vertices say."""
    names = ["ウィンク", "ウィンク右", "ウィンク２", "ｳｨﾝｸ２右"]
    winks = [made.slots[n] for n in ("normal_left", "normal_right", "smile_left", "smile_right")]
    for turn in range(1, 4):
        given = dict(zip(winks, names[turn:] + names[:turn], strict=True))
        slots = propose_slots(renamed(made.model, given))
        assert numbers(slots) == dict(made.slots), given
        assert all(slot.confidence >= SURE for slot in slots.values())


def test_blink_and_smile_with_each_others_names_are_told_apart(made):
    swapped = {made.slots["normal_both"]: "笑い", made.slots["smile_both"]: "まばたき"}
    assert numbers(propose_slots(renamed(made.model, swapped))) == dict(made.slots)


def test_size_and_place_do_not_matter(made):
    assert numbers(propose_slots(placed(made.model, 2.9, (3.0, -7.0, 5.0)))) == dict(made.slots)


def test_winks_that_are_missing_stay_empty(made):
    gone = {made.slots[n] for n in ("normal_left", "normal_right")}
    slots = numbers(propose_slots(with_morphs(made.model, lambda i, m: None if i in gone else m)))
    assert slots == {**made.slots, "normal_left": None, "normal_right": None}


def test_groups_count_as_what_they_move(made):
    pair = [made.slots["normal_left"], made.slots["normal_right"]]
    blink = made.slots["normal_both"]
    grouped = with_morphs(made.model, lambda i, m: replace(m, data=group(pair)) if i == blink else m)
    slots = propose_slots(grouped)
    assert numbers(slots) == dict(made.slots)
    assert slots["normal_both"].confidence >= SURE


def test_a_smile_whose_group_shuts_one_eye_only_is_none(made):
    left, smile = made.slots["smile_left"], made.slots["smile_both"]
    others = [i for i, m in enumerate(made.model.morphs) if m.name == "笑顔"]
    wrong = with_morphs(made.model, lambda i, m: replace(m, data=group([left, left])) if i in {smile, *others} else m)
    slots = propose_slots(wrong)
    assert slots["smile_both"] is None or slots["smile_both"].confidence < SURE
    assert numbers(slots)["normal_both"] == made.slots["normal_both"]


@pytest.mark.parametrize("weight", [0.3, 0.6])
def test_what_is_called_a_closing_but_does_not_close_is_none(made, weight):
    smiling = {made.slots[n] for n in ("smile_left", "smile_right", "smile_both")}
    model = with_morphs(
        made.model,
        lambda i, m: (
            vertex_morph(m.name, offsets(made.model, i) * weight, m)
            if i in smiling
            else (None if m.name == "笑顔" else m)
        ),
    )
    assert [numbers(propose_slots(model))[n] for n in ("smile_left", "smile_right", "smile_both")] == [None] * 3


def test_a_morph_that_only_works_on_top_of_another_fills_no_slot(made):
    """A smiling wink made as a correction of the plain one leaves the eye open by itself."""
    model = made.model
    correction = offsets(model, made.slots["smile_left"]) - offsets(model, made.slots["normal_left"])
    changed = with_morphs(
        model, lambda i, m: vertex_morph(m.name, correction, m) if i == made.slots["smile_left"] else m
    )
    assert numbers(propose_slots(changed)) == {**made.slots, "smile_left": None}


def test_a_smile_nearly_like_the_blink_still_has_its_own_winks(made):
    """Lines almost as straight as the blink's: 12 % of the way to the real smile."""
    model = made.model
    blended = {
        made.slots[f"smile_{s}"]: offsets(model, made.slots[f"normal_{s}"]) * 0.88
        + offsets(model, made.slots[f"smile_{s}"]) * 0.12
        for s in ("left", "right", "both")
    }
    changed = with_morphs(
        model,
        lambda i, m: vertex_morph(m.name, blended[i], m) if i in blended else (None if m.name == "笑顔" else m),
    )
    assert numbers(propose_slots(changed)) == dict(made.slots)


def test_a_half_closed_eye_is_no_wink_to_rely_on(made):
    gone = [made.slots[n] for n in ("normal_left", "normal_right")]
    model = with_morphs(
        made.model, lambda i, m: vertex_morph("じと目左", offsets(made.model, i) * 0.7, m) if i in gone else m
    )
    slots = propose_slots(model)
    assert all(slots[n] is None or slots[n].confidence < SURE for n in ("normal_left", "normal_right"))


def test_an_expression_of_the_whole_face_is_not_preferred_to_a_wink(made):
    left, mouth = made.slots["normal_left"], made.slots["mouth"]
    whole = offsets(made.model, left) + 6 * offsets(made.model, mouth)
    model = with_morphs(
        made.model,
        lambda i, m: m if i != left else vertex_morph("ウィンク２", whole, m),
        vertex_morph("extra", offsets(made.model, left), made.model.morphs[left]),
    )
    assert numbers(propose_slots(model))["normal_left"] == len(made.model.morphs)


def test_morphs_of_one_name_count_together(made):
    """MMD moves all morphs of a name: a blink in two parts is one blink."""
    model, blink = made.model, made.slots["normal_both"]
    dense = offsets(model, made.slots["normal_left"]), offsets(model, made.slots["normal_right"])
    changed = with_morphs(
        model,
        lambda i, m: vertex_morph("まばたき", dense[0], m) if i == blink else m,
        vertex_morph("まばたき", dense[1], model.morphs[blink]),
    )
    assert numbers(propose_slots(changed))["normal_both"] == blink


def test_lashes_on_a_clear_card_before_the_eye_do_not_hide_it(made):
    """The card's picture would show where it is clear; without pictures it must be looked through."""
    model, blink = made.model, made.slots["normal_both"]
    dense, x = offsets(model, blink), model.vertices.position[:, 0]
    for side in (x > 0, x < 0):
        moving = np.flatnonzero((np.abs(dense[:, 1]) > 0.05) & side)
        low, high = model.vertices.position[moving].min(0) - 0.05, model.vertices.position[moving].max(0) + 0.05
        corners = [(low[0], low[1]), (low[0], high[1]), (high[0], high[1]), (high[0], low[1])]
        quad = np.array([(*corner, low[2] - 0.02) for corner in corners])
        model = with_solid(model, "card", quad[[[0, 1, 2], [0, 2, 3]]])
    dense = np.concatenate([dense, np.tile([0, -0.1, 0], (len(model.vertices) - len(dense), 1))])
    changed = with_morphs(model, lambda i, m: vertex_morph(m.name, dense, m) if i == blink else m)
    slots = propose_slots(changed)
    assert numbers(slots)["normal_both"] == blink
    assert slots["normal_both"].confidence >= SURE


def test_eye_bones_are_not_needed_and_the_head_bone_is(made):
    def without(*names):
        return replace(
            made.model, bones=tuple(replace(b, name="?") if b.name in names else b for b in made.model.bones)
        )

    assert numbers(propose_slots(without("左目", "右目", "両目"))) == dict(made.slots)
    assert propose_slots(without("頭")) == dict.fromkeys(SLOTS)


# --- the mouth --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["あ", "あ ", "あ２", "発音「あ」", "a", "Fcl_MTH_A", "啊"])
def test_any_usual_name_of_an_opening_mouth_is_known(made, name):
    slots = propose_slots(renamed(made.model, {made.slots["mouth"]: name}))
    assert numbers(slots)["mouth"] == made.slots["mouth"]
    assert slots["mouth"].confidence >= SURE


def test_what_is_called_a_mouth_but_moves_brows_is_none(made):
    brows = next(i for i, m in enumerate(made.model.morphs) if m.name == "上")
    slots = propose_slots(renamed(made.model, {brows: "あ", made.slots["mouth"]: "お"}))
    assert slots["mouth"].index != brows
    assert slots["mouth"].confidence < SURE


def test_an_empty_first_choice_leaves_the_slot_to_the_second(made):
    mouth = made.slots["mouth"]
    model = with_morphs(
        made.model, lambda i, m: None if i == mouth else m, replace(made.model.morphs[mouth], name="あ２")
    )
    assert numbers(propose_slots(model))["mouth"] == len(made.model.morphs)


def test_broken_numbers_in_a_morph_do_no_harm(made):
    blink = made.slots["normal_both"]
    dense = offsets(made.model, blink)
    dense[np.flatnonzero(dense.any(1))[:3]] = (np.inf, np.nan, -1e30)
    with np.errstate(invalid="ignore", over="ignore"):
        model = with_morphs(made.model, lambda i, m: vertex_morph(m.name, dense, m) if i == blink else m)
    assert numbers(propose_slots(model)) == dict(made.slots)


@pytest.mark.parametrize("lacking", [("normal_both",), ("normal_both", "normal_left", "normal_right")])
def test_a_smile_is_no_blink_where_there_is_no_other(made, lacking):
    silent = {made.slots[slot] for slot in lacking}
    found = propose_slots(with_morphs(made.model, lambda i, m: None if i in silent else m))
    assert numbers(found) == {**made.slots, **dict.fromkeys(lacking)}
    assert all(slot.confidence >= SURE for slot in found.values() if slot)
