"""Draw real models in babylon-mmd and in `--shading toon`, and say where they differ.

    MMDGEN_CORPUS=… python tests/oracle/compare_toon/compare_toon.py --out /tmp/compare

Needs node 20, npm and Chromium; installs the versions that package.json pins into OUT. Same orthographic camera, MMD's
light, bind pose (``--morph`` shows morphs on it), 512 pixels at 2 by 2 samples. Prints a table per model and framing
and writes sheets (ours, theirs, difference) to OUT. A part's weight at a pixel is how much of the finished colour is
its own: what shows of it when it is painted white and all else black. Equal weights mean that the same parts are
visible, blended in the same order.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy import ndimage

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from corpus import corpus_folder  # noqa: E402

from mmdgen.formats.load import load_textures, read_model  # noqa: E402
from mmdgen.formats.writer import write_pmx  # noqa: E402
from mmdgen.framing import head_framing, whole_framing  # noqa: E402
from mmdgen.library.proposals import propose  # noqa: E402
from mmdgen.model import MATERIAL_COLUMNS, Material, MaterialMorph, Model, Morph, Panel, SphereMode, TextureSet  # noqa: E402
from mmdgen.puppet import Figure  # noqa: E402
from mmdgen.render.context import open_context  # noqa: E402
from mmdgen.render.renderer import Renderer  # noqa: E402
from mmdgen.render.settings import RenderSettings  # noqa: E402
from mmdgen.render.surfaces import ALPHA, AMBIENT, DIFFUSE, SPECULAR  # noqa: E402
from mmdgen.rig.rig import Rig  # noqa: E402
from mmdgen.rig.skin import skin  # noqa: E402
from mmdgen.space import Framing  # noqa: E402
from mmdgen.state import RigState  # noqa: E402

F8 = NDArray[np.float64]
MODELS = (  # of the corpus
    "characters/alicia-rebuilt/Alicia_solid.pmx",
    "characters/cgca-gene/Gene_light.pmx",
    "characters/appearance-miku/Appearance Miku.pmx",
    "characters/outro-miku43/miku4.3.pmx",
    "characters/mokou/mokou_A.pmd",
    "characters/figure-goblin/goblin_v02.pmx",
)
SIZE, GRID = 512, 2
LIGHT = (-0.5, -1.0, 0.5)  # direction of travel
COVERED = 0.4  # alpha from which on a pixel is part of the silhouette; four samples have none near it
SEEN = 0.05  # weight from which on a part counts as visible
SMALL = 50  # pixels; smaller parts are not judged


@dataclass(frozen=True)
class Scene:
    """One model in one framing."""

    key: str
    path: Path
    model: Model
    framing: Framing
    served: Path  # what the browser is given for ``path``

    def views(self) -> list[dict[str, Any]]:
        """Return what page.js is to draw: finished pictures on black and white, and every part."""
        looks = ({"look": "edged", "edge": True}, {"look": "plain"}, {"look": "bare", "bare": True})
        finished = [
            {**look, "name": f"{look['look']}-{ground}", "ground": ground} for look in looks for ground in (0, 1)
        ]
        parts = [{"name": f"part{i}", "part": i} for i in range(len(self.model.materials))]
        return [{**view, "name": f"{self.key}-{view['name']}"} for view in finished + parts]

    def job(self) -> dict[str, Any]:
        f = self.framing
        camera = {"x": f.center_x, "y": f.center_y, "unit": f.unit, "near": f.near, "far": f.far}
        return {
            "folder": str(self.path.parent),
            "file": self.served.name,
            "served": str(self.served),
            "size": SIZE * GRID,
            "camera": camera,
            "light": LIGHT,
            "views": self.views(),
        }


@dataclass(frozen=True)
class Drawn:
    """What a renderer made of a scene: premultiplied pictures (S, S, 4) in 0..1, weights of parts (K, S, S).

    ``plain`` is without edges, ``edged`` with them; ``bare`` is ``plain`` without toons and highlights, in the other's
    colours: textures, sphere maps and blending alone.
    """

    plain: F8
    edged: F8
    bare: F8
    parts: F8


def say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def scenes(names: list[str], morphs: list[str], out: Path) -> Iterator[Scene]:
    folder = corpus_folder()
    if folder is None:
        sys.exit("no corpus; set MMDGEN_CORPUS to a folder of real models")
    for name in names:
        path = served = folder / name
        model = read_model(path)
        head = propose(model).head
        if morphs:
            model, served = with_morphs(model, morphs), out / f"{path.stem}.pmx"
            served.write_bytes(write_pmx(model))
        yield Scene(f"{path.stem}-whole", path, model, whole_framing(model), served)
        if head is not None:
            yield Scene(f"{path.stem}-head", path, model, head_framing(model, head), served)


def with_morphs(model: Model, names: list[str]) -> Model:
    """Return a model whose bind pose shows some morphs: vertices and material colours, of those that it has."""
    rest = RigState.identity(model)
    weight = rest.weight.copy()
    weight[0, [number for name in names for number in model.morphs_named(name)]] = 1
    deformation = Rig(model).evaluate(replace(rest, weight=weight))
    materials = tuple(
        replace(
            m,
            diffuse=tuple(map(float, [*row[DIFFUSE], row[ALPHA]])),
            specular=tuple(map(float, row[SPECULAR])),
            ambient=tuple(map(float, row[AMBIENT])),
        )
        for m, row in zip(model.materials, deformation.material[0], strict=True)
    )
    position = skin(model, deformation).position[0]
    return replace(model, vertices=replace(model.vertices, position=position), materials=materials)


def run_browser(all_scenes: list[Scene], out: Path, browser: str) -> None:
    for name in ("package.json", "page.js", "draw.mjs"):
        shutil.copy(HERE / name, out)
    if not (out / "node_modules").is_dir():
        install = ["npm", "install", "--no-package-lock", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=out, check=True)
    raw = out / "raw"
    raw.mkdir(exist_ok=True)
    (out / "jobs.json").write_text(json.dumps([scene.job() for scene in all_scenes]), encoding="utf-8")
    subprocess.run(["node", "draw.mjs", "jobs.json", "raw", browser], cwd=out, check=True)


def read_theirs(all_scenes: list[Scene], raw: Path) -> list[Drawn]:
    for scene, told in zip(all_scenes, json.loads((raw / "told.json").read_text()), strict=True):
        for trouble in told["troubles"]:
            say(f"{scene.key}: {trouble}")

    def read(scene: Scene, name: str) -> F8:
        samples = np.fromfile(raw / f"{scene.key}-{name}", np.uint8).reshape(SIZE, GRID, SIZE, GRID, 4)
        return samples.mean((1, 3))[::-1] / 255

    def picture(scene: Scene, name: str) -> F8:
        black, white = (read(scene, f"{name}-{ground}")[..., :3] for ground in (0, 1))
        alpha = 1 - (white - black).mean(-1, keepdims=True)  # the canvas keeps another alpha than the blending's
        return np.concatenate([black, alpha], -1)

    return [
        Drawn(
            picture(scene, "plain"),
            picture(scene, "edged"),
            picture(scene, "bare"),
            np.stack([read(scene, f"part{i}")[..., 0] for i in range(len(scene.model.materials))]),
        )
        for scene in all_scenes
    ]


def draw_ours(scene: Scene, context: Any, shading: str) -> Drawn:
    textures = load_textures(scene.model)

    def draw(model: Model, images: TextureSet, state: RigState, **look: Any) -> F8:
        renderer = Renderer(context, RenderSettings(size=SIZE, samples=GRID**2, **look))
        figure = Figure(model, images, renderer)
        pictures = figure.draw(state, scene.framing) / 255
        pictures[..., :3] *= pictures[..., 3:]
        figure.release()
        renderer.release()
        return pictures

    rest = RigState.identity(scene.model)
    plain, edged = (draw(scene.model, textures, rest, shading=shading, edge=edge)[0] for edge in (0.0, None))
    bare = draw(bared(scene.model), textures, rest, shading=shading, edge=0.0)[0]
    painted = in_black(scene.model)
    weights = np.eye(len(painted.materials), dtype=np.float32)
    still = RigState.identity(painted, len(weights))
    images = TextureSet(tuple(None if i is None else whitened(i) for i in textures.images), "")
    parts = draw(painted, images, RigState(still.rotation, still.translation, weights), ambient=1.0, directional=0.0)
    return Drawn(plain, edged, bare, parts[..., 0])


def bared(model: Model) -> Model:
    """Return a model without toons and highlights, lit as in babylon-mmd: clamp(diffuse + ambient / 2)."""

    def changed(material: Material) -> Material:
        lit = tuple(min(d + a / 2, 1.0) for d, a in zip(material.diffuse[:3], material.ambient, strict=True))
        black = (0.0, 0.0, 0.0)
        color = {"diffuse": (*black, material.diffuse[3]), "ambient": lit, "specular": black}
        return replace(material, toon=None, shared_toon=None, **color)

    return replace(model, materials=tuple(changed(m) for m in model.materials))


def in_black(model: Model) -> Model:
    """Return a model all in black under ambient light, whose morph i paints material i white."""
    black = {"ambient": (0.0,) * 3, "specular": (0.0,) * 3, "sphere_mode": SphereMode.NONE, "sphere": None}
    value = np.zeros((1, MATERIAL_COLUMNS), np.float32)
    value[:, AMBIENT] = 1
    add = np.ones(1, np.uint8)
    return replace(
        model,
        materials=tuple(replace(m, diffuse=(0.0, 0.0, 0.0, m.diffuse[3]), **black) for m in model.materials),
        morphs=tuple(
            Morph(f"{i}", "", Panel.OTHER, MaterialMorph(np.array([i], np.int32), add, value))
            for i in range(len(model.materials))
        ),
    )


def whitened(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    white = image.copy()
    white[..., :3] = 255
    return white


def overlap(a: NDArray[np.bool_], b: NDArray[np.bool_], slack: int) -> float:
    """Return the intersection of two regions over their union; pixels ``slack`` away from the other count as in it."""
    union = (a | b).sum()
    if slack:
        grown = [ndimage.binary_dilation(x, np.ones((3, 3)), slack) for x in (a, b)]
        missed = (a & ~grown[1]) | (b & ~grown[0])
    else:
        missed = a ^ b
    return 1.0 - missed.sum() / union if union else 1.0


def judge(scene: Scene, ours: Drawn, theirs: Drawn) -> str:
    """Print what differs in a scene and return its line of the table."""
    a, b = ours.plain[..., 3] > COVERED, theirs.plain[..., 3] > COVERED
    inside = ndimage.binary_erosion(a & b, np.ones((3, 3)), 2)
    judged, worst = 0, 1.0
    for number, (own, their) in enumerate(zip(ours.parts, theirs.parts, strict=True)):
        x, y = own > SEEN, their > SEEN
        if max(x.sum(), y.sum()) <= SMALL:
            continue
        judged += 1
        share = overlap(x, y, 1)
        worst = min(worst, share)
        near = ndimage.binary_erosion((own > 0.9) & (their > 0.9)) & inside
        pairs = ((ours.plain, theirs.plain), (ours.bare, theirs.bare))
        shifts = [(mine - other)[near][:, :3].mean(0) * 255 for mine, other in pairs] if near.any() else []
        note = " <-- differs" if share < 0.9 else ""
        told = ", bare ".join(str(np.round(shift)) for shift in shifts)
        name = scene.model.materials[number].name
        say(f"  {number:2} {name}: {x.sum()} and {y.sum()} px, IoU {share:.3f}, colour {told}{note}")
    first = ours.parts.argmax(0) == theirs.parts.argmax(0)
    pairs = ((ours.plain, theirs.plain), (ours.bare, theirs.bare))
    errors = [np.abs(mine - other)[..., :3].max(-1)[inside] * 255 for mine, other in pairs]
    cells = (
        scene.key,
        f"{overlap(a, b, 0):.4f}",
        f"{overlap(a, b, 1):.5f}",
        f"{judged}",
        f"{worst:.3f}",
        f"{first[inside].mean():.2%}",
        *(f"{np.median(error):.0f} / {np.percentile(error, 95):.0f}" for error in errors),
    )
    return "| " + " | ".join(cells) + " |"


def sheet(ours: Drawn, theirs: Drawn) -> NDArray[np.uint8]:
    """Return ours, theirs and difference side by side: with edges, without, and the part that weighs most."""
    rng = np.random.default_rng(4)
    colors = rng.uniform(0.15, 1, (len(ours.parts), 3))

    def ground(p: F8) -> F8:
        return p[..., :3] + 0.75 * (1 - p[..., 3:])

    def map_of(parts: F8) -> F8:
        return colors[parts.argmax(0)] * (parts.max(0) > SEEN)[..., None]

    rows = [(ground(ours.edged), ground(theirs.edged)), (ground(ours.plain), ground(theirs.plain))]
    rows.append((map_of(ours.parts), map_of(theirs.parts)))
    lines = [np.concatenate([a, b, np.abs(a - b).clip(0, 1)], 1) for a, b in rows]
    return (np.concatenate(lines) * 255).clip(0, 255).astype(np.uint8)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=list(MODELS), help="paths inside the corpus")
    parser.add_argument(
        "--morph", action="append", default=[], help="shown in full where a model has it; may be repeated"
    )
    parser.add_argument("--out", type=Path, default=Path(tempfile.gettempdir()) / "compare")
    parser.add_argument("--browser", default=shutil.which("chromium") or "chromium")
    parser.add_argument("--shading", default="toon")
    parser.add_argument("--reuse", action="store_true", help="take the browser's pictures that OUT has already")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    all_scenes = list(scenes(options.models, options.morph, options.out))
    if not options.reuse:
        run_browser(all_scenes, options.out, options.browser)
    all_theirs = read_theirs(all_scenes, options.out / "raw")
    context = open_context()
    table = []
    for scene, theirs in zip(all_scenes, all_theirs, strict=True):
        say(scene.key)
        ours = draw_ours(scene, context, options.shading)
        table.append(judge(scene, ours, theirs))
        Image.fromarray(sheet(ours, theirs)).save(options.out / f"{scene.key}.png")
    heading = (
        "scene",
        "silhouette IoU",
        "1 px slack",
        "parts",
        "worst part",
        "same part in front",
        "colour error",
        "bare",
    )
    lines = [" | ".join(heading), "|".join(["---"] * len(heading))]
    say("\n".join([*(f"| {line} |" for line in lines), *table]))


if __name__ == "__main__":
    main()
