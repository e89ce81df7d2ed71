"""How different zoo characters are: from each other, and beside how different real ones are.

    mmdgen zoo /tmp/zoo --count 1000 --seed 4
    python benchmarks/zoo_diversity.py /tmp/zoo models/ [--count 1000] [--processes 2] [--pairs pairs.png]

Pictures are rest images of 256 pixels on grey. Perceptual hashes are 256 signs of the low frequencies of brightness, so
that another colour makes no other character: two are alike when they are as near as one of them, in other colours, is
to itself; pairs within ``ALIKE`` bits should be looked at. What toon shading or a turned head changes is told, too.
Ratios are mean distances among zoo characters over those among real ones, one file per folder; see ``FEATURES``.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import warnings
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from scipy.fft import dctn
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial.distance import pdist, squareform
from skimage.color import lab2rgb, rgb2gray, rgb2lab
from skimage.feature import hog, local_binary_pattern

from mmdgen.annotation import Annotation, folder, load
from mmdgen.errors import MmdgenError
from mmdgen.formats.load import read_model
from mmdgen.library.proposals import propose
from mmdgen.library.scan import find_models
from mmdgen.puppet import Puppet
from mmdgen.render.context import open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.zoo.library import MANIFEST

F8 = NDArray[np.float64]
SIZE = 256
GROUND = 0.92
# rest, eyes shut, and the near copy: turned by about two degrees
POSES = np.array([[0, 0, 0, 0, 0, 1], [0, 0, 0, 1, 1, 1], [0.1, 0.15, 0.05, 0, 0, 0.8]], np.float32)
LEVELS, ANGLES = 16, 48  # of the jaw's outline and of the silhouette
WIDEST_CHIN = 0.3  # heads
ALIKE = 40  # bits of 256; 10 of 64 is the customary limit for one picture in two versions


@dataclass(frozen=True)
class Measured:
    """One character: its rest picture, hashes (256,) of it and of near copies, and its features by name."""

    path: str
    picture: NDArray[np.uint8]
    bits: NDArray[np.bool_]
    copies: NDArray[np.bool_]
    features: dict[str, F8]


# --- pictures ---------------------------------------------------------------------------------------------------------


def flat(picture: NDArray[np.uint8]) -> F8:
    """Return a picture (S, S, 3) in 0..1 on the ground."""
    alpha = picture[..., 3:] / 255
    return np.asarray(picture[..., :3] / 255 * alpha + GROUND * (1 - alpha), np.float64)


def phash(image: F8) -> NDArray[np.bool_]:
    """Return 256 signs: which low frequencies of the brightness exceed the median one."""
    small = np.asarray(Image.fromarray((rgb2gray(image) * 255).astype(np.uint8)).resize((64, 64), Image.Resampling.BOX))
    low = dctn(small.astype(float), norm="ortho")[:17, :17].ravel()[1:257]
    return np.asarray(low > np.median(low))


def hues_turned(image: F8) -> F8:
    """Return the picture with all hues turned by a third, each as bright as before."""
    lab = rgb2lab(image)
    lab[..., 1:] *= 0.7  # so that few leave the gamut
    turn = np.exp(2j * np.pi / 3) * (lab[..., 1] + 1j * lab[..., 2])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what is still outside is clipped
        return np.asarray(lab2rgb(np.stack([lab[..., 0], turn.real, turn.imag], -1)), np.float64)


def colors(image: F8, alpha: F8) -> F8:
    """Return the square root of the histogram (8 x 8 x 8) in Lab: Euclidean distances are Hellinger's."""
    lab = rgb2lab(image)[alpha > 0.5]
    counts, _ = np.histogramdd(lab, bins=(8, 8, 8), range=((0, 100), (-70, 90), (-80, 80)))
    return np.asarray(np.sqrt(counts.ravel() / max(counts.sum(), 1)))


def gradients(image: F8) -> F8:
    """Return histograms of oriented gradients in cells of 16 pixels."""
    return np.asarray(hog(rgb2gray(image[::2, ::2]), 8, (8, 8), (2, 2)), np.float64)


def texture(image: F8) -> F8:
    """Return the square root of the histogram of uniform local binary patterns, in quarters of the picture."""
    gray = (rgb2gray(image) * 255).astype(np.uint8)
    codes = np.asarray(local_binary_pattern(gray, 8, 2, "uniform"))  # type: ignore[no-untyped-call]
    cells = codes.reshape(4, SIZE // 4, 4, SIZE // 4).swapaxes(1, 2).reshape(16, -1)
    shares = [np.bincount(c.astype(int), minlength=10) / len(c) / len(cells) for c in cells]
    return np.asarray(np.sqrt(np.concatenate(shares)))


# --- shapes -----------------------------------------------------------------------------------------------------------


def silhouette(alpha: F8) -> F8:
    """Return how far the figure reaches from the head's middle, in heads, by angle, without what is below the chin."""
    angle = np.linspace(-0.2 * np.pi, 1.2 * np.pi, ANGLES)
    reach = np.arange(SIZE // 2)
    x = np.clip(SIZE / 2 + reach * np.cos(angle)[:, None], 0, SIZE - 1).astype(int)
    y = np.clip(SIZE / 2 - reach * np.sin(angle)[:, None], 0, SIZE - 1).astype(int)
    return np.asarray(((alpha[y, x] > 0.5) * reach).max(1) / (SIZE / 2), np.float64)


def eye_shape(rest: F8, shut: F8) -> F8:
    """Return where and how large her left eye is, in heads, what share of its box it fills, and how it is tilted."""
    changed = np.abs(rest - shut).max(-1) > 0.1
    y, x = np.nonzero(changed[:, SIZE // 2 :])
    if len(x) < 20:
        return np.zeros(7)
    low, high = np.percentile([x, y], (2, 98), axis=1)
    width, height = high - low + 1
    tilt = np.polyfit(x, y, 1)[0] if np.ptp(x) else 0.0
    head = SIZE / 2
    fill = len(x) / (width * height)
    return np.array(
        [x.mean() / head, 1.5 - y.mean() / head, width / head, height / head, height / width / 4, fill / 4, tilt / 4]
    )


def jaw(puppet: Puppet) -> F8:
    """Return the face's half-width at even heights from the chin to the eyes' level, in heads.

    The face is the widest connected piece that the mouth morph moves; not a number where that is more than the face.
    """
    rest, opened = puppet.vertices(np.array([[0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]], np.float32)).astype(float)
    model, head = puppet.model, puppet.binding.head
    _, weld = np.unique(np.round(rest, 3), axis=0, return_inverse=True)
    welded = weld.ravel()[model.faces]
    pairs = np.concatenate([welded[:, :2], welded[:, 1:]]).T
    count = int(weld.max()) + 1
    _, piece = connected_components(coo_matrix((np.ones(len(pairs[0])), pairs), (count, count)), directed=False)
    piece = piece[weld.ravel()]
    moved = np.linalg.norm(opened - rest, axis=1) > 1e-3
    width = {p: float(np.ptp(rest[piece == p, 0])) for p in np.unique(piece[moved])}
    chosen = piece == max(width, key=lambda p: width[p])
    edges = model.faces[chosen[model.faces].all(1)][:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    size = head.top - head.bottom
    (xa, ya), (xb, yb) = ((rest[edges[:, i], 0], rest[edges[:, i], 1]) for i in (0, 1))
    middle = model.bones[model.bone("頭") or 0].position[0]
    outline = []
    for level in head.bottom + size * np.linspace(0.02, 0.4, LEVELS):
        crossing = ((ya - level) * (yb - level) < 0).nonzero()[0]
        share = (level - ya[crossing]) / (yb - ya)[crossing]
        x = xa[crossing] + share * (xb - xa)[crossing]
        outline.append(np.abs(x - middle).max(initial=0) / size)
    return np.array(outline) * (1 if outline[0] < WIDEST_CHIN else np.nan)


FEATURES = {
    "colours (Lab histogram, Hellinger)": "colors",
    "gradients (HOG)": "gradients",
    "texture (LBP, Hellinger)": "texture",
    "silhouette of hair and head": "silhouette",
    "eye: place, size, shape": "eye",
    "outline of the face": "jaw",
}


# --- measuring --------------------------------------------------------------------------------------------------------


def start() -> None:
    """Open this process's renderers."""
    global renderers  # noqa: PLW0603 - one context per worker
    context = open_context()
    renderers = [Renderer(context, RenderSettings(SIZE, shading=shading)) for shading in ("phong", "toon")]


def measure(store: Path | None, path: Path) -> Measured | str:
    """Return what one character looks like, or why it cannot be drawn; without a store it is framed as proposed."""
    try:
        model = read_model(path)
        known: Annotation | None = load(store, model.source.sha256) if store else propose(model)
        if known is None:
            return f"{path}: not annotated"
        puppet = Puppet.open(path, known, renderers[0], allow_smile=True)
        rest, shut, turned = puppet.draw(POSES)
        outline = jaw(puppet)
        puppet.release()
        toon = Puppet.open(path, known, renderers[1], allow_smile=True)
        toned = toon.draw(POSES[:1])[0]
        toon.release()
    except MmdgenError as error:
        return str(error)
    image, alpha = flat(rest), rest[..., 3] / 255.0
    recolored = hues_turned(image)
    features = {
        "colors": colors(image, alpha),
        "gradients": gradients(image),
        "texture": texture(image),
        "silhouette": silhouette(alpha),
        "eye": eye_shape(image, flat(shut)),
        "jaw": outline,
    }
    copies = np.stack([phash(flat(turned)), phash(flat(toned)), phash(recolored)])
    return Measured(str(path), rest, phash(image), copies, features)


def measure_all(store: Path | None, paths: list[Path], processes: int) -> list[Measured]:
    """Measure many; say which cannot be."""
    with multiprocessing.get_context("spawn").Pool(processes, start) as pool:
        found = pool.map(partial(measure, store), paths, chunksize=4)
    for error in found:
        if isinstance(error, str):
            print(error)
    return [m for m in found if isinstance(m, Measured)]


def likeness(zoo: list[Measured]) -> tuple[list[str], list[tuple[int, int, int]]]:
    """Return lines about the hashes, and the nearest pairs (bits, one, other)."""
    bits = np.stack([m.bits for m in zoo])
    copies = np.array([(m.copies != m.bits).sum(1) for m in zoo])
    apart = squareform(pdist(bits, "hamming") * bits.shape[1]).round().astype(int)
    np.fill_diagonal(apart, bits.shape[1])
    nearest = apart.min(1)
    lines = [
        f"bits of {bits.shape[1]} in which one character differs from itself, median, p95 and worst: "
        + ", ".join(
            f"{name} {np.median(column):.0f}, {np.percentile(column, 95):.0f}, {column.max()}"
            for name, column in zip(("turned", "toon", "recoloured"), copies.T, strict=True)
        ),
        f"from its nearest neighbour, least, p1, p5 and median: {nearest.min()}, "
        + ", ".join(f"{np.percentile(nearest, p):.0f}" for p in (1, 5, 50)),
    ]
    a, b = np.triu_indices(len(zoo), 1)
    for limit, why in ((int(copies[:, 2].max()), "as near as any in other colours"), (ALIKE, "to look at")):
        lines.append(f"pairs of different characters within {limit} bits, {why}: {(apart[a, b] <= limit).sum()}")
    order = np.argsort(apart[a, b], kind="stable")[:12]
    return lines, [(int(apart[a[i], b[i]]), int(a[i]), int(b[i])) for i in order]


def ratios(zoo: list[Measured], real: list[Measured]) -> list[str]:
    """Return the table of mean pairwise distances."""
    rng = np.random.default_rng(0)
    lines = ["| feature | zoo | real | ratio | 90 % interval |", "|---|---|---|---|---|"]
    for told, name in FEATURES.items():
        values = [np.stack([m.features[name] for m in s]) for s in (zoo, real)]
        mine, theirs = (squareform(pdist(v[np.isfinite(v).all(1)])) for v in values)

        def mean(distance: F8, chosen: NDArray[np.intp]) -> float:
            pairs = distance[np.ix_(chosen, chosen)]
            return float(pairs[chosen[:, None] != chosen].mean())

        everyone, base = mean(mine, np.arange(len(mine))), mean(theirs, np.arange(len(theirs)))
        drawn = [everyone / mean(theirs, rng.integers(0, len(theirs), len(theirs))) for _ in range(500)]
        low, high = np.percentile(drawn, (5, 95))
        lines.append(f"| {told} | {everyone:.3f} | {base:.3f} | {everyone / base:.2f} | {low:.2f} to {high:.2f} |")
    return lines


def main() -> None:
    """Print likeness within the zoo and the ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("zoo", type=Path)
    parser.add_argument("real", type=Path)
    parser.add_argument("--count", type=int)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--pairs", type=Path, help="a picture of the nearest pairs")
    options = parser.parse_args()
    entries: list[dict[str, Any]] = json.loads((options.zoo / MANIFEST).read_text(encoding="utf-8"))["characters"]
    paths = [options.zoo / entry["path"] for entry in entries[: options.count]]
    zoo = measure_all(folder(options.zoo), paths, options.processes)
    per_folder = {path.parent: path for path in reversed(find_models([options.real]))}
    real = measure_all(None, sorted(per_folder.values()), options.processes)
    print(f"{len(zoo)} zoo characters, {len(real)} real ones")
    lines, nearest = likeness(zoo)
    print("\n".join([*lines, "", *ratios(zoo, real)]))
    print("\nnearest pairs: " + "; ".join(f"{bits}: {names(zoo, a, b)}" for bits, a, b in nearest))
    if options.pairs:
        rows = [np.concatenate([flat(zoo[a].picture), flat(zoo[b].picture)], 1) for _, a, b in nearest]
        sheet = np.concatenate([np.concatenate(rows[i : i + 3], 1) for i in range(0, len(rows) - 2, 3)])
        Image.fromarray((sheet * 255).astype(np.uint8)).save(options.pairs)


def names(zoo: list[Measured], a: int, b: int) -> str:
    """Return the names of two characters."""
    return " and ".join(Path(zoo[i].path).parent.name for i in (a, b))


renderers: list[Renderer] = []

if __name__ == "__main__":
    main()
