"""Faulty characters: each fault is what readers see, and the manifest's truth is true of what is left."""

import json
import zipfile
from functools import cache
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from characters import SEED, offsets

from mmdgen import annotation, cli
from mmdgen.errors import BindingError, FormatError
from mmdgen.formats.load import load_textures, parse_model, read_model
from mmdgen.model import Model
from mmdgen.pose.binding import bind
from mmdgen.shell import run
from mmdgen.zoo.defects import COPIES, DEFECTS, bent, plan
from mmdgen.zoo.draft import as_pmd
from mmdgen.zoo.draw import rng_for
from mmdgen.zoo.library import write
from mmdgen.zoo.making import Made, Order, make, renderable

COUNT, RATE = 400, 0.9
PLANS = [plan(SEED, k, RATE) for k in range(COUNT)]
KINDS = (*DEFECTS, *COPIES)


@cache
def faulty(kind: str) -> Made:
    """Return the first character with this fault whose clean self can be rendered."""
    order = Order(COUNT, SEED, defects=RATE)
    for index, p in enumerate(PLANS):
        if p.kind == kind and not order.traits(index if p.base is None else p.base).naming.missing:
            return make(order, index)
    return next(make(order, index) for index, p in enumerate(PLANS) if p.kind == kind)


@cache
def clean(kind: str) -> Made:
    return make(Order(COUNT, SEED), faulty(kind).index)


def placed(made: Made, root: Path) -> Path:
    for name, data in made.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return root / made.path


def truths(model: Model, made: Made) -> None:
    """Check that the slots name morphs that move the side they say."""
    for slot, value in made.annotation.slots.items():
        if value is None:
            continue
        assert model.morphs[value.index].name == value.name
        if slot.endswith(("left", "right")):
            x = model.vertices.position[offsets(model, value.index).any(1), 0]
            assert (np.sign(x) == (1 if slot.endswith("left") else -1)).all()


def test_every_fault_occurs_at_its_rate_and_none_by_default() -> None:
    assert {p.kind for p in PLANS} == {*KINDS, None}
    assert sum(p.kind is None for p in PLANS) == pytest.approx(COUNT * (1 - RATE), abs=20)
    assert all(plan(SEED, k, 0).kind is None for k in range(50))
    assert all(plan(SEED, k, 1, whole=3).kind is None for k in range(3))
    fewer = [plan(SEED, k, 0.3) for k in range(COUNT)]
    assert all(
        a.kind == b.kind for a, b in zip(fewer, PLANS, strict=True) if a.kind not in (None, *COPIES, "missing texture")
    )


@pytest.mark.parametrize("kind", ["missing texture", "dead morphs", "truncated", "cp932 zip", "recolour"])
def test_the_same_order_gives_the_same_faults(kind: str) -> None:
    made = faulty(kind)
    assert made.draft.defects == (kind,)
    assert make(Order(COUNT, SEED, defects=RATE), made.index).files == made.files
    assert made.files != clean(kind).files


@pytest.mark.parametrize("kind", [k for k in KINDS if k not in ("nan vertices", "cp932 zip")])
def test_the_truth_binds_unless_it_says_otherwise(kind: str, tmp_path: Path) -> None:
    made = faulty(kind)
    model = read_model(placed(made, tmp_path))
    assert model.source.sha256 == made.annotation.sha256
    truths(model, made)
    if made.as_json()["renderable"]:
        assert bind(model, made.annotation).head == made.annotation.head
    else:
        with pytest.raises(BindingError):
            bind(model, made.annotation)


def test_a_missing_texture_is_reported(tmp_path: Path) -> None:
    (warning,) = load_textures(read_model(placed(faulty("missing texture"), tmp_path))).warnings
    assert "png" in warning


def test_wrong_case_and_absolute_paths_are_found_all_the_same(tmp_path: Path) -> None:
    for kind in ("wrong case", "absolute path"):
        made = faulty(kind)
        path = placed(made, tmp_path / kind)
        model = read_model(path)
        names = [name.replace("\\", "/") for name in model.textures]
        assert not any((path.parent / name).exists() for name in names)
        assert all(image is not None for image in load_textures(model).images)


def test_a_model_without_a_neck_keeps_its_shape(tmp_path: Path) -> None:
    made = faulty("no neck")
    model = read_model(placed(made, tmp_path))
    whole = clean("no neck").draft.model
    assert model.warnings == ()
    assert model.bone("首") is None
    assert [b.name for b in whole.bones if b.name != "首"] == [b.name for b in model.bones]
    heir = whole.bones[whole.bone("首")].parent
    assert model.bones[model.bones[model.bone("頭")].parent].name == whole.bones[heir].name
    assert np.array_equal(model.vertices.position, whole.vertices.position)
    assert not made.as_json()["renderable"]


def test_late_parents_change_nothing_but_the_order(tmp_path: Path) -> None:
    model = read_model(placed(faulty("late parents"), tmp_path))
    whole = clean("late parents").draft.model
    assert model.warnings == ()
    assert any(b.parent is not None and b.parent > k for k, b in enumerate(model.bones))

    def family(m: Model) -> dict[str, str | None]:
        return {b.name: None if b.parent is None else m.bones[b.parent].name for b in m.bones}

    assert family(model) == family(whole)
    names = [[m.bones[k].name for k in m.vertices.bone[:, 0]] for m in (model, whole)]
    assert names[0] == names[1]


def test_swapped_winks_bear_each_others_names() -> None:
    made, whole = faulty("swapped winks"), clean("swapped winks")
    pairs = [
        tuple((c.annotation.slots[f"{shape}_{s}"] or whole.annotation.slots["mouth"]).name for s in ("left", "right"))
        for c in (made, whole)
        for shape in ("normal", "smile")
    ]
    assert made.draft.slots == whole.draft.slots
    assert sum(a == b[::-1] and a != b for a, b in zip(pairs[:2], pairs[2:], strict=True)) == 1


def test_dead_morphs_move_nothing_and_fill_no_slot() -> None:
    made, whole = faulty("dead morphs"), clean("dead morphs")
    model = parse_model(made.draft.file())
    assert [m.name for m in model.morphs] == [m.name for m in whole.draft.model.morphs]
    lost = [s for s, k in whole.draft.slots.items() if k is not None and made.draft.slots[s] is None]
    assert lost
    for slot in lost:
        data = model.morphs[whole.draft.slots[slot]].data
        assert len(data.index) == 0 or hasattr(data, "flip")


def test_bad_indices_are_warned_of_and_left_out() -> None:
    model = parse_model(faulty("bad indices").draft.file())
    text = "\n".join(model.warnings)
    assert "morphs: element of something that does not exist" in text
    assert "joints: joint of a rigid body that does not exist" in text


def test_nan_vertices_are_refused() -> None:
    made = faulty("nan vertices")
    with pytest.raises(FormatError, match="nan"):
        parse_model(next(iter(made.files.values())))
    entry = made.as_json()
    assert (entry["readable"], entry["renderable"], entry["head"]) == (False, False, None)


def test_a_truncated_file_keeps_what_precedes() -> None:
    made = faulty("truncated")
    model = parse_model(made.draft.file())
    assert any("damaged" in w or "cut short" in w for w in model.warnings)
    assert len(model.bones) == len(clean("truncated").draft.model.bones)
    assert [m.name for m in model.morphs] == [m.name for m in made.draft.model.morphs]


def test_a_pmd_is_one(tmp_path: Path) -> None:
    made = faulty("pmd")
    model = read_model(placed(made, tmp_path))
    assert (model.source.format, model.warnings) == ("pmd", ())
    assert load_textures(model).warnings == ()
    assert {"頭", "首", "左目"} <= {b.name for b in model.bones}
    whole = clean("pmd").draft
    assert np.array_equal(model.vertices.position, whole.model.vertices.position)
    for slot, number in made.draft.slots.items():
        assert (number is None) == (whole.slots[slot] is None)


def test_an_archive_has_cp932_names() -> None:
    made = faulty("cp932 zip")
    ((path, data),) = made.files.items()
    assert path == made.path
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        names = [info.filename.encode("cp437").decode("cp932") for info in archive.infolist()]
        assert all(not info.flag_bits & 0x800 for info in archive.infolist())
    assert any(name.endswith(".pmx") for name in names)
    assert all(name.startswith(made.traits.name_ja) for name in names)


def test_a_prop_has_no_head(tmp_path: Path) -> None:
    made = faulty("prop")
    model = read_model(placed(made, tmp_path))
    assert model.warnings == ()
    assert (len(model.bones), model.morphs, made.annotation.head) == (1, (), None)
    assert len(model.faces) == made.triangles > 10


def test_copies_are_of_somebody_clean() -> None:
    for kind in COPIES:
        made = faulty(kind)
        base = make(Order(COUNT, SEED, defects=RATE), made.draft.copy_of)
        assert base.draft.defects == ()
        mine, theirs = ({Path(k).name: v for k, v in c.files.items()} for c in (made, base))
        assert made.annotation == base.annotation
        assert mine.keys() == theirs.keys()
        other = {name for name in mine if mine[name] != theirs[name]}
        assert (kind == "recolour") == bool(other)
        assert all(name.split(".")[-1] in ("png", "bmp", "spa", "sph") for name in other)


@pytest.mark.parametrize("kind", DEFECTS)
def test_pmds_may_be_faulty_too(kind: str) -> None:
    whole = clean("pmd")
    one = bent(as_pmd(whole.draft), kind, rng_for(SEED, 0, "defect"))
    assert one.defects == ("wrong case" if kind in ("absolute path", "bad indices", "pmd") else kind,)
    assert one.head is None or kind not in ("prop", "nan vertices") or not renderable(one)
    if one.readable:
        assert parse_model(one.file()).source.format == "pmd"


def test_a_library_with_faults_says_which(tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    for entry in write(tmp_path / "zoo", Order(6, SEED, defects=1.0), annotate=True):
        known = annotation.load(annotation.folder(tmp_path / "zoo"), entry["sha256"])
        assert (known is not None) == entry["readable"]
    assert (
        run(cli.app, ["zoo", str(tmp_path / "zoo"), "--count", "6", "--seed", str(SEED), "--defects", "1", "--json"])
        == 0
    )
    listed = json.loads(capfdbinary.readouterr().out)["characters"]
    assert [e["defects"] for e in listed] == [[plan(SEED, k, 1.0).kind] for k in range(6)]


def test_mixed_orders_have_some_pmds() -> None:
    order = Order(40, SEED, format="mixed")
    kinds = [rng_for(SEED, k, "file").random() < 0.15 for k in range(40)]
    assert 2 < sum(kinds) < 14
    index = kinds.index(True)
    assert make(order, index).path.endswith(".pmd")
    assert make(Order(40, SEED, format="pmd"), index).files == make(order, index).files
