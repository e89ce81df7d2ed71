"""Plans: every sample exactly once, evenly spread, and larger plans only add."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mmdgen.errors import UsageError
from mmdgen.generate.plan import quotas, units
from mmdgen.generate.splits import assign, read_split_file

SPLITS = ("train", "val", "test")
EXTENT = st.fixed_dictionaries({s: st.integers(0, 200) for s in SPLITS})


@given(st.integers(0, 10**6), st.integers(1, 999))
def test_quotas_are_even_and_add_up(total, models):
    shares = quotas(total, models)
    assert sum(shares) == total
    assert max(shares) - min(shares) <= 1


@given(st.integers(0, 5000), st.integers(0, 5000), st.integers(1, 99))
def test_quotas_grow_with_the_total(a, b, models):
    few, many = sorted((a, b))
    assert all(x <= y for x, y in zip(quotas(few, models), quotas(many, models), strict=True))


@given(
    st.lists(st.sampled_from(SPLITS), min_size=1, max_size=12),
    st.lists(EXTENT, min_size=1, max_size=3),
    st.integers(1, 40),
)
def test_a_plan_holds_every_sample_once_and_larger_ones_only_add(splits, extents, per_shard):
    totals = {s: sorted(e[s] for e in extents) for s in SPLITS}
    growing = [{s: totals[s][k] for s in SPLITS} for k in range(len(extents))]
    plan = units(splits, growing, per_shard)
    assert len({unit.name for unit in plan}) == len(plan)
    seen = Counter((run.model, i) for unit in plan for run in unit.runs for i in range(run.start, run.stop))
    assert set(seen.values()) <= {1}
    for split in SPLITS:
        models = [m for m, its in enumerate(splits) if its == split]
        counts = [sum(1 for m, _ in seen if m == model) for model in models]
        assert counts == quotas(growing[-1][split], len(models))
        for model, count in zip(models, counts, strict=True):
            assert {i for m, i in seen if m == model} == set(range(count))
        mine = [unit for unit in plan if unit.split == split]
        assert [unit.ordinal for unit in mine] == list(range(len(mine)))
        assert all(splits[run.model] == split for unit in mine for run in unit.runs)
    assert all(0 < len(unit) <= per_shard for unit in plan)
    assert set(units(splits, growing[:-1], per_shard)) <= set(plan)


# --- splits -----------------------------------------------------------------------------------------------------------

PATHS = ["miku/a.pmx", "miku/deep/b.pmx", "rin/c.pmx", "Rin.pmd", "[x]/d.pmx"]


@pytest.mark.parametrize(
    ("glob", "held"),
    [
        ("miku/*", "TT..."),
        ("miku", "TT..."),
        ("miku/", "TT..."),
        ("*/b.pmx", ".T..."),
        ("rin*", "..T.."),
        ("Rin.pmd", "...T."),
        ("[[]x]/*", "....T"),
    ],
)
def test_globs_choose_models(glob, held):
    expected = ["test" if mark == "T" else "train" for mark in held]
    assert assign(PATHS, {"val": [], "test": [glob]}) == expected


def test_globs_that_match_nothing_or_overlap_are_refused():
    with pytest.raises(UsageError, match="luka"):
        assign(PATHS, {"val": ["luka*"], "test": []})
    with pytest.raises(UsageError, match="in val and in test"):
        assign(PATHS, {"val": ["miku"], "test": ["*/b.pmx"]})


@pytest.mark.parametrize("text", ["val = 5", 'val = "a"', "val = [5]", 'train = ["a"]', "val = [", "\udcff"])
def test_split_files_that_say_something_else_are_refused(tmp_path, text):
    path = tmp_path / "split.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(UsageError, match="expected"):
        read_split_file(path)


def test_a_split_file_is_read(tmp_path):
    path = tmp_path / "split.toml"
    path.write_text('val = ["初音/*"]', encoding="utf-8")
    assert read_split_file(path) == {"val": ["初音/*"], "test": []}
    with pytest.raises(UsageError, match="missing"):
        read_split_file(tmp_path / "missing.toml")
