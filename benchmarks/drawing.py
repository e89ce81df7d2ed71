"""What both benchmarks of drawing draw of a character. Used by the scripts beside it.

posed    pictures of poses with the head turned, and nothing else: what viewers and other programs draw
dataset  what `mmdgen render` draws for as many triplets: one rest picture, expressions and posed pictures
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator

import numpy as np

from mmdgen.generate.studio import REST
from mmdgen.puppet import Pictures, Puppet, straight
from mmdgen.render.readback import BUFFERS

KINDS = ("posed", "dataset")


def all_poses(kind: str, poses: np.ndarray) -> np.ndarray:
    """Return the poses (N, 6) of all pictures of a kind, however they are drawn."""
    return poses if kind == "posed" else np.concatenate([REST, straight(poses), poses])


def draw(puppet: Puppet, kind: str, poses: np.ndarray, batch: int) -> None:
    """Draw all pictures of a kind, batches while those before them are read."""
    waiting: deque[Pictures] = deque()
    for begun in _begun(puppet, kind, poses, batch):
        waiting.append(begun)
        if len(waiting) == BUFFERS:
            waiting.popleft().read()
    for left in waiting:
        left.read()


def _begun(puppet: Puppet, kind: str, poses: np.ndarray, batch: int) -> Iterator[Pictures]:
    rest = puppet.start(REST) if kind == "dataset" else None
    if rest is not None:
        yield rest
    for start in range(0, len(poses), batch):
        some = poses[start : start + batch]
        if rest is not None:
            yield puppet.start_expressions(some, rest, start)
        yield puppet.start(some, start)
