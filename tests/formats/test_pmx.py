"""PMX files as other programs write them, one minimal file for each thing that real files do."""

from __future__ import annotations

import struct
from itertools import product

import numpy as np
import pytest
from raw_files import RawPmd, RawPmx, pmd_bone

from mmdgen.errors import FormatError
from mmdgen.formats import cursor
from mmdgen.formats.load import parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.model import (
    Append,
    BoneMorph,
    Deform,
    GroupMorph,
    ImpulseMorph,
    JointKind,
    MaterialMorph,
    Panel,
    SphereMode,
    UVMorph,
    VertexMorph,
)


def pack(layout: str, *values: float) -> bytes:
    return struct.pack("<" + layout, *values)


def test_a_plain_file_has_no_warnings_and_says_what_is_in_it() -> None:
    model = parse_model(RawPmx().build(), "a.pmx")
    assert (model.name, model.bones[0].name, model.materials[0].name) == ("モデル", "センター", "面")
    assert model.faces.tolist() == [[0, 1, 2]]
    assert model.vertices.position.tolist() == [[0, 0, 0], [1, 1, 0], [2, 0, 0]]
    assert model.warnings == ()
    assert (model.source.path, model.source.format, model.source.version) == ("a.pmx", "pmx", 2.0)
    assert len(model.source.sha256) == 64


@pytest.mark.parametrize("signature", [b"PMX ", b"PMX\0", b"PMXx"])
def test_three_bytes_of_signature_decide(signature: bytes) -> None:
    assert parse_model(RawPmx(signature=signature).build()).name == "モデル"


@pytest.mark.parametrize("encoding", [0, 1, 2])
def test_text_encodings(encoding: int) -> None:
    assert parse_model(RawPmx(encoding=encoding, name="ｳｨﾝｸ２右 初音ミク").build()).name == "ｳｨﾝｸ２右 初音ミク"


def test_text_that_does_not_decode_is_replaced_not_fatal() -> None:
    raw = RawPmx(encoding=1)
    data = raw.build().replace("モデル".encode(), b"\xff\xfe\xff" * 3)
    assert "�" in parse_model(data).name


@pytest.mark.parametrize("sizes", list(product((1, 2, 4), repeat=2)))
def test_index_sizes_of_vertices_and_bones(sizes: tuple[int, int]) -> None:
    vertex, bone = sizes
    raw = RawPmx(sizes=(vertex, 1, 1, bone, 1, 1))
    raw.vertices = [raw.vertex((i, 0, 0), 1, (0, 1), (0.25,)) for i in range(200)]  # 199 is negative as a signed byte
    raw.faces = (0, 100, 199)
    raw.bones = [raw.bone("a"), raw.bone("b", parent=0)]
    model = parse_model(raw.build())
    assert model.faces.tolist() == [[0, 100, 199]]
    assert model.vertices.bone[:, :2].tolist() == [[0, 1]] * 200
    assert [b.parent for b in model.bones] == [None, 0]
    assert model.warnings == ()


@pytest.mark.parametrize("size", [1, 2, 4])
def test_all_other_references_are_signed(size: int) -> None:
    raw = RawPmx(sizes=(1, size, size, size, size, size), textures=("a.png",))
    raw.materials = [raw.material(texture=0, sphere=-1, toon=(0, 0))]
    raw.morphs = [raw.morph("全", 8, [raw.index("material", -1) + pack("B28f", 1, *range(28))])]
    raw.morphs += [raw.morph("組", 0, [raw.index("morph", 0) + pack("f", 0.5)])]
    raw.bodies, raw.joints = [raw.body(bone=-1)], [raw.joint(a=0, b=-1)]
    model = parse_model(raw.build())
    assert (model.materials[0].texture, model.materials[0].sphere, model.materials[0].toon) == (0, None, 0)
    whole, group = model.morphs[0].data, model.morphs[1].data
    assert isinstance(whole, MaterialMorph)
    assert whole.index.tolist() == [-1]
    assert whole.value[0].tolist() == list(range(28))
    assert isinstance(group, GroupMorph)
    assert (group.index.tolist(), group.weight.tolist()) == ([0], [0.5])
    assert (model.bodies[0].bone, model.joints[0].body_a, model.joints[0].body_b) == (None, 0, None)
    assert model.warnings == ()


def test_more_settings_than_eight_are_skipped() -> None:
    assert parse_model(RawPmx(more_settings=b"abc").build()).warnings == ()


@pytest.mark.parametrize("extra", [0, 1, 4])
def test_additional_uvs(extra: int) -> None:
    model = parse_model(RawPmx(extra_uvs=extra).build())
    assert model.vertices.extra_uv.shape == (3, extra, 4)
    np.testing.assert_array_equal(model.vertices.extra_uv[1].ravel(), np.arange(extra * 4))


def test_every_deform_type_in_one_file() -> None:
    raw = RawPmx(version=2.1, extra_uvs=1)
    sdef = [float(x) for x in range(9)]
    raw.vertices = [
        raw.vertex((0, 0, 0), Deform.SDEF, (0, 1), (0.25, *sdef), edge=0.5),
        raw.vertex((1, 0, 0), Deform.BDEF4, (0, 1, 2, -1), (0.5, 0.25, 0.125, 0), edge=2),
        raw.vertex((2, 0, 0), Deform.BDEF1, (2,)),
        raw.vertex((3, 0, 0), Deform.QDEF, (2, 1, 0, 0), (0.1, 0.2, 0.3, 0.4)),
        raw.vertex((4, 0, 0), Deform.BDEF2, (1, 0), (0.75,), edge=0),
    ]
    raw.bones = [raw.bone(str(i)) for i in range(3)]
    found = parse_model(raw.build()).vertices
    assert found.deform.tolist() == [3, 2, 0, 4, 1]
    assert found.position[:, 0].tolist() == [0, 1, 2, 3, 4]
    assert found.bone.tolist() == [[0, 1, -1, -1], [0, 1, 2, -1], [2, -1, -1, -1], [2, 1, 0, 0], [1, 0, -1, -1]]
    np.testing.assert_allclose(
        found.weight,
        [[0.25, 0.75, 0, 0], [0.5, 0.25, 0.125, 0], [1, 0, 0, 0], [0.1, 0.2, 0.3, 0.4], [0.75, 0.25, 0, 0]],
    )
    assert found.edge_scale.tolist() == [0.5, 2, 1, 1, 0]
    assert found.sdef_vertex.tolist() == [0]
    assert found.sdef.ravel().tolist() == sdef


def test_material_fields() -> None:
    raw = RawPmx(textures=("a.png", "b.spa"))
    numbers = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 8, 0.9, 1.0, 1.1)
    raw.materials = [
        raw.material(texture=0, sphere=1, mode=2, toon=(1, 9), flags=0b10101, numbers=numbers),
        raw.material(texture=1, sphere=-1, mode=1, toon=(0, 1), flags=0b01010, indices=0),
        raw.material(sphere=0, mode=255, toon=(1, 10), indices=0),
    ]
    first, second, third = parse_model(raw.build()).materials
    assert (first.texture, first.sphere, first.sphere_mode, first.toon, first.shared_toon) == (
        0,
        1,
        SphereMode.ADD,
        None,
        9,
    )
    np.testing.assert_allclose((*first.diffuse, *first.specular, first.power, *first.ambient), numbers, rtol=1e-6)
    flags = first.flags
    assert (flags.two_sided, flags.casts_self_shadow, flags.edge) == (True, True, True)
    assert (flags.ground_shadow, flags.receives_self_shadow, flags.vertex_color) == (False, False, False)
    assert (first.face_count, second.face_count) == (1, 0)
    assert (second.toon, second.shared_toon) == (1, None)
    assert second.sphere_mode == SphereMode.NONE, "a mode without a texture is no sphere"
    assert third.sphere_mode == SphereMode.NONE, "mode 255 is no sphere"
    assert third.shared_toon is None


def test_bone_fields() -> None:
    raw = RawPmx()
    ik = raw.index("bone", 2) + pack("if", 40, 0.5) + pack("i", 2)
    ik += raw.index("bone", 1) + b"\1" + pack("6f", -3, 0, 0, -0.01, 0, 0) + raw.index("bone", 0) + b"\0"
    raw.bones = [
        raw.bone("flags", flags=0x1001, tail=3),
        raw.bone("append", flags=0x0380, tail=(0, 1, 0), rest=raw.index("bone", 0) + pack("f", -1.5), layer=-2),
        raw.bone("axes", flags=0x2C1E, tail=(1, 2, 3), rest=pack("3f", 0, 1, 0) + pack("6fi", 1, 0, 0, 0, 0, 1, 77)),
        raw.bone("ik", flags=0x003F, rest=ik, parent=0),
    ]
    flags, append, axes, chain = parse_model(raw.build()).bones
    assert (flags.tail, flags.rotatable, flags.visible, flags.after_physics) == (3, False, False, True)
    assert append.append == Append(0, -1.5, rotate=True, translate=True, local=True)
    assert (append.layer, append.tail) == (-2, (0, 1, 0))
    assert (axes.fixed_axis, axes.local_axes, axes.external_key) == ((0, 1, 0), ((1, 0, 0), (0, 0, 1)), 77)
    assert axes.tail == (1, 2, 3)
    assert chain.ik is not None
    assert (chain.ik.target, chain.ik.loops, chain.ik.max_angle, chain.parent) == (2, 40, 0.5, 0)
    np.testing.assert_allclose(chain.ik.links[0].limits, [[-3, 0, 0], [-0.01, 0, 0]])
    assert chain.ik.links[1].limits is None


def test_every_kind_of_morph() -> None:
    raw = RawPmx(version=2.1, extra_uvs=2)
    raw.bodies = [raw.body()]
    vertex, bone, body = raw.vertex_index(2), raw.index("bone", 0), raw.index("body", 0)
    raw.morphs = [
        raw.morph("頂点", 1, [vertex + pack("3f", 1, 2, 3)], panel=2),
        raw.morph("骨", 2, [bone + pack("7f", 1, 2, 3, 0, 0, 0, 1)]),
        raw.morph("UV", 3, [vertex + pack("4f", 1, 2, 3, 4)]),
        raw.morph("UV2", 5, [vertex + pack("4f", 1, 2, 3, 4)]),
        raw.morph("切替", 9, [raw.index("morph", 0) + pack("f", 0.5)]),
        raw.morph("衝撃", 10, [body + pack("B6f", 1, *range(6))]),
        raw.morph("変", 1, [], panel=9),
    ]
    model = parse_model(raw.build())
    moved, turned, uv, uv2, flip, pushed, odd = (m.data for m in model.morphs)
    assert isinstance(moved, VertexMorph)
    assert (moved.index.tolist(), moved.offset.tolist()) == ([2], [[1, 2, 3]])
    assert isinstance(turned, BoneMorph)
    assert (turned.translation.tolist(), turned.rotation.tolist()) == ([[1, 2, 3]], [[0, 0, 0, 1]])
    assert isinstance(uv, UVMorph)
    assert isinstance(uv2, UVMorph)
    assert (uv.channel, uv2.channel, uv2.offset.tolist()) == (0, 2, [[1, 2, 3, 4]])
    assert isinstance(flip, GroupMorph)
    assert flip.flip
    assert isinstance(pushed, ImpulseMorph)
    assert (pushed.local.tolist(), pushed.torque.tolist()) == ([1], [[3, 4, 5]])
    assert [m.panel for m in model.morphs] == [Panel.EYE, *[Panel.OTHER] * 6]
    assert len(odd.index) == 0
    assert model.warnings == ("morphs: unknown panel, put under others (1: morph 6 '変', panel 9)",)


def test_frames_bodies_and_joints() -> None:
    raw = RawPmx()
    raw.morphs = [raw.morph("あ", 1, [], panel=3)]
    items = b"\0" + raw.index("bone", 0) + b"\1" + raw.index("morph", 0)
    raw.frames = [raw.text("表情") + raw.text("Exp") + b"\1" + pack("i", 2) + items]
    raw.bodies = [raw.body(numbers=range(14))]
    raw.joints = [raw.joint()]
    model = parse_model(raw.build())
    assert (model.frames[0].special, model.frames[0].items) == (True, ((0, 0), (1, 0)))
    body = model.bodies[0]
    assert (body.group, body.collision_mask, body.shape, body.mode) == (1, 0xFFFE, 2, 1)
    assert body.numbers == tuple(range(14))
    assert model.joints[0].numbers == tuple(range(24))


@pytest.mark.parametrize("kind", JointKind)
def test_every_kind_of_joint(kind: JointKind) -> None:
    raw = RawPmx(version=2.1, bodies=[RawPmx().body()], soft_bodies=[])
    raw.joints = [raw.joint(kind=kind), raw.joint(kind=6)]
    model = parse_model(raw.build())
    assert [(j.kind, j.numbers) for j in model.joints] == [(kind, tuple(range(24)))]
    assert model.warnings == ("joints: unknown kind, left out (1: joint 1 '継手', kind 6)",)


@pytest.mark.parametrize("size", [1, 2, 4])
def test_soft_bodies(size: int) -> None:
    raw = RawPmx(version=2.1, sizes=(size,) * 6)
    raw.bodies = [raw.body()]
    raw.soft_bodies = [raw.soft_body("布", 0, [(0, 2, 1), (0, 1, 0)], [0, 2]), raw.soft_body("紐", -1)]
    model = parse_model(raw.build())
    cloth, rope = model.soft_bodies
    assert (cloth.name, cloth.shape, cloth.material, rope.material) == ("布", 1, 0, None)
    assert (cloth.group, cloth.collision_mask, cloth.flags) == (3, 0xFF0F, 5)
    assert (cloth.link_distance, cloth.clusters, cloth.aerodynamics) == (2, 4, 4)
    assert (cloth.mass, cloth.margin, cloth.iterations) == (0, 1, (1, 2, 3, 4))
    assert (*cloth.config, *cloth.cluster_config, *cloth.stiffness) == tuple(range(2, 23))
    assert (cloth.anchor_body.tolist(), cloth.anchor_vertex.tolist()) == ([0, 0], [2, 1])
    assert (cloth.anchor_near.tolist(), cloth.pin.tolist(), rope.pin.tolist()) == ([1, 0], [0, 2], [])
    assert model.warnings == ()
    assert parse_model(write_pmx(model)) == model


def test_bytes_that_belong_to_nothing_are_reported() -> None:
    assert parse_model(RawPmx(version=2.1, soft_bodies=[]).build()).warnings == ()
    assert parse_model(RawPmx(version=2.1).build()).warnings == ()
    assert parse_model(RawPmx(tail=b"xyz").build()).warnings == ("end of file: 3 bytes that belong to nothing",)


def test_more_records_than_any_file_has_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    raw = RawPmx()
    raw.morphs = [raw.morph(str(i), 1, []) for i in range(10)]
    monkeypatch.setattr(cursor, "MOST_RECORDS", 10)
    model = parse_model(raw.build())
    assert len(model.morphs) == 8, "beside one material and one bone"
    assert "more than 10 bones, morphs and other records" in model.warnings[0]
    with pytest.raises(FormatError, match="more than 10 bones"):
        parse_model(RawPmx(bones=[raw.bone()] * 10).build())
    with pytest.raises(FormatError, match="more than 10 bones"):
        parse_model(RawPmd(bones=[pmd_bone("a")] * 10).build())


NAN, RAW = float("nan"), RawPmx()
BROKEN = {
    "header: byte 0x0: signature|begins with": b"RIFFxxxx" * 9,
    "it is empty": b"",
    "header: .*version 3.0, expected 2.0 or 2.1": RawPmx(version=3).build(),
    "header: .*settings.*index sizes": RAW.build().replace(b"\1" * 6, b"\3" * 6, 1),
    "vertices: vertex 1 at byte 0x[0-9a-f]+: deform type 7": RawPmx(
        vertices=[RAW.vertex((0, 0, 0)), RAW.vertex((0, 0, 0), 7), RAW.vertex((0, 0, 0))]
    ).build(),
    "vertices: vertex 2 at byte 0x[0-9a-f]+: position": RawPmx(
        vertices=[RAW.vertex((0, 0, 0)), RAW.vertex((0, 0, 0)), RAW.vertex((0, NAN, 0))]
    ).build(),
    "faces: face 0 at byte 0x[0-9a-f]+: vertex 3, expected 0 to 2": RawPmx(faces=(0, 1, 3)).build(),
    "bones: bone 1 at byte 0x[0-9a-f]+: position": RawPmx(bones=[RAW.bone(), RAW.bone(position=(0, 0, NAN))]).build(),
    "materials: material 0 at byte 0x[0-9a-f]+: -3 face indices": RawPmx(materials=[RAW.material(indices=-3)]).build(),
}


@pytest.mark.parametrize("message", BROKEN)
def test_what_is_fatal_says_where(message: str) -> None:
    with pytest.raises(FormatError, match=message) as error:
        parse_model(BROKEN[message], "bad.pmx")
    text = str(error.value)
    assert text.startswith("bad.pmx: ")
    assert "\n" not in text
    assert ", expected " in text
    assert "; " in text


@pytest.mark.parametrize("section", ["vertices", "faces", "textures", "materials", "bones"])
def test_a_count_that_cannot_be_true_is_refused_before_anything_is_allocated(section: str) -> None:
    raw = RawPmx()
    whole, data = raw.build(), None
    parts = {"vertices": 3, "faces": 3, "textures": 0, "materials": 1, "bones": 1}
    order = list(parts)
    at = len(whole) - 4 * 4  # the counts of the four later sections
    sizes = [sum(len(raw.vertex((0, 0, 0))) for _ in range(3)), 3, 0, len(raw.material()), len(raw.bone())]
    for name, size in zip(reversed(order), reversed(sizes), strict=True):
        at -= size + 4
        if name == section:
            data = whole[:at] + pack("i", 0x7FFFFFFF) + whole[at + 4 :]
    assert data is not None
    with pytest.raises(FormatError, match=rf"{section}: .*a count of 2147483647 .*expected 0 to \d+"):
        parse_model(data)


def test_damage_in_a_later_section_keeps_what_precedes_it() -> None:
    raw = RawPmx()
    raw.morphs = [raw.morph(name, 1, [raw.vertex_index(1) + pack("3f", 1, 1, 1)]) for name in "あいう"]
    raw.bodies = [raw.body()]
    data = raw.build()
    second = data.index(raw.text("い"))
    model = parse_model(data[: second + 20], "cut.pmx")
    assert [m.name for m in model.morphs] == ["あ"]
    assert model.bodies == ()
    (warning,) = model.warnings
    assert "cut.pmx: morphs: morph 1 at byte 0x" in warning
    assert "what precedes it is kept" in warning
    odd = data.replace(raw.text("う") + raw.text("") + b"\4\1", raw.text("う") + raw.text("") + b"\4\x63")
    model = parse_model(odd)
    assert [m.name for m in model.morphs] == ["あ", "い"]
    assert "morph 2" in model.warnings[0]
    assert "morph type 99" in model.warnings[0]
