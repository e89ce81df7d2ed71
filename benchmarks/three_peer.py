"""Pictures a second beside three.js: its MMDLoader in headless Chromium, and us, on the same models and framing.

    python benchmarks/three_peer.py models/ [--pictures 96] [--rounds 3] [--sheet FILE.png]

Both draw 256 × 256 pictures of the same random poses and read every one back: without antialiasing, and with four
samples a pixel (their multisampling; our grid of 2 × 2, each sample shaded). Twice: ``--pictures`` posed pictures
alone, each drawn whole on both sides; and all pictures of a dataset of as many triplets (a rest picture, expressions,
posed pictures), where three.js draws every one whole and we draw as `mmdgen render` does, expressions in part. We draw
as `mmdgen render` does without a GPU: one process for each processor, the driver with one thread in each, and each
draws its share of the poses; and besides by one process whose driver has a thread for each processor. three.js has one
page, as many threads as Chromium and the same driver care to start. All wait, with the model loaded, before the clock
starts; it stops when the last picture is back. Rounds alternate between them, so that other programs slow all down; the
best of each counts. CPU milliseconds are those of all threads and processes. Needs Linux, node 20, npm and Chromium,
which draws by the same OpenGL (its name is printed); the versions that peers/package.json pins are installed into a
temporary folder.
``--sheet`` shows their pictures above ours.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from drawing import KINDS, all_poses, draw
from PIL import Image

from mmdgen.errors import MmdgenError
from mmdgen.formats.load import read_model
from mmdgen.generate.crew import processors
from mmdgen.library.proposals import propose
from mmdgen.library.scan import find_models
from mmdgen.pose.sample import sample_poses
from mmdgen.pose_spec import MAX_ANGLE_DEG, NAMES
from mmdgen.prepare import Prepared, prepare
from mmdgen.puppet import Puppet
from mmdgen.render.context import driver, open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings

PEERS = Path(__file__).resolve().parent / "peers"
SIZE = 256
ANTIALIASING = {False: 1, True: 4}  # samples a pixel


class Browser:
    """three.js, waiting for jobs."""

    def __init__(self, folder: Path) -> None:
        for name in ("draw.mjs", "page.js", "package.json"):
            shutil.copy(PEERS / name, folder)
        install = ["npm", "install", "--no-package-lock", "--ignore-scripts", "--silent", "--no-audit", "--no-fund"]
        subprocess.run(install, cwd=folder, check=True)
        order = ["node", "draw.mjs", shutil.which("chromium") or "chromium"]
        self._process = subprocess.Popen(order, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def ask(self, what: str, **job: Any) -> Any:
        """Send a job and return the answer; raise MmdgenError when it fails."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        print(json.dumps({"what": what, "size": SIZE, **job}), file=self._process.stdin, flush=True)
        answer = json.loads(self._process.stdout.readline() or '{"error": "the browser is gone"}')
        if isinstance(answer, dict) and "error" in answer:
            raise MmdgenError(f"three.js: {answer['error']}, expected a picture; see above")
        return answer

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait()


@dataclass
class Rate:
    """The least wall and CPU milliseconds a picture so far."""

    wall: float = np.inf
    cpu: float = np.inf

    def take(self, wall: float, cpu: float) -> None:
        """Keep what is less."""
        self.wall, self.cpu = min(self.wall, wall), min(self.cpu, cpu)

    def __str__(self) -> str:
        return f"{1e3 / self.wall:8.1f}/s {self.cpu:6.1f} ms"


def their_job(path: Path, prepared: Prepared, poses: np.ndarray, *, antialias: bool) -> dict[str, Any]:
    """Return the job that has three.js draw these poses."""
    framing, morphs = prepared.framing, prepared.binding.model.morphs
    turns = np.radians(MAX_ANGLE_DEG) * poses[:, :3]
    wanted = []
    for pose, (x, y, z) in zip(poses, turns.tolist(), strict=True):
        weights: dict[str, float] = {}
        for drive in prepared.binding.drives:
            for number in drive.morphs:
                weights[morphs[number].name] = float(pose[NAMES.index(drive.parameter)])
        wanted.append({"head": [x, y], "neck": z, "morphs": weights})
    camera = {
        "x": framing.center_x,
        "y": framing.center_y,
        "unit": framing.unit,
        "near": framing.near,
        "far": framing.far,
    }
    folder = str(path.resolve().parent)
    return {"folder": folder, "file": path.name, "antialias": antialias, "camera": camera, "poses": wanted}


class Painters:
    """Processes of ours that hold a model and wait for the word to draw it, each its share of the poses."""

    def __init__(self, count: int, threads: int) -> None:
        context = multiprocessing.get_context("spawn")  # OpenGL does not survive a fork
        self._pipes = []
        for _ in range(count):
            ours, theirs = context.Pipe()
            context.Process(target=paint, args=(theirs, threads), daemon=True).start()
            self._pipes.append(ours)

    def prepare(self, path: Path, samples: int, poses: np.ndarray) -> str:
        """Have all of them read the model; return who draws."""
        for i, pipe in enumerate(self._pipes):
            pipe.send(("prepare", path, samples, poses[i :: len(self._pipes)]))
        return str([pipe.recv() for pipe in self._pipes][-1])

    def draw(self, kind: str, pictures: int) -> tuple[float, float]:
        """Draw all pictures of a kind; return wall and CPU milliseconds a picture."""
        began = time.perf_counter()
        for pipe in self._pipes:
            pipe.send(("draw", kind))
        cpu = sum(pipe.recv() for pipe in self._pipes)
        return 1e3 * (time.perf_counter() - began) / pictures, 1e3 * cpu / pictures

    def picture(self) -> np.ndarray:
        """Return the picture (S, S, 4) of the first pose."""
        self._pipes[0].send(("picture",))
        return np.asarray(self._pipes[0].recv())


class Painter:
    """What such a process does."""

    def __init__(self, threads: int) -> None:
        os.environ["LP_NUM_THREADS"] = str(threads)
        self._context = open_context()
        settings = {samples: RenderSettings(size=SIZE, samples=samples) for samples in ANTIALIASING.values()}
        self._renderers = {samples: Renderer(self._context, its) for samples, its in settings.items()}
        self._puppet: Puppet | None = None

    def prepare(self, path: Path, samples: int, poses: np.ndarray) -> str:
        """Read a model; return who draws."""
        if self._puppet is not None:
            self._puppet.release()
        self._poses, self._batch = poses, self._renderers[samples].slots
        prepared = prepare(path, propose(read_model(path)), allow_smile=True)
        self._puppet = Puppet.of(prepared, self._renderers[samples])
        self.draw(KINDS[-1])  # shaders compile on first use
        return driver(self._context).renderer

    def draw(self, kind: str) -> float:
        """Draw all pictures of a kind; return CPU seconds."""
        assert self._puppet is not None
        began = time.process_time()
        draw(self._puppet, kind, self._poses, self._batch)
        return time.process_time() - began

    def picture(self) -> np.ndarray:
        """Return the picture (S, S, 4) of the first pose."""
        assert self._puppet is not None
        return np.asarray(self._puppet.draw(self._poses[:1])[0])


def paint(pipe: Connection, threads: int) -> None:
    """Be a painter until the pipe closes."""
    painter = Painter(threads)
    with suppress(EOFError):
        while True:
            what, *given = pipe.recv()
            pipe.send(getattr(painter, what)(*given))


@dataclass
class Rates:
    """Their rate, ours by many and by one."""

    theirs: Rate = field(default_factory=Rate)
    many: Rate = field(default_factory=Rate)
    one: Rate = field(default_factory=Rate)

    def ratios(self) -> tuple[float, float, float]:
        """Return how many times as fast we are, by CPU time as well, and how many times by one process."""
        return self.theirs.wall / self.many.wall, self.theirs.cpu / self.many.cpu, self.theirs.wall / self.one.wall


@dataclass
class Compared:
    """What became of one model: what they say of it, the rates of each kind, their first posed picture above ours."""

    told: dict[str, Any]
    rates: dict[str, Rates]
    pictures: np.ndarray


def compare(
    browser: Browser, many: Painters, one: Painters, path: Path, poses: np.ndarray, rounds: int, *, antialias: bool
) -> Compared:
    """Draw one model on both sides."""
    prepared = prepare(path, propose(read_model(path)), allow_smile=True)
    job = their_job(path, prepared, poses, antialias=antialias)
    told = browser.ask("prepare", **job)
    drivers = {ours.prepare(path, ANTIALIASING[antialias], poses) for ours in (many, one)}
    told["our rasteriser"] = " and ".join(drivers)
    browser.ask("draw", **job | {"poses": job["poses"][:2]})  # shaders compile on first use
    rates = {kind: Rates() for kind in KINDS}
    for kind, its in list(rates.items()) * rounds:
        whole = their_job(path, prepared, all_poses(kind, poses), antialias=antialias)
        pictures = len(whole["poses"])
        answer = browser.ask("draw", **whole)
        its.theirs.take(answer["wall"] / pictures, answer["cpu"] / pictures)
        its.many.take(*many.draw(kind, pictures))
        its.one.take(*one.draw(kind, pictures))
    upside_down = np.array(browser.ask("picture", **job), np.uint8).reshape(SIZE, SIZE, 4)
    return Compared(told, rates, np.concatenate([upside_down[::-1], many.picture()]))


def main() -> None:
    """Print one line a model and kind of antialiasing, and the medians of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["samples/models"], type=Path)
    parser.add_argument("--pictures", type=int, default=96)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    poses = sample_poses(0, ("", ""), range(options.pictures))
    count = processors()
    many, one = Painters(count, 1), Painters(1, count)
    print(f"{options.pictures} poses, best of {options.rounds} rounds; we draw by {count} processes, and by 1")
    names = f"{'three.js':>20} {f'{count} processes':>20} {'1 process':>20}"
    columns = f"{names} {'faster':>7} {'CPU':>7} {'by 1':>7}"
    print(f"{'model':24} {'triangles':>9} {'morphs':>6} {'samples':>7} {'pictures':8} {columns}")
    sheet = []
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(Path(folder))
        for antialias, samples in ANTIALIASING.items():
            rasterisers = ("", "")
            ratios: dict[str, list[tuple[float, ...]]] = {kind: [] for kind in KINDS}
            for path in find_models(options.models):
                try:
                    its = compare(browser, many, one, path, poses, options.rounds, antialias=antialias)
                except MmdgenError as error:
                    print(f"{path.stem[:24]:24} {error}", flush=True)
                    continue
                told = its.told
                rasterisers = told["our rasteriser"], told["rasteriser"]
                line = f"{path.stem[:24]:24} {told['triangles']:9,} {told['morphs']:6} {told['samples'] or 1:7}"
                for kind, rates in its.rates.items():
                    ratios[kind].append(rates.ratios())
                    faster = "".join(f" {ratio:7.2f}" for ratio in rates.ratios())
                    theirs, ours = f"{rates.theirs!s:>20}", f"{rates.many!s:>20} {rates.one!s:>20}"
                    print(f"{line} {kind:8} {theirs} {ours}{faster}", flush=True)
                sheet.append(its.pictures)
            for kind, found in ratios.items():
                if found:
                    wall, cpu, by_one = np.median(found, axis=0)
                    words = f"{wall:.2f} times as fast, {cpu:.2f} by CPU time, {by_one:.2f} by one process"
                    print(f"{samples} samples, {kind}: {words}")
            print("medians; we draw by {}, they by {}; load {:.0f}".format(*rasterisers, os.getloadavg()[0]))
        browser.close()
    if options.sheet and sheet:
        Image.fromarray(np.concatenate(sheet, 1)).save(options.sheet)


if __name__ == "__main__":
    main()
