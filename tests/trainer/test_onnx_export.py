"""Networks as ONNX: ONNX Runtime gives what `trainer pose` gives, and a file that would not is never kept."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from drawn_faces import draw, random_poses
from still_networks import save_runs

from mmdgen.pose_spec import FACE, HEAD, IDENTITY, NAMES
from mmdgen.shell import run
from trainer import colour, onnx_export
from trainer.cli import app
from trainer.posing import Actor
from trainer.weights import choose

onnx = pytest.importorskip("onnx")
ort = pytest.importorskip("onnxruntime")
pytest.importorskip("onnxscript")
SIZE = 32


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_runs(tmp_path_factory.mktemp("runs"), lifeless=False)


def session(path: Path) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def test_a_whole_configuration_gives_what_pose_gives(
    runs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "whole.onnx"
    assert run(app, ["export", "--onnx", "-o", str(out), "--runs", str(runs), "--json"]) == 0
    printed = capfd.readouterr()
    told = json.loads(printed.out)
    assert told["difference"] <= told["tolerance"] == 2
    assert "differ by at most" in printed.err
    assert "torchvision" not in printed.err
    model = onnx.load(out)
    about = {p.key: p.value for p in model.metadata_props}
    assert about["mmdgen.config"] == "FU-L1-L1"
    assert [p["name"] for p in json.loads(about["mmdgen.pose"])] == list(NAMES)
    assert [o.version for o in model.opset_import if not o.domain] == [onnx_export.OPSET]
    pictures = np.stack([draw(SIZE, character, np.array(IDENTITY, np.float32)) for character in range(3)])
    poses = random_poses(np.random.default_rng(0), 3)
    actor, ran = Actor(choose(runs, None), torch.device("cpu")), session(out)
    for count in (1, 3):
        (found,) = ran.run(["posed"], {"image": pictures[:count], "pose": poses[:count]})
        for picture, pose, drawn in zip(pictures, poses, found, strict=False):
            (expected,) = next(actor.draw(picture, pose[None].astype(np.float64)))
            assert np.abs(drawn.astype(int) - expected).max() <= 1


@pytest.mark.slow
def test_numbers_and_single_stages_agree_with_torch(runs: Path, tmp_path: Path) -> None:
    chosen = choose(runs, None)
    numbers = onnx_export.whole(chosen, SIZE, "float32")
    assert onnx_export.export(numbers, tmp_path / "numbers.onnx") < 1e-3
    image, pose = numbers.inputs["image"].numpy(), numbers.inputs["pose"].numpy()
    (found,) = session(tmp_path / "numbers.onnx").run(None, {"image": image, "pose": pose})
    assert found.dtype == np.float32
    assert found.min() >= 0
    assert found.max() <= 1
    rest = colour.to_network(torch.from_numpy(image).permute(0, 3, 1, 2))
    picture, faces, heads = rest.numpy(), pose[:, FACE], pose[:, HEAD]
    for stage, feed in (("morpher", {"pose": faces}), ("rotator", {"pose": heads}), ("combiner", {"pose": heads})):
        assert onnx_export.export(onnx_export.single(chosen, stage, SIZE), tmp_path / f"{stage}.onnx") < 1e-3
        names = ("painted", "moved") if stage == "combiner" else ("image",)
        outputs = session(tmp_path / f"{stage}.onnx").run(None, feed | dict(zip(names, self_or(picture), strict=False)))
        picture = outputs if stage == "rotator" else outputs[0]
    unit = np.clip((picture + 1) / 2, 0, 1).transpose(0, 2, 3, 1)
    assert np.abs(unit[..., 3] - found[..., 3])[found[..., 3] > 0.01].max() < 1e-3, (
        "three files in a row make the whole"
    )


def self_or(pictures: object) -> list[np.ndarray]:
    return pictures if isinstance(pictures, list) else [pictures]


def test_a_file_that_differs_is_not_kept(
    runs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    write = onnx_export._write

    def bent(graph: onnx_export.Graph, part: Path) -> None:
        write(graph, part)
        model = onnx.load(part)
        weights = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
        weights.raw_data = (np.frombuffer(weights.raw_data, np.float32) * -2).tobytes()
        onnx.save_model(model, part)

    monkeypatch.setattr(onnx_export, "_write", bent)
    out = tmp_path / "x.onnx"
    assert run(app, ["export", "--onnx", "-o", str(out), "--runs", str(runs), "--config", "morpher"]) == 1
    assert "differ by" in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "code", "said"),
    [
        (["-o", "x.onnx"], 2, "no format, expected --onnx"),
        (["--onnx"], 2, "-o: nothing to write"),
        (["--onnx", "-o", "x.pb"], 2, "expected an .onnx file"),
        (["--onnx", "-o", "x.onnx", "--runs", "nowhere"], 2, "nothing trained"),
        (["--onnx", "-o", "x.onnx", "--size", "50"], 2, "--size: 50"),
        (
            ["--onnx", "-o", "x.onnx", "--config", "morpher", "--stage", "rotator"],
            1,
            "no rotator, expected one of morpher",
        ),
        (["--onnx", "-o", "x.onnx", "--pixels", "float16"], 2, "float16"),
        (["--onnx", "-o", "x.onnx", "--pixels", "float32", "--stage", "morpher"], 2, "--pixels float32: one network"),
    ],
)
def test_bad_requests_are_told(
    runs: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
    options: list[str],
    code: int,
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    given = [] if "--runs" in options else ["--runs", str(runs)]
    assert run(app, ["export", *options, *given]) == code
    assert said in capfd.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_missing_package_is_named_with_what_to_install(
    runs: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert run(app, ["export", "--onnx", "-o", str(tmp_path / "x.onnx"), "--runs", str(runs)]) == 1
    assert "onnxruntime not installed, expected them; pip install 'mmdgen[onnx]'" in capfd.readouterr().err
