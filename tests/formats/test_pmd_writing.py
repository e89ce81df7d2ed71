"""What PMD has words for comes back as it was; the rest is left out or refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpus import corpus_models
from hypothesis import given, settings
from hypothesis import strategies as st
from raw_files import RawPmd, pmd_body, pmd_bone, pmd_ik, pmd_joint, pmd_material, pmd_morph, pmd_vertex
from strategies import models

from mmdgen.errors import FormatError
from mmdgen.formats.load import parse_model, read_model
from mmdgen.formats.writer_pmd import write_pmd
from mmdgen.model import Deform, GroupMorph, Model, Morph, Panel, SphereMode, UVMorph, VertexMorph

SAMPLE = min((Path(__file__).resolve().parents[2] / "samples" / "models").rglob("*.pmx"))
REAL = [p for p in corpus_models() if p.suffix.lower() == ".pmd"]
NAMES = st.text(st.sampled_from("aZ 9あ頭ｶ右"), max_size=7).map(str.rstrip)


@st.composite
def raw_files(draw: st.DrawFn) -> RawPmd:
    """PMD files that are whole: every reference in range, kinds of bones with what they need."""
    bones, vertices = draw(st.integers(2, 5)), draw(st.integers(1, 6))
    number, bone, vertex = st.floats(-100, 100, width=32), st.integers(0, bones - 1), st.integers(0, vertices - 1)
    place = st.tuples(number, number, number)
    kinds = [draw(st.sampled_from([0, 1, 2, 5, 7, 9])) for _ in range(bones)]
    fields = [draw(bone) if kind == 5 else draw(st.integers(-300, 300)) for kind in kinds]
    parents = [0xFFFF, *range(bones - 1)]
    names = draw(st.lists(NAMES, max_size=3))
    moves = st.lists(st.tuples(vertex, number, number, number), max_size=4)
    base = pmd_morph("base", 0, [(k, 0, 0, 0) for k in draw(st.permutations(range(vertices)))])
    paths = st.sampled_from(["", "a.png", "a.png*b.spa", "b.sph", "髪.bmp"])
    alpha, toon = draw(st.floats(0, 1, width=32)), draw(st.sampled_from([0, 1, 7, 255]))
    return RawPmd(
        name=draw(NAMES),
        comment=draw(NAMES),
        vertices=[
            pmd_vertex(draw(place), (draw(bone), draw(bone)), draw(st.integers(0, 100)), draw(st.integers(0, 1)))
            for _ in range(vertices)
        ],
        faces=[draw(vertex) for _ in range(3)],
        materials=[pmd_material(draw(paths), alpha, toon)],
        bones=[pmd_bone(draw(NAMES), draw(place), parents[k], draw(bone), kinds[k], fields[k]) for k in range(bones)],
        iks=[pmd_ik(k, draw(bone), draw(st.lists(bone, max_size=2))) for k, kind in enumerate(kinds) if kind == 2],
        morphs=[base] + [pmd_morph(name, draw(st.integers(1, 4)), draw(moves)) for name in names],
        shown_morphs=list(range(1, len(names) + 1)),
        groups=["体", "髪"],
        shown_bones=[(draw(bone), draw(st.integers(1, 2))) for _ in range(3)],
        toons=[draw(st.sampled_from(["toon01.bmp", "own.bmp"])), *(f"toon{k:02}.bmp" for k in range(2, 11))],
        bodies=[pmd_body("頭", draw(bone), draw(place)), pmd_body("他", 0xFFFF, draw(place))],
        joints=[pmd_joint("継手", 0, 1), pmd_joint("継手", 1, 0xFFFFFFFF)],
    )


@settings(deadline=None, max_examples=60)
@given(raw_files())
def test_what_a_pmd_says_it_says_again(raw: RawPmd) -> None:
    model = parse_model(raw.build())
    again = parse_model(write_pmd(model))
    assert again == model
    assert again.warnings == ()


@settings(deadline=None, max_examples=40)
@given(models())
def test_any_model_becomes_a_pmd_that_repeats_or_is_refused(model: Model) -> None:
    try:
        once = parse_model(write_pmd(model))
    except FormatError:
        return
    assert np.array_equal(once.vertices.position, model.vertices.position)
    assert np.array_equal(once.faces, model.faces)
    assert [b.position for b in once.bones] == [b.position for b in model.bones]
    twice = parse_model(write_pmd(once))
    assert [m.name for m in twice.morphs] == [m.name for m in once.morphs]
    assert np.array_equal(twice.vertices.weight, once.vertices.weight)


@pytest.mark.corpus
@pytest.mark.parametrize("path", REAL, ids=lambda p: p.name)
def test_real_files_come_back(path: Path) -> None:
    model = read_model(path)
    again = parse_model(write_pmd(model))
    assert np.array_equal(again.vertices.position, model.vertices.position)
    assert [m.data for m in again.morphs] == [m.data for m in model.morphs]
    assert [b.ik for b in again.bones] == [b.ik for b in model.bones]


def test_what_pmd_has_no_words_for_is_left_out() -> None:
    model = read_model(SAMPLE)
    bare = replace(
        model, materials=tuple(replace(m, sphere=None, sphere_mode=SphereMode.NONE) for m in model.materials)
    )
    again = parse_model(write_pmd(bare))
    assert again.warnings == ()
    assert np.array_equal(again.vertices.position, model.vertices.position)
    assert set(np.unique(again.vertices.deform)) == {Deform.BDEF2}
    for k in range(len(model.bones)):
        one, other = ((v.weight * (v.bone == k)).sum(1) for v in (again.vertices, model.vertices))
        assert np.abs(one - other).max() < 0.006
    kept = [m.name for m in model.morphs if isinstance(m.data, VertexMorph | GroupMorph)]
    assert [m.name for m in again.morphs] == kept
    assert [b.name for b in again.bones] == [b.name for b in model.bones]
    assert [f.name for f in again.frames] == [f.name for f in model.frames]


def test_groups_are_flattened() -> None:
    base = pmd_morph("base", 0, [(0, 0, 0, 0), (2, 0, 0, 0)])
    a, b = pmd_morph("a", 1, [(1, 1, 0, 0)]), pmd_morph("b", 2, [(0, 0, 2, 0)])
    model = parse_model(RawPmd(morphs=[base, a, b]).build())
    shift = UVMorph(0, np.zeros(1, np.int32), np.zeros((1, 4), np.float32))
    group = GroupMorph(False, np.array([1, 2], np.int32), np.array([0.5, 1], np.float32))
    more = (Morph("uv", "", Panel.EYE, shift), *model.morphs, Morph("両方", "", Panel.EYE, group))
    again = parse_model(write_pmd(replace(model, morphs=more)))
    assert [m.name for m in again.morphs] == ["a", "b", "両方"]
    moved = np.array([[0.5, 0, 0], [0, 2, 0]], np.float32)
    assert again.morphs[2].data == VertexMorph(np.array([2, 0], np.int32), moved)


def _textured(model: Model, **changes: object) -> Model:
    return replace(model, materials=(replace(model.materials[0], **changes),))


def test_what_would_change_the_character_is_refused() -> None:
    model = replace(parse_model(RawPmd().build()), textures=("a.png", "b.png", "長い名前の長い名前の画像.png", "☃.png"))
    many, first = tuple(f"{k}.bmp" for k in range(11)), replace(model.materials[0], shared_toon=None)
    cases = [
        (_textured(model, sphere=1, sphere_mode=SphereMode.ADD), "sphere map"),
        (_textured(model, texture=2), "20 bytes"),
        (_textured(model, texture=3), "cp932"),
        (replace(model, vertices=_many(model, 70_000)), "70000 vertices"),
        (replace(model, textures=many, materials=tuple(replace(first, toon=k) for k in range(11))), "11 toons"),
    ]
    for broken, word in cases:
        with pytest.raises(FormatError, match=f"{word}.*write it as PMX"):
            write_pmd(broken)


def _many(model: Model, count: int) -> object:
    v = model.vertices
    rows = np.zeros(count, int)
    names = ("position", "normal", "uv", "extra_uv", "deform", "bone", "weight", "edge_scale")
    return replace(v, **{name: getattr(v, name)[rows] for name in names})


def test_texts_are_cut_between_letters() -> None:
    model = replace(parse_model(RawPmd().build()), name="a" + "あ" * 12, name_en="☃" * 30)
    again = parse_model(write_pmd(model))
    assert again.name == "a" + "あ" * 9
    assert again.name_en == "?" * 20
