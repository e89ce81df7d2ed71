"""Cut and flipped files end as a located FormatError or as a sound model with warnings, fast and small."""

from __future__ import annotations

from pathlib import Path

import builders
import numpy as np
import pytest
from corpus import corpus_models
from limits import read_damaged, within_limits
from raw_files import RawPmd, RawPmx
from test_pmd import OPTIONAL, full

from mmdgen.formats.cursor import Cursor
from mmdgen.formats.load import parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.model import Deform

SMALL = 64 << 10
QUICK_SIZE = 1500  # bytes of files whose every prefix is tried each time
WHOLE = 2000  # cuts and flips that the slow tests spread over all larger files
QUICK = 100
SIZES = (1, 2, 4, 2, 1, 1)


def soft_body(raw: RawPmx) -> bytes:
    return raw.soft_body("布", 0, [(0, 1, 1)], [0, 2])


def own_files() -> dict[str, bytes]:
    """Files of our own with something in every section, for machines without real models."""
    raw = RawPmx(version=2.1, extra_uvs=1, textures=("a.png",), sizes=SIZES)
    raw.vertices = [
        raw.vertex((0, 0, 0), Deform.SDEF, (0, 1), (0.25, *range(9))),
        raw.vertex((1, 0, 0), Deform.BDEF4, (0, 1, 0, 1), (0.5, 0.25, 0.125, 0)),
        raw.vertex((2, 0, 0), Deform.BDEF2, (0, 1), (0.5,)),
    ]
    ik = raw.index("bone", 0) + bytes(8) + b"\1\0\0\0" + raw.index("bone", 1) + b"\1" + bytes(24)
    raw.bones = [
        raw.bone("a"),
        raw.bone("b", parent=0, flags=0x3D3F, rest=raw.index("bone", 0) + b"\0\0\x80\x3f" * 11 + ik),
    ]
    raw.morphs = [
        raw.morph("a", 1, [raw.vertex_index(1) + bytes(12)]),
        raw.morph("b", 0, [raw.index("morph", 0) + bytes(4)]),
        raw.morph("c", 8, [raw.index("material", 0) + bytes(113)]),
    ]
    raw.frames = [raw.text("f") + raw.text("") + b"\0\1\0\0\0\0" + raw.index("bone", 0)]
    raw.bodies, raw.joints = [raw.body(), raw.body()], [raw.joint(a=0, b=1)]
    raw.soft_bodies = [soft_body(raw)]
    return {"own.pmx": raw.build(), "plain.pmx": RawPmx().build(), "own.pmd": full().build()}


def distinct(paths: list[Path]) -> list[Path]:
    """Leave out copies: some fixtures lie in several folders."""
    return list({p.read_bytes(): p for p in paths}.values())


def small_files() -> dict[str, bytes]:
    real = distinct([p for p in corpus_models() if p.stat().st_size <= QUICK_SIZE])
    return own_files() | {p.name: p.read_bytes() for p in real}


def middling_files() -> list[Path]:
    return [p for p in corpus_models() if QUICK_SIZE < p.stat().st_size <= SMALL]


def larger_files() -> list[Path]:
    return [p for p in corpus_models() if p.stat().st_size > SMALL]


def borders(data: bytes, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """Return each section and the byte at which it begins, as the reader itself comes by."""
    found: list[tuple[str, int]] = []
    enter = Cursor.enter

    def noting(self: Cursor, section: str) -> None:
        found.append((section, self.at))
        enter(self, section)

    with monkeypatch.context() as patch:
        patch.setattr(Cursor, "enter", noting)
        parse_model(data)
    return found


def check_prefix(data: bytes, end: int, *, may_be_whole: bool = False) -> None:
    with within_limits():
        model = read_damaged(data[:end])
    assert model is None or model.warnings or may_be_whole, f"cut at {end}: neither refused nor warned about"


def test_our_own_files_are_whole() -> None:
    for name, data in own_files().items():
        assert parse_model(data, name).warnings == ()


@pytest.mark.parametrize("name", small_files())
def test_every_prefix_of_a_small_file(name: str) -> None:
    data = small_files()[name]
    optional = optional_borders(name)
    for end in range(len(data)):
        check_prefix(data, end, may_be_whole=end in optional)


def optional_borders(name: str) -> set[int]:
    """Return where a file may end and be whole: PMD's optional blocks, and PMX 2.1 without its soft bodies."""
    if name == "own.pmx":
        return {len(own_files()[name]) - 4 - len(soft_body(RawPmx(sizes=SIZES)))}
    if name != "own.pmd":
        return set()
    sizes = {block: len(data) for block, data in full().blocks().items()}
    ends = np.cumsum(list(sizes.values()))
    return {int(ends[list(sizes).index(block)]) for block in ("groups", *OPTIONAL[:2])}


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.parametrize("path", distinct(middling_files()), ids=lambda p: p.name)
def test_every_prefix_of_a_real_file_up_to_64_kb(path: Path) -> None:
    data = path.read_bytes()
    for end in range(len(data)):
        check_prefix(data, end)


@pytest.mark.corpus
@pytest.mark.parametrize("path", larger_files(), ids=lambda p: p.name)
def test_section_borders_of_larger_files(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data = path.read_bytes()
    found = borders(data, monkeypatch)
    assert len(found) >= 8
    for section, border in found:
        for end in (border - 1, border, border + 1):
            check_prefix(data, end, may_be_whole=end == border and section in OPTIONAL)


def spread(times: int) -> list[tuple[Path, int]]:
    """Share ``times`` trials out over the larger files."""
    files = larger_files()
    return [(p, times // len(files) + (i < times % len(files))) for i, p in enumerate(files)]


def cut_and_flip(path: Path, trials: int, seed: int) -> None:
    """Cut a file at random places, and flip random bytes: one at a time, or a handful."""
    random = np.random.default_rng(seed)
    data = path.read_bytes()
    for _ in range(trials):
        check_prefix(data, int(random.integers(len(data))))
        flipped = bytearray(data)
        for at in random.integers(len(data), size=random.choice((1, 8))):
            flipped[at] ^= int(random.integers(1, 256))
        with within_limits():
            read_damaged(bytes(flipped))


@pytest.mark.corpus
def test_random_damage_quickly() -> None:
    for path, trials in spread(QUICK):
        cut_and_flip(path, trials, seed=1)


@pytest.mark.slow
@pytest.mark.corpus
@pytest.mark.parametrize(("path", "trials"), spread(WHOLE) if larger_files() else [], ids=str)
def test_random_damage(path: Path, trials: int) -> None:
    cut_and_flip(path, trials, seed=2)


@pytest.mark.parametrize("name", ["own.pmx", "own.pmd", "head.pmx"])
def test_flipped_bytes_of_our_own_files(name: str) -> None:
    data = write_pmx(builders.head_model()) if name == "head.pmx" else own_files()[name]
    random = np.random.default_rng(3)
    for _ in range(500):
        flipped = bytearray(data)
        for at in random.integers(len(data), size=random.choice((1, 2, 20))):
            flipped[at] = random.choice((0, 0x7F, 0x80, 0xFF, int(random.integers(256))))
        with within_limits():
            read_damaged(bytes(flipped))


def test_noise_behind_a_good_signature() -> None:
    random = np.random.default_rng(4)
    for _ in range(300):
        noise = random.bytes(int(random.integers(2000)))
        for head in (RawPmx().build()[:17], RawPmd().blocks()["header"]):
            with within_limits():
                read_damaged(head + noise)
