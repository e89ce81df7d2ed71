from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from mmdgen.library.proposals.rays import first_hits


def obvious(ray, corners, two_sided):
    """Return the number and z of the first triangle that one ray meets, by solving for each."""
    best = (-1, np.inf)
    for i, (a, b, c) in enumerate(corners):
        matrix = np.stack([(b - a)[:2], (c - a)[:2]], -1)
        det = np.linalg.det(matrix)
        if abs(det) < 1e-12 or (det > 0 and not two_sided[i]):
            continue
        u, v = np.linalg.solve(matrix, ray - a[:2])
        z = a[2] + u * (b - a)[2] + v * (c - a)[2]
        if min(u, v, 1 - u - v) >= 0 and z < best[1]:
            best = (i, z)
    return best


@given(st.integers(0, 2**32 - 1), st.integers(1, 60))
@settings(deadline=None, max_examples=15)
def test_rays_meet_what_solving_for_every_triangle_says(seed, count):
    rng = np.random.default_rng(seed)
    corners, two_sided = rng.normal(size=(count, 3, 3)), rng.random(count) < 0.5
    rays = rng.normal(size=(150, 2))
    hit, depth = first_hits(rays, corners, two_sided)
    expected = [obvious(ray, corners, two_sided) for ray in rays]
    assert hit.tolist() == [number for number, _ in expected]
    np.testing.assert_allclose(depth, [z for _, z in expected], rtol=1e-7, atol=1e-9)


def test_a_shared_edge_has_no_gap_and_nothing_is_nothing():
    square = np.array([[[0, 0, 1], [0, 1, 1], [1, 1, 1]], [[0, 0, 1], [1, 1, 1], [1, 0, 1]]], float)
    along = np.linspace(0.01, 0.99, 97)
    assert (first_hits(np.stack([along, along], -1), square, np.zeros(2, bool))[0] >= 0).all()
    back = square[:, ::-1]
    assert (first_hits(np.stack([along, along], -1), back, np.zeros(2, bool))[0] == -1).all(), "back faces are culled"
    hit, depth = first_hits(np.zeros((3, 2)), np.zeros((0, 3, 3)), np.zeros(0, bool))
    assert (hit == -1).all()
    assert np.isinf(depth).all()
