"""Draw the pictures of shards again with this machine's OpenGL and hold them to the rule of golden images.

    python tests/render/redraw.py [samples/shards/train-00000.h5 ...] [--root .] [--most 200]

Shards made elsewhere, such as our sample's by llvmpipe, show whether another driver draws the same characters: models
are found below ``--root`` by the paths that shards note, and must be the same files. Prints a line for each shard and
exits with 1 when a picture breaks the rule: 99.5 % of the character within 2 of 255, no block of 4 × 4 off by more than
4. Those are kept beside the expected ones and their amplified difference in tests/golden/failed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from golden import CLOSE, bytes_differ, keep_failure, looks_differ, premultiplied

from mmdgen.annotation import from_json
from mmdgen.generate.studio import REST
from mmdgen.prepare import prepare
from mmdgen.puppet import Puppet
from mmdgen.render.context import driver, open_context
from mmdgen.render.look import SHADINGS, Look
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.shard import ShardReader

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ("size", "ambient", "directional", "specular", "shading", "samples", "edge")


def redrawn(shard: ShardReader, context, root: Path, most: int) -> Iterator[tuple[str, np.ndarray, np.ndarray]]:
    """Yield name, picture drawn here and picture of the shard: of the first samples, with their rest pictures."""
    settings = RenderSettings(**{name: shard.header.settings[name] for name in SETTINGS})
    renderer = Renderer(context, settings)
    puppets: dict[tuple[str, str], Puppet] = {}
    rested = set()
    for i in range(min(len(shard), most)):
        row, index = int(shard.model_rows[i]), int(shard.indices[i])
        told = shard.header.models[row]
        if told.identity not in puppets:
            annotation, ik = from_json(json.loads(told.annotation), told.path), bool(shard.header.settings.get("ik"))
            puppets[told.identity] = Puppet.of(prepare(root / told.path, annotation, allow_smile=True, ik=ik), renderer)
        puppet = puppets[told.identity]
        if puppet.identity != told.identity:
            raise SystemExit(f"{told.path}: another file than that of {shard.path}, expected the same; get it again")
        looks = None
        if shard.looks is not None:
            shading, *numbers = shard.looks[i].tolist()
            looks = [Look(SHADINGS[int(shading)], *numbers)]
        pose = shard.poses[i : i + 1]
        name = f"{shard.path.stem}-{i}"
        rest = puppet.start(REST, 0 if looks is None else index, looks)
        yield f"{name}-expression", puppet.start_expressions(pose, rest, index, looks).read()[0], shard.expression(i)
        yield f"{name}-posed", puppet.draw(pose, index, looks)[0], shard.posed(i)
        if row not in rested:
            rested.add(row)
            yield f"{name}-rest", rest.read()[0], shard.rest(row)
    for puppet in puppets.values():
        puppet.release()
    renderer.release()


def main() -> None:
    """Print one line a shard."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("shards", nargs="*", type=Path, default=sorted((ROOT / "samples" / "shards").glob("*.h5")))
    parser.add_argument("--root", type=Path, default=ROOT)
    parser.add_argument("--most", type=int, default=200)
    options = parser.parse_args()
    context = open_context()
    failed = 0
    sys.stdout.write(f"{driver(context)}\n")
    for path in options.shards:
        same, shares, problems = 0, [1.0], []
        with ShardReader(path) as shard:
            for name, here, there in redrawn(shard, context, options.root, options.most):
                same += not bytes_differ(here, there)
                seen = (here[..., 3] > 0) | (there[..., 3] > 0)
                error = np.abs(premultiplied(here) - premultiplied(there)).max(-1)
                shares.append(float((error[seen] <= CLOSE).mean()))
                if problem := looks_differ(here, there):
                    problems.append(f"{name}: {problem}; see {keep_failure(name, here, there)}")
        sys.stdout.write(
            f"{path.name}: {len(shares) - 1} pictures, {same} the same bytes, {min(shares):.3%} of the worst within"
            f" {CLOSE}/255, {len(problems)} break the rule\n"
        )
        sys.stdout.writelines(f"{problem}\n" for problem in problems[:10])
        failed += len(problems)
    sys.exit(failed > 0)


if __name__ == "__main__":
    main()
