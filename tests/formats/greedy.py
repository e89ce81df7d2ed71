"""Files that ask for as much memory as they can, and what reading each of them takes.

    python tests/formats/greedy.py NAME…

Prints JSON: {name: [bytes of the file, bytes by which the process grew at its peak, what the reader said]}. Each file
is read in a process of its own, forked from one that has imported everything.
"""

from __future__ import annotations

import io
import json
import os
import struct
import sys
import tempfile
import zlib
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from raw_files import RawPmd, RawPmx, fixed, pmd_body, pmd_joint, pmd_material, pmd_morph, pmd_vertex

ROOM = 3_000_000  # bytes of each model file
WIDE = (8192, 4096)
RAW = RawPmx(version=2.1, soft_bodies=[])


def fill(record: bytes) -> list[bytes]:
    return [record] * (ROOM // len(record))


def pmx(**sections: object) -> bytes:
    return RawPmx(**{"version": 2.1, **sections}).build()


def chain() -> bytes:
    links = ROOM // 2
    rest = RAW.index("bone", 0) + struct.pack("<ifi", 1, 1, links) + b"\0\0" * links
    return pmx(bones=[RAW.bone(flags=0x3F, rest=rest)])


def frame(items: int) -> bytes:
    return RAW.text("") * 2 + b"\0" + struct.pack("<i", items) + b"\0\0" * items


def soft_body(anchors: int, pins: int) -> bytes:
    whole = RAW.soft_body()
    return whole[:-8] + struct.pack("<i", anchors) + bytes(3 * anchors) + struct.pack("<i", pins) + bytes(pins)


RECORDS = (  # things of which a file may have MOST_RECORDS
    "textures",
    "materials",
    "bones",
    "morphs",
    "frames",
    "rigid bodies",
    "joints",
    "soft bodies",
    "IK links",
    "frame items",
    "PMD materials",
    "PMD bones",
    "PMD morphs",
    "PMD shown bones",
    "PMD rigid bodies",
    "PMD joints",
)
UTF8 = RawPmx(encoding=1, version=2.1)
MODELS: dict[str, Callable[[], bytes]] = {
    "vertices": lambda: pmx(vertices=fill(RAW.vertex((0, 0, 0)))),
    "vertices of bones that do not exist": lambda: pmx(vertices=fill(RAW.vertex((0, 0, 0), 2, (9,) * 4, (1,) * 4))),
    "SDEF vertices": lambda: pmx(vertices=fill(RAW.vertex((0, 0, 0), 3, (0, 0), (1, *[float("nan")] * 9)))),
    "faces": lambda: pmx(faces=(0,) * (ROOM // 3 * 3)),
    "textures": lambda: pmx(textures=["字"] * (ROOM // 6)),
    "materials": lambda: pmx(materials=fill(RAW.material("", indices=0))),
    "bones": lambda: pmx(bones=fill(RAW.bone(""))),
    "IK links": chain,
    "morphs": lambda: pmx(morphs=fill(RAW.morph("", 1, []))),
    **{
        f"elements of morph type {kind}": lambda kind=kind, size=size: pmx(
            bodies=[RAW.body()], morphs=[RAW.morph("", kind, [b"\0" * size] * (ROOM // size))]
        )
        for kind, size in enumerate((5, 13, 29, 17, 17, 17, 17, 17, 114, 5, 26))
    },
    "frames": lambda: pmx(frames=fill(frame(0))),
    "frame items": lambda: pmx(frames=[frame(ROOM // 2)]),
    "rigid bodies": lambda: pmx(bodies=fill(RAW.body(""))),
    "joints": lambda: pmx(bodies=[RAW.body()], joints=fill(RAW.joint(""))),
    "soft bodies": lambda: pmx(soft_bodies=fill(soft_body(0, 0))),
    "anchors and pins": lambda: pmx(bodies=[RAW.body()], soft_bodies=[soft_body(ROOM // 6, ROOM // 2)]),
    "a long name": lambda: pmx(name="字" * (ROOM // 2)),
    "a long name of no letters": lambda: UTF8.build().replace(
        UTF8.text(UTF8.name), struct.pack("<i", ROOM) + b"\xff" * ROOM, 1
    ),
    "PMD vertices": lambda: RawPmd(vertices=fill(pmd_vertex((0, 0, 0), (9, 9)))).build(),
    "PMD materials": lambda: RawPmd(materials=fill(pmd_material("a*b", indices=0))).build(),
    "PMD bones": lambda: RawPmd(bones=[fixed("", 20) + bytes(19)] * 65535).build(),
    "PMD morphs": lambda: RawPmd(morphs=[pmd_morph("", 1, [])] * 65535).build(),
    "PMD elements": lambda: RawPmd(
        morphs=[pmd_morph("b", 0, [(0,) * 4]), pmd_morph("", 1, [(0,) * 4] * (ROOM // 16))]
    ).build(),
    "PMD shown bones": lambda: RawPmd(groups=["a"], shown_bones=[(0, 1)] * (ROOM // 3)).build(),
    "PMD rigid bodies": lambda: RawPmd(bodies=fill(pmd_body(""))).build(),
    "PMD joints": lambda: RawPmd(bodies=[pmd_body("")], joints=fill(pmd_joint("", 0, 0))).build(),
}


def png(size: tuple[int, int], bits: int, color: int, interlaced: bool = False) -> bytes:
    """A picture of zeros; interlaced ones have more rows than this writes, and so are refused in the end."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    width, height = size
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    packer, row = zlib.compressobj(1), bytes(1 + width * channels * bits // 8)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, interlaced))
    palette = chunk(b"PLTE", bytes(3)) if color == 3 else b""
    return b"\x89PNG\r\n\x1a\n" + head + palette + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def by_pillow(kind: str, mode: str, size: tuple[int, int] = WIDE, **options: object) -> bytes:
    from PIL import Image

    out = io.BytesIO()
    Image.new(mode, size).save(out, kind, **options)
    return out.getvalue()


def tga(bits: int) -> bytes:
    width, height = WIDE
    kind, palette, color_bits = (9, 1, 24) if bits == 8 else (10, 0, 0)
    head = struct.pack("<BBBHHBHHHHBB", 0, palette, kind, 0, palette, color_bits, 0, 0, width, height, bits, 8)
    return head + bytes(3 * palette) + (b"\xff" + bytes(bits // 8)) * (width * height // 128)


def bmp_runs() -> bytes:
    width, height = WIDE
    info = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 0, 0, 1, 0) + bytes(4)
    body = (b"\xff\0" * 33 + b"\0\0") * height
    return struct.pack("<2sIHHI", b"BM", 0, 0, 0, 14 + len(info)) + info + body


PICTURES: dict[str, Callable[[], bytes]] = {
    "PNG RGBA": lambda: png(WIDE, 8, 6),
    "PNG RGB of 16 bits": lambda: png(WIDE, 16, 2),
    "PNG palette": lambda: png(WIDE, 8, 3),
    "PNG grey of 16 bits": lambda: png(WIDE, 16, 0),
    "PNG grey with alpha": lambda: png((4096, 4096), 8, 4),
    "PNG interlaced": lambda: png(WIDE, 8, 6, interlaced=True),
    "PNG too large": lambda: png((8192, 8192), 1, 0),
    "JPEG": lambda: by_pillow("JPEG", "RGB"),
    "progressive JPEG": lambda: by_pillow("JPEG", "RGB", (4096, 3500), progressive=True),
    "progressive JPEG too large": lambda: by_pillow("JPEG", "RGB", progressive=True),
    "JPEG CMYK": lambda: by_pillow("JPEG", "CMYK", (4096, 4096)),
    "GIF": lambda: by_pillow("GIF", "P"),
    "WebP": lambda: by_pillow("WEBP", "RGBA", (3000, 3000)),
    "TIFF": lambda: by_pillow("TIFF", "RGBA", (4096, 3500), compression="tiff_lzw"),
    "TGA runs of 32 bits": lambda: tga(32),
    "TGA runs of 8 bits": lambda: tga(8),
    "BMP runs": bmp_runs,
    "DDS": lambda: by_pillow("DDS", "RGBA", (2048, 2048)),
}


def resident(what: str) -> int:
    """Return VmRSS or VmHWM of this process in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(what)) << 10


def measure(path: str, read: Callable[[str], object]) -> tuple[int, str]:
    """Return how far reading a file takes a forked process above where it began, and what came of it."""
    out, into = os.pipe()
    child = os.fork()
    if child:
        os.close(into)
        with os.fdopen(out) as pipe:
            grown, said = json.load(pipe)
        os.waitpid(child, 0)
        return grown, said
    before = resident("VmRSS")
    try:
        result = read(path)
        said = str(getattr(result, "shape", "") or "read")
    except Exception as error:  # noqa: BLE001 - any is reported
        said = f"{type(error).__name__}: {error}"
    with os.fdopen(into, "w") as pipe:
        json.dump([resident("VmHWM") - before, said], pipe)
    os._exit(0)


def main() -> None:
    from PIL import Image

    from mmdgen.formats.images import decode_image
    from mmdgen.formats.load import read_model

    Image.init()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder, "greedy"))
        for name in sys.argv[1:]:
            is_model = name in MODELS
            size = Path(path).write_bytes((MODELS if is_model else PICTURES)[name]())
            read = (lambda p: read_model(Path(p))) if is_model else (lambda p: decode_image(Path(p).read_bytes()))
            found[name] = (size, *measure(path, read))
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()
