"""Pictures a second beside three.js: its MMDLoader in headless Chromium, and us, on the same models and framing.

    python benchmarks/three_peer.py models/ [--pictures 48] [--rounds 3] [--sheet FILE.png]

Both draw 256 × 256 pictures of the same random poses and read every one back: without antialiasing, and with four
samples a pixel (their multisampling; our grid of 2 × 2, each sample shaded). Rounds alternate between the two, so that
other programs slow both down; the best of each counts. CPU milliseconds are those of all threads and processes. Needs
Linux, node 20, npm and Chromium, which draws by the same OpenGL (its name is printed); the versions that
peers/package.json pins are installed into a temporary folder. ``--sheet`` shows their pictures above ours.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from mmdgen.errors import MmdgenError
from mmdgen.formats.load import read_model
from mmdgen.library.proposals import propose
from mmdgen.library.scan import find_models
from mmdgen.pose.sample import sample_poses
from mmdgen.pose_spec import MAX_ANGLE_DEG, NAMES
from mmdgen.prepare import Prepared, prepare
from mmdgen.puppet import Puppet
from mmdgen.render.context import driver, open_context
from mmdgen.render.readback import BUFFERS, Pending
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


def draw_ours(puppet: Puppet, poses: np.ndarray, batch: int) -> tuple[float, float]:
    """Return our wall and CPU milliseconds a picture; batches are drawn while those before them are read."""
    began = time.perf_counter(), time.process_time()
    waiting: list[Pending] = []
    for start in range(0, len(poses), batch):
        waiting.append(puppet.start(poses[start : start + batch]))
        if len(waiting) == BUFFERS:
            waiting.pop(0).read()
    for pending in waiting:
        pending.read()
    wall, cpu = time.perf_counter() - began[0], time.process_time() - began[1]
    return 1e3 * wall / len(poses), 1e3 * cpu / len(poses)


def compare(
    browser: Browser, renderer: Renderer, path: Path, poses: np.ndarray, rounds: int, *, antialias: bool
) -> tuple[dict[str, Any], Rate, Rate, np.ndarray]:
    """Draw one model on both sides; return what they say, their rate, ours, and both pictures one above the other."""
    prepared = prepare(path, propose(read_model(path)), allow_smile=True)
    job = their_job(path, prepared, poses, antialias=antialias)
    told = browser.ask("prepare", **job)
    puppet = Puppet.of(prepared, renderer)
    theirs, ours = Rate(), Rate()
    browser.ask("draw", **job | {"poses": job["poses"][:2]})  # shaders compile on first use
    puppet.draw(poses[:2])
    for _ in range(rounds):
        answer = browser.ask("draw", **job)
        theirs.take(answer["wall"] / len(poses), answer["cpu"] / len(poses))
        ours.take(*draw_ours(puppet, poses, renderer.slots))
    upside_down = np.array(browser.ask("picture", **job), np.uint8).reshape(SIZE, SIZE, 4)
    pictures = np.concatenate([upside_down[::-1], puppet.draw(poses[:1])[0]])
    puppet.release()
    return told, theirs, ours, pictures


def main() -> None:
    """Print one line a model and kind of antialiasing, and the medians of ratios."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="*", default=["samples/models"], type=Path)
    parser.add_argument("--pictures", type=int, default=48)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--sheet", type=Path)
    options = parser.parse_args()
    context = open_context()
    poses = sample_poses(0, ("", ""), range(options.pictures))
    print(f"we draw by {driver(context).renderer}; poses {options.pictures}, best of {options.rounds} rounds")
    head = f"{'model':24} {'triangles':>9} {'morphs':>6} {'samples':>7}"
    print(f"{head} {'three.js':>20} {'mmdgen':>20} {'faster':>7} {'CPU':>7}")
    sheet = []
    with tempfile.TemporaryDirectory() as folder:
        browser = Browser(Path(folder))
        for antialias, samples in ANTIALIASING.items():
            renderer = Renderer(context, RenderSettings(size=SIZE, samples=samples))
            ratios, rasteriser = [], ""
            for path in find_models(options.models):
                try:
                    told, theirs, ours, pictures = compare(
                        browser, renderer, path, poses, options.rounds, antialias=antialias
                    )
                except MmdgenError as error:
                    print(f"{path.stem[:24]:24} {error}", flush=True)
                    continue
                ratios.append((theirs.wall / ours.wall, theirs.cpu / ours.cpu))
                faster = "".join(f" {ratio:7.2f}" for ratio in ratios[-1])
                rasteriser = told["rasteriser"]
                line = f"{path.stem[:24]:24} {told['triangles']:9,} {told['morphs']:6} {told['samples'] or 1:7}"
                print(f"{line} {theirs!s:>20} {ours!s:>20}{faster}", flush=True)
                sheet.append(pictures)
            if ratios:
                wall, cpu = np.median(ratios, axis=0)
                print(f"{samples} samples: {wall:.2f} times as fast, {cpu:.2f} by CPU time (medians)")
                print(f"they draw by {rasteriser}")
            renderer.release()
        browser.close()
    if options.sheet and sheet:
        Image.fromarray(np.concatenate(sheet, 1)).save(options.sheet)


if __name__ == "__main__":
    main()
