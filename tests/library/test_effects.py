"""What morphs do is told by what they move: names may lie, sides may be swapped."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import builders
import numpy as np
import pytest
from subjects import character, mirrored, nameless, renamed

from mmdgen.annotation import Annotation
from mmdgen.formats.load import read_model
from mmdgen.library.appraisal import appraise
from mmdgen.library.effects import Effect, effects
from mmdgen.library.proposals import propose
from mmdgen.model import Model, Panel, UVMorph

SWAPPED = {"left": "right", "right": "left", "both": "both", None: None}


def by_name(model: Model) -> dict[str, Effect]:
    return {m.name: e for m, e in zip(model.morphs, effects(model)[0], strict=True)}


def test_what_the_built_head_does() -> None:
    does = by_name(builders.head_model())
    assert {name: effect.side for name, effect in does.items()} == {
        "ウィンク２": "left",
        "ｳｨﾝｸ２右": "right",
        "まばたき": "both",
        "笑い": "both",
        "ウィンク": "left",
        "ウィンク右": "right",
        "あ": "both",
        "い": "both",
        "真面目": "both",
    }
    assert {name: effect.shape for name, effect in does.items() if effect.shape} == {
        "ウィンク２": "normal",
        "ｳｨﾝｸ２右": "normal",
        "まばたき": "normal",
        "笑い": "smile",
        "ウィンク": "smile",
        "ウィンク右": "smile",
    }
    assert does["あ"].opens_mouth == pytest.approx(0.35, abs=1e-4)
    assert [name for name, effect in does.items() if effect.opens_mouth] == ["あ"]
    for name, effect in does.items():
        closed = {side for side, share in effect.closes.items() if share > 0.8}
        want = {"left": {"left"}, "right": {"right"}, "both": {"left", "right"}}[effect.side] if effect.shape else set()
        assert closed == want, name


def test_swapped_names_change_nothing() -> None:
    model = builders.head_model()
    names = {0: "ウィンク右", 1: "ウィンク", 4: "ｳｨﾝｸ２右", 5: "ウィンク２"}
    assert effects(renamed(model, names))[0] == effects(model)[0]


@pytest.mark.parametrize("index", [0, 3])
def test_a_mirrored_character_does_all_on_the_other_side(index: int) -> None:
    model = character(index).model
    for morph, one, other in zip(model.morphs, effects(model)[0], effects(mirrored(model))[0], strict=True):
        assert other.side == SWAPPED[one.side], morph.name


@pytest.mark.parametrize("index", [0, 3])
def test_sides_need_no_names(index: int) -> None:
    model = character(index).model
    sides = [effect.side for effect in effects(model)[0]]
    assert [effect.side for effect in effects(nameless(model))[0]] == sides
    assert {"left", "right", "both"} <= set(sides)


def test_morphs_of_texture_coordinates_have_sides_too() -> None:
    model = builders.head_model()
    left = np.flatnonzero(model.vertices.position[:, 0] > 0.5).astype(np.int32)
    offset = np.ones((len(left), 4), np.float32)
    morphs = (builders.morph("uv", Panel.EYE, UVMorph(0, left, offset)), builders.morph("none", Panel.EYE, empty()))
    assert [e.side for e in effects(replace(model, morphs=morphs))[0]] == ["left", None]


def empty() -> UVMorph:
    return UVMorph(0, np.zeros(0, np.int32), np.zeros((0, 4), np.float32))


def test_without_a_head_bone_the_eye_bones_part_the_sides() -> None:
    model = builders.head_model()
    bones = tuple(replace(b, name="x") if b.name == "頭" else b for b in model.bones)
    found, findings = effects(replace(model, bones=bones))
    assert [e.side for e in found] == [e.side for e in effects(model)[0]]
    assert findings.subject is None
    assert not any(e.closes or e.opens_mouth for e in found)
    bones = tuple(replace(b, name="x") if b.name in ("頭", "左目") else b for b in model.bones)
    assert {e.side for e in effects(replace(model, bones=bones))[0]} == {None}


def test_a_model_is_appraised_as_render_would() -> None:
    model = builders.head_model()
    proposed = propose(model)
    assert appraise(model, None, proposed).ready
    doubtful = replace(proposed, slots={**proposed.slots, "mouth": replace(proposed.slots["mouth"], confidence=0.5)})
    assert appraise(model, None, doubtful).reasons == ("not sure what opens the mouth",)
    person = replace(proposed, slots={**proposed.slots, "mouth": replace(doubtful.slots["mouth"], by="person")})
    assert appraise(model, person, doubtful).ready
    bones = tuple(replace(b, name="x") if b.name == "首" else b for b in model.bones)
    assert appraise(replace(model, bones=bones), None, proposed).reasons == ("no bone 首",)
    smiles = {name: None if name.startswith("normal") else slot for name, slot in proposed.slots.items()}
    smiling = appraise(model, None, replace(proposed, slots=smiles))
    assert (smiling.ready, smiling.with_smile, smiling.reasons) == (False, True, ("nothing closes the eyes",))
    wrong = replace(proposed, slots={**proposed.slots, "mouth": replace(proposed.slots["mouth"], name="gone")})
    (reason,) = appraise(model, wrong, proposed).reasons
    assert reason.startswith("the annotation does not fit")
    assert appraise(model, Annotation("0" * 64), proposed).stored


REAL = {  # what the names say is the other side in all of these
    "mokou/mokou_A.pmd": {"ウィンク": ("right", "smile"), "ウィンク２": ("left", "smile")},
    "figure-goblin/goblin_v02.pmx": {"ウインク": ("right", None), "ウインク2": ("left", None)},
    "outro-miku43/miku4.3.pmx": {
        "ウィンク": ("right", "smile"),
        "ウィンク２": ("right", "normal"),
        "ウィンク右": ("left", "smile"),
        "ｳｨﾝｸ右２": ("left", "normal"),
    },
}


@pytest.mark.corpus
@pytest.mark.parametrize("name", REAL)
def test_real_winks(corpus: Path, name: str) -> None:
    does = by_name(read_model(corpus / "characters" / name))
    for morph, (side, shape) in REAL[name].items():
        assert does[morph].side == side
        assert does[morph].closes[side] > 0.8
        assert shape in (None, does[morph].shape)
