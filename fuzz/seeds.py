"""What fuzzing starts from: small files of our own with something in every section, and real ones where there are."""

from __future__ import annotations

import struct
from pathlib import Path

from builders import head_model
from corpus import corpus_folder
from raw_files import RawPmd, RawPmx, fixed, pmd_body, pmd_bone, pmd_ik, pmd_joint, pmd_material, pmd_morph, pmd_vertex

from mmdgen.formats.writer import write_pmx
from mmdgen.model import Deform

LARGEST = 64 << 10  # bytes of a real file; larger ones are too slow to be worth it
FACE = [  # x, y, z: a head, its lids and its lips
    *[(x, y, z) for x in (-1, 1) for y in (16, 17.5, 19) for z in (-1, 1)],
    *[(x, y, -1.3) for x in (-0.8, -0.3, 0.3, 0.8) for y in (17.2, 17.6)],
    *[(x, y, -1.3) for x in (-0.2, 0.2) for y in (16.5, 16.6)],
]


def pmx_seeds() -> list[bytes]:
    """Return PMX files: every deform and morph, a small face, chains of every kind; in all encodings and sizes."""
    wide = RawPmx(version=2.1, extra_uvs=2, textures=("a.png", "頬.bmp"), sizes=(1, 2, 4, 2, 1, 1), encoding=1)
    small = RawPmx(version=2.0, encoding=2, sizes=(4, 1, 1, 4, 2, 2))
    return [RawPmx().build(), every_section(wide), every_section(small), face(), chains(), write_pmx(head_model())]


def every_section(raw: RawPmx) -> bytes:
    """Fill every section with something sound."""
    raw.vertices = [
        raw.vertex((0, 0, 0), Deform.SDEF, (0, 1), (0.25, *range(9))),
        raw.vertex((1, 0, 0), Deform.BDEF4, (0, 1, 0, 1), (0.5, 0.25, 0.125, 0)),
        raw.vertex((2, 0, 0), Deform.BDEF2, (0, 1), (0.5,)),
        raw.vertex((2, 1, 0), Deform.QDEF, (0, 1, 0, 1), (0.5, 0.5, 0, 0)),
    ]
    ik = raw.index("bone", 0) + struct.pack("<ifi", 8, 0.5, 1) + raw.index("bone", 1) + b"\1" + bytes(24)
    ones = struct.pack("<10f", *[1] * 10)
    follow = raw.index("bone", 0) + struct.pack("<f", 1)
    raw.bones = [
        raw.bone("a"),
        raw.bone("b", parent=0, flags=0x3D3F, rest=follow + ones[:36] + struct.pack("<i", 3) + ik),
    ]
    if raw.textures:
        toon = (0, 1)
        raw.materials = [raw.material(texture=0, sphere=1, mode=2, toon=toon, flags=0x1F), raw.material(toon=(1, 3))]
    one, move = struct.pack("<f", 1), struct.pack("<4f", 0, 0, 0, 1)
    raw.morphs = [
        raw.morph("頂点", 1, [raw.vertex_index(1) + bytes(12)]),
        raw.morph("組", 0, [raw.index("morph", 0) + one]),
        raw.morph("材質", 8, [raw.index("material", -1) + bytes(113), raw.index("material", 0) + b"\1" + bytes(112)]),
        raw.morph("骨", 2, [raw.index("bone", 0) + bytes(12) + move]),
        raw.morph("UV", 3, [raw.vertex_index(0) + move]),
        *[raw.morph(f"UV{i}", 3 + i, [raw.vertex_index(0) + move]) for i in range(1, raw.extra_uvs + 1)],
        raw.morph("入替", 9, [raw.index("morph", 0) + one]),
    ]
    raw.frames = [raw.text("f") + raw.text("") + b"\0\2\0\0\0\0" + raw.index("bone", 0) + b"\1" + raw.index("morph", 0)]
    raw.bodies, raw.joints = [raw.body(), raw.body()], [raw.joint(a=0, b=1)]
    if raw.version > 2:
        raw.morphs.append(raw.morph("衝撃", 10, [raw.index("body", 0) + b"\1" + bytes(24)]))
        raw.soft_bodies = [raw.soft_body(anchors=[(0, 1, 1)], pins=[0, 2])]
    return raw.build()


def face() -> bytes:
    """Return a head that proposals find eyes and a mouth on."""
    raw = RawPmx(textures=("a.png",))
    heads = ("センター", (0, 8, 0), -1), ("首", (0, 15.4, 0), 0), ("頭", (0, 16, 0), 1)
    eyes = ("両目", (0, 18, -1), 2), ("左目", (0.5, 17.4, -1), 2), ("右目", (-0.5, 17.4, -1), 2)
    raw.bones = [raw.bone(name, place, parent) for name, place, parent in (*heads, *eyes)]
    raw.vertices = [raw.vertex(place, bones=(2,)) for place in FACE]
    skull = [(0, 2, 6), (6, 2, 8), (2, 4, 8), (8, 4, 10), (1, 3, 7), (7, 3, 9), (3, 5, 9), (9, 5, 11)]
    flat = [(i + a, i + b, i + c) for i in (12, 16, 20) for a, b, c in ((0, 1, 2), (2, 1, 3))]
    raw.faces = [i for triangle in skull + flat for i in triangle]
    raw.materials = [raw.material("顔", indices=24), raw.material("目", texture=0, indices=18, flags=0x1F)]
    down, jaw = struct.pack("<3f", 0, -0.37, 0), struct.pack("<3f", 0, -0.4, 0)
    lids = {"ウィンク右": (13, 15), "ウィンク２": (17, 19), "まばたき": (13, 15, 17, 19)}
    raw.morphs = [raw.morph(n, 1, [raw.vertex_index(i) + down for i in v], 2) for n, v in lids.items()]
    raw.morphs += [raw.morph("あ", 1, [raw.vertex_index(i) + jaw for i in (20, 22)], 3)]
    return raw.build()


def chains() -> bytes:
    """Return bones on bones: parents, appends and IK that lead into each other."""
    raw = RawPmx(sizes=(1, 1, 1, 2, 1, 1))

    def ik(target: int, links: list[int]) -> bytes:
        limits = b"\1" + struct.pack("<6f", -3.14, 0, 0, -0.01, 0, 0)
        joints = b"".join(raw.index("bone", i) + (limits if i % 2 else b"\0") for i in links)
        return raw.index("bone", target) + struct.pack("<ifi", 40, 2, len(links)) + joints

    raw.bones = [raw.bone(f"b{i}", (0, i, 0), parent=i - 1) for i in range(6)]
    for i in range(4):
        ratio = raw.index("bone", i) + struct.pack("<f", 0.5 - i)
        raw.bones.append(raw.bone(f"a{i}", (1, i, 0), parent=i, layer=i, flags=0x31F, rest=ratio))
        raw.bones.append(raw.bone(f"k{i}", (2, i, 1), parent=0, flags=0x3F, rest=ik(5 - i, list(range(4 - i, 0, -1)))))
    raw.bones.append(raw.bone("軸", (0, 1, 0), parent=0, flags=0x41F, rest=struct.pack("<3f", 0, 1, 0)))
    raw.morphs = [
        raw.morph(f"g{i}", 0, [raw.index("morph", j) + struct.pack("<f", 2) for j in range(i)]) for i in range(4)
    ]
    return raw.build()


def pmd_seeds() -> list[bytes]:
    """Return PMD files: all blocks, a small face, and knees."""
    english = b"\1" + fixed("model", 20) + fixed("comment", 256) + fixed("center", 20) + fixed("head", 20)
    full = RawPmd(
        materials=[pmd_material("a.bmp*b.spa", alpha=0.98, toon=0, edge=1)],
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
    kinds = [pmd_bone(f"b{i}", (0, i, 0), i - 1 if i else 0xFFFF, tail=i // 2, kind=i, ik=i // 3) for i in range(10)]
    knees = RawPmd(bones=[*kinds, pmd_bone("左ひざ", (1, 1, 1), 0)], iks=[pmd_ik(9, 3, [2, 1, 10]), pmd_ik(5, 8, [7])])
    return [RawPmd().build(), full.build(), knees.build(), pmd_face()]


def pmd_face() -> bytes:
    """Return the small face as PMD."""
    bones = [pmd_bone("センター"), pmd_bone("首", (0, 15.4, 0), 0), pmd_bone("頭", (0, 16, 0), 1)]
    skull = [(0, 2, 6), (6, 2, 8), (2, 4, 8), (8, 4, 10), (1, 3, 7), (7, 3, 9), (3, 5, 9), (9, 5, 11)]
    flat = [(i + a, i + b, i + c) for i in (12, 16, 20) for a, b, c in ((0, 1, 2), (2, 1, 3))]
    base = (13, 15, 17, 19, 20, 22)
    return RawPmd(
        vertices=[pmd_vertex(place, (2, 0)) for place in FACE],
        faces=[i for triangle in skull + flat for i in triangle],
        materials=[pmd_material(indices=42)],
        bones=bones,
        morphs=[
            pmd_morph("base", 0, [(i, *FACE[i]) for i in base]),
            pmd_morph("まばたき", 2, [(i, 0, -0.37, 0) for i in range(4)]),
            pmd_morph("ウィンク", 2, [(i, 0, -0.37, 0) for i in (2, 3)]),
            pmd_morph("ウィンク右", 2, [(i, 0, -0.37, 0) for i in (0, 1)]),
            pmd_morph("あ", 3, [(i, 0, -0.4, 0) for i in (4, 5)]),
        ],
    ).build()


def real(*suffixes: str) -> list[Path]:
    """Return the real files of these suffixes that are small enough, each content once."""
    folder = corpus_folder()
    found = [p for p in folder.rglob("*") if p.suffix.lower() in suffixes and p.is_file()] if folder else []
    return list({p.read_bytes(): p for p in sorted(found) if p.stat().st_size <= LARGEST}.values())
