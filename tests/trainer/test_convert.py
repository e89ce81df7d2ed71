"""Published weights become ours and ours become such files, number by number; whatever else is refused."""

from __future__ import annotations

import io
import json
import pickle
import zipfile
from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest
import torch
from published import published_tensors
from torch import Tensor

from mmdgen.errors import UsageError
from mmdgen.shell import run
from trainer.checkpoint import load_network, read_tensors, write_tensors
from trainer.cli import app
from trainer.convert import convert
from trainer.errors import CheckpointError
from trainer.networks.kinds import PUBLISHED, build


def same(a: dict[str, Tensor], b: dict[str, Tensor]) -> bool:
    return set(a) == set(b) and all(torch.equal(a[name], b[name]) for name in a)


def small() -> dict[str, Tensor]:
    return build("morpher", 2).state_dict()


@pytest.mark.parametrize("kind", PUBLISHED)
def test_published_weights_become_ours_and_come_back(kind: str, tmp_path: Path) -> None:
    tensors, file = published_tensors(kind), tmp_path / PUBLISHED[kind]
    torch.save(OrderedDict(tensors), file)
    ours = convert(file)
    assert ours == file.with_suffix(".safetensors")
    found, network, _ = load_network(ours)
    assert found == kind
    assert same(network.state_dict(), tensors)
    assert same(dict(load_network(file)[1].state_dict()), tensors)
    about = json.loads(ours.with_suffix(".json").read_text())
    assert about["stage"] == kind
    assert about["width"] == 64
    assert about["converted_from"] == PUBLISHED[kind]
    (tmp_path / "back").mkdir()
    back = convert(ours, tmp_path / "back")
    assert back.name == PUBLISHED[kind]
    assert same(torch.load(back, weights_only=True), tensors)


class Code:
    """What would run if the file were unpickled."""

    def __reduce__(self) -> Any:
        return Path.touch, (Path("ran"),)


@pytest.mark.parametrize(
    "wrap", [lambda code: code, lambda code: {"weights": code}, lambda code: {**small(), "x": code}]
)
def test_a_pickle_with_code_is_refused_and_does_not_run(
    wrap: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    torch.save(wrap(Code()), "code.pt")
    Path("plain.pt").write_bytes(pickle.dumps(wrap(Code())))
    for name in ("code.pt", "plain.pt"):
        with pytest.raises(CheckpointError, match=f"{name}: .*expected tensors alone"):
            convert(Path(name))
    assert not Path("ran").exists()
    assert not list(tmp_path.glob("*.safetensors"))


def damaged() -> dict[str, bytes]:
    saved = io.BytesIO()
    torch.save(small(), saved)
    foreign = io.BytesIO()
    with zipfile.ZipFile(foreign, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    whole = saved.getvalue()
    return {"empty": b"", "text": b"no weights\n", "cut": whole[: len(whole) // 2], "zip": foreign.getvalue()}


@pytest.mark.parametrize("damage", damaged())
def test_a_damaged_file_is_named(damage: str, tmp_path: Path) -> None:
    file = tmp_path / "face_morpher.pt"
    file.write_bytes(damaged()[damage])
    with pytest.raises(CheckpointError, match=r"face_morpher\.pt: .*expected tensors alone"):
        convert(file)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: {"state_dict": t}, "'state_dict' is no tensor"),
        (lambda t: list(t.values()), "list, expected a bare state dict"),
        (lambda t: {k: v for k, v in t.items() if "conv1" not in k}, r"no main_body.*conv1\.weight, expected"),
        (lambda t: t | {"another": torch.zeros(1)}, "'another' besides, expected the 59 tensors"),
        (
            lambda t: t | {"alpha_mask.0.weight": torch.zeros(4, 2, 3, 3)},
            r"of shape \(4, 2, 3, 3\), expected \(4, 2, 7",
        ),
        (lambda t: t | {"alpha_mask.0.weight": torch.full((4, 2, 7, 7), torch.nan)}, "NaN"),
        (lambda t: t | {"alpha_mask.0.weight": t["alpha_mask.0.weight"].to_sparse()}, "expected all its numbers"),
        (lambda t: t | {"alpha_mask.0.weight": t["alpha_mask.0.weight"].to("meta")}, "expected all its numbers"),
        (lambda t: {k: v.to(torch.int8) for k, v in t.items()}, "expected all its numbers in floating point"),
        (lambda t: {k: torch.zeros(1).expand(v.shape) for k, v in t.items()}, "expected all its numbers"),
        (lambda _: {"color_change.0.weight": torch.zeros(4, 256, 7, 7)}, "no main_body.*of width 256"),
        (lambda _: {"color_change.0.weight": torch.zeros(4, 5000, 1, 1)}, "none of our networks"),
        (lambda _: {"color_change.0.weight": torch.zeros(4, 0, 7, 7)}, "none of our networks"),
        (lambda _: {"fc.weight": torch.zeros(3, 3)}, "none of our networks"),
        (lambda _: {}, "none of our networks"),
    ],
)
def test_other_tensors_are_refused(change: Any, said: str, tmp_path: Path) -> None:
    torch.save(change(small()), tmp_path / "x.pt")
    with pytest.raises(CheckpointError, match=said):
        convert(tmp_path / "x.pt")
    assert [p.name for p in tmp_path.iterdir()] == ["x.pt"]


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    write_tensors(tmp_path / "a.safetensors", small())
    out = convert(tmp_path / "a.safetensors")
    assert out.name == "face_morpher.pt"
    with pytest.raises(UsageError, match="is there already"):
        convert(tmp_path / "a.safetensors")
    convert(tmp_path / "a.safetensors", overwrite=True)
    with pytest.raises(UsageError, match=r"expected \.pt or \.pth"):
        convert(tmp_path / "a.safetensors", tmp_path / "b.safetensors")


def test_the_command_prints_what_it_wrote(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    torch.save(small(), tmp_path / "face_morpher.pt")
    wanted = tmp_path / "ours.safetensors"
    assert run(app, ["convert", str(tmp_path / "face_morpher.pt"), "-o", str(wanted)]) == 0
    assert capfd.readouterr().out.strip() == str(wanted)
    assert same(read_tensors(wanted)[0], small())
    assert run(app, ["convert", str(tmp_path / "nothing.pt")]) == 1
    assert "nothing there" in capfd.readouterr().err
