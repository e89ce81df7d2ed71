"""The contact sheet of a zoo: some of its characters, drawn straight from their models and the manifest's truth."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from mmdgen.annotation import from_json, to_json
from mmdgen.errors import UsageError
from mmdgen.formats.load import load_textures, parse_model
from mmdgen.pose.binding import bind
from mmdgen.puppet import Puppet
from mmdgen.render.context import open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.shard import ShardModel
from mmdgen.sheet import Example

POSES = np.array([[0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 1, 0], [0.6, 0.9, 0.3, 1, 1, 0]], np.float32)
SIZE = 192


def chosen(entries: list[dict[str, Any]], count: int, seed: int) -> list[dict[str, Any]]:
    """Return up to ``count`` of the characters that can be drawn, picked at random, in the manifest's order."""
    able = [e for e in entries if e["renderable"] and not e["path"].endswith(".zip")]
    if not able:
        raise UsageError("--sheet: none of the characters can be drawn, expected one; raise --count or lower --defects")
    picked = np.random.default_rng(seed).permutation(len(able))[:count]
    return [able[k] for k in sorted(picked.tolist())]


def examples(root: Path, entries: list[dict[str, Any]], shading: str) -> Iterator[Example]:
    """Yield each character at rest, with eyes and mouth shut, and turned so."""
    renderer = Renderer(open_context(), RenderSettings(SIZE, shading=shading))
    for entry in entries:
        path = root / entry["path"]
        model = parse_model(path.read_bytes(), str(path))
        truth = from_json(
            {"version": 1, "sha256": entry["sha256"], "names_seen": [], "verdict": "todo", "reason": "", "note": ""}
            | {"head": entry["head"], "slots": entry["slots"]}
        )
        puppet = Puppet.make(bind(model, truth, allow_smile=True), load_textures(model), renderer)
        pictures = puppet.draw(POSES)
        puppet.release()
        row = ShardModel(model.name, entry["path"], *puppet.identity, json.dumps(to_json(truth)))
        yield Example(row, entry["index"], tuple(POSES[2].tolist()), *pictures)
