"""``mmdgen shot`` from end to end, on a character made in code."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import builders
import handmade
import numpy as np
import pytest
from PIL import Image
from scenes import paint, scene, square
from test_pictures import HEAD, posed

from mmdgen.cli import app
from mmdgen.model import IK, IKLink, Model
from mmdgen.pose_spec import IDENTITY
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.shell import run
from mmdgen.space import euler_quaternion
from mmdgen.state import RigState


def shot(*arguments: object) -> int:
    return run(app, ["shot", *map(str, arguments)])


def picture(path: Path) -> np.ndarray:
    return np.asarray(Image.open(path))


def skinned(model: Model, state: RigState) -> np.ndarray:
    return skin(model, Rig(model).evaluate(state)).position[0]


@pytest.mark.gl
def test_without_a_pose_the_bind_pose_is_drawn(gl_context, studio, library: Path, capsys) -> None:
    out = library / "out.png"
    assert shot(library / "a" / "head.pmx", "-o", out, "--size", 64) == 0
    assert capsys.readouterr().out.strip() == str(out)
    assert np.array_equal(picture(out), studio(size=64).picture(builders.head_model(), view=HEAD))


@pytest.mark.gl
def test_a_pose_starts_from_the_identity(gl_context, studio, library: Path) -> None:
    out = library / "out.png"
    assert shot(library / "a" / "head.pmx", "-o", out, "--size", 64, "--pose", "head_x=0.5,eye_left=1") == 0
    pose = np.array([IDENTITY])
    pose[0, [0, 3]] = 0.5, 1
    expected = studio(size=64).picture(builders.head_model(), posed(builders.head_model(), pose), view=HEAD)
    assert np.array_equal(picture(out), expected)


def test_vertices_need_no_opengl_and_are_the_reference_rigs(library: Path, monkeypatch) -> None:
    monkeypatch.setenv("GLCONTEXT_LINUX_LIBEGL", "none")
    out, model = library / "v.npy", builders.head_model()
    wished = ("--bone", "頭=10,-20,30", "--bone", "首=0,0,5", "--morph", "あ=0.5", "--morph", "まばたき=0.25")
    assert shot(library / "a" / "head.pmx", "--vertices", out, *wished) == 0
    identity = RigState.identity(model)
    rotation, weight = identity.rotation.copy(), identity.weight.copy()
    rotation[0, model.bone("頭")] = euler_quaternion(*np.radians((10, -20, 30)))
    rotation[0, model.bone("首")] = euler_quaternion(*np.radians((0, 0, 5)))
    weight[0, [model.morphs_named("あ")[0], model.morphs_named("まばたき")[0]]] = 0.5, 0.25
    found = np.load(out)
    assert found.dtype == np.float32
    assert np.array_equal(found, skinned(model, RigState(rotation, identity.translation, weight)))


def test_a_pose_file_is_for_many_characters_and_options_override_it(library: Path, capsys) -> None:
    wish = {"pose": {"mouth": 0.5}, "bones": {"頭": [10, 0, 0], "尻尾": [1, 2, 3]}, "morphs": {"あ": 0.25, "耳": 1}}
    file = library / "pose.json"
    file.write_text(json.dumps(wish), encoding="utf-8")
    out = library / "v.npy"
    assert shot(library / "a" / "head.pmx", "--vertices", out, "--pose-json", file, "--morph", "あ=1", "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["missing"] == ["尻尾", "耳"]
    model = builders.head_model()
    expected = handmade.state(model, {model.bone("頭"): (10, 0, 0)}, weights={model.morphs_named("あ")[0]: 1.0})
    assert np.array_equal(np.load(out), skinned(model, expected))


@pytest.mark.gl
def test_ik_is_off_until_asked_for(gl_context, library: Path, capsys) -> None:
    plain = builders.head_model()
    neck, head = plain.bone("首"), plain.bone("頭")
    goal = replace(plain.bones[head], name="頭ＩＫ", parent=None, layer=1, ik=IK(head, 20, 1.0, (IKLink(neck, None),)))
    model = builders.saved(replace(plain, bones=(*plain.bones, goal)), library / "a" / "pulled.pmx")
    leaning = handmade.state(model, {model.bone("上半身"): (0, 0, 20)})
    for options, rig in (((), Rig(model)), (("--ik",), Rig(model, ik=True))):
        out, table = library / "out.png", library / "out.npy"
        wished = ("--bone", "上半身=0,0,20", "--size", 64, "--json", *options)
        assert shot(library / "a" / "pulled.pmx", "-o", out, "--vertices", table, *wished) == 0
        assert json.loads(capsys.readouterr().out)["ik"] is bool(options)
        deformation = rig.evaluate(leaning)
        assert np.array_equal(np.load(table), skin(model, deformation).position[0])
    straight = Rig(model).evaluate(leaning).rotation[0, neck]
    assert np.abs(deformation.rotation[0, neck] - straight).max() > 0.1


@pytest.mark.gl
def test_json_tells_what_was_done(gl_context, library: Path, capsys) -> None:
    out = library / "out.png"
    assert shot(library / "a" / "head.pmx", "-o", out, "--size", 32, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert result["output"] == str(out)
    assert result["framed_by"] == "annotation"
    assert result["head"] == {"bottom": builders.CHIN, "top": builders.TOP}
    assert result["settings"]["size"] == 32
    assert result["renderer"]


@pytest.mark.gl
def test_what_has_no_head_is_shown_whole(gl_context, tmp_path: Path, capsys) -> None:
    prop = tmp_path / "prop.pmx"
    builders.saved(scene((square(x=(3, 4), y=(50, 52)), paint((1.0, 0.0, 0.0, 1.0)))), prop)
    out = tmp_path / "out.png"
    assert shot(prop, "-o", out, "--size", 64, "--json") == 0
    assert json.loads(capsys.readouterr().out)["framed_by"] == "bounding box"
    seen = np.argwhere(picture(out)[..., 3] > 0)
    assert seen.min(0).tolist() == [8, 20]
    assert seen.max(0).tolist() == [55, 43]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        ((), 2, "nothing to write"),
        (("-o", "x.jpg"), 2, "expected .png"),
        (("-o", "x.png", "--size", "100"), 2, "multiple of 8"),
        (("-o", "x.png", "--pose", "headx=1"), 2, "did you mean head_x"),
        (("-o", "x.png", "--pose", "head_x=2"), 2, "head_x=2, expected -1 to 1"),
        (("-o", "x.png", "--pose", "head_x"), 2, "expected NAME=VALUE"),
        (("-o", "x.png", "--pose", "head_x=nan"), 2, "expected a number"),
        (("-o", "x.png", "--bone", "頭 =1,2,3"), 0, ""),
        (("-o", "x.png", "--bone", "左=1,2,3"), 2, "did you mean 左目"),
        (("-o", "x.png", "--bone", "頭=1,2"), 2, "three angles"),
        (("-o", "x.png", "--morph", "ウィンク3=1"), 2, "did you mean ウィンク"),
        (("-o", "x.png", "--morph", "あ=wide"), 2, "expected a number"),
        (("-o", "x.png", "--pose-json", "none.json"), 2, "none.json"),
        (("-o", "no/such/folder/x.png"), 1, "check the folder"),
        (("-o", "x.png", "--fps", "24"), 2, "without --motion"),
        (("-o", "x.png", "--background", "blurple"), 2, "expected a colour"),
    ],
)
@pytest.mark.gl
def test_mistakes_are_one_line_and_leave_nothing(
    gl_context, library: Path, monkeypatch, capsys, arguments, code, words
):
    monkeypatch.chdir(library)
    assert shot("a/head.pmx", *arguments) == code
    err = capsys.readouterr().err
    assert words in err
    assert err.count("\n") == (1 if code else 0)
    assert "Traceback" not in err
    assert code == 0 or sorted(p.name for p in library.iterdir()) == [".mmdgen", "a"]


def test_a_model_that_is_not_there_is_wrong_usage(tmp_path: Path, capsys) -> None:
    for path in (tmp_path / "none.pmx", tmp_path):
        assert shot(path, "-o", tmp_path / "x.png") == 2
        assert f"{path}: no such file" in capsys.readouterr().err


@pytest.mark.gl
def test_a_background_is_laid_behind(gl_context, library: Path) -> None:
    for name, options in (("clear.png", ()), ("grey.png", ("--background", "#808080"))):
        assert shot(library / "a" / "head.pmx", "-o", library / name, "--size", 64, *options) == 0
    clear, grey = picture(library / "clear.png"), picture(library / "grey.png")
    assert (clear[..., 3] == 0).any()
    assert (grey[clear[..., 3] == 0] == (128, 128, 128, 255)).all()
    assert np.array_equal(grey[clear[..., 3] == 255], clear[clear[..., 3] == 255])


@pytest.mark.parametrize(
    "text",
    [
        *("[]", "{", '{"bone": {}}', '{"bones": []}', '{"bones": {"頭": [1, 2]}}', "nul\0"),
        pytest.param("[" * 200_000, id="deep"),
        pytest.param('{"morphs": {"あ": 1' + "0" * 400 + "}}", id="huge"),
    ],
)
def test_a_broken_pose_file_is_named(library: Path, capsys, text: str) -> None:
    file = library / "pose.json"
    file.write_text(text, encoding="utf-8")
    assert shot(library / "a" / "head.pmx", "--vertices", library / "v.npy", "--pose-json", file) == 2
    assert "pose.json" in capsys.readouterr().err
    assert not (library / "v.npy").exists()


def test_a_dry_run_writes_nothing(library: Path) -> None:
    assert shot(library / "a" / "head.pmx", "--vertices", library / "v.npy", "--dry-run") == 0
    assert not (library / "v.npy").exists()


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from mmdgen.cli import app; from mmdgen.shell import run; run(app, ['shot', '--help']);"
        "heavy = {'numpy', 'moderngl', 'h5py', 'torch', 'PIL'} & set(sys.modules); sys.exit(', '.join(heavy) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
