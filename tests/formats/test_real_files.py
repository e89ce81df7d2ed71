"""What real files bring, row by row: where each thing is tested, PMX and PMD, and what was tested nowhere else.

ROWS is the table: what files do, and the tests that hold the reader to it. A test below checks that they exist.
"""

from __future__ import annotations

import ast
import io
import struct
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from raw_files import RawPmd, RawPmx, pmd_body, pmd_bone, pmd_ik, pmd_joint, pmd_material, pmd_morph, pmd_vertex
from test_image_kinds import COLORS, bmp
from test_images import bmp32, by_pillow, picture, tga

from mmdgen.formats.load import load_textures, parse_model, read_model
from mmdgen.formats.writer import write_pmx
from mmdgen.influences import influences
from mmdgen.model import Deform, Model, SphereMode

TESTS = Path(__file__).resolve().parents[1]
HERE = "test_real_files"
ROWS = {
    "signature `PMX ` with another 4th byte": ["test_pmx.test_three_bytes_of_signature_decide"],
    "extension `.Pmx`, or any other": [f"{HERE}.test_the_extension_does_not_matter"],
    "text-encoding byte 2 is cp932": ["test_pmx.test_text_encodings"],
    "UTF-8 PMX": ["test_pmx.test_text_encodings", "test_pmx.test_text_that_does_not_decode_is_replaced_not_fatal"],
    "vertex index u8, u16, i32": ["test_pmx.test_index_sizes_of_vertices_and_bones"],
    "all other indices signed": ["test_pmx.test_all_other_references_are_signed"],
    "4 bytes for everything": [f"{HERE}.test_four_bytes_for_every_reference"],
    "additional UVs 1-4": [f"{HERE}.test_one_to_four_additional_uvs_and_their_morphs"],
    "SDEF, QDEF": [
        "test_pmx.test_every_deform_type_in_one_file",
        "test_skin.test_every_rule_agrees_with_its_textbook_formula",
    ],
    "BDEF4 weights that do not add up to 1": [f"{HERE}.test_weights_are_kept_as_written_and_add_up_to_one_when_used"],
    "material morph of material -2, and -1 for all": [
        "test_repair.test_material_morph_index_minus_one_is_all_and_minus_two_is_nothing"
    ],
    "append source -1": ["test_repair.test_append_source_minus_one", f"{HERE}.test_pmd_references_to_nothing"],
    "joints to missing bodies": [
        "test_repair.test_textures_toons_frames_bodies_and_joints",
        f"{HERE}.test_pmd_references_to_nothing",
    ],
    "IK target missing": [
        "test_repair.test_ik_without_target_is_dropped_and_so_is_a_link_to_nowhere",
        f"{HERE}.test_pmd_references_to_nothing",
    ],
    "morph vertex out of range": [
        "test_repair.test_morph_vertices_and_uv_channels_that_do_not_exist",
        "test_pmd.test_morph_elements_beyond_the_base_or_without_one_are_left_out",
    ],
    "weights of missing bones": ["test_repair.test_weights_of_missing_bones", "test_pmd.test_bones_that_do_not_exist"],
    "numbers that are none": [
        "test_repair.test_numbers_that_are_none_outside_positions",
        "test_pmd.test_numbers_too_large_to_add_up_are_dropped",
    ],
    "parent listed after its child": [
        "test_repair.test_a_parent_may_follow_its_child",
        f"{HERE}.test_pmd_parents_may_follow_and_loop",
        "test_bones.test_random_skeletons_agree_with_recursion",
    ],
    "loops of parents": [
        "test_repair.test_loops_of_parents_are_cut_once_each",
        f"{HERE}.test_pmd_parents_may_follow_and_loop",
        "test_bones.test_loops_of_parents_and_appends_are_cut_with_a_warning",
    ],
    "PMD ends after the toon block, or before any optional one": [
        "test_pmd.test_a_file_may_end_at_the_border_of_an_optional_block"
    ],
    "truncated tail": [
        "test_pmd.test_a_file_cut_inside_a_later_block_keeps_what_precedes",
        "test_pmx.test_damage_in_a_later_section_keeps_what_precedes_it",
        "test_damage.test_every_prefix_of_a_small_file",
    ],
    "PMD morphs count through the base, whose positions may be stale": [
        "test_pmd.test_morphs_count_vertices_through_the_base_and_ignore_its_places"
    ],
    "PMD alpha 0.98 is no self-shadow, alpha below 1 two-sided": ["test_pmd.test_alpha_says_sides_and_self_shadow"],
    "PMD toon -1": ["test_pmd.test_toons_are_textures_by_name_or_shared_by_number"],
    "`a.bmp*b.spa`": ["test_pmd.test_texture_field_holds_texture_and_sphere"],
    "sphere mode 255 or without a texture": ["test_pmx.test_material_fields"],
    "texture paths: separators, case, width, elsewhere, missing, outside": [
        "test_textures.test_found",
        "test_textures.test_exact_beats_folded_beats_anywhere_and_near_beats_far",
        "test_textures.test_missing_and_broken_textures_are_white_with_one_warning_each",
        "test_textures.test_nothing_outside_the_folder_and_no_odd_files",
    ],
    "`.spa` and `.sph` are BMP, PNG or JPEG; `.bmp` that is none; no extension": [
        f"{HERE}.test_content_decides_not_names"
    ],
    "BMP of 32 bits: byte 4 is alpha, unless all 0 or all 255": [
        "test_images.test_bmp_of_32_bits_keeps_its_alpha",
        "test_images.test_a_fourth_byte_that_is_the_same_everywhere_is_no_alpha",
    ],
    "TGA: every kind, runs that cross lines": [
        "test_images.test_tga_true_colour_from_every_corner",
        "test_images.test_tga_runs_cross_lines",
        "test_images.test_tga_grey_palette_and_16_bits",
    ],
    "BMP: masks, palettes, runs, OS/2": [
        "test_image_kinds.test_bmp_channel_masks",
        "test_image_kinds.test_bmp_palettes",
        "test_image_kinds.test_bmp_runs",
    ],
    "DDS of every kind": [
        "test_image_kinds.test_uncompressed_dds",
        "test_image_kinds.test_compressed_dds",
        "test_image_kinds.test_dds_with_multiplied_colours_are_divided",
    ],
    "pictures that are cut, move or carry profiles": [
        "test_image_kinds.test_a_cut_picture_is_whole_or_refused",
        "test_image_kinds.test_animated_png_shows_its_first_picture",
        "test_image_kinds.test_gif_shows_its_first_picture_and_its_transparent_colour",
        "test_image_kinds.test_colour_profiles_gamma_and_orientation_change_nothing",
    ],
    "readmes in cp932, UTF-16, UTF-8, GB18030; HTML, PNG": [
        "test_readmes.test_texts_come_back_whatever_their_encoding",
        "test_readmes.test_other_files_called_readme_are_named_but_not_read",
    ],
    "duplicate names: the first bone, all morphs": [f"{HERE}.test_duplicate_names"],
    "spellings of the names that matter": ["test_names.test_usual_spellings_are_known"],
    "PMX 2.1": [
        "test_pmx.test_soft_bodies",
        "test_pmx.test_every_kind_of_joint",
        "test_pmx.test_every_kind_of_morph",
        "test_groups.test_a_flip_morph_chooses_by_its_weight",
        f"{HERE}.test_every_material_flag",
    ],
}


@cache
def known_tests() -> frozenset[str]:
    return frozenset(
        f"{path.stem}.{node.name}"
        for path in TESTS.rglob("test_*.py")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
    )


@pytest.mark.parametrize("row", ROWS)
def test_every_row_has_its_tests(row: str) -> None:
    assert ROWS[row]
    assert set(ROWS[row]) <= known_tests()


@pytest.mark.parametrize("name", ["m.pmx", "m.Pmx", "M.PMX", "m.pmd", "m", "m.txt"])
def test_the_extension_does_not_matter(tmp_path: Path, name: str) -> None:
    for data, kind in ((RawPmx().build(), "pmx"), (RawPmd().build(), "pmd")):
        (tmp_path / name).write_bytes(data)
        assert read_model(tmp_path / name).source.format == kind


def test_four_bytes_for_every_reference() -> None:
    raw = RawPmx(sizes=(4,) * 6, textures=("a.png",))
    raw.vertices = [raw.vertex((i, 0, 0), Deform.BDEF4, (0, 1, -1, -1), (0.5, 0.5, 0, 0)) for i in range(3)]
    raw.materials = [raw.material(texture=0, sphere=-1, toon=(0, 0))]
    raw.bones = [raw.bone("a"), raw.bone("b", parent=0, tail=0)]
    raw.morphs = [
        raw.morph("頂点", 1, [raw.vertex_index(2) + struct.pack("<3f", 1, 2, 3)]),
        raw.morph("全", 8, [raw.index("material", -1) + bytes(113)]),
        raw.morph("組", 0, [raw.index("morph", 0) + struct.pack("<f", 1)]),
    ]
    raw.bodies, raw.joints = [raw.body(bone=1)], [raw.joint(a=0, b=-1)]
    model = parse_model(raw.build())
    assert model.warnings == ()
    assert model.faces.tolist() == [[0, 1, 2]]
    assert model.vertices.bone.tolist() == [[0, 1, -1, -1]] * 3
    assert [m.data.index.tolist() for m in model.morphs] == [[2], [-1], [0]]
    assert (model.bones[1].parent, model.bodies[0].bone, model.joints[0].body_b) == (0, 1, None)


@pytest.mark.parametrize("extra", [1, 2, 3, 4])
def test_one_to_four_additional_uvs_and_their_morphs(extra: int) -> None:
    raw = RawPmx(extra_uvs=extra)
    raw.morphs = [raw.morph(f"UV{i}", 3 + i, [raw.vertex_index(1) + struct.pack("<4f", 1, 2, 3, i)]) for i in range(5)]
    model = parse_model(raw.build())
    assert model.vertices.extra_uv.reshape(3, -1).tolist() == [[float(i) for i in range(4 * extra)]] * 3
    assert [m.data.channel for m in model.morphs] == list(range(5))
    assert [len(m.data.index) for m in model.morphs] == [int(i <= extra) for i in range(5)]
    assert len(model.warnings) == (extra < 4)


def test_weights_are_kept_as_written_and_add_up_to_one_when_used() -> None:
    raw = RawPmx(bones=[RawPmx().bone(str(i)) for i in range(4)])
    written = [(0.5, 0.5, 0.5, 0.5), (0.1, 0.2, 0.3, 0), (3, 1, 0, 0)]
    raw.vertices = [raw.vertex((i, 0, 0), Deform.BDEF4, range(4), w) for i, w in enumerate(written)]
    vertices = parse_model(raw.build()).vertices
    np.testing.assert_allclose(vertices.weight, written)
    used = influences(vertices)[1]
    np.testing.assert_allclose(used, [np.divide(w, sum(w)) for w in written], rtol=1e-6)


def test_pmd_references_to_nothing() -> None:
    raw = RawPmd(
        vertices=[pmd_vertex((0, 0, 0), (0, 9), 50), *[pmd_vertex((i, 1, 0)) for i in range(2)]],
        bones=[
            pmd_bone("親", parent=77, tail=88),
            pmd_bone("回転影響", kind=5, ik=99),
            pmd_bone("回転連動", kind=9, tail=99, ik=50),
            pmd_bone("ＩＫ", kind=2),
        ],
        iks=[pmd_ik(3, 66, [0, 55]), pmd_ik(44, 0, [0])],
        shown_bones=[(0, 1), (33, 1)],
        groups=["体"],
        bodies=[pmd_body("剛体", 22)],
        joints=[pmd_joint("継手", 0, 11), pmd_joint("残", 0, 0)],
    )
    model = parse_model(raw.build())
    assert len(model.bones) == 4
    assert [(b.parent, b.append, b.ik) for b in model.bones] == [(None, None, None)] * 4
    assert model.bones[0].tail == -1
    assert model.frames[2].items == ((0, 0),)
    assert (model.bodies[0].bone, [j.name for j in model.joints]) == (None, ["残"])
    assert len(model.warnings) == 9, model.warnings
    assert parse_model(write_pmx(model)) == model


def test_pmd_parents_may_follow_and_loop() -> None:
    bones = [pmd_bone("子", parent=1), pmd_bone("親"), pmd_bone("甲", parent=3), pmd_bone("乙", parent=2)]
    model = parse_model(RawPmd(bones=bones).build())
    assert [b.parent for b in model.bones][:2] == [1, None]
    assert [b.parent for b in model.bones][2:].count(None) == 1
    assert model.warnings == ("bones: parents in a loop, cut (1: bone 3 '乙')",)


def textures_of(folder: Path, kind: str, names: list[str]) -> Model:
    """Write a model with one material for each texture and read it back from its folder."""
    if kind == "pmx":
        raw = RawPmx(textures=names)
        raw.materials = [raw.material(texture=i, indices=3 * (i == 0)) for i in range(len(names))]
    else:
        raw = RawPmd(materials=[pmd_material(name, indices=3 * (i == 0)) for i, name in enumerate(names)])
    (folder / f"m.{kind}").write_bytes(raw.build())
    return read_model(folder / f"m.{kind}")


@pytest.mark.parametrize("kind", ["pmx", "pmd"])
def test_content_decides_not_names(tmp_path: Path, kind: str) -> None:
    pixels = picture(4, 4)
    opaque = picture(4, 4, alpha=False)
    files = {
        "a.spa": (bmp32(pixels), pixels),
        "b.sph": (by_pillow(pixels, "PNG"), pixels),
        "c.bmp": (by_pillow(opaque, "PNG"), opaque),
        "d.png": (tga(2, np.ascontiguousarray(pixels[::-1, :, [2, 1, 0, 3]]), 32), pixels),
        "e.tga": (bmp32(opaque), opaque),
        "f": (by_pillow(opaque, "BMP", "RGB"), opaque),
        "g.sph": (bmp(4, 1, 8, bytes((0, 1, 2, 3)), palette=COLORS), np.array([COLORS], np.uint8)),
    }
    for name, (data, _) in files.items():
        (tmp_path / name).write_bytes(data)
    jpeg = io.BytesIO(by_pillow(opaque, "JPEG", "RGB")).getvalue()
    (tmp_path / "h.spa").write_bytes(jpeg)
    model = textures_of(tmp_path, kind, [*files, "h.spa"])
    found = load_textures(model)
    assert found.warnings == ()
    for image, (_, want) in zip(found.images, files.values(), strict=False):
        np.testing.assert_array_equal(image, want)
    assert found.images[-1] is not None
    if kind == "pmd":
        assert [m.sphere_mode for m in model.materials[:2]] == [SphereMode.ADD, SphereMode.MULTIPLY]


@pytest.mark.parametrize("kind", ["pmx", "pmd"])
def test_duplicate_names(kind: str) -> None:
    if kind == "pmx":
        raw = RawPmx()
        raw.bones = [raw.bone("根"), raw.bone("頭", parent=0), raw.bone("頭", parent=1)]
        raw.morphs = [raw.morph(name, 1, []) for name in ("あ", "い", "あ")]
    else:
        raw = RawPmd(bones=[pmd_bone("根"), pmd_bone("頭", parent=0), pmd_bone("頭", parent=1)])
        raw.morphs = [pmd_morph("base", 0, []), *(pmd_morph(name, 3, []) for name in ("あ", "い", "あ"))]
    model = parse_model(raw.build())
    assert (model.bone("頭"), model.morphs_named("あ"), model.warnings) == (1, (0, 2), ())


@pytest.mark.parametrize("bit", range(8))
def test_every_material_flag(bit: int) -> None:
    raw = RawPmx(version=2.1)
    raw.materials = [raw.material(flags=1 << bit)]
    model = parse_model(raw.build())
    assert list(vars(model.materials[0].flags).values()) == [i == bit for i in range(8)]
    assert parse_model(write_pmx(model)) == model
