"""The numbers of ``trainer eval`` against the same ones written out in NumPy and scikit-image."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_faces import write_shard
from skimage.metrics import structural_similarity

from trainer import colour
from trainer.data import Examples, open_examples
from trainer.evaluate import measure, report
from trainer.networks.morpher import FaceMorpher
from trainer.stages import MORPHER


def opened(path: Path) -> Examples:
    examples = open_examples([path], ("train",))
    assert examples is not None
    return examples


SPANS = {"network space": 2.0, "sRGB": 255.0}


def by_hand(examples: Examples, network: FaceMorpher, rows: np.ndarray) -> dict[str, Any]:
    """Return method → space → pixels → measure, one image after the other, in float64."""
    found: dict[tuple[str, str, str], list[tuple[float, int, float, int]]] = {}
    for row in rows:
        batch = examples.batch(MORPHER, np.array([row]))
        source, target = colour.encode(batch.source), colour.encode(batch.target)
        output = network(source, batch.pose).output.detach()
        difference = batch.source[0].numpy().astype(int) - batch.target[0].numpy()
        moved = (np.abs(difference) > 2).any(-1)
        for space, goal, answers in (
            ("network space", target, {"network": output, "input": source}),
            ("sRGB", batch.target, {"network": colour.decode(output), "input": batch.source}),
        ):
            for method, answer in answers.items():
                a, b = (t[0].numpy().astype(float) for t in (answer, goal))
                if space == "network space":
                    a, b = a.transpose(1, 2, 0), b.transpose(1, 2, 0)
                likeness = structural_similarity(
                    a, b, data_range=SPANS[space], channel_axis=2, gaussian_weights=True, sigma=1.5,
                    use_sample_covariance=False, full=True,
                )[1].mean(-1)[5:-5, 5:-5]  # fmt: skip
                for pixels, mask in (("all", np.ones_like(moved)), ("changed", moved)):
                    inner = mask[5:-5, 5:-5]
                    squares = ((a - b) ** 2).mean(-1)[mask]
                    found.setdefault((method, space, pixels), []).append(
                        (squares.sum(), len(squares), likeness[inner].sum(), inner.sum())
                    )
    result: dict[str, Any] = {}
    for (method, space, pixels), values in found.items():
        squares, count, likeness, inner = np.array(values).T
        mse = squares.sum() / count.sum()
        result.setdefault(method, {}).setdefault(space, {})[pixels] = {
            "mse": mse,
            "rmse": np.mean([(s / n) ** 0.5 for s, n in zip(squares, count, strict=True) if n]),
            "psnr": 10 * np.log10(SPANS[space] ** 2 / mse),
            "ssim": likeness.sum() / inner.sum(),
        }
    return result


def compare(found: dict[str, Any], expected: dict[str, Any]) -> None:
    for method, spaces in expected.items():
        for space, kinds in spaces.items():
            for pixels, measures in kinds.items():
                assert found[method][space][pixels] == pytest.approx(measures, rel=2e-4, abs=2e-5)


def test_numbers_are_those_written_out(tmp_path: Path) -> None:
    path = write_shard(tmp_path, size=40, characters=range(3), each=3)
    examples, network = opened(path), FaceMorpher(4, seed=1)
    measured = measure(network, MORPHER, examples, np.arange(9), torch.device("cpu"), batch=2)
    found = report(measured, examples)
    compare(found["overall"], by_hand(examples, network, np.arange(9)))
    assert [c["name"] for c in found["characters"]] == ["face 0", "face 1", "face 2"]
    for key, character in enumerate(found["characters"]):
        rows = np.flatnonzero(examples.models == key)
        assert character["images"] == 3
        compare(character, by_hand(examples, network, rows))


def test_where_nothing_changes_there_is_no_number_and_no_crash(tmp_path: Path) -> None:
    path = write_shard(tmp_path, characters=range(1), each=2)
    examples = opened(path)
    examples.picture = lambda row, kind: Examples.picture(examples, row, "rest")  # type: ignore[method-assign]
    measured = measure(FaceMorpher(4), MORPHER, examples, np.arange(2), torch.device("cpu"))
    found = report(measured, examples)["overall"]
    assert found["changed_share"] == 0
    assert np.isnan(found["input"]["sRGB"]["changed"]["mse"])
    assert found["input"]["sRGB"]["all"] == {"mse": 0, "rmse": 0, "psnr": np.inf, "ssim": 1}
