"""``mmdgen inspect``: what it says of good, odd and broken files, for people, pipes and programs."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import builders
import numpy as np
import pytest
from corpus import corpus_models
from test_images import by_pillow, picture

from mmdgen.annotation import Annotation, folder, save
from mmdgen.cli import app
from mmdgen.commands.inspect import NARROWEST
from mmdgen.model import VertexMorph
from mmdgen.shell import plain, run

SLOTS = {
    "normal_left": "ウィンク２",
    "normal_right": "ｳｨﾝｸ２右",
    "normal_both": "まばたき",
    "smile_left": "ウィンク",
    "smile_right": "ウィンク右",
    "smile_both": "笑い",
    "mouth": "あ",
}


@pytest.fixture
def model_file(tmp_path: Path) -> Path:
    (tmp_path / "tex").mkdir()
    (tmp_path / "tex" / "肌.png").write_bytes(by_pillow(picture(4, 6), "PNG"))
    model = builders.head_model()
    first = replace(model.materials[0], name="[red]肌\x1b[31m\n", texture=0, toon=2)
    model = replace(model, textures=("tex\\肌.png", "失.png", "toon01.bmp"), materials=(first, *model.materials[1:]))
    path = tmp_path / "初音ミク.pmx"
    builders.saved(model, path)
    return path


def test_people_see_everything_and_names_cannot_steer_the_terminal(
    model_file: Path, capsys: pytest.CaptureFixture
) -> None:
    assert run(app, ["inspect", str(model_file)]) == 0
    shown = capsys.readouterr().out
    for part in (
        "初音ミク.pmx",
        "頭 首 左目 右目",
        "tex\\肌.png",
        "6 × 4",
        "missing",
        "MMD's own",
        "まばたき",
        "group",
        "[red]肌�[31m",
    ):
        assert part in shown
    assert "\x1b" not in shown
    assert "Wrong with it (1):\n  texture '失.png': not found, drawn white" in shown
    row = next(line for line in shown.splitlines() if re.match(r"\s+2\s+まばたき", line))
    assert re.split(r"\s{2,}", row.strip()) == [
        *("2", "まばたき", "both", "closes both eyes as a blink", "group", "2", "10")
    ]


def test_programs_get_one_json_document(model_file: Path, capsys: pytest.CaptureFixture) -> None:
    broken = model_file.with_name("broken.pmd")
    broken.write_bytes(b"Pmd" + bytes(20))
    assert run(app, ["inspect", str(model_file.parent), "--json"]) == 1
    out = capsys.readouterr()
    found = json.loads(out.out)
    assert out.err.startswith(f"{broken}: header: byte 0x0: version 0, expected 1; ")
    assert [entry["path"] for entry in found["unreadable"]] == [str(broken)]
    (model,) = found["models"]
    assert model["counts"]["morphs"] == 9
    assert model["textures"][0] == {
        "path": "tex\\肌.png",
        "found": True,
        "shared_toon": None,
        "size": [6, 4],
        "alpha": True,
        "used_as": ["texture"],
    }
    assert model["bones"]["standard"] == {"頭": True, "首": True, "左目": True, "右目": True}
    assert {m["name"]: m["moved_vertices"] for m in model["morphs"]}["笑い"] == 18, "the upper lid's middle stays"
    assert len(model["warnings"]) == 1
    assert {name: slot and slot["name"] for name, slot in model["slots"].items()} == SLOTS
    assert model["head"]["bottom"] < model["head"]["top"]
    assert model["render"] == {"ready": True, "reasons": [], "with_allow_smile": False, "annotation": "proposal"}
    wink = next(m for m in model["morphs"] if m["name"] == "ウィンク右")
    assert (wink["side"], wink["shape"], wink["slots"]) == ("right", "smile", ["smile_right"])
    assert wink["closes"]["left"] == 0.0
    assert wink["closes"]["right"] > 0.9


def test_a_stored_annotation_counts_before_a_proposal(model_file: Path, capsys: pytest.CaptureFixture) -> None:
    sha256 = builders.saved(builders.head_model(), model_file).source.sha256
    rejected = Annotation(sha256, verdict="reject", reason="a prop")
    save(folder(model_file.parent), rejected)
    run(app, ["inspect", str(model_file.parent), "--json"])
    (model,) = json.loads(capsys.readouterr().out)["models"]
    assert model["render"]["annotation"] == "stored"
    assert (model["render"]["ready"], model["render"]["reasons"]) == (False, ["rejected: a prop"])
    assert not any(model["slots"].values())


def test_a_damaged_annotation_is_told_and_stops_nothing(model_file: Path, capsys: pytest.CaptureFixture) -> None:
    sha256 = builders.saved(builders.head_model(), model_file).source.sha256
    store = folder(model_file.parent)
    store.mkdir(parents=True)
    (store / f"{sha256}.json").write_text("{")
    assert run(app, ["inspect", str(model_file.parent)]) == 0
    assert "annotation: " in capsys.readouterr().out


def test_many_warnings_of_a_kind_are_counted_and_all_are_in_json(
    model_file: Path, capsys: pytest.CaptureFixture
) -> None:
    model = replace(builders.head_model(), textures=tuple(f"失{i}.png" for i in range(164)))
    material = replace(model.materials[0], texture=3)
    builders.saved(replace(model, materials=(material, *model.materials[1:])), model_file)
    run(app, ["inspect", str(model_file)])
    shown = capsys.readouterr().out
    told = shown[shown.index("Wrong with it (164):") :].strip().splitlines()[1:]
    assert told == [*(f"  texture '失{i}.png': not found, drawn white" for i in range(3)), told[-1]]
    assert told[-1] == "  … and 161 more: texture: not found, drawn white"
    run(app, ["inspect", str(model_file), "--json"])
    assert len(json.loads(capsys.readouterr().out)["models"][0]["warnings"]) == 164


def test_the_terms_are_quoted_from_the_readme(model_file: Path, capsys: pytest.CaptureFixture) -> None:
    lines = ["これはモデルです。", "あそんでください。", "再配布は禁止します。", "ではまた。", "さようなら。"]
    (model_file.parent / "りーどみー.txt").write_bytes("\r\n".join(lines).encode("cp932"))
    run(app, ["inspect", str(model_file)])
    shown = capsys.readouterr().out
    assert "Terms in りーどみー.txt (cp932)\n  あそんでください。\n  再配布は禁止します。\n  ではまた。\n" in shown
    assert "これはモデルです。" not in shown
    run(app, ["inspect", str(model_file), "--json"])
    (readme,) = json.loads(capsys.readouterr().out)["models"][0]["readmes"]
    assert readme["text"].splitlines() == lines


def test_moved_vertices_counts_each_once_and_none_that_stays(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    offset = np.array([[1, 0, 0], [0, 0, 0], [0, 1, 0]], np.float32)
    twice = builders.morph("two", builders.Panel.EYE, VertexMorph(np.array([3, 4, 3], np.int32), offset))
    builders.saved(replace(builders.head_model(), morphs=(twice,)), tmp_path / "a.pmx")
    run(app, ["inspect", str(tmp_path), "--json"])
    assert json.loads(capsys.readouterr().out)["models"][0]["morphs"][0]["moved_vertices"] == 1


def test_the_others_are_shown_when_one_cannot_be_read(model_file: Path, capsys: pytest.CaptureFixture) -> None:
    (model_file.parent / "a.pmx").write_bytes(b"PMX ")
    assert run(app, ["inspect", str(model_file.parent / "*.pmx")]) == 1
    out = capsys.readouterr()
    assert "Wrong with it" in out.out
    assert out.err.count("\n") == 1


def test_a_path_that_names_nothing_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(app, ["inspect", str(tmp_path / "none.pmx")]) == 2
    assert "none.pmx" in capsys.readouterr().err


MAIN = [sys.executable, "-c", "from mmdgen.cli import main; main()", "inspect"]


@pytest.fixture
def odd_file(model_file: Path) -> Path:
    """A file whose name is no Unicode text at all."""
    return model_file.rename(model_file.with_name(os.fsdecode("名前 [b]".encode() + b"\xff.pmx")))


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_a_pipe_of_any_encoding_takes_any_name(odd_file: Path, encoding: str) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding}
    for extra in ([], ["--json"]):
        done = subprocess.run([*MAIN, odd_file, *extra], capture_output=True, env=environment, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
    (found,) = json.loads(done.stdout)["models"]
    assert found["path"] == str(odd_file)


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
@pytest.mark.parametrize("columns", [30, 200])
def test_tables_fit_the_terminal_and_lose_nothing(odd_file: Path, columns: int) -> None:
    import pty

    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": str(columns), "TERM": "xterm", "LC_ALL": "C.UTF-8"}
    with subprocess.Popen([*MAIN, odd_file], stdout=theirs, env=environment) as process:
        os.close(theirs)
        shown = bytearray()
        while True:
            try:
                block = os.read(ours, 1 << 16)
            except OSError:  # Linux says so that the other side has closed
                break
            if not block:
                break
            shown += block
    os.close(ours)
    assert process.returncode == 0
    text = re.sub("\x1b\\[[0-9;]*m", "", shown.decode())
    tables = text[: text.index("Wrong with it")].splitlines()[2:]  # name and path stay whole
    assert max(map(len, tables)) <= max(columns, NARROWEST)
    for name in ("まばたき", "tex\\肌.png", "[red]肌", "ｳｨﾝｸ２右"):
        assert name in text


def test_plain_text_is_one_line_without_controls() -> None:
    assert plain("a\r\n\tb\x1b[0m\x7f\x85c") == "a b�[0m� c"


@pytest.mark.corpus
@pytest.mark.parametrize("path", [p for p in corpus_models() if p.stat().st_size > 100_000], ids=lambda p: p.name)
def test_real_models(path: Path, capsys: pytest.CaptureFixture) -> None:
    assert run(app, ["inspect", str(path), "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)["models"]
    assert found["counts"]["vertices"] > 1000
    if "siro2019" not in str(path) and "matcap" not in path.name:
        assert all(found["bones"]["standard"].values())
        assert "まばたき" in {m["name"] for m in found["morphs"] if m["moved_vertices"] > 10}
