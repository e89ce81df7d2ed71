"""Names, kinds and sides of morphs, bones and weights: as real makers have them, and the truth says which is which."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from characters import SEED, character, offsets

from mmdgen.annotation import SLOTS
from mmdgen.formats.load import parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.model import BoneMorph, Deform, GroupMorph, MaterialMorph, Model, UVMorph, VertexMorph
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.space import euler_quaternion, rotation_matrices
from mmdgen.state import RigState
from mmdgen.zoo.character import Character, make_character
from mmdgen.zoo.draw import draw_traits, rng_for
from mmdgen.zoo.draw.styles import STYLES, fits
from mmdgen.zoo.spellings import CHINESE, SPELLINGS, WORDS
from mmdgen.zoo.traits import NamingTraits, RigTraits, Traits

INDICES = range(6)
DRAWN = [draw_traits(SEED, k) for k in range(400)]


def made(naming: dict[str, object] | None = None, rig: dict[str, object] | None = None, index: int = 0) -> Character:
    """Return a character with these habits of its maker, and no morph missing."""
    traits = draw_traits(SEED, index)
    plain = NamingTraits("full", False, False, "all", False, (), False, False, False, False, False, "words")
    bones = RigTraits(*[False] * 8, deform="BDEF2", physics=True, cloth="none", cloth_columns=8, cloth_rows=2)
    traits = replace(traits, naming=replace(plain, **(naming or {})), rig=replace(bones, **(rig or {})))
    return make_character(traits, rng_for(SEED, index, "details"))


def side(model: Model, number: int) -> str:
    x = model.vertices.position[offsets(model, number).any(1), 0]
    assert (x > 0).all() or (x < 0).all()
    return "left" if x[0] > 0 else "right"


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("swapped", [False, True])
def test_winks_are_where_the_truth_says_and_where_the_maker_put_them(spelling: str, swapped: bool) -> None:
    one = made({"spelling": spelling, "swapped": swapped})
    names = SPELLINGS[spelling]
    assert None not in one.slots.values()
    for slots, pair in (
        (("normal_left", "normal_right"), names.plain_winks),
        (("smile_left", "smile_right"), names.smile_winks),
    ):
        for slot in slots:
            number = one.slots[slot]
            assert slot.endswith(side(one.model, number))
            assert one.model.morphs[number].name == pair[slot.endswith("right") != swapped]
    both = offsets(one.model, one.slots["normal_both"])
    halves = [offsets(one.model, one.slots[f"normal_{s}"]) for s in ("left", "right")]
    assert np.array_equal(both, sum(halves))


def test_a_name_may_mean_the_other_shape() -> None:
    one, other = made(), made({"plain_first": True})
    assert (
        one.model.morphs[one.slots["smile_left"]].name
        == other.model.morphs[other.slots["normal_left"]].name
        == "ウィンク"
    )
    assert np.array_equal(offsets(one.model, one.slots["smile_left"]), offsets(other.model, other.slots["smile_left"]))


def test_slips_of_makers() -> None:
    one = made({"chinese": True, "trailing_space": True, "duplicate": True, "separators": True, "narrow": True})
    names = [m.name for m in one.model.morphs]
    assert set(CHINESE.values()) <= {n.strip() for n in names}
    for slot, numbers in one.twins.items():
        for number in numbers:
            assert one.model.morphs[number].data == one.model.morphs[one.slots[slot]].data
    assert any(n.endswith(" ") for n in names)
    assert max(Counter(n.strip() for n in names).values()) == 2
    assert [n for n in names if n.startswith("--")]
    assert not any("２" in n for n in names)
    assert {m.name_en for m in made({"english": "none"}).model.morphs} == {""}


def test_missing_morphs_leave_their_slots_empty() -> None:
    one = made({"missing": ("blink", "smile", "a", "stare"), "winks": "one"})
    names = {m.name for m in one.model.morphs}
    assert not names & {"まばたき", "笑い", "あ", "じと目", "ジト目"}
    assert {slot for slot, number in one.slots.items() if number is not None} == {"normal_left", "smile_left"}
    none = made({"winks": "none"})
    assert {s for s in SLOTS if none.slots[s] is None} == {"normal_left", "normal_right", "smile_left", "smile_right"}


def test_a_group_blink_is_both_plain_winks() -> None:
    one = made({"blink_group": True})
    data = one.model.morphs[one.slots["normal_both"]].data
    assert isinstance(data, GroupMorph)
    assert set(data.index.tolist()) == {one.slots["normal_left"], one.slots["normal_right"]}


@pytest.mark.parametrize("index", INDICES)
def test_morphs_move_only_what_they_must(index: int) -> None:
    model = character(index).model
    for morph in model.morphs:
        if isinstance(morph.data, VertexMorph):
            assert len(np.unique(morph.data.index)) == len(morph.data.index) < len(model.vertices) / 2
            assert (np.abs(morph.data.offset).max(1) > 5e-4).all()


def test_morphs_come_in_all_kinds() -> None:
    kinds = {type(m.data) for c in map(character, INDICES) for m in c.model.morphs} | {
        type(m.data) for m in made({"blink_group": True}).model.morphs
    }
    assert {VertexMorph, GroupMorph, BoneMorph, MaterialMorph, UVMorph} == kinds


def share(of: list[bool]) -> float:
    return sum(of) / len(of)


def test_habits_come_at_the_rates_of_real_models() -> None:
    naming = [t.naming for t in DRAWN]
    plain = [n.winks in ("all", "plain", "one") for n in naming]
    smile = [n.winks in ("all", "smile", "one") for n in naming]
    assert share(plain) == pytest.approx(0.82, abs=0.06)  # 6,597 of 8,000
    assert share(smile) == pytest.approx(0.86, abs=0.06)  # 6,851
    assert share(["a" not in n.missing for n in naming]) == pytest.approx(0.95, abs=0.03)  # 7,584
    assert share(["blink" not in n.missing for n in naming]) == pytest.approx(0.96, abs=0.03)  # 7,674
    assert share(["smile" not in n.missing for n in naming]) == pytest.approx(0.92, abs=0.04)  # 7,380
    assert share([n.swapped for n in naming]) == pytest.approx(0.28, abs=0.07)
    assert share([n.plain_first for n in naming]) == pytest.approx(0.12, abs=0.06)
    assert share([n.blink_group and n.winks in ("all", "plain") for n in naming]) == pytest.approx(0.18, abs=0.06)
    assert {n.spelling for n in naming} == set(SPELLINGS)
    for key, real in (("nagomi", 78 / 105), ("hau", 71 / 105), ("wide", 74 / 105), ("stare", 73 / 105), ("sharp", 0.4)):
        assert key in WORDS
        assert share([key not in n.missing for n in naming]) == pytest.approx(real, abs=0.08)


def test_rigs_come_at_the_rates_of_real_models() -> None:
    rigs = [t.rig for t in DRAWN]
    assert share([r.upper2 for r in rigs]) == pytest.approx(86 / 105, abs=0.07)
    assert share([r.deform == "SDEF" for r in rigs]) == pytest.approx(0.28, abs=0.08)
    features = [r.twist or r.local_axes or r.local_append or r.shoulder_helpers for r in rigs]
    assert share(features) > 0.25
    assert {r.deform for r in rigs} == {"BDEF2", "SDEF", "BDEF4"}


def test_styles_admit_and_leave_whom_they_admit() -> None:
    for style in STYLES:
        found = [draw_traits(SEED, k, styles=(style,)) for k in range(12)]
        assert all(fits(t, (style,)) for t in found)
        assert all(found[k] == DRAWN[k] for k in range(12) if fits(DRAWN[k], (style,)))
    t = draw_traits(SEED, 3, styles=("male", "child", "fantasy"))
    assert (t.style.male, t.style.age) == (True, "child")


STANDARD = ("センター", "上半身", "下半身", "首", "頭", "両目", "左目", "右目", "左肩", "左腕", "左ひじ", "左手首")


@pytest.mark.parametrize("index", INDICES)
def test_bones_are_the_standard_ones(index: int) -> None:
    one = character(index)
    model, names = one.model, [b.name for b in one.model.bones]
    assert set(STANDARD) <= set(names)
    assert len(set(names)) == len(names)
    at = {b.name: np.array(b.position) for b in model.bones}
    assert at["左目"][0] == -at["右目"][0] > 0.2
    assert at["首"][1] < at["頭"][1] < at["左目"][1]
    assert [at[f"左{n}"][0] > at["左肩"][0] for n in ("腕", "ひじ", "手首")] == [True] * 3
    assert ("全ての親" in names) == one.traits.rig.root
    assert not [b.name for k, b in enumerate(model.bones) if b.parent is not None and b.parent > k]
    assert [f.name for f in model.frames[:2]] == ["Root", "表情"]
    listed = Counter(i for f in model.frames for kind, i in f.items if kind == 0)
    assert max(listed.values()) == 1
    if "左足" in names:
        ik = model.bones[names.index("左足ＩＫ")]
        assert [names[link.bone] for link in ik.ik.links] == ["左ひざ", "左足"]
        assert names[ik.ik.target] == "左足首"


def test_helpers_that_some_makers_add() -> None:
    every = dict.fromkeys(("root", "groove", "waist", "upper2", "shoulder_helpers", "twist", "local_axes"), True)
    one = made(rig=every)
    model = one.model
    assert parse_model(write_pmx(model)) == model
    bones = {b.name: b for b in model.bones}
    assert {"全ての親", "グルーブ", "腰", "上半身2", "左肩P", "右肩C", "左腕捩", "右手捩"} <= set(bones)
    assert bones["左肩C"].append.ratio == -1
    along = np.subtract(bones["左手首"].position, bones["左ひじ"].position)
    assert np.allclose(bones["左手捩"].fixed_axis, along / np.linalg.norm(along), atol=1e-3)
    assert bones["左ひじ"].local_axes is not None
    assert "上半身2" not in {b.name for b in made().model.bones}


def test_eyes_follow_both_eyes() -> None:
    model = made().model
    for name in ("左目", "右目"):
        append = model.bones[model.bone(name)].append
        assert (model.bones[append.bone].name, append.ratio, append.rotate) == ("両目", 1, True)


@pytest.mark.parametrize("deform", ["BDEF2", "SDEF", "BDEF4"])
def test_weights_are_whole_and_bend_the_neck_alike(deform: str) -> None:
    model = made(rig={"deform": deform, "upper2": True}).model
    v = model.vertices
    assert np.allclose(v.weight.sum(1), 1, atol=1e-5)
    kinds = {Deform(k) for k in np.unique(v.deform)}
    assert kinds == {Deform.BDEF1, Deform.BDEF4} if deform == "BDEF4" else {Deform.BDEF1, Deform.BDEF2} <= kinds
    assert (Deform.SDEF in kinds) == (deform == "SDEF")
    ends = model.bone("頭"), model.bone("首")
    mixed = np.isin(v.bone, ends).sum(1) >= 2
    assert np.ptp(v.weight[mixed].max(1)) > 0.3


def test_rigid_bodies_are_held_by_bones() -> None:
    model = made().model
    assert {"頭", "上半身"} <= {b.name for b in model.bodies}
    assert all(b.bone is not None for b in model.bodies)
    assert all(j.body_a is not None and j.body_b is not None for j in model.joints)
    head = next(b for b in model.bodies if b.name == "頭")
    place = np.array(head.numbers[3:6])
    assert np.linalg.norm(place - model.vertices.position.mean(0)) < 12
    assert not made(rig={"physics": False}).model.bodies


@pytest.mark.parametrize("index", INDICES)
def test_capsules_lie_along_their_bones(index: int) -> None:
    model = character(index).model
    if not character(index).traits.rig.physics:
        return
    for body, bone, tail in (("左腕", "左腕", "左ひじ"), ("右ひじ", "右ひじ", "右手首"), ("首", "首", "頭")):
        numbers = next(b.numbers for b in model.bodies if b.name == body)
        start, end = (np.array(model.bones[model.bone(name)].position) for name in (bone, tail))
        along = rotation_matrices(euler_quaternion(*numbers[6:9]))[:, 1]
        assert abs(along @ (end - start)) / np.linalg.norm(end - start) > 0.9999
        assert np.allclose(numbers[3:6], (start + end) / 2, atol=1e-3)


@pytest.mark.parametrize("index", INDICES)
def test_a_turned_head_leaves_the_shoulders(index: int) -> None:
    model = character(index).model
    n = len(model.bones)
    rotation = np.tile(np.array([0, 0, 0, 1], np.float32), (1, n, 1))
    rotation[0, model.bone("頭")] = (0, np.sin(0.13), 0, np.cos(0.13))
    state = RigState(rotation, np.zeros((1, n, 3), np.float32), np.zeros((1, len(model.morphs)), np.float32))
    moved = np.linalg.norm(skin(model, Rig(model).evaluate(state)).position[0] - model.vertices.position, axis=1)
    weight = (model.vertices.weight * (model.vertices.bone == model.bone("上半身"))).sum(1)
    assert moved[weight > 0.99].max(initial=0) < 1e-3
    assert moved.max() > 0.1


def test_traits_say_who_is_who() -> None:
    assert all(isinstance(t, Traits) for t in DRAWN)
    assert len({t.name for t in DRAWN}) > 250
