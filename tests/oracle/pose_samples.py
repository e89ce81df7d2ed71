"""Pose our samples in babylon-mmd and keep the vertices: run once whenever samples/ changes.

    python tests/oracle/pose_samples.py

Needs node 20 and npm; installs the versions that package.json pins in a temporary folder. Writes
tests/rig/posed_samples.npz: per sample the file's sha256, the compared vertices (K,) and their positions (poses, K, 3).
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from posed_samples import REFERENCE, compared, key, poses, samples  # noqa: E402

from mmdgen.formats.load import read_model  # noqa: E402


def main() -> None:
    kept: dict[str, np.ndarray] = {}
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        for name in ("package.json", "package-lock.json", "pose.mjs", "resolve.mjs"):
            shutil.copy(HERE / name, folder)
        subprocess.run(["npm", "ci", "--silent", "--no-audit", "--no-fund"], cwd=folder, check=True)
        for path in samples():
            model = read_model(path)
            (folder / "poses.json").write_text(json.dumps(poses(model)), encoding="utf-8")
            subprocess.run(["node", "pose.mjs", str(path), "poses.json", "posed.f32"], cwd=folder, check=True)
            posed = np.fromfile(folder / "posed.f32", "<f4").reshape(-1, len(model.vertices), 3)
            vertex = compared(model)
            kept[f"{key(path)}/sha256"] = np.array(hashlib.sha256(path.read_bytes()).hexdigest())
            kept[f"{key(path)}/vertex"] = vertex.astype(np.int32)
            kept[f"{key(path)}/position"] = posed[:, vertex]
    np.savez_compressed(REFERENCE, **kept)
    sys.stdout.write(f"{REFERENCE}: {len(samples())} samples, {REFERENCE.stat().st_size} bytes\n")


if __name__ == "__main__":
    main()
