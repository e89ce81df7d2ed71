"""Random poses: each a function of (seed, model identity, sample number) and of nothing else."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from mmdgen.model import F4
from mmdgen.pose_spec import HEAD, NAMES

IDENTITY_SEPARATOR = b"\0"


def generator(seed: int, identity: tuple[str, str], index: int, *purpose: str) -> np.random.Generator:
    """Return the random generator of one sample; ``identity`` is (sha256 of the file, sha256 over its textures).

    A ``purpose`` gives another stream, independent of the pose's, which has none.
    """
    words = (str(seed), *identity, str(index), *purpose)
    digest = hashlib.sha256(IDENTITY_SEPARATOR.join(w.encode() for w in words)).digest()
    return np.random.Generator(np.random.Philox(key=np.frombuffer(digest[:16], "<u8").astype(np.uint64)))


def uniforms(count: int, seed: int, identity: tuple[str, str], index: int, *purpose: str) -> NDArray[np.float64]:
    """Return the first numbers (count,) of a sample's generator, uniform on [0, 1)."""
    raw = generator(seed, identity, index, *purpose).bit_generator.random_raw(count)
    return (np.asarray(raw, np.uint64) >> np.uint64(11)).astype(np.float64) * 2.0**-53


def sample_pose(seed: int, identity: tuple[str, str], index: int) -> F4:
    """Return the pose (6,) float32 of sample ``index``, in the order of ``pose_spec.NAMES``.

    Head parameters have density |x| on [-1, 1], so that large turns are common; eyes and mouth are uniform on [0, 1].
    """
    return _shape(uniforms(len(NAMES), seed, identity, index))


def sample_poses(seed: int, identity: tuple[str, str], indices: Iterable[int]) -> F4:
    """Return the poses (N, 6) float32 of several samples."""
    poses = [sample_pose(seed, identity, index) for index in indices]
    return np.stack(poses) if poses else np.zeros((0, len(NAMES)), np.float32)


def _shape(uniform: NDArray[np.float64]) -> F4:
    """Map numbers (6,) uniform on [0, 1) to a pose; the head's by the inverse of its distribution, sign · √|·|."""
    pose = uniform.copy()
    centered = 2 * uniform[HEAD] - 1
    pose[HEAD] = np.sign(centered) * np.sqrt(np.abs(centered))
    return pose.astype(np.float32)
