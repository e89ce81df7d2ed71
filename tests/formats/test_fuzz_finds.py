"""What `make fuzz` has found, each as the smallest file that shows it; fuzz/ asks the same of millions of others."""

from __future__ import annotations

import struct
import time
from dataclasses import replace

import numpy as np
import pytest
from builders import head_model
from promises import check_binding, check_model, check_stages, refusal_of
from raw_files import RawPmx

from mmdgen.annotation import Annotation, from_json, to_json
from mmdgen.description import describe
from mmdgen.errors import AnnotationError, UsageError
from mmdgen.formats.archives.names import Places
from mmdgen.formats.load import load_textures, parse_model
from mmdgen.formats.writer_pmd import write_pmd
from mmdgen.generate.splits import read_split_file
from mmdgen.groups import Groups
from mmdgen.model import Morph, Panel, Source
from mmdgen.motion.table import read_motion
from mmdgen.rig.rig import Rig
from mmdgen.shot import read_wish

HUGE = 3.4e38


def accepted(data: bytes):
    model = check_model(data)
    assert model is not None
    return model


def doubling(raw: RawPmx, bones: int) -> list[bytes]:
    """Bones that each take over twice what the one before is moved by."""
    return [raw.bone()] + [
        raw.bone(f"b{i}", flags=0x31F, rest=raw.index("bone", i) + struct.pack("<f", 2)) for i in range(bones - 1)
    ]


def far_vertex(raw: RawPmx) -> None:
    raw.vertices = [raw.vertex((HUGE, -HUGE, i)) for i in range(3)]


def far_bone(raw: RawPmx) -> None:
    raw.bones = [raw.bone(position=(HUGE, HUGE, -HUGE))]


def appends_that_double(raw: RawPmx) -> None:
    raw.sizes = (1, 1, 1, 2, 1, 1)
    raw.bones = doubling(raw, 1200)


def groups_that_double(raw: RawPmx) -> None:
    raw.sizes = (1, 1, 1, 1, 2, 1)
    first = raw.morph("m0", 1, [raw.vertex_index(0) + struct.pack("<3f", 1, 1, 1)])
    rest = [raw.morph(f"m{i}", 0, [raw.index("morph", i - 1) + struct.pack("<f", 4)]) for i in range(1, 600)]
    raw.morphs = [first, *rest]


def long_normal(raw: RawPmx) -> None:
    raw.vertices = [raw.vertex((i, i == 1, 0), normal=(HUGE, HUGE, HUGE)) for i in range(3)]


@pytest.mark.parametrize("bend", [far_vertex, far_bone, appends_that_double, groups_that_double, long_normal])
def test_numbers_beyond_all_measure_pose_without_overflow(bend) -> None:
    raw = RawPmx()
    bend(raw)
    check_stages(accepted(raw.build()), seed=1)


def test_groups_that_hold_more_than_any_memory_are_cut() -> None:
    raw = RawPmx(sizes=(1, 1, 1, 1, 2, 1))
    plain = 400
    raw.morphs = [raw.morph(f"m{i}", 1, []) for i in range(plain)]
    members = [raw.index("morph", i) + struct.pack("<f", 1) for i in range(plain)]
    for i in range(plain, plain + 12):
        raw.morphs.append(raw.morph(f"g{i}", 0, members))
        members = [raw.index("morph", i) + struct.pack("<f", 1)] * 400
    model = accepted(raw.build())
    groups = Groups(model.morphs)
    assert any("hold more than" in warning for warning in groups.warnings)
    assert len(groups.leaves(plain).index) == plain


def test_a_name_of_a_thousand_letters_is_not_all_of_a_warning() -> None:
    raw = RawPmx()
    raw.bones = [raw.bone("長" * 1000, parent=7)]
    (warning,) = accepted(raw.build()).warnings
    assert warning.startswith("bones: parent that does not exist, left out (1: bone 0 '長長")
    assert len(warning) < 300


def test_thousands_of_files_of_one_name_are_numbered_in_time() -> None:
    places, start = Places(), time.process_time()
    found = [places.of(["A.bmp" if i % 2 else "a.bmp"]) for i in range(20_000)]
    assert len({place.casefold() for place in found}) == 20_000
    assert found[:3] == ["a.bmp", "A (2).bmp", "a (3).bmp"]
    assert time.process_time() - start < 2


@pytest.mark.parametrize(
    "header",
    [
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3L, 6L), }",  # Python 2's
        "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 6), ",  # no end
        "{'descr': [('', ('<f4', (",
    ],
)
def test_odd_headers_of_arrays_are_read_or_refused_without_a_warning(tmp_path, header) -> None:
    padded = header.ljust(117).encode() + b"\n"
    path = tmp_path / "poses.npy"
    path.write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", len(padded)) + padded + bytes(72))
    try:
        assert read_motion(path).poses.shape == (3, 6)
    except UsageError as error:
        refusal_of(error, str(path))


def test_an_archive_is_no_array(tmp_path) -> None:
    path = tmp_path / "poses.npy"
    path.write_bytes(b"PK\3\4 and so on")
    with pytest.raises(UsageError, match="expected an array"):
        read_motion(path)


@pytest.mark.parametrize("part", [{"slots": {}}, {"head": {"bottom": 2, "top": 1, "by": "", "confidence": 1}}])
def test_what_an_annotation_says_wrong_names_its_file(part) -> None:
    with pytest.raises(AnnotationError) as caught:
        from_json(to_json(Annotation("0" * 64)) | part, "store/a.json")
    refusal_of(caught.value, "store/a.json")


@pytest.mark.parametrize(
    "text", ["val", "a = " + "[" * 3000, "a = " + "1" * 5000, '"a\\nb" = 1', "val = 1", "val = [1]"]
)
def test_split_files_are_refused_in_one_line(tmp_path, text) -> None:
    path = tmp_path / "split.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as caught:
        read_split_file(path)
    refusal_of(caught.value, str(path))


def test_a_wish_that_is_an_empty_text_is_refused_in_a_sentence(tmp_path) -> None:
    path = tmp_path / "wish.json"
    path.write_text('""')
    with pytest.raises(UsageError) as caught:
        read_wish(path)
    refusal_of(caught.value, str(path))


def test_a_pose_that_is_no_number_is_refused_without_a_warning(tmp_path) -> None:
    path = tmp_path / "poses.npy"
    np.save(path, np.full((1, 12), 0xFC01, np.uint16).view(np.float16)[:, :6])  # signalling
    with pytest.raises(UsageError, match="row 0"):
        read_motion(path)


def many_textures(raw: RawPmx) -> None:
    raw.sizes = (1, 4, 1, 1, 1, 1)
    raw.textures = [f"{i}" for i in range(8000)]
    raw.materials = [raw.material(name="", texture=i, indices=0) for i in range(8000)]


def many_flips(raw: RawPmx) -> None:
    raw.version, raw.sizes = 2.1, (1, 1, 1, 1, 2, 1)
    raw.bones = [raw.bone("頭")]
    raw.morphs = [
        raw.morph(f"f{i}", 9, [raw.index("morph", max(i - 1, 0)) + struct.pack("<f", 1)] * 2) for i in range(8000)
    ]


def many_bone_morphs(raw: RawPmx) -> None:
    raw.sizes = (1, 1, 1, 2, 2, 1)
    raw.bones = [raw.bone("頭"), *[raw.bone("", parent=i) for i in range(200)]]
    turn = struct.pack("<7f", 1, 0, 0, 0, 0, 0, 1)
    raw.morphs = [raw.morph(f"{i}", 2, [raw.index("bone", i % 200) + turn]) for i in range(2000)]


@pytest.mark.parametrize("bend", [many_textures, many_flips, many_bone_morphs])
def test_no_list_costs_the_square_of_its_length(bend) -> None:
    raw = RawPmx()
    bend(raw)
    model = accepted(raw.build())
    start = time.process_time()
    describe(model, load_textures(model))
    assert time.process_time() - start < 8


def test_appends_in_a_long_chain_are_put_in_order_in_time() -> None:
    raw = RawPmx(sizes=(1, 1, 1, 2, 1, 1))
    raw.bones = doubling(raw, 8000)
    model = accepted(raw.build())
    start = time.process_time()
    Rig(model, ik=True)
    assert time.process_time() - start < 2


def test_groups_in_groups_without_end_are_written_as_pmd() -> None:
    raw = RawPmx(sizes=(1, 1, 1, 1, 2, 1))
    raw.morphs = [raw.morph(f"{i}", 0, [raw.index("morph", i + 1) + struct.pack("<f", 1)]) for i in range(3000)]
    raw.morphs.append(raw.morph("z", 1, [raw.vertex_index(1) + struct.pack("<3f", 0, -1, 0)]))
    again = parse_model(write_pmd(accepted(raw.build())))
    assert len(again.morphs) == 3001
    assert again.morphs[0].data == again.morphs[-1].data


def test_a_morph_that_moves_sideways_on_one_level_opens_no_eye() -> None:
    model = replace(head_model(), source=Source("hostile.pmx"))
    lids = [m.data for m in model.morphs if m.name in ("ウィンク２", "ｳｨﾝｸ２右")]
    aside = [replace(data, offset=np.full_like(data.offset, 0) + np.float32([0.001, 0, 0])) for data in lids]
    single = [replace(data, index=data.index[-1:], offset=data.offset[-1:]) for data in aside]
    names = ("ウィンク２", "ｳｨﾝｸ２右")
    for moved in (aside, single):
        morphs = tuple(Morph(name, "", Panel.EYE, data) for name, data in zip(names, moved, strict=True))
        check_binding(replace(model, morphs=morphs))
