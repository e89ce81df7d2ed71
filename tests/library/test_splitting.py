"""Nobody is in two splits, new models never take any out of training, and what is written is what render reads."""

from __future__ import annotations

import json
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from builders import head_model, saved
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdgen.cli import app
from mmdgen.generate.splits import assign, read_split_file
from mmdgen.library.inventory import Item, Place
from mmdgen.library.records import Judgement, Record, Study
from mmdgen.library.resemblance import ALIKE, Link
from mmdgen.library.splitting import Shares, lot, source_of, split_file, split_sources, untouched
from mmdgen.shell import run

ORDER = ("test", "val", "train")  # a folder may only go this way
STUDY = Study("n", "pmx", 1, 1, "", {}, [], "", [], {}, [], "", [], "", "")
JUDGEMENT = Judgement(ready=True, reasons=[], with_smile=False, verdict="todo", stored=False, head=None, slots={})


def character(path: str, verdict: str = "todo", why_not: str = "", name: str = "n") -> Item:
    study, judgement = replace(STUDY, character=why_not, name=name), replace(JUDGEMENT, verdict=verdict)
    record = Record(path, 1, 1, "", "", "", study=study, judgement=judgement)
    return Item(Place(Path(path), Path(), Path()), record)


PATHS = st.builds(
    "/".join, st.lists(st.sampled_from(["a", "b", "[c]", "d*", "é", "初音"]), min_size=1, max_size=3)
).map(lambda path: f"{path}/m.pmx")
LIBRARY = st.lists(PATHS, min_size=1, max_size=14, unique=True)
ENDS = st.lists(st.tuples(st.integers(0, 13), st.integers(0, 13)), max_size=6)


def bound(paths, ends):
    """Return links between paths, by their names, so that they survive other models coming in between."""
    return {(paths[a % len(paths)], paths[b % len(paths)]) for a, b in ends}


def splits(paths, bonds, **options):
    items = [character(path) for path in paths]
    links = [Link(paths.index(a), paths.index(b), ALIKE, "") for a, b in bonds if a in paths and b in paths]
    result = split_sources(items, links, Shares(0.3, 0.3), **{"seed": 1, **options})
    return {path: result.split[source_of(path, options.get("level", 1))] for path in paths}, result


@settings(deadline=None)
@given(LIBRARY, ENDS, st.integers(0, 20), st.integers(1, 3))
def test_no_link_crosses_and_the_file_says_the_same(paths, ends, seed, level):
    bonds = bound(paths, ends)
    found, result = splits(paths, bonds, seed=seed, level=level)
    for a, b in bonds:
        assert found[a] == found[b]
    for path in paths:
        for other in paths:
            if source_of(path, level) == source_of(other, level):
                assert found[path] == found[other]
    text = split_file(result.patterns(), "mmdgen split")
    patterns = tomllib.loads(text)
    assert dict(zip(paths, assign(paths, patterns), strict=True)) == found
    assert untouched(text)
    assert not untouched(text.replace("val = [\n", 'val = [\n "x",\n'))
    again, _ = splits(paths[::-1], bonds, seed=seed, level=level)
    assert again == found


@settings(deadline=None)
@given(LIBRARY, ENDS, st.sets(st.integers(0, 13), min_size=1), st.integers(0, 20))
def test_what_is_added_never_takes_a_model_out_of_training(paths, ends, chosen, seed):
    few = sorted({paths[i % len(paths)] for i in chosen})
    bonds = bound(paths, ends)
    before, _ = splits(few, bonds, seed=seed)
    after, _ = splits(paths, bonds, seed=seed)
    for path in few:
        assert ORDER.index(after[path]) >= ORDER.index(before[path])
    unbound, _ = splits(paths, [], seed=seed)
    alone, _ = splits(few, [], seed=seed)
    assert {path: unbound[path] for path in few} == alone, "without a likeness nothing moves at all"


def test_lots_are_even_and_seeds_differ():
    lots = np.array([lot(3, f"folder {i}") for i in range(4000)])
    assert np.histogram(lots, 10, (0, 1))[0] == pytest.approx(400, abs=80)
    assert lot(3, "a") != lot(4, "a")
    assert lot(3, "プロ") == lot(3, "プロ".encode().decode()) == lot(3, "\u30d5\u309a\u30ed")


def test_stages_and_rejected_models_bind_nobody():
    names = [f"{i}/m.pmx" for i in range(40)]
    free, _ = splits(names, [])
    items = [character(path) for path in names]
    stages = [character(f"{i}/stage.pmx", why_not="a stage") for i in range(40)]
    rejected = [character(f"{i}/copy.pmx", verdict="reject") for i in range(40)]
    links = [Link(40, 40 + i, ALIKE, "") for i in range(1, 40)] + [Link(80, 80 + i, ALIKE, "") for i in range(1, 40)]
    result = split_sources([*items, *stages, *rejected], links, Shares(0.3, 0.3), seed=1)
    assert {f"{source}/m.pmx": split for source, split in result.split.items()} == free
    assert result.bonds == []


def test_one_name_in_two_folders_may_be_kept_together():
    items = [character(f"{i}/m.pmx", name=" 初音ミク" if i % 2 else "初音ﾐｸ") for i in range(30)]
    apart = split_sources(items, [], Shares(0.3, 0.3), seed=1)
    together = split_sources(items, [], Shares(0.3, 0.3), seed=1, by_name=True)
    assert len(set(apart.split.values())) == 3
    assert set(together.split.values()) == {"train"}


def test_globs_count_that_match_only_models_which_are_not_rendered():
    assert assign(["a/1.pmx"], {"val": ["b"], "test": []}, ["b/2.pmx"]) == ["train"]


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def library(tmp_path):
    root = tmp_path / "models"
    for i in range(8):
        shaped = unlike(head_model(), i)
        saved(shaped, root / f"[{i}] pack" / "m.pmx")
    return root


def unlike(model, number):
    """Return a model whose head is unwrapped, coloured and shaped like no other's."""
    v, rng = model.vertices, np.random.default_rng(number)
    uv = (v.uv + rng.random(2) * 3 + number).astype(np.float32)
    position = v.position * np.float32(1 + number / 1000)
    colors = rng.random((len(model.materials), 3))
    materials = (
        replace(m, ambient=tuple(c), diffuse=(*c, 1.0)) for m, c in zip(model.materials, colors.tolist(), strict=True)
    )
    return replace(model, vertices=replace(v, uv=uv, position=position), materials=tuple(materials))


def split(*arguments) -> int:
    return run(app, ["split", "--workers", "1", *map(str, arguments)])


@pytest.mark.gl
def test_a_library_is_split_and_a_recolour_brings_its_folder_home(gl_context, library, tmp_path, capfd):
    out = tmp_path / "split.toml"
    options = (library, "-o", out, "--val", 0.3, "--test", 0.3, "--seed", 2)
    assert split(*options, "--dry-run", "--json") == 0
    told = json.loads(capfd.readouterr().out)
    assert not out.exists()
    assert told["kept_together"] == []
    assert {f["source"] for f in told["folders"]} == {f"[{i}] pack" for i in range(8)}
    assert min(c["folders"] for c in told["counts"].values()) >= 1, "another seed is needed for this test"
    assert split(*options) == 0
    patterns = read_split_file(out)
    paths = [f"[{i}] pack/m.pmx" for i in range(8)]
    before = dict(zip(paths, assign(paths, patterns), strict=True))
    assert {f["models"][0]: f["split"] for f in told["folders"]} == before
    first = out.read_bytes()
    assert split(*options) == 0
    assert out.read_bytes() == first
    held = next(path for path in paths if before[path] == "test")
    home = next(path for path in paths if before[path] == "train")
    saved(replace(unlike(head_model(), paths.index(held)), name="renamed"), library / home.split("/")[0] / "new.pmx")
    capfd.readouterr()
    assert split(*options) == 0
    said = capfd.readouterr().out
    assert "kept together: " in said
    assert "the same mesh" in said
    assert f"moved: {held} from test to train" in said
    assert assign(paths, read_split_file(out)) == [before[p] if p != held else "train" for p in paths]


@pytest.mark.gl
def test_files_of_people_and_impossible_shares_are_refused(gl_context, library, tmp_path, capfd):
    out = tmp_path / "split.toml"
    out.write_text('val = ["a"]\n')
    assert split(library, "-o", out) == 2
    assert out.read_text() == 'val = ["a"]\n'
    assert "by hand" in capfd.readouterr().err
    assert split(library, "-o", out, "--overwrite") == 0
    out.write_text(out.read_text().replace("test = [", 'test = [\n "[[]0] pack",'))
    assert split(library, "-o", out) == 2
    assert split(library, "--val", 0.6, "--test", 0.5, "-o", tmp_path / "b.toml") == 2
    assert split(library, "--val", 0.999999, "--test", 0, "-o", tmp_path / "b.toml") == 2
    assert split(library, "-o", tmp_path) == 2
    assert not (tmp_path / "b.toml").exists()


@pytest.mark.gl
def test_a_split_without_folders_is_told(gl_context, library, tmp_path, capfd):
    assert split(library, "--val", 1e-9, "--test", 0, "-o", tmp_path / "s.toml") == 0
    assert "val: no folder fell into it" in capfd.readouterr().err
    assert read_split_file(tmp_path / "s.toml") == {"val": [], "test": []}
