"""Which networks pose a drawing: the best configuration that is trained, published files, or single snapshots."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest
import torch
from still_networks import save_runs, still

from mmdgen.errors import UsageError
from trainer.errors import CheckpointError
from trainer.networks.kinds import PUBLISHED
from trainer.poser import CONFIGURATIONS
from trainer.weights import BEST_FIRST, choose, published, run_folders, snapshots, trained

ALL = (
    *("morpher", "rotator-l1", "rotator-perceptual", "combiner-l1-l1", "combiner-l1-perceptual"),
    *("combiner-perceptual-l1", "combiner-perceptual-perceptual"),
)


def test_every_configuration_has_its_place() -> None:
    assert sorted(BEST_FIRST) == sorted(CONFIGURATIONS)
    assert {folder for c in CONFIGURATIONS.values() for folder in run_folders(c).values()} == set(ALL)


@pytest.mark.parametrize(
    ("folders", "best", "pathway"),
    [
        (ALL, "FU-P-P", "combined"),
        (ALL[:6], "FU-P-L1", "combined"),
        (ALL[:4], "FU-L1-L1", "combined"),
        (ALL[:3], "ZH-P", "moved"),
        (ALL[:2], "ZH-L1", "moved"),
        (ALL[:1], "morpher", None),
    ],
)
def test_the_best_that_is_trained_is_chosen(
    tmp_path: Path, folders: tuple[str, ...], best: str, pathway: str | None
) -> None:
    save_runs(tmp_path, folders=folders, size=64)
    chosen = choose(tmp_path, None)
    assert (chosen.name, chosen.pathway, chosen.size) == (best, pathway, 64)
    for name in trained(tmp_path):
        assert choose(tmp_path, name).name == name
    with pytest.raises(UsageError, match="unknown"):
        choose(tmp_path, "FU")


def test_a_rotator_without_a_morpher_is_nothing(tmp_path: Path) -> None:
    save_runs(tmp_path, folders=("rotator-l1",))
    with pytest.raises(UsageError, match="nothing trained, expected at least a morpher"):
        choose(tmp_path, None)


def test_published_files_are_read_as_tensors_alone(tmp_path: Path) -> None:
    for kind, name in PUBLISHED.items():
        torch.save(still(kind).state_dict(), tmp_path / name)
    chosen = published(tmp_path)
    assert (chosen.pathway, chosen.size, sorted(chosen.networks)) == ("combined", 256, sorted(PUBLISHED))

    class Harm:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "harm",))

    (tmp_path / "combiner.pt").write_bytes(pickle.dumps({"main_body": Harm()}))
    with pytest.raises(CheckpointError, match=r"combiner\.pt"):
        published(tmp_path)
    assert not (tmp_path / "harm").exists()


def test_snapshots_are_given_in_the_order_of_the_way(tmp_path: Path) -> None:
    save_runs(tmp_path, size=None)
    paths = {
        "morpher": tmp_path / "morpher",
        "rotator": tmp_path / "rotator-l1",
        "combiner": tmp_path / "combiner-l1-l1",
    }
    assert snapshots(paths).pathway == "combined"
    assert snapshots(paths).size is None
    assert snapshots({kind: paths[kind] for kind in ("morpher", "rotator")}).pathway == "moved"
    assert snapshots({"morpher": paths["morpher"]}).pathway is None
    with pytest.raises(CheckpointError, match="a combiner, expected a rotator"):
        snapshots(paths | {"rotator": paths["combiner"]})
    for kinds in (("rotator",), ("morpher", "combiner")):
        with pytest.raises(UsageError, match="not enough"):
            snapshots({kind: paths[kind] for kind in kinds})


def test_networks_of_two_sizes_do_not_go_together(tmp_path: Path) -> None:
    save_runs(tmp_path, folders=("morpher",), size=64)
    save_runs(tmp_path, folders=("rotator-l1",), size=32)
    with pytest.raises(CheckpointError, match="morpher 64, rotator 32"):
        choose(tmp_path, "ZH-L1")
