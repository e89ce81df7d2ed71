"""PMX and PMD files put together byte by byte, without the product's writer, so that tests can bend any of it."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

ENCODINGS = ("utf-16-le", "utf-8", "cp932")


@dataclass
class RawPmx:
    """A PMX file: one triangle on one bone unless told otherwise; every section is a list of ready records."""

    signature: bytes = b"PMX "
    version: float = 2.0
    encoding: int = 0
    extra_uvs: int = 0
    sizes: Sequence[int] = (1, 1, 1, 1, 1, 1)  # vertex, texture, material, bone, morph, body
    more_settings: bytes = b""
    name: str = "モデル"
    vertices: list[bytes] | None = None
    faces: Sequence[int] = (0, 1, 2)
    textures: Sequence[str] = ()
    materials: list[bytes] | None = None
    bones: list[bytes] | None = None
    morphs: Sequence[bytes] = ()
    frames: Sequence[bytes] = ()
    bodies: Sequence[bytes] = ()
    joints: Sequence[bytes] = ()
    soft_bodies: Sequence[bytes] | None = None  # None: the file ends before them, as PMX 2.0 does
    tail: bytes = b""

    def build(self) -> bytes:
        vertices = [self.vertex((i, i == 1, 0)) for i in range(3)] if self.vertices is None else self.vertices
        materials = [self.material()] if self.materials is None else self.materials
        bones = [self.bone()] if self.bones is None else self.bones
        settings = bytes((self.encoding, self.extra_uvs, *self.sizes)) + self.more_settings
        head = self.signature + struct.pack("<fB", self.version, len(settings)) + settings
        head += self.text(self.name) + self.text("") * 3
        faces = b"".join(self.vertex_index(i) for i in self.faces)
        sections = [vertices, None, [self.text(t) for t in self.textures], materials, bones]
        sections += [self.morphs, self.frames, self.bodies, self.joints]
        sections += [] if self.soft_bodies is None else [self.soft_bodies]
        body = b"".join(
            struct.pack("<i", len(self.faces)) + faces if s is None else struct.pack("<i", len(s)) + b"".join(s)
            for s in sections
        )
        return head + body + self.tail

    def text(self, text: str) -> bytes:
        data = text.encode(ENCODINGS[self.encoding])
        return struct.pack("<i", len(data)) + data

    def vertex_index(self, value: int) -> bytes:
        return struct.pack({1: "<B", 2: "<H", 4: "<i"}[self.sizes[0]], value)

    def index(self, kind: str, value: int) -> bytes:
        size = self.sizes[("vertex", "texture", "material", "bone", "morph", "body").index(kind)]
        return struct.pack({1: "<b", 2: "<h", 4: "<i"}[size], value)

    def vertex(self, position, deform=0, bones=(0,), numbers=(), normal=(0, 0, -1), uv=(0, 0), edge=1.0) -> bytes:
        """``numbers`` are the weights and SDEF rows behind the bones."""
        extra = range(self.extra_uvs * 4)
        head = struct.pack(f"<8f{len(extra)}fB", *position, *normal, *uv, *extra, deform)
        return head + b"".join(self.index("bone", b) for b in bones) + struct.pack(f"<{len(numbers)}ff", *numbers, edge)

    def material(
        self, name="面", texture=-1, sphere=-1, mode=0, toon=(0, -1), flags=0, indices=3, numbers=None
    ) -> bytes:
        """``numbers``: diffuse 4, specular 3, power, ambient 3."""
        kind, value = toon
        numbers = (1, 1, 1, 1, 0, 0, 0, 0, 0.5, 0.5, 0.5) if numbers is None else numbers
        out = self.text(name) + self.text("") + struct.pack("<11fB5f", *numbers, flags, 0, 0, 0, 1, 1)
        out += self.index("texture", texture) + self.index("texture", sphere) + bytes((mode, kind))
        out += bytes((value,)) if kind else self.index("texture", value)
        return out + self.text("") + struct.pack("<i", indices)

    def bone(self, name="センター", position=(0, 0, 0), parent=-1, layer=0, flags=0x001F, tail=-1, rest=b"") -> bytes:
        out = self.text(name) + self.text("") + struct.pack("<3f", *position) + self.index("bone", parent)
        out += struct.pack("<iH", layer, flags)
        out += self.index("bone", tail) if flags & 1 else struct.pack("<3f", *tail)
        return out + rest

    def morph(self, name: str, kind: int, elements: Sequence[bytes], panel: int = 4) -> bytes:
        out = self.text(name) + self.text("") + bytes((panel, kind)) + struct.pack("<i", len(elements))
        return out + b"".join(elements)

    def body(self, name="剛体", bone=0, numbers=(0,) * 14) -> bytes:
        out = self.text(name) + self.text("") + self.index("bone", bone)
        return out + struct.pack("<BHB14fB", 1, 0xFFFE, 2, *numbers, 1)

    def joint(self, name="継手", a=0, b=0, kind=0) -> bytes:
        out = self.text(name) + self.text("") + bytes((kind,)) + self.index("body", a) + self.index("body", b)
        return out + struct.pack("<24f", *range(24))

    def soft_body(self, name="布", material=0, anchors=(), pins=(), numbers=None) -> bytes:
        """``anchors``: (body, vertex, near); ``numbers``: mass, margin, then config 12, clusters 6, stiffness 3."""
        values = range(23) if numbers is None else numbers
        mass, margin, *rest = values
        out = self.text(name) + self.text("") + b"\1" + self.index("material", material)
        out += struct.pack("<BHBiiffi", 3, 0xFF0F, 5, 2, 4, mass, margin, 4) + struct.pack("<18f", *rest[:18])
        out += struct.pack("<4i3f", 1, 2, 3, 4, *rest[18:]) + struct.pack("<i", len(anchors))
        for body, vertex, near in anchors:
            out += self.index("body", body) + self.vertex_index(vertex) + bytes((near,))
        return out + struct.pack("<i", len(pins)) + b"".join(self.vertex_index(pin) for pin in pins)


def fixed(text: str | bytes, size: int) -> bytes:
    """Return a text of fixed size as PMD has it, filled up behind its NUL as old editors did."""
    data = text if isinstance(text, bytes) else text.encode("cp932")
    return data[:size] if len(data) >= size else data + b"\0" + b"\xfd" * (size - len(data) - 1)


def pmd_vertex(position, bones=(0, 0), percent=100, no_edge=0) -> bytes:
    return struct.pack("<8f2H2B", *position, 0, 0, -1, 0, 0, *bones, percent, no_edge)


def pmd_material(texture: str = "", alpha=1.0, toon=0xFF, edge=0, indices=3) -> bytes:
    return struct.pack("<11f2BI", 1, 1, 1, alpha, 0, 0, 0, 0, 0.5, 0.5, 0.5, toon, edge, indices) + fixed(texture, 20)


def pmd_bone(name: str, position=(0, 0, 0), parent=0xFFFF, tail=0, kind=0, ik=0) -> bytes:
    return fixed(name, 20) + struct.pack("<2HBH3f", parent, tail, kind, ik & 0xFFFF, *position)


def pmd_ik(bone: int, target: int, links: Sequence[int], loops=40, step=0.5) -> bytes:
    return struct.pack("<2HBHf", bone, target, len(links), loops, step) + struct.pack(f"<{len(links)}H", *links)


def pmd_morph(name: str, kind: int, elements: Sequence[tuple]) -> bytes:
    """``elements``: (index, x, y, z)."""
    return (
        fixed(name, 20) + struct.pack("<IB", len(elements), kind) + b"".join(struct.pack("<I3f", *e) for e in elements)
    )


def pmd_body(name: str, bone: int = 0, position=(0, 0, 0)) -> bytes:
    return fixed(name, 20) + struct.pack("<HBHB14fB", bone, 1, 0xFFFE, 2, 1, 1, 1, *position, *range(8), 1)


def pmd_joint(name: str, a: int, b: int) -> bytes:
    return fixed(name, 20) + struct.pack("<2I24f", a, b, *range(24))


@dataclass
class RawPmd:
    """A PMD file; ``blocks()`` gives its blocks in order, so that a file can end after any of them."""

    name: str | bytes = "モデル"
    comment: str = "説明"
    vertices: Sequence[bytes] = field(default_factory=lambda: [pmd_vertex((i, i == 1, 0)) for i in range(3)])
    faces: Sequence[int] = (0, 1, 2)
    materials: Sequence[bytes] = field(default_factory=lambda: [pmd_material()])
    bones: Sequence[bytes] = field(default_factory=lambda: [pmd_bone("センター")])
    iks: Sequence[bytes] = ()
    morphs: Sequence[bytes] = ()
    shown_morphs: Sequence[int] = ()
    groups: Sequence[str] = ()
    shown_bones: Sequence[tuple[int, int]] = ()
    english: bytes = b"\0"
    toons: Sequence[str] = tuple(f"toon{i:02}.bmp" for i in range(1, 11))
    bodies: Sequence[bytes] = ()
    joints: Sequence[bytes] = ()

    def blocks(self) -> dict[str, bytes]:
        def counted(layout: str, items: Sequence[bytes]) -> bytes:
            return struct.pack(layout, len(items)) + b"".join(items)

        return {
            "header": b"Pmd" + struct.pack("<f", 1) + fixed(self.name, 20) + fixed(self.comment, 256),
            "vertices": counted("<I", self.vertices),
            "faces": counted("<I", [struct.pack("<H", i) for i in self.faces]),
            "materials": counted("<I", self.materials),
            "bones": counted("<H", self.bones),
            "IK": counted("<H", self.iks),
            "morphs": counted("<H", self.morphs),
            "morph list": counted("<B", [struct.pack("<H", i) for i in self.shown_morphs]),
            "group names": counted("<B", [fixed(g, 50) for g in self.groups]),
            "groups": counted("<I", [struct.pack("<HB", *item) for item in self.shown_bones]),
            "English names": self.english,
            "toons": b"".join(fixed(t, 100) for t in self.toons),
            "rigid bodies": counted("<I", self.bodies),
            "joints": counted("<I", self.joints),
        }

    def build(self) -> bytes:
        return b"".join(self.blocks().values())
