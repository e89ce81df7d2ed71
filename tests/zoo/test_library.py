"""Libraries: bytes that repeat, files that read back, truth that binds, orders that do not mix."""

import json
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from characters import SEED, character

from mmdgen import annotation, cli
from mmdgen.errors import BindingError, MmdgenError, UsageError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.model import MaterialMorph
from mmdgen.pose.binding import bind
from mmdgen.shell import run
from mmdgen.zoo.character import make_character
from mmdgen.zoo.draw import draw_traits, rng_for
from mmdgen.zoo.library import MANIFEST, one_by_one, write
from mmdgen.zoo.making import Order, make


def files(root: Path) -> dict[str, bytes]:
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("zoo")
    for _ in write(root, Order(4, SEED, symmetric=1), annotate=True):
        pass
    return root


def test_a_character_does_not_depend_on_how_many_are_made() -> None:
    assert make(Order(3, SEED), 2).files == make(Order(50, SEED, only=(2,)), 2).files
    assert make(Order(3, SEED), 2).files != make(Order(3, SEED + 1), 2).files


def test_orders_repeat_to_the_byte_and_larger_ones_add_characters(library: Path, tmp_path: Path) -> None:
    for _ in write(tmp_path, Order(2, SEED, symmetric=1), annotate=True):
        pass
    made = []

    def counting(work, indices):
        made.extend(indices)
        return one_by_one(work, indices)

    for _ in write(tmp_path, Order(4, SEED, symmetric=1), annotate=True, run=counting):
        pass
    assert files(tmp_path) == files(library)
    assert made == [2, 3]


def test_a_stopped_run_leaves_whole_characters_and_goes_on(library: Path, tmp_path: Path) -> None:
    order = Order(4, SEED, symmetric=1)
    with closing(write(tmp_path, order, annotate=True)) as made:
        for _ in range(2):
            next(made)
    assert len(json.loads((tmp_path / MANIFEST).read_text("utf-8"))["characters"]) == 2
    assert len(list(tmp_path.rglob("*.pmx"))) == 2
    half = tmp_path / ".zoo-0002.part"
    half.mkdir()
    (half / "face.png").write_bytes(b"half")
    next(tmp_path.glob("0001-*/**/*.png")).unlink()
    for _ in write(tmp_path, order, annotate=True):
        pass
    assert files(tmp_path) == files(library)


def test_bytes_do_not_depend_on_workers(library: Path, tmp_path: Path) -> None:
    options = ["--count", "6", "--seed", str(SEED), "--symmetric", "1", "--json"]
    assert run(cli.app, ["zoo", str(tmp_path / "two"), "--workers", "2", *options]) == 0
    assert run(cli.app, ["zoo", str(tmp_path / "one"), "--workers", "1", *options]) == 0
    assert files(tmp_path / "two") == files(tmp_path / "one")
    old = {k: v for k, v in files(library).items() if k != MANIFEST}
    assert old.items() <= files(tmp_path / "two").items()


@pytest.mark.skipif(sys.platform == "win32", reason="no interrupts for processes there")
def test_ctrl_c_leaves_whole_characters(tmp_path: Path) -> None:
    code = "import sys; from mmdgen.cli import main; sys.argv = ['mmdgen', *sys.argv[1:]]; sys.exit(main())"
    command = [sys.executable, "-c", code, "zoo", str(tmp_path / "zoo"), "--count", "40", "--workers", "2"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        deadline = time.monotonic() + 60
        while not list(tmp_path.rglob("*.pmx")) and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        assert process.wait(60) == 130
    listed = json.loads((tmp_path / "zoo" / MANIFEST).read_text("utf-8"))["characters"]
    assert not list((tmp_path / "zoo").glob(".zoo-*"))
    assert 0 < len(list(tmp_path.rglob("*.pmx"))) < 40
    for entry in listed:
        assert load_textures(read_model(tmp_path / "zoo" / entry["path"])).warnings == ()


def test_what_is_written_reads_back_as_the_model_without_a_warning(library: Path) -> None:
    found = sorted(library.rglob("*.pmx"))
    assert len(found) == 4
    for index, path in enumerate(found):
        made = character(index, symmetric=index < 1)
        model = read_model(path)
        assert model == made.model
        assert model.warnings == ()
        textures = load_textures(model)
        assert textures.warnings == ()
        for read, painted in zip(textures.images, made.textures, strict=True):
            assert np.array_equal(read, painted)


def test_the_truth_binds_and_the_manifest_repeats_it(library: Path) -> None:
    entries = {e["sha256"]: e for e in json.loads((library / MANIFEST).read_text("utf-8"))["characters"]}
    for path in library.rglob("*.pmx"):
        model = read_model(path)
        truth = annotation.load(annotation.folder(library), model.source.sha256)
        assert truth is not None
        assert truth.names_seen == (path.name,)
        entry = entries[model.source.sha256]
        assert library / entry["path"] == path
        assert (entry["head"], entry["slots"]) == tuple(annotation.to_json(truth)[k] for k in ("head", "slots"))
        assert {v.by.startswith("auto zoo ") for v in (truth.head, *truth.slots.values()) if v} == {True}
        if entry["renderable"]:
            assert bind(model, truth).head == truth.head
        else:
            with pytest.raises(BindingError):
                bind(model, truth)


@pytest.mark.parametrize("index", range(6))
def test_the_head_range_runs_from_the_chin_to_the_hair_on_the_skull(index: int) -> None:
    made = character(index)
    bottom, top = made.head
    model, start, low = made.model, 0, np.inf
    for material in model.materials:
        corners = model.vertices.position[model.faces[start : start + material.face_count]]
        start += material.face_count
        if material.name == "顔":
            low = float(corners[..., 1].min())
    assert bottom == pytest.approx(low, abs=1e-3)
    assert 2.6 < (top - bottom) / made.traits.body.scale < 3.2
    middle = model.vertices.position[np.abs(model.vertices.position[:, 0]) < 0.2]
    assert (np.abs(middle[:, 1] - top) < 0.05).any()


def test_a_hidden_overlay_is_raised_by_its_morph() -> None:
    made = next(c for c in map(character, range(12)) if "blush" in c.traits.surface.overlays)
    number = next(k for k, m in enumerate(made.model.materials) if m.name == "照れ")
    assert made.model.materials[number].diffuse[3] == 0
    data = next(m.data for m in made.model.morphs if m.name == "照れ")
    assert isinstance(data, MaterialMorph)
    assert (data.index[0], data.operation[0], data.value[0, 3]) == (number, 1, 1)


def test_characters_differ_clearly() -> None:
    drawn = [draw_traits(SEED, k) for k in range(24)]
    looks = {(t.hair.bangs, t.hair.back, t.outfit.kind, t.eyes.kind, t.worn.head) for t in drawn}
    assert len(looks) == 24
    assert len({t.hair.back for t in drawn}) >= 8
    assert len({t.outfit.kind for t in drawn}) >= 6
    brightness = [sum(t.skin) / 3 for t in drawn]
    assert min(brightness) < 0.4
    assert max(brightness) > 0.9


@pytest.mark.parametrize("index", range(6))
def test_size_and_surface_are_those_of_a_small_real_model(index: int) -> None:
    made = character(index)
    v = made.model.vertices
    assert 5000 < len(made.model.faces) < 40000
    assert np.allclose(np.linalg.norm(v.normal, axis=1), 1, atol=1e-3)
    assert v.uv.min() >= 0
    assert v.uv.max() <= 1
    assert np.allclose(v.weight.sum(1), 1, atol=1e-6)
    corner = v.position[made.model.faces].astype(np.float64)
    assert np.linalg.norm(np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1).min() > 0
    for picture in made.textures:
        assert picture[..., :3].std(axis=(0, 1)).max() > 3


def test_another_order_is_refused_and_nothing_is_written(library: Path) -> None:
    before = files(library)
    for order in (
        Order(4, SEED + 1, 1),
        Order(4, SEED, 0),
        Order(3, SEED, 1),
        Order(4, SEED, 1, (2,)),
        Order(4, SEED, 1, styles=("male",)),
        Order(4, SEED, 1, defects=0.5),
        Order(4, SEED, 1, format="pmd"),
    ):
        with pytest.raises(UsageError, match="choose another folder"):
            next(iter(write(library, order, annotate=True)))
    assert files(library) == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"seed": "x"}', b"\xff\xfe"])
def test_a_manifest_of_somebody_else_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / MANIFEST).write_bytes(content)
    with pytest.raises(UsageError, match="manifest"):
        next(iter(write(tmp_path, Order(1, 1), annotate=False)))


def test_a_file_in_the_way_is_named(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"")
    with pytest.raises(UsageError, match="expected a folder"):
        next(iter(write(tmp_path / "x", Order(1, 1), annotate=False)))
    with pytest.raises(MmdgenError, match="folder"):
        next(iter(write(tmp_path / "x" / "y", Order(1, 1), annotate=False)))


def test_command(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    root = tmp_path / "動物園"
    assert run(cli.app, ["zoo", str(root), "--count", "1", "--dry-run", "--json"]) == 0
    assert not root.exists()
    planned = json.loads(capfdbinary.readouterr().out)["characters"]
    assert run(cli.app, ["zoo", str(root), "--count", "1", "--no-annotate", "--json"]) == 0
    printed = json.loads(capfdbinary.readouterr().out)
    assert printed == json.loads((root / MANIFEST).read_text("utf-8"))
    assert [e["traits"] for e in printed["characters"]] == planned
    assert not (root / ".mmdgen").exists()
    assert run(cli.app, ["zoo", str(root), "--count", "0"]) == 2
    assert run(cli.app, ["zoo", str(root), "--count", "3", "--only", "1", "3"]) == 2
    assert run(cli.app, ["zoo", str(root), "--count", "1", "--seed", "-1"]) == 2
    assert run(cli.app, ["zoo", str(root), "--count", "1", "--seed", "9"]) == 2
    capfdbinary.readouterr()
    assert run(cli.app, ["zoo", str(root), "--style", "elegant"]) == 2
    assert "female, male, child, teen, adult, chibi, fantasy, animal, plain" in capfdbinary.readouterr().err.decode()
    assert run(cli.app, ["zoo", str(root), "--style", "male", "--style", "female"]) == 2
    assert "male" in capfdbinary.readouterr().err.decode()
    assert run(cli.app, ["zoo", str(root), "--defects", "1.5"]) == 2


def test_details_do_not_change_traits() -> None:
    one, two = (make_character(draw_traits(SEED, 0), rng_for(SEED, 0, group)) for group in ("details", "others"))
    assert one.traits == two.traits
    assert one.slots == two.slots
