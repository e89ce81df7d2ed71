"""The numbers of ``trainer eval`` against the same ones written out in NumPy and scikit-image."""

from __future__ import annotations

import importlib
import sys
import types
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from drawn_faces import write_shard
from skimage.metrics import structural_similarity
from test_data import opened, spoil

from mmdgen.errors import ShardError
from trainer import colour
from trainer.data import Examples
from trainer.evaluate import by_size, measure, report
from trainer.lineup import MORPH, TURN, Lineup, Member, Row, Task
from trainer.metrics import find_lpips
from trainer.networks.morpher import FaceMorpher
from trainer.networks.rotator import FaceRotator

SPANS = {"network space": 2.0, "sRGB": 255.0}
CPU = torch.device("cpu")


def morpher_alone(network: FaceMorpher) -> Lineup:
    return Lineup({"morpher": Member(network, Path("x"), {})}, CPU, {MORPH: {"network": Row("morpher")}})


def rotator_alone(network: FaceRotator) -> Lineup:
    rows = {"painted": Row(None, "rotator", "painted"), "moved": Row(None, "rotator", "moved")}
    return Lineup({"rotator": Member(network, Path("x"), {})}, CPU, {TURN: rows})


def by_hand(examples: Examples, task: Task, answer: Any, rows: np.ndarray) -> dict[str, Any]:
    """Return answer → space → pixels → measure, one image after the other, in float64."""
    found: dict[tuple[str, str, str], list[tuple[float, int, float, int]]] = {}
    for row in rows:
        some = examples.triplets(np.array([row]))
        stored_source, stored_target = getattr(some, task.source), getattr(some, task.target)
        source, target = colour.encode(stored_source), colour.encode(stored_target)
        answers = {name: picture.detach() for name, picture in answer(source, some.pose).items()}
        moved = (np.abs(stored_source[0].numpy().astype(int) - stored_target[0].numpy()) > 2).any(-1)
        for space, goal, given in (
            ("network space", target, answers | {"input": source}),
            ("sRGB", stored_target, {n: colour.decode(a) for n, a in answers.items()} | {"input": stored_source}),
        ):
            for method, picture in given.items():
                a, b = (t[0].numpy().astype(float) for t in (picture, goal))
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
    (measured,) = measure(morpher_alone(network), examples, np.arange(9), batch=2)
    found = report(measured, examples)

    def answer(source: torch.Tensor, pose: torch.Tensor) -> dict[str, torch.Tensor]:
        return {"network": network(source, pose[:, 3:]).output}

    compare(found["overall"], by_hand(examples, MORPH, answer, np.arange(9)))
    assert [c["name"] for c in found["characters"]] == ["face 0", "face 1", "face 2"]
    for key, character in enumerate(found["characters"]):
        rows = np.flatnonzero(examples.models == key)
        assert character["images"] == 3
        compare(character, by_hand(examples, MORPH, answer, rows))


def test_a_rotators_two_pictures_are_measured_from_expression_to_posed(tmp_path: Path) -> None:
    examples, network = opened(write_shard(tmp_path, size=40)), FaceRotator(4, seed=1)
    (measured,) = measure(rotator_alone(network), examples, np.arange(8), batch=3)

    def answer(source: torch.Tensor, pose: torch.Tensor) -> dict[str, torch.Tensor]:
        turned = network(source, pose[:, :3])
        return {"painted": turned.painted, "moved": turned.moved}

    compare(report(measured, examples)["overall"], by_hand(examples, TURN, answer, np.arange(8)))


def test_images_are_parted_by_the_size_of_a_parameter(tmp_path: Path) -> None:
    examples = opened(write_shard(tmp_path, each=20))
    (measured,) = measure(rotator_alone(FaceRotator(4)), examples, np.arange(40))
    sizes = np.abs(examples.poses[:, 1])
    bins = by_size(measured, "head_y", (0, 0.5, 1))
    assert [found["images"] for found in bins] == [(sizes < 0.5).sum(), (sizes >= 0.5).sum()]
    for found, inside in zip(bins, (sizes < 0.5, sizes >= 0.5), strict=True):
        expected = measured.summary(np.flatnonzero(inside))
        assert found["moved"] == expected["moved"]
    assert list(report(measured, examples)["parameters"]) == ["head_x", "head_y", "neck_z"]
    assert sum(found["images"] for found in report(measured, examples)["parameters"]["head_x"]) == 40


def test_where_nothing_changes_there_is_no_number_and_no_crash(tmp_path: Path) -> None:
    examples = opened(write_shard(tmp_path, characters=range(1), each=2))
    examples.picture = lambda row, kind: Examples.picture(examples, row, "rest")  # type: ignore[method-assign]
    (measured,) = measure(morpher_alone(FaceMorpher(4)), examples, np.arange(2))
    found = report(measured, examples)["overall"]
    assert found["changed_share"] == 0
    assert np.isnan(found["input"]["sRGB"]["changed"]["mse"])
    assert found["input"]["sRGB"]["all"] == {"mse": 0, "rmse": 0, "psnr": np.inf, "ssim": 1}


def test_what_cannot_be_read_is_left_out_of_the_numbers(tmp_path: Path) -> None:
    path = write_shard(tmp_path)
    whole = opened(path)
    (expected,) = measure(morpher_alone(FaceMorpher(4)), whole, np.array([0, 1, 4, 5, 6, 7]))
    for i in (2, 3):
        spoil(path, "posed", i)
    (found,) = measure(morpher_alone(FaceMorpher(4)), opened(path, corrupt="skip"), np.arange(8), batch=2)
    assert found.rows.tolist() == [0, 1, 4, 5, 6, 7]
    compare(found.summary(), {name: expected.summary()[name] for name in expected.answers})
    with pytest.raises(ShardError, match="posed 2"):
        measure(morpher_alone(FaceMorpher(4)), opened(path), np.arange(8), batch=2)


def test_lpips_is_asked_about_pictures_on_white(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a stand-in of the package's interface: mean absolute difference of what it is given."""

    class Distance(torch.nn.Module):
        def __init__(self, net: str, verbose: bool) -> None:
            super().__init__()
            assert net == "alex"

        def forward(self, a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
            return (a - b).abs().mean(dim=(1, 2, 3), keepdim=True)

    package = types.ModuleType("lpips")
    package.__spec__ = ModuleSpec("lpips", None)
    package.LPIPS = Distance  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "lpips", package)
    distance, missing = find_lpips(CPU)
    assert not missing
    examples = opened(write_shard(tmp_path))
    (measured,) = measure(morpher_alone(FaceMorpher(4)), examples, np.arange(8), lpips=distance, batch=3)
    some = examples.triplets(np.arange(8))
    on_white = [
        p[..., :3].double() * p[..., 3:] / 255 + 255 - p[..., 3:].double() for p in (some.rest, some.expression)
    ]
    expected = (2 * (on_white[0] - on_white[1]).abs() / 255).mean((1, 2, 3))
    assert measured.lpips is not None
    assert measured.lpips[:, 1] == pytest.approx(expected.numpy(), abs=1e-6)
    assert report(measured, examples)["overall"]["input"]["lpips"] == pytest.approx(expected.mean().item(), abs=1e-6)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "not installed"),
        ("raise RuntimeError('operator torchvision::nms does not exist')", "lpips: operator torch"),
    ],
)
def test_without_lpips_it_is_said_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None, said: str
) -> None:
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    monkeypatch.delitem(sys.modules, "lpips", raising=False)
    if content:
        (tmp_path / "lpips.py").write_text(content, encoding="utf-8")
    importlib.invalidate_caches()
    found, missing = find_lpips(CPU)
    assert found is None
    assert said in missing
