"""PMD files and the PMX records that they become."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from raw_files import RawPmd, fixed, pmd_body, pmd_bone, pmd_ik, pmd_joint, pmd_material, pmd_morph, pmd_vertex

from mmdgen.errors import FormatError
from mmdgen.formats.load import parse_model, read_model
from mmdgen.model import Append, Panel, SphereMode, VertexMorph

OPTIONAL = ("English names", "toons", "rigid bodies")


def full() -> RawPmd:
    """Return a file with something in every block."""
    english = b"\1" + fixed("model", 20) + fixed("comment", 256) + fixed("center", 20) + fixed("head", 20)
    return RawPmd(
        bones=[pmd_bone("センター"), pmd_bone("頭", (0, 2, 0), parent=0)],
        iks=[pmd_ik(0, 1, [1])],
        morphs=[pmd_morph("base", 0, [(2, 9, 9, 9), (0, 9, 9, 9)]), pmd_morph("あ", 3, [(0, 0, 1, 0)])],
        shown_morphs=[1],
        groups=["体"],
        shown_bones=[(1, 1)],
        english=english + fixed("a", 20) + fixed("body", 50),
        bodies=[pmd_body("頭", 1, (1, 1, 1)), pmd_body("他", 0xFFFF, (0, 0, 3))],
        joints=[pmd_joint("継手", 0, 1)],
    )


def test_a_full_file_is_read_without_warnings() -> None:
    model = parse_model(full().build(), "a.pmd")
    assert model.warnings == ()
    assert (model.name, model.comment, model.name_en, model.comment_en) == ("モデル", "説明", "model", "comment")
    assert [(b.name, b.name_en, b.parent) for b in model.bones] == [("センター", "center", None), ("頭", "head", 0)]
    assert [(m.name, m.name_en, m.panel) for m in model.morphs] == [("あ", "a", Panel.MOUTH)]
    assert [(f.name, f.name_en, f.special, f.items) for f in model.frames] == [
        ("Root", "Root", True, ((0, 0),)),
        ("表情", "Exp", True, ((1, 0),)),
        ("体", "body", False, ((0, 1),)),
    ]
    assert [b.numbers[3:6] for b in model.bodies] == [(1, 3, 1), (0, 0, 3)], (
        "places are relative to the bone, or bone 0"
    )
    assert [b.bone for b in model.bodies] == [1, None]
    assert (model.joints[0].body_a, model.joints[0].numbers) == (0, tuple(range(24)))
    assert (model.source.format, model.source.version) == ("pmd", 1.0)


@pytest.mark.parametrize("end", OPTIONAL)
def test_a_file_may_end_at_the_border_of_an_optional_block(end: str) -> None:
    blocks = full().blocks()
    names = list(blocks)[: list(blocks).index(end)]
    model = parse_model(b"".join(blocks[name] for name in names))
    assert model.warnings == ()
    assert len(model.morphs) == 1
    assert (model.name_en == "") == (end == "English names")
    assert model.bodies == ()


@pytest.mark.parametrize(
    "cut", ["IK", "morphs", "morph list", "groups", "English names", "toons", "rigid bodies", "joints"]
)
def test_a_file_cut_inside_a_later_block_keeps_what_precedes(cut: str) -> None:
    blocks = full().blocks()
    names = list(blocks)[: list(blocks).index(cut)]
    model = parse_model(b"".join(blocks[name] for name in names) + blocks[cut][:-1])
    (warning,) = model.warnings
    assert "what precedes it is kept" in warning
    assert len(model.bones) == 2
    assert len(model.morphs) == (cut not in ("IK", "morphs"))


@pytest.mark.parametrize("cut", ["header", "vertices", "faces", "materials", "bones"])
def test_a_file_cut_inside_a_first_block_is_refused(cut: str) -> None:
    blocks = full().blocks()
    names = list(blocks)[: list(blocks).index(cut)]
    with pytest.raises(FormatError, match=f"{cut}: .*byte 0x"):
        parse_model(b"".join(blocks[name] for name in names) + blocks[cut][:-1])


def test_text_ends_at_nul_and_may_be_cut_inside_a_letter() -> None:
    raw = RawPmd(name=b"abc\0\x83\x83\x83", bones=[pmd_bone("左目")])
    assert parse_model(raw.build()).name == "abc"
    name = parse_model(replace(raw, name=("あ" * 9 + "a" + "あ")).build()).name
    assert name.startswith("あ" * 9 + "a")
    assert len(name) == 11


def test_vertices_are_two_bones_in_percent_with_an_edge_switch() -> None:
    raw = RawPmd(
        vertices=[pmd_vertex((0, 0, 0), (0, 1), 25, 0), pmd_vertex((1, 0, 0), (1, 0), 100, 1), pmd_vertex((2, 0, 0))],
        bones=[pmd_bone("a"), pmd_bone("b")],
    )
    found = parse_model(raw.build()).vertices
    assert found.bone[:2, :2].tolist() == [[0, 1], [1, 0]]
    np.testing.assert_allclose(found.weight[:2, :2], [[0.25, 0.75], [1, 0]])
    assert found.edge_scale.tolist() == [1, 0, 1]


def test_morphs_count_vertices_through_the_base_and_ignore_its_places() -> None:
    raw = RawPmd(morphs=[pmd_morph("ま", 2, [(1, 0, -1, 0)]), pmd_morph("base", 0, [(2, 9, 9, 9), (0, 9, 9, 9)])])
    model = parse_model(raw.build())
    (morph,) = model.morphs
    assert isinstance(morph.data, VertexMorph)
    assert (morph.data.index.tolist(), morph.data.offset.tolist()) == ([0], [[0, -1, 0]])
    assert model.warnings == ()


def test_morph_elements_beyond_the_base_or_without_one_are_left_out() -> None:
    base = pmd_morph("base", 0, [(0, 0, 0, 0), (77, 0, 0, 0)])
    for morphs, kept in (
        ([base, pmd_morph("あ", 3, [(0, 1, 1, 1), (1, 2, 2, 2), (2, 3, 3, 3)])], 1),
        ([pmd_morph("あ", 3, [(0, 1, 1, 1)])], 0),
    ):
        model = parse_model(RawPmd(morphs=morphs).build())
        assert len(model.morphs[0].data.index) == kept
        assert "element of something that does not exist" in model.warnings[0]


def test_a_stray_shown_morph_is_left_out() -> None:
    model = parse_model(
        RawPmd(morphs=[pmd_morph("base", 0, []), pmd_morph("あ", 3, [])], shown_morphs=[0, 1, 9]).build()
    )
    assert model.frames[1].items == ((1, 0),)
    assert model.warnings == ("frames: item that does not exist, left out (1: frame 1 '表情')",)


@pytest.mark.parametrize(
    ("alpha", "two_sided", "shadowed"),
    [(1.0, False, True), (0.98, True, False), (0.9800001, True, False), (0.5, True, True)],
)
def test_alpha_says_sides_and_self_shadow(alpha: float, two_sided: bool, shadowed: bool) -> None:
    (material,) = parse_model(RawPmd(materials=[pmd_material(alpha=alpha, edge=1)]).build()).materials
    flags = material.flags
    assert (flags.two_sided, flags.casts_self_shadow, flags.receives_self_shadow) == (two_sided, shadowed, shadowed)
    assert (flags.edge, flags.ground_shadow) == (True, True)
    assert (material.edge_size, material.edge_color) == (1, (0, 0, 0, 1))
    assert material.diffuse[3] == np.float32(alpha)


@pytest.mark.parametrize(
    ("written", "texture", "sphere", "mode"),
    [
        ("", None, None, SphereMode.NONE),
        ("a.bmp", "a.bmp", None, SphereMode.NONE),
        ("a.bmp*b.spa", "a.bmp", "b.spa", SphereMode.ADD),
        ("a.bmp*b.SPH", "a.bmp", "b.SPH", SphereMode.MULTIPLY),
        ("x.sph", None, "x.sph", SphereMode.MULTIPLY),
        ("x.spa*a.bmp", "a.bmp", "x.spa", SphereMode.ADD),
        ("*b.spa", None, "b.spa", SphereMode.ADD),
    ],
)
def test_texture_field_holds_texture_and_sphere(
    written: str, texture: str | None, sphere: str | None, mode: SphereMode
) -> None:
    model = parse_model(RawPmd(materials=[pmd_material(written)]).build())
    (material,) = model.materials

    def name(index: int | None) -> str | None:
        return None if index is None else model.textures[index]

    assert (name(material.texture), name(material.sphere), material.sphere_mode) == (texture, sphere, mode)


def test_toons_are_textures_by_name_or_shared_by_number() -> None:
    materials = [pmd_material("a.bmp", toon=toon) for toon in (0, 1, 0xFF, 200)]
    raw = RawPmd(materials=materials, toons=("my.bmp", "", *["toon05.bmp"] * 8))
    model = parse_model(raw.build())
    assert model.textures == ("a.bmp", "my.bmp")
    assert [(m.toon, m.shared_toon) for m in model.materials] == [(1, None), (None, 1), (None, None), (None, None)]
    assert any("shared toon that does not exist" in w for w in model.warnings)
    blocks = raw.blocks()
    without = parse_model(b"".join(blocks[name] for name in list(blocks)[: list(blocks).index("toons")]))
    assert [m.shared_toon for m in without.materials] == [0, 1, None, None]


def test_bone_kinds() -> None:
    raw = RawPmd(
        bones=[
            pmd_bone("0", kind=0, tail=1),
            pmd_bone("1", (1, 0, 0), kind=1, parent=0, tail=0),
            pmd_bone("2", kind=2, tail=0xFFFF),
            pmd_bone("3", kind=4, ik=2),
            pmd_bone("4", kind=5, ik=1),
            pmd_bone("5", kind=6),
            pmd_bone("6", kind=7),
            pmd_bone("7", (1, 2, 0), kind=8, tail=1),
            pmd_bone("8", kind=9, tail=7, ik=-50),
        ]
    )
    model = parse_model(raw.build())
    plain, moving, ik, under, follows, target, hidden, twist, shares = model.bones
    assert model.warnings == ()
    assert [b.movable for b in model.bones] == [False, True, True, *[False] * 6]
    assert [b.visible for b in model.bones] == [True] * 5 + [False, False, True, False]
    assert all(b.rotatable for b in model.bones)
    assert (plain.tail, moving.tail, ik.tail, twist.tail, shares.tail) == (1, -1, -1, -1, -1)
    assert follows.append == Append(1, 1.0, rotate=True, translate=False, local=False)
    assert shares.append == Append(7, -0.5, rotate=True, translate=False, local=False)
    assert twist.fixed_axis == (0, -1, 0)
    assert [b.append for b in (plain, under, target, hidden)] == [None] * 4
    assert ik.layer < follows.layer
    assert plain.layer < ik.layer


def test_knees_bend_about_x_only() -> None:
    raw = RawPmd(
        bones=[pmd_bone("足ＩＫ", kind=2), pmd_bone("足首"), pmd_bone("左ひざ"), pmd_bone("左足")],
        iks=[pmd_ik(0, 1, [2, 3], loops=40, step=0.5), pmd_ik(0, 1, [3]), pmd_ik(99, 1, [])],
    )
    model = parse_model(raw.build())
    chain = model.bones[0].ik
    assert chain is not None
    assert (chain.target, chain.loops, chain.max_angle) == (1, 40, 2.0)
    assert [link.bone for link in chain.links] == [2, 3]
    np.testing.assert_allclose(chain.links[0].limits, [[-math.pi, 0, 0], [-math.radians(0.5), 0, 0]], rtol=1e-6)
    assert chain.links[1].limits is None
    assert len(model.warnings) == 2


def test_bones_that_do_not_exist() -> None:
    raw = RawPmd(
        vertices=[
            pmd_vertex((0, 0, 0), (0, 9), 100),
            pmd_vertex((0, 0, 0), (0, 9), 50),
            pmd_vertex((0, 0, 0), (9, 0), 50),
        ]
    )
    model = parse_model(raw.build())
    assert model.vertices.bone[:, :2].tolist() == [[0, -1], [0, -1], [-1, 0]]
    assert model.vertices.weight[:, :2].tolist() == [[1, 0], [1, 0], [0, 1]]
    assert model.warnings == ("vertices: weight of a bone that does not exist, left out (2: first vertex 1, bone 9)",)


def test_numbers_too_large_to_add_up_are_dropped() -> None:
    huge = 3.4e38
    raw = RawPmd(
        bones=[pmd_bone("a", (huge, 0, 0), kind=8, tail=1), pmd_bone("b", (-huge, 0, 0))],
        iks=[pmd_ik(0, 1, [1], step=huge)],
        bodies=[pmd_body("剛体", 0, (huge, 0, 0))],
    )
    model = parse_model(raw.build())
    assert model.bones[0].ik is None
    assert model.bones[0].fixed_axis is None
    assert model.bodies[0].numbers[3] == 0
    assert len(model.warnings) == 3


@pytest.mark.corpus
def test_a_character_published_in_both_formats_is_the_same(corpus: Path) -> None:
    folder = corpus / "characters" / "cgca-gene"
    old, new = read_model(folder / "Gene_light.pmd"), read_model(folder / "Gene_light.pmx")
    np.testing.assert_array_equal(old.vertices.position, new.vertices.position)
    np.testing.assert_array_equal(old.faces, new.faces)
    assert [m.face_count for m in old.materials] == [m.face_count for m in new.materials]
    assert [(b.name, b.parent, b.append) for b in old.bones] == [(b.name, b.parent, b.append) for b in new.bones]
    for a, b in zip(old.bones, new.bones, strict=True):
        assert (a.fixed_axis is None) == (b.fixed_axis is None)
        if a.fixed_axis is not None:
            np.testing.assert_allclose(a.fixed_axis, b.fixed_axis, atol=1e-6)
    moved = {m.name: m.data for m in old.morphs if m.name in ("まばたき", "笑い", "あ")}
    for name, data in moved.items():
        other = new.morphs[new.morphs_named(name)[0]].data
        assert isinstance(data, VertexMorph)
        assert isinstance(other, VertexMorph)
        a, b = (dict(zip(d.index.tolist(), d.offset.tolist(), strict=True)) for d in (data, other))
        assert a.keys() == b.keys()
        for vertex, offset in a.items():
            np.testing.assert_allclose(offset, b[vertex], atol=1e-4)
