"""The sample's shard, drawn by the driver of whoever made it, comes out of this machine's driver alike."""

from __future__ import annotations

import json
from dataclasses import asdict

import golden
import pytest
from redraw import ROOT, redrawn

from mmdgen.render.context import driver
from mmdgen.shard import ShardReader


@pytest.mark.gl
def test_the_sample_shard_is_drawn_alike(gl_context) -> None:
    pinned = json.loads(golden.PINNED.read_text()) == asdict(driver(gl_context))
    differs = golden.bytes_differ if pinned else golden.looks_differ
    count, problems = 0, []
    for path in sorted((ROOT / "samples" / "shards").glob("*.h5")):
        with ShardReader(path) as shard:
            for name, here, there in redrawn(shard, gl_context, ROOT, 200):
                count += 1
                if problem := differs(here, there):
                    problems.append(f"{name}: {problem}")
    assert problems == []
    assert count == 30
