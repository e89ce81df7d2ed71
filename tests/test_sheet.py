"""Contact sheets: which triplets they show and how."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from shards import SIZE, model, picture, write

from mmdgen import canvas
from mmdgen.canvas import on_checkerboard
from mmdgen.cli import app
from mmdgen.sheet import label, pick, pose_captions, sheet
from mmdgen.shell import run


@pytest.fixture
def shards(tmp_path):
    return [write(tmp_path / f"train-0000{i}.h5", 10, models=(model(i), model(i + 1))) for i in range(3)]


def test_examples_come_from_as_many_models_as_possible(shards):
    examples = pick(shards, 4, 0)
    assert len({e.model.identity for e in examples}) == 4
    assert len({(e.model.identity, e.index) for e in pick(shards, 12, 0)}) == 12
    assert len(pick(shards, 100, 0)) == 30
    assert [e.index for e in pick(shards, 4, 0)] == [e.index for e in examples]
    assert any([e.index for e in pick(shards, 4, seed)] != [e.index for e in examples] for seed in (1, 2, 3))


def test_an_example_is_what_the_shard_says(shards):
    from mmdgen.shard import ShardReader

    (example,) = pick(shards[:1], 1, 0)
    with ShardReader(shards[0]) as shard:
        row = [m.identity for m in shard.header.models].index(example.model.identity)
        i = int(np.flatnonzero((shard.model_rows == row) & (shard.indices == example.index))[0])
        assert np.array_equal(example.rest, shard.rest(row))
        assert np.array_equal(example.expression, shard.expression(i))
        assert np.array_equal(example.posed, shard.posed(i))
        assert example.pose == tuple(shard.poses[i].tolist())


def test_a_sheet_shows_every_picture_side_by_side(shards):
    (example,) = pick(shards[:1], 1, 0)
    page = np.asarray(sheet([example]))
    side = 6 * SIZE
    for column, shown in enumerate((example.rest, example.expression, example.posed)):
        x = 2 * canvas.GAP + column * (side + canvas.GAP)
        tile = page[canvas.GAP : canvas.GAP + side, x : x + side]
        assert np.array_equal(tile[::6, ::6], on_checkerboard(shown))
    below = page[canvas.GAP + side :]
    assert (below < 128).any(), "captions"


def test_sheets_are_about_square(shards):
    for count in (1, 6, 12, 30):
        width, height = sheet(pick(shards, count, 0)).size
        assert count == 1 or 0.4 < width / height < 2.5


def test_alpha_shows_as_light_squares():
    rng = np.random.default_rng(0)
    shown = picture(rng)
    page = on_checkerboard(shown)
    assert set(np.unique(page[shown[..., 3] == 0])) == {canvas.LIGHT, canvas.DARK}
    opaque = shown[..., 3] == 255
    assert np.array_equal(page[opaque], shown[opaque][:, :3])


def test_captions_say_the_pose():
    expression, head = pose_captions((-0.5, 0.25, 1, 0, 0.125, 1))
    assert expression == "eye_left 0.00  eye_right 0.12  mouth 1.00"
    assert head == "head_x -0.50  head_y +0.25  neck_z +1.00"


def test_labels_show_no_letter_that_the_font_lacks():
    plain = model(3)
    assert label(plain, japanese=True) == "初音 3"
    assert label(plain, japanese=False) == "3", "the file's name"
    assert label(replace(plain, path="初音/初音.pmx"), japanese=False) == plain.sha256[:12]
    assert label(replace(plain, name="a\nb", path="x/ok.pmx"), japanese=True) == "ok"


def test_the_command_writes_a_sheet(shards, tmp_path, capsys):
    output = tmp_path / "sheet.png"
    assert run(app, ["preview", str(tmp_path), "-o", str(output), "--rows", "4", "--dry-run"]) == 0
    assert not output.exists()
    assert run(app, ["preview", str(tmp_path / "*.h5"), "-o", str(output), "--rows", "4"]) == 0
    with Image.open(output) as written:
        assert written.format == "PNG"
    assert "4 triplets of 4 models" in capsys.readouterr().out


def test_json_says_which_triplets_are_drawn(shards, tmp_path, capsys):
    output = tmp_path / "sheet.png"
    assert run(app, ["preview", str(tmp_path), "-o", str(output), "--rows", "4", "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["output"] == str(output)
    assert len({triplet["sha256"] for triplet in said["triplets"]}) == 4


@pytest.mark.parametrize(("output", "code"), [("sheet.h5", 2), ("sheet", 2), ("missing/sheet.png", 1)])
def test_places_that_cannot_be_written_are_one_sentence(shards, tmp_path, capsys, output, code):
    assert run(app, ["preview", str(tmp_path), "-o", str(tmp_path / output)]) == code
    message = capsys.readouterr().err
    assert output.split("/")[-1] in message
    assert message.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == [p.name for p in shards]


def test_shards_that_are_missing_or_broken_are_one_sentence(tmp_path, capsys):
    assert run(app, ["preview", str(tmp_path)]) == 2
    (tmp_path / "train-00000.h5").write_bytes(b"nothing")
    assert run(app, ["preview", str(tmp_path)]) == 1
    assert capsys.readouterr().err.count("\n") == 2
