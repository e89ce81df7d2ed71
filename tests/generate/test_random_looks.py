"""Random looks: each a function of its sample alone, shared by a triplet, recorded, and no business of the poses."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import saved
from fake_studio import FakeStudio, annotated, base_model, contents, leftovers, make_library, request, samples, store_of
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mmdgen import annotation as annotations
from mmdgen.annotation import from_json
from mmdgen.cli import app
from mmdgen.errors import UsageError
from mmdgen.generate import Job
from mmdgen.generate.looks import EDGE, GROUPS, NO_EDGE, RandomLooks, read_groups
from mmdgen.generate.studio import REST
from mmdgen.generate.survey import Surveyor
from mmdgen.model import IK, IKLink
from mmdgen.pose.sample import sample_pose
from mmdgen.pose_spec import NAMES as POSE
from mmdgen.puppet import straight
from mmdgen.render.look import LIMITS, NAMES, SHADINGS, Look
from mmdgen.render.settings import RenderSettings
from mmdgen.shard import ShardReader, verify
from mmdgen.shell import run

IDENTITY = ("ab" * 32, "cd" * 32)
ALL = tuple(GROUPS)
FAKE = FakeStudio()
SETTINGS = RenderSettings(32)
FIELD = {field: group for group, fields in GROUPS.items() for field in fields}
groups = st.sets(st.sampled_from(ALL)).map(lambda found: tuple(g for g in ALL if g in found))


@pytest.fixture(scope="module")
def library(tmp_path_factory) -> Path:
    return make_library(tmp_path_factory.mktemp("models"), "abc")


@pytest.fixture(scope="module")
def whole(library, tmp_path_factory) -> Path:
    """25 triplets in 4 shards, everything random."""
    out = tmp_path_factory.mktemp("whole")
    render(library, out, 25)
    return out


def render(library, out, n, names=None, watch=lambda _: None, studio=FAKE, **changed):
    wanted = request(library, out, n, names, **{"workers": 1, "randomize": ALL} | changed)
    surveyor = Surveyor(wanted.min_confidence, wanted.allow_smile)
    found = [surveyor.survey(Path(q.path), Path(q.store)) for q in wanted.models]
    return Job(wanted, found, []).run(watch, studio)


def values(look: Look) -> dict[str, float]:
    return dict(zip(NAMES, look.numbers(), strict=True))


# --- the looks themselves ---------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(seed=st.integers(0, 2**63 - 1), index=st.integers(0, 10**9), some=groups)
def test_a_group_does_not_depend_on_the_others(seed, index, some):
    ours = values(RandomLooks(SETTINGS, some).look(seed, IDENTITY, index))
    every = values(RandomLooks(SETTINGS, ALL).look(seed, IDENTITY, index))
    plain = values(Look(SHADINGS[int(ours["shading"])]))
    for field, value in ours.items():
        if FIELD.get(field) in some:
            assert value == every[field], field
        elif field == "edge":
            assert value == {"phong": 0, "toon": 1}[SHADINGS[int(ours["shading"])]], "outlines follow the shading"
        else:
            assert value == plain[field], field


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**63 - 1),
    some=groups,
    shading=st.sampled_from(SHADINGS),
    edge=st.none() | st.floats(0, 4),
    ambient=st.floats(0, 4),
)
def test_looks_lie_in_their_columns_and_float32_holds_them(seed, some, shading, edge, ambient):
    looks = RandomLooks(RenderSettings(32, ambient, shading=shading, edge=edge), some)
    columns = looks.columns()
    assert columns.names == NAMES
    low, high = np.array(columns.ranges, np.float32).T
    for index in range(5):
        exact = np.array(looks.look(seed, IDENTITY, index).numbers())
        stored = exact.astype(np.float32)
        assert np.array_equal(stored, exact)
        assert (low <= stored).all()
        assert (stored <= high).all()
    varying = {name for name, pair in zip(NAMES, columns.ranges, strict=True) if pair[0] < pair[1]}
    drawn = {field for group in some for field in GROUPS[group]}
    assert varying - {"edge"} == drawn - {"edge"}


def test_looks_are_uniform_and_independent_of_each_other_and_of_poses():
    looks = RandomLooks(SETTINGS, ALL)
    drawn = np.array([looks.look(3, IDENTITY, i).numbers() for i in range(4000)])
    by_name = dict(zip(NAMES, drawn.T, strict=True))
    assert abs(by_name["shading"].mean() - 0.5) < 0.03
    assert abs((by_name["edge"] == 0).mean() - NO_EDGE) < 0.03
    uniform = [name for name in FIELD if name not in ("shading", "edge")]
    for name, part in [*((n, by_name[n]) for n in uniform), ("edge", by_name["edge"][by_name["edge"] > 0])]:
        low, high = EDGE if name == "edge" else GROUPS[FIELD[name]][name]
        assert np.abs(np.quantile(part, [0, 0.25, 0.5, 0.75, 1]) - np.linspace(low, high, 5)).max() < 0.04 * (
            high - low
        ), name
    poses = np.array([sample_pose(3, IDENTITY, i) for i in range(4000)])
    varying = np.column_stack([*(by_name[name] for name in FIELD), poses])
    assert np.abs(np.corrcoef(varying.T) - np.eye(varying.shape[1])).max() < 0.06
    assert by_name["specular"].std() == 0


def test_every_part_of_the_key_changes_a_look():
    looks = RandomLooks(SETTINGS, ("light",))
    keys = [(0, IDENTITY, 0), (1, IDENTITY, 0), (0, IDENTITY, 1), (0, IDENTITY[::-1], 0), (10, IDENTITY, 0)]
    assert len({looks.look(*key) for key in keys}) == len(keys)


def test_published_looks_never_change():
    """Shards that people have made depend on these numbers."""
    look = RandomLooks(SETTINGS, ALL).look(0, ("", ""), 0)
    assert look == PUBLISHED


def test_ranges_are_within_what_looks_allow():
    for field, group in FIELD.items():
        low, high = GROUPS[group][field]
        least, most = LIMITS.get(field, (0, 1))
        assert least <= low < high <= most


def test_the_documentation_says_the_ranges():
    page = (Path(__file__).parents[2] / "docs" / "shard-format.md").read_text(encoding="utf-8")
    rows = {line.split("|")[1].strip(): line for line in page.splitlines() if line.startswith("| `")}
    for field, group in FIELD.items():
        low, high = EDGE if field == "edge" else GROUPS[group][field]
        assert field == "shading" or f"{low:g} to {high:g}" in rows[f"`{group}`"], field


def test_groups_are_read_in_any_order_and_any_number():
    assert read_groups([]) == ()
    assert read_groups(["edge,light"]) == read_groups(["light", "edge", "edge"]) == ("light", "edge")
    assert read_groups(["colour, shading ,edge,light"]) == ALL
    for wrong in ("hue", "", "light,", "Light"):
        with pytest.raises(UsageError, match="expected some of light,shading,edge,colour; "):
            read_groups([wrong])


# --- in shards --------------------------------------------------------------------------------------------------------


def test_shards_keep_every_promise_and_record_the_looks(whole):
    looks = RandomLooks(SETTINGS, ALL)
    assert [problem for path in whole.glob("*.h5") for problem in verify(path)] == []
    assert leftovers(whole) == []
    seen = Counter()
    for path in whole.glob("*.h5"):
        with ShardReader(path) as shard:
            header = shard.header
            assert header.settings["randomize"] == list(ALL)
            assert (header.shading, header.settings["edge"]) == ("mixed", None)
            assert header.look == looks.columns()
            for i, (row, index) in enumerate(zip(shard.model_rows, shard.indices.tolist(), strict=True)):
                identity = header.models[row].identity
                assert shard.looks[i].tolist() == list(looks.look(0, identity, index).numbers())
                assert shard.poses[i].tobytes() == sample_pose(0, identity, index).tobytes()
                seen[header.models[row].name] += 1
    assert sorted(seen.values()) == [8, 8, 9]


def test_poses_are_those_of_the_same_dataset_without_looks(library, whole, tmp_path):
    render(library, tmp_path, 25, randomize=())
    ours, plain = samples(whole), samples(tmp_path)
    assert {key: found[0] for key, found in ours.items()} == {key: found[0] for key, found in plain.items()}


@pytest.mark.parametrize(
    ("n", "names", "changed"),
    [
        (25, "cab", {"workers": 3}),
        (7, "abc", {}),
        (60, "abc", {}),
        (25, "b", {}),
        (25, "ca", {"per_shard": 5}),
    ],
    ids=["order and workers", "fewer", "more", "one model", "two models, other shards"],
)
def test_a_sample_is_the_same_whatever_is_rendered_with_it(library, whole, tmp_path, n, names, changed):
    render(library, tmp_path, n, names, **changed)
    ours, theirs = samples(tmp_path), samples(whole)
    common = ours.keys() & theirs.keys()
    assert len(common) >= 7
    assert {key: ours[key] for key in common} == {key: theirs[key] for key in common}


class Stop:
    """A watch that is interrupted once it has seen so many triplets."""

    def __init__(self, after: int) -> None:
        self.left = after

    def __call__(self, more: int) -> None:
        self.left -= more
        if self.left <= 0:
            raise KeyboardInterrupt


def test_an_interrupted_command_goes_on_and_a_larger_one_adds(library, whole, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        render(library, tmp_path, 25, watch=Stop(9), studio=FakeStudio(delay=0.02))
    assert leftovers(tmp_path) == []
    assert contents(tmp_path).items() <= contents(whole).items()
    assert len(contents(tmp_path)) < 4
    render(library, tmp_path, 25)
    assert contents(tmp_path) == contents(whole)
    assert render(library, tmp_path, 33).triplets == 8
    assert contents(whole).items() <= contents(tmp_path).items()
    assert len(samples(tmp_path)) == 33


def test_a_worker_that_dies_changes_nothing(library, whole, tmp_path):
    faults = tmp_path / "faults"
    faults.mkdir()
    (faults / "kill b").touch()
    outcome = render(library, tmp_path / "out", 25, studio=FakeStudio(faults))
    assert len(outcome.retried) == 1
    assert contents(tmp_path / "out") == contents(whole)


@pytest.mark.parametrize(
    ("named", "changed"),
    [
        (r"randomize \[.*\] → \[\]", {"randomize": ()}),
        (r"randomize \['light', 'shading', 'edge', 'colour'\] → \['light'\]", {"randomize": ("light",)}),
        ("edge None → 0.0", {"settings": RenderSettings(32, edge=0.0)}),
        ("ik False → True", {"ik": True}),
    ],
)
def test_other_settings_are_refused_by_name(library, whole, named, changed):
    with pytest.raises(UsageError, match=named):
        render(library, whole, 25, **changed)


def test_a_folder_from_before_there_were_looks_is_continued(library, tmp_path):
    render(library, tmp_path, 16, randomize=())
    path = tmp_path / "render.json"
    data = json.loads(path.read_text(encoding="utf-8"))
    for name in ("edge", "ik", "randomize"):
        del data["settings"][name]
    path.write_text(json.dumps(data), encoding="utf-8")
    before = contents(tmp_path)
    assert render(library, tmp_path, 24, randomize=()).triplets == 8
    assert before.items() <= contents(tmp_path).items()
    with pytest.raises(UsageError, match="ik False → True"):
        render(library, tmp_path, 24, randomize=(), ik=True)


# --- with OpenGL ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def drawn(library, tmp_path_factory) -> Path:
    out = tmp_path_factory.mktemp("drawn")
    command = ["render", str(library), "--n", "21", "--out", str(out), "--size", "64", "--per-shard", "12"]
    assert run(app, [*command, "--workers", "1", "--randomize", "shading,edge", "--randomize", "colour,light"]) == 0
    return out


@pytest.mark.gl
def test_a_triplet_s_pictures_are_all_drawn_with_the_look_it_records(library, drawn, gl_context, capsys):
    from mmdgen.puppet import Puppet
    from mmdgen.render.renderer import Renderer

    renderer = Renderer(gl_context, RenderSettings(64))
    assert run(app, ["verify", str(drawn)]) == 0
    assert "2 shards, 63 pictures" in capsys.readouterr().out
    compared = Counter()
    for path in sorted(drawn.glob("*.h5")):
        with ShardReader(path) as shard:
            for i in range(0, len(shard), 2):
                model, index = shard.header.models[i], int(shard.indices[i])
                annotation = from_json(json.loads(model.annotation), model.path)
                number, *rest = shard.looks[i].tolist()
                look = Look(SHADINGS[int(number)], *rest)
                puppet = Puppet.open(Path(model.path), annotation, renderer)
                pose = shard.poses[i : i + 1]
                for poses, found in (
                    (REST, shard.rest(i)),
                    (straight(pose), shard.expression(i)),
                    (pose, shard.posed(i)),
                ):
                    assert np.array_equal(puppet.draw(poses, index, [look])[0], found)
                puppet.release()
                compared[look.shading] += 1
    renderer.release()
    assert compared["phong"] > 1
    assert compared["toon"] > 1


@pytest.mark.gl
def test_a_shot_of_the_recorded_pose_and_look_is_the_posed_picture(drawn, tmp_path):
    with ShardReader(drawn / "train-00000.h5") as shard:
        i = int(np.flatnonzero(shard.indices == 0)[0])  # slot 0, where shots are drawn
        look = dict(zip(NAMES, shard.looks[i].tolist(), strict=True))
        options = [f"--{name.replace('_', '-')}={value!r}" for name, value in look.items() if name != "shading"]
        pose = ",".join(f"{name}={value!r}" for name, value in zip(POSE, shard.poses[i].tolist(), strict=True))
        command = ["shot", shard.header.models[i].path, "-o", str(tmp_path / "shot.png"), "--size", "64", *options]
        assert run(app, [*command, "--shading", SHADINGS[int(look["shading"])], "--pose", pose]) == 0
        found = np.asarray(Image.open(tmp_path / "shot.png")).astype(int)
        assert np.abs(found - shard.posed(i)).max() <= 1


def eye_on_a_string(library: Path) -> Path:
    """A model whose head is turned back by IK, for its left eye is to stay where it is."""
    plain = base_model()
    eye, head = (plain.bone(name) for name in ("左目", "頭"))
    place = replace(plain.bones[eye], name="頭ＩＫ", parent=None, append=None, layer=2)
    goal = replace(place, ik=IK(eye, 20, 1.0, (IKLink(head, None),)))
    path = library / "string.pmx"
    annotations.save(store_of(library), annotated(saved(replace(plain, bones=(*plain.bones, goal)), path)))
    return path


@pytest.mark.gl
def test_ik_is_off_unless_asked_for_and_then_bends_the_posed_pictures_alone(tmp_path, capsys):
    command = ["render", str(eye_on_a_string(tmp_path)), "--n", "3", "--size", "32", "--workers", "1", "--json"]
    for name, wanted in (("plain", False), ("ik", True)):
        assert run(app, [*command, "--out", str(tmp_path / name), *(["--ik"] if wanted else [])]) == 0
        assert json.loads(capsys.readouterr().out)["settings"]["ik"] is wanted
    with ShardReader(tmp_path / "plain/train-00000.h5") as off, ShardReader(tmp_path / "ik/train-00000.h5") as on:
        assert (off.header.settings["ik"], on.header.settings["ik"]) == (False, True)
        assert np.array_equal(off.poses, on.poses)
        for i in range(3):
            assert np.array_equal(off.expression(i), on.expression(i))
            assert not np.array_equal(off.posed(i), on.posed(i))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--randomize", "pose"], "--randomize: 'pose', expected some of light,shading,edge,colour"),
        (["--shading", "flat"], "shading: 'flat', expected one of phong, toon"),
        (["--edge", "-1"], "edge: -1.0, expected 0 to 4"),
    ],
)
def test_wrong_options_are_one_line(library, tmp_path, capsys, options, said):
    assert run(app, ["render", str(library), "--n", "3", "--out", str(tmp_path / "out"), *options]) == 2
    message = capsys.readouterr().err
    assert said in message
    assert message.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_dry_run_takes_every_option(library, tmp_path, capsys):
    options = ["--shading", "toon", "--edge", "0.5", "--ik", "--randomize", "light", "--dry-run", "--json"]
    assert run(app, ["render", str(library), "--n", "3", "--out", str(tmp_path / "out"), *options]) == 0
    found = json.loads(capsys.readouterr().out)["settings"]
    assert {name: found[name] for name in ("shading", "edge", "ik", "randomize")} == {
        "shading": "toon",
        "edge": 0.5,
        "ik": True,
        "randomize": ["light"],
    }
    assert not (tmp_path / "out").exists()


PUBLISHED = Look(
    shading="toon",
    ambient=0.678098738193512,
    directional=0.502332866191864,
    edge=0.0,
    hue_deg=1.6568865776062012,
    saturation=0.8321211338043213,
    brightness=1.0725983381271362,
)
