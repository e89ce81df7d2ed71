"""Relatives side by side, from what scans left behind."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest
from builders import head_model, saved

from mmdgen.library.inventory import Place, take
from mmdgen.library.kinship import kinship
from mmdgen.library.scan import locate
from mmdgen.library.triage import triage


@pytest.fixture
def library(tmp_path: Path) -> Path:
    """Models a to d, of which d is the same file as a and c a recolour of b."""
    root = tmp_path / "models"
    model = head_model()
    points = model.vertices.position
    other = replace(model, vertices=replace(model.vertices, position=points * 1.01, uv=model.vertices.uv + 0.37))
    green = replace(other, materials=tuple(replace(m, diffuse=(0.1, 0.9, 0.1, 1.0)) for m in other.materials))
    for name, written in (("a", model), ("b", other), ("c", green), ("d", model)):
        saved(written, root / name / f"{name}.pmx")
    return root


def scan(root: Path) -> None:
    where = [Place(path, root, store) for path, store in locate([root]).items()]
    take(where, lambda questions: ((q, triage(q)) for q in questions), pictures=False)


def names(paths: list[Path], numbers: tuple[int, ...]) -> str:
    return "".join(paths[i].stem for i in numbers)


def test_without_a_scan_nothing_is_known_and_the_order_stays(library: Path) -> None:
    paths = list(locate([library]))
    found = kinship(paths)
    assert (found.order, found.kin, found.unknown) == ((0, 1, 2, 3), {}, 4)
    assert not (library / ".mmdgen").exists()


def test_duplicates_and_recolours_follow_the_first_of_them(library: Path) -> None:
    scan(library)
    paths = list(locate([library]))
    found = kinship(paths)
    assert names(paths, found.order) == "adbc"
    assert found.unknown == 0
    assert found.kin[0] == ((3, "the same file and textures"),)
    assert found.kin[3] == ((0, "the same file and textures"),)
    assert [other for other, _ in found.kin[1]] == [2]
    assert len(set(found.family)) == 2


def test_what_changed_since_the_scan_is_not_known(library: Path) -> None:
    scan(library)
    changed = library / "d" / "d.pmx"
    os.utime(changed, (1, 1))
    saved(replace(head_model(), name="new"), library / "e.pmx")
    paths = list(locate([library]))
    found = kinship(paths)
    assert found.unknown == 2
    assert 0 not in found.kin
    assert sorted(found.order) == list(range(5))
