"""The contact sheet of a zoo shows whole characters, the same for the same seed, without shards."""

import json
from pathlib import Path

import numpy as np
import pytest
from characters import SEED
from PIL import Image

from mmdgen import cli
from mmdgen.commands.zoo_sheet import SIZE, chosen, examples
from mmdgen.errors import UsageError
from mmdgen.shell import run
from mmdgen.zoo.library import write
from mmdgen.zoo.making import Order


@pytest.mark.gl
def test_a_sheet_shows_what_the_manifest_says_can_be_drawn(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    root, picture = tmp_path / "zoo", tmp_path / "sheet.png"
    order = ["--count", "4", "--seed", str(SEED), "--defects", "0.4"]
    assert run(cli.app, ["zoo", str(root), *order, "--sheet", str(picture), "--sheet-count", "2", "--json"]) == 0
    listed = json.loads(capfdbinary.readouterr().out)["characters"]
    with Image.open(picture) as image:
        assert image.width >= 3 * SIZE
        first = np.asarray(image)
    picked = chosen(listed, 2, SEED)
    assert len(picked) == 2
    for one in examples(root, picked, "phong"):
        assert all((p[..., 3] > 0).mean() > 0.1 for p in (one.rest, one.expression, one.posed))
        assert not np.array_equal(one.rest, one.expression)
        assert not np.array_equal(one.expression, one.posed)
    before = {p: p.stat().st_mtime_ns for p in root.rglob("*.pmx")}
    picture.unlink()
    assert run(cli.app, ["zoo", str(root), *order, "--sheet", str(picture), "--sheet-count", "2"]) == 0
    with Image.open(picture) as image:
        assert np.array_equal(np.asarray(image), first)
    assert before == {p: p.stat().st_mtime_ns for p in root.rglob("*.pmx")}


def test_a_zoo_without_anybody_to_draw_is_refused(tmp_path: Path) -> None:
    entries = [{**e, "renderable": False} for e in write(tmp_path, Order(1, SEED), annotate=False)]
    with pytest.raises(UsageError, match="--sheet"):
        chosen(entries, 2, 0)
