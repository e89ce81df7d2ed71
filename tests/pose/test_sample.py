from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import kstest

from mmdgen.pose.sample import generator, sample_pose, sample_poses
from mmdgen.pose_spec import PARAMETERS

IDENTITY = ("ab" * 32, "cd" * 32)


@pytest.fixture(scope="module")
def many() -> np.ndarray:
    return sample_poses(7, IDENTITY, range(20_000))


@pytest.mark.parametrize("column", range(6))
def test_each_parameter_has_its_density(many: np.ndarray, column: int) -> None:
    head = PARAMETERS[column].low < 0

    def v_shaped(x: np.ndarray) -> np.ndarray:
        """Distribution of density |x| on [-1, 1]."""
        return (1 + np.sign(x) * x**2) / 2

    expected = v_shaped if head else (lambda x: np.clip(x, 0, 1))
    assert kstest(many[:, column].astype(np.float64), expected).pvalue > 1e-3


def test_parameters_are_independent_and_in_range(many: np.ndarray) -> None:
    assert many.dtype == np.float32
    assert np.abs(np.corrcoef(many.T) - np.eye(6)).max() < 0.03
    for column, parameter in enumerate(PARAMETERS):
        assert many[:, column].min() >= parameter.low
        assert many[:, column].max() <= parameter.high


def test_a_sample_depends_on_seed_model_and_number_alone() -> None:
    numbers = np.random.default_rng(0).permutation(200)
    shuffled = sample_poses(3, IDENTITY, numbers)
    assert shuffled.tobytes() == sample_poses(3, IDENTITY, range(200))[numbers].tobytes()
    assert shuffled[0].tobytes() == sample_pose(3, IDENTITY, int(numbers[0])).tobytes()


def test_every_part_of_the_key_changes_the_sample() -> None:
    keys = [(0, IDENTITY, 0), (1, IDENTITY, 0), (0, IDENTITY, 1), (0, IDENTITY[::-1], 0), (10, IDENTITY, 0)]
    keys += [(1, IDENTITY, 10), (11, IDENTITY, 0), (0, (IDENTITY[0], "ef" * 32), 0), (-1, IDENTITY, 0)]
    assert len({sample_pose(*key).tobytes() for key in keys}) == len(keys)


def test_published_samples_never_change() -> None:
    """Shards that people have made depend on these numbers."""
    np.testing.assert_array_equal(sample_pose(0, ("", ""), 0), PUBLISHED)
    assert generator(0, ("", ""), 0).bit_generator.random_raw() == PUBLISHED_RAW


def test_no_indices_give_no_poses() -> None:
    assert sample_poses(0, IDENTITY, []).shape == (0, 6)


PUBLISHED = np.array(
    [
        -0.12801839411258698,
        0.10773751884698868,
        0.4698631465435028,
        0.215648353099823,
        0.7701694369316101,
        0.09255596250295639,
    ],
    np.float32,
)
PUBLISHED_RAW = 9072212873898285884
