"""References that lead nowhere and numbers that are none: dropped with a warning, never fatal, numbering kept."""

from __future__ import annotations

import struct

import numpy as np
from raw_files import RawPmx

from mmdgen.formats.load import parse_model
from mmdgen.model import GroupMorph, Model

NAN, INF = float("nan"), float("inf")
RAW = RawPmx()


def pack(layout: str, *values: float) -> bytes:
    return struct.pack("<" + layout, *values)


def read(raw: RawPmx, *warnings: str) -> Model:
    """Read a file and check that exactly these warnings come up, each recognised by a part of it."""
    model = parse_model(raw.build())
    assert len(model.warnings) == len(warnings), model.warnings
    for found, wanted in zip(model.warnings, warnings, strict=True):
        assert wanted in found
    return model


def test_material_morph_index_minus_one_is_all_and_minus_two_is_nothing() -> None:
    elements = [pack("bB28f", i, op, *[0.5] * 28) for i, op in ((-1, 0), (-2, 0), (0, 1), (0, 2), (1, 0))]
    raw = RawPmx(morphs=[RAW.morph("隠す", 8, elements)])
    data = (
        read(raw, "element of something that does not exist, left out (2: first morph 0 '隠す')", "no number")
        .morphs[0]
        .data
    )
    assert data.index.tolist() == [-1, 0]


def test_append_source_minus_one() -> None:
    rest = RAW.index("bone", -1) + pack("f", 1)
    model = read(RawPmx(bones=[RAW.bone(flags=0x011F, rest=rest)]), "append source that does not exist")
    assert model.bones[0].append is None


def test_ik_without_target_is_dropped_and_so_is_a_link_to_nowhere() -> None:
    chain = pack("ifi", 10, 0.1, 2) + RAW.index("bone", 0) + b"\0" + RAW.index("bone", 5) + b"\0"
    bones = [
        RAW.bone("a", flags=0x3F, rest=RAW.index("bone", -1) + chain),
        RAW.bone("b", flags=0x3F, rest=RAW.index("bone", 0) + chain),
    ]
    model = read(RawPmx(bones=bones), "IK without a target", "IK link that does not exist")
    assert model.bones[0].ik is None
    assert model.bones[1].ik is not None
    assert [link.bone for link in model.bones[1].ik.links] == [0]


def test_parents_and_tails_out_of_range() -> None:
    model = read(
        RawPmx(bones=[RAW.bone(parent=7, tail=7), RAW.bone(parent=-2)]), "parent that does not exist", "tail bone"
    )
    assert [b.parent for b in model.bones] == [None, None]
    assert model.bones[0].tail == -1


def test_a_parent_may_follow_its_child() -> None:
    assert [b.parent for b in read(RawPmx(bones=[RAW.bone(parent=1), RAW.bone()])).bones] == [1, None]


def test_loops_of_parents_are_cut_once_each() -> None:
    parents = (0, 2, 3, 1, 3, -1)  # a self-loop, a loop of three with a tail, a root
    model = read(
        RawPmx(bones=[RAW.bone(f"{i}", parent=p) for i, p in enumerate(parents)]), "parents in a loop, cut (2: "
    )
    found = [b.parent for b in model.bones]
    assert found[0] is None
    assert found[4:] == [3, None]
    assert sum(p is None for p in found[1:4]) == 1


def test_weights_of_missing_bones() -> None:
    vertices = [
        RAW.vertex((0, 0, 0), 0, (5,)),
        RAW.vertex((0, 0, 0), 1, (0, 5), (0.25,)),
        RAW.vertex((0, 0, 0), 2, (0, 5, 0, -1), (0.25, 0.25, 0.25, 0.25)),
        RAW.vertex((0, 0, 0), 2, (0, 0, 5, 5), (0.5, 0.5, 0, 0)),
    ]
    model = read(
        RawPmx(vertices=vertices), "weight of a bone that does not exist, left out (3: first vertex 0, bone 5)"
    )
    assert model.vertices.bone.tolist() == [[-1] * 4, [0, -1, -1, -1], [0, -1, 0, -1], [0, 0, -1, -1]]
    assert model.vertices.weight.tolist() == [[0] * 4, [1, 0, 0, 0], [0.25, 0, 0.25, 0], [0.5, 0.5, 0, 0]]


def test_numbers_that_are_none_outside_positions() -> None:
    sdef = [NAN, *[0.0] * 8]
    vertices = [
        RAW.vertex((0, 0, 0), 0, (0,), normal=(NAN, 0, INF), uv=(NAN, 0), edge=NAN),
        RAW.vertex((0, 0, 0), 3, (0, 0), (0.5, *sdef)),
        RAW.vertex((0, 0, 0), 1, (0, 0), (NAN,)),
    ]
    numbers = (NAN, 1, 1, NAN, INF, 0, 0, NAN, NAN, 0, 0)
    raw = RawPmx(vertices=vertices, materials=[RAW.material(numbers=numbers)], bodies=[RAW.body(numbers=(NAN,) * 14)])
    raw.morphs = [RAW.morph("あ", 1, [pack("B3f", 0, NAN, 0, 0), pack("B3f", 1, 1, 1, 1)])]
    model = parse_model(raw.build())
    found = model.vertices
    for column in (found.normal, found.uv, found.edge_scale, found.weight):
        assert np.isfinite(column).all()
    assert found.normal[0].tolist() == [0, 0, 0]
    assert found.deform.tolist() == [0, 1, 1]
    assert len(found.sdef) == len(found.sdef_vertex) == 0
    assert found.weight[2].tolist() == [1, 0, 0, 0]
    material = model.materials[0]
    assert (material.diffuse, material.specular, material.power, material.ambient) == (
        (1, 1, 1, 1),
        (0, 0, 0),
        0,
        (0, 0, 0),
    )
    assert model.bodies[0].numbers == (0,) * 14
    assert model.morphs[0].data.index.tolist() == [1]
    assert len(model.warnings) == 9


def test_axes_that_are_none() -> None:
    bones = [
        RAW.bone("zero", flags=0x041F, rest=pack("3f", 0, 0, 0)),
        RAW.bone("local", flags=0x081F, rest=pack("6f", NAN, 0, 0, 0, 0, 1)),
        RAW.bone("tail", flags=0x001E, tail=(NAN, 0, 0)),
    ]
    model = read(RawPmx(bones=bones), "axis without a direction", "local axes", "tail that is no number")
    assert (model.bones[0].fixed_axis, model.bones[1].local_axes, model.bones[2].tail) == (None, None, (0, 0, 0))


def test_morph_vertices_and_uv_channels_that_do_not_exist() -> None:
    morphs = [
        RAW.morph("あ", 1, [pack("B3f", 200, 1, 1, 1), pack("B3f", 2, 1, 1, 1)]),
        RAW.morph("UV", 4, [pack("B4f", 0, 1, 1, 1, 1)]),
        RAW.morph("骨", 2, [pack("b7f", 3, 0, 0, 0, 0, 0, 0, 1)]),
    ]
    model = read(RawPmx(morphs=morphs), "element of something that does not exist, left out (3: first morph 0 'あ')")
    assert [m.data.index.tolist() for m in model.morphs] == [[2], [], []]


def test_group_loops_are_cut_and_the_rest_stays() -> None:
    def group(name: str, *members: int) -> bytes:
        return RAW.morph(name, 0, [pack("bf", m, 0.5) for m in members])

    morphs = [
        group("a", 1, 3),
        group("b", 2),
        group("c", 0, 3),
        RAW.morph("d", 1, []),
        group("自", 4),
        group("外", 99, 3),
    ]
    model = read(RawPmx(morphs=morphs), "element of something", "groups that contain themselves, cut (2: ")
    members = [m.data.index.tolist() for m in model.morphs if isinstance(m.data, GroupMorph)]
    assert members == [[1, 3], [2], [3], [], [3]]


def test_bad_members_of_a_flip_morph_become_the_choice_of_nothing() -> None:
    def flip(name: str, *members: int) -> bytes:
        return RAW.morph(name, 9, [pack("bf", m, 0.5) for m in members])

    raw = RawPmx(version=2.1, morphs=[flip("a", 9, 1, 0), flip("b", 2, 0), RAW.morph("c", 1, [])])
    a, b, _ = (m.data for m in read(raw, "element of something that does not exist", "contain themselves").morphs)
    assert isinstance(a, GroupMorph)
    assert isinstance(b, GroupMorph)
    assert (a.index.tolist(), a.weight.tolist()) == ([0, 1, 0], [0, 0.5, 0.5])
    assert (b.index.tolist(), b.weight.tolist()) == ([2, 1], [0.5, 0])


def test_soft_bodies_lose_what_does_not_exist() -> None:
    raw = RawPmx(version=2.1, bodies=[RAW.body()])
    numbers = [NAN, *range(22)]
    raw.soft_bodies = [raw.soft_body("布", 7, [(0, 1, 0), (1, 1, 0), (0, 9, 1)], [2, 200], numbers)]
    (body,) = read(raw, "material that does not", "no number", "anchor of something", "pinned vertex").soft_bodies
    assert (body.material, body.mass, body.margin) == (None, 0, 0)
    assert (body.anchor_body.tolist(), body.anchor_vertex.tolist(), body.pin.tolist()) == ([0], [1], [2])


def test_textures_toons_frames_bodies_and_joints() -> None:
    raw = RawPmx(
        materials=[RAW.material(texture=3, sphere=-2, mode=1, toon=(0, 5)), RAW.material(toon=(1, 200), indices=0)]
    )
    raw.frames = [RAW.text("枠") + RAW.text("") + b"\0" + pack("iBbBb", 2, 0, 0, 1, 0)]
    raw.bodies = [RAW.body(bone=9)]
    raw.joints = [RAW.joint(a=0, b=4), RAW.joint(a=-1, b=0)]
    model = read(
        raw,
        "rigid bodies: bone that does not exist",
        "texture that does not exist",
        "sphere that does not exist",
        "toon that does not exist",
        "shared toon",
        "frames: item",
        "joint of a rigid body that does not exist",
    )
    first, second = model.materials
    assert (first.texture, first.sphere, first.toon, second.shared_toon) == (None, None, None, None)
    assert model.frames[0].items == ((0, 0),)
    assert model.bodies[0].bone is None
    assert [(j.body_a, j.body_b) for j in model.joints] == [(None, 0)]


def test_materials_share_out_no_more_faces_than_there_are() -> None:
    model = read(
        RawPmx(materials=[RAW.material(indices=n) for n in (0, 300, 3)]), "more triangles than the file has, cut (2: "
    )
    assert [m.face_count for m in model.materials] == [0, 1, 0]
    read(RawPmx(materials=[]), "1 triangles without a material")
    assert read(RawPmx(faces=(0, 1, 2, 0)), "no whole number of triangles").faces.tolist() == [[0, 1, 2]]


def test_ten_thousand_troubles_are_one_line() -> None:
    raw = RawPmx(sizes=(2, 1, 1, 1, 1, 1))
    raw.vertices = [raw.vertex((0, 0, 0), 0, (77,))] * 10_000
    read(raw, "left out (10000: first vertex 0, bone 77)")


def test_a_bone_morph_names_no_bone_a_million_times() -> None:
    elements = [pack("bfffffff", 0, *[0.0] * 6, 1.0)] * 1000
    found = read(
        RawPmx(morphs=[RAW.morph("揺れ", 2, elements)]),
        "more elements than there are things to move, left out",
    )
    assert len(found.morphs[0].data.index) == 4 * len(found.bones)
