"""The rows of Table 7B: each is what its networks answer one after the other, and no network runs twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import cast

import numpy as np
import pytest
import torch
from drawn_faces import write_shard
from test_data import opened
from tiny_runs import FOLDERS, write_published, write_runs

from mmdgen.errors import UsageError
from mmdgen.pose_spec import FACE, HEAD
from trainer import colour
from trainer.checkpoint import load_network, save_snapshot, snapshot_path
from trainer.errors import CheckpointError
from trainer.evaluate import measure
from trainer.lineup import MORPH, TURN, WHOLE, of_runs, of_snapshot
from trainer.networks.combiner import Combiner
from trainer.networks.kinds import build
from trainer.networks.morpher import FaceMorpher
from trainer.networks.rotator import FaceRotator
from trainer.poser import CONFIGURATIONS, Poser

CPU = torch.device("cpu")


def test_all_eight_configurations_are_the_posers_answers(tmp_path: Path) -> None:
    runs = write_runs(tmp_path / "runs")
    lineup = of_runs(runs, None, CPU)
    examples = opened(write_shard(tmp_path / "shards"))
    some = examples.triplets(np.arange(3))
    answers, measured = lineup.answers(some), measure(lineup, examples, np.arange(3))
    goal = colour.encode(some.posed)
    rest, expression = colour.encode(some.rest), colour.encode(some.expression)
    assert list(answers[WHOLE]) == list(answers[TURN]) == list(CONFIGURATIONS)
    morpher = cast("FaceMorpher", load_network(runs / "morpher")[1])
    with torch.no_grad():
        assert torch.allclose(answers[MORPH]["morpher"], morpher(rest, some.pose[:, FACE]).output, atol=1e-4)
        for name, chosen in CONFIGURATIONS.items():
            rotator = cast("FaceRotator", load_network(runs / f"rotator-{chosen.rotator}")[1])
            folder = runs / f"combiner-{chosen.rotator}-{chosen.combiner}"
            combiner = cast("Combiner", load_network(folder)[1]) if chosen.combiner else None
            whole = Poser(morpher, rotator, combiner)(rest, some.pose).picture(chosen.pathway)
            assert torch.allclose(answers[WHOLE][name], whole, atol=2e-3), name
            error = ((whole - goal) ** 2).mean((1, 2, 3)).sqrt()
            assert measured[0].errors(name) == pytest.approx(error.numpy(), rel=1e-3)
            turned = rotator(expression, some.pose[:, HEAD])
            alone = {"painted": turned.painted, "moved": turned.moved}.get(chosen.pathway)
            if combiner:
                alone = combiner(turned.painted, turned.moved, some.pose[:, HEAD]).output
            assert torch.allclose(answers[TURN][name], alone, atol=2e-3), name


def test_each_network_runs_once_a_batch(tmp_path: Path) -> None:
    lineup = of_runs(write_runs(tmp_path / "runs"), write_published(tmp_path / "published"), CPU)
    ran: Counter[str] = Counter()
    for name, member in lineup.members.items():
        member.network.register_forward_hook(lambda *_, name=name: ran.update([name]))
    lineup.answers(opened(write_shard(tmp_path / "shards")).triplets(np.arange(2)))
    assert ran == Counter([*FOLDERS, "published morpher", "published rotator", "published combiner"])


@pytest.mark.parametrize(
    ("folders", "whole", "turn", "morph"),
    [
        (("morpher",), [], [], ["morpher"]),
        (("rotator-l1",), [], ["PU-L1", "ZH-L1"], []),
        (("morpher", "rotator-perceptual"), ["PU-P", "ZH-P"], ["PU-P", "ZH-P"], ["morpher"]),
        (("morpher", "rotator-l1", "combiner-l1-perceptual"), *[["PU-L1", "ZH-L1", "FU-L1-P"]] * 2, ["morpher"]),
        (("morpher", "combiner-l1-l1"), [], [], ["morpher"]),
    ],
)  # fmt: skip
def test_rows_are_those_whose_networks_are_trained(
    tmp_path: Path, folders: tuple[str, ...], whole: list[str], turn: list[str], morph: list[str]
) -> None:
    lineup = of_runs(write_runs(tmp_path, folders), None, CPU)
    for task, expected in ((WHOLE, whole), (TURN, turn), (MORPH, morph)):
        assert list(lineup.rows.get(task, {})) == expected
        assert (task in lineup.tasks) == bool(expected)


def test_published_weights_stand_beside_ours_or_alone(tmp_path: Path) -> None:
    published = write_published(tmp_path / "published")
    alone = of_runs(None, published, CPU)
    assert list(alone.rows[WHOLE]) == ["published PU", "published ZH", "published"]
    both = of_runs(write_runs(tmp_path / "runs", FOLDERS[:2]), published, CPU)
    assert list(both.rows[WHOLE]) == ["PU-L1", "ZH-L1", *alone.rows[WHOLE]]
    some = opened(write_shard(tmp_path / "shards")).triplets(np.arange(2))
    answers = both.answers(some)
    for task, rows in alone.answers(some).items():
        for name, picture in rows.items():
            assert torch.allclose(picture, answers[task][name], atol=2e-3)
    (published / "combiner.pt").unlink()
    with pytest.raises(UsageError, match=r"no combiner\.pt"):
        of_runs(None, published, CPU)


def test_seeded_vgg_is_noted_wherever_it_had_a_part(tmp_path: Path) -> None:
    lineup = of_runs(write_runs(tmp_path, vgg="seeded"), None, CPU)
    noted = [name for name in CONFIGURATIONS if lineup.note(WHOLE, name) == "seeded VGG"]
    assert noted == [name for name in CONFIGURATIONS if "P" in name.split("-")]
    assert lineup.members["rotator-perceptual"].as_json()["notes"] == ["seeded VGG"]
    honest = of_runs(write_runs(tmp_path / "other"), None, CPU)
    assert not any(honest.note(WHOLE, name) for name in CONFIGURATIONS)


def test_a_combiner_that_learned_from_other_weights_is_noted(tmp_path: Path) -> None:
    write_runs(tmp_path)
    newer = snapshot_path(tmp_path / "rotator-l1", "rotator", 2000)
    save_snapshot(newer, build("rotator", 4, 99).state_dict(), {"images": 2000})
    lineup = of_runs(tmp_path, None, CPU)
    noted = {name: lineup.note(WHOLE, name) for name in CONFIGURATIONS}
    assert {name for name, note in noted.items() if note} == {"FU-L1-L1", "FU-L1-P"}
    assert noted["FU-L1-P"] == "other weights of its rotator"


def test_a_snapshot_of_the_wrong_kind_is_named(tmp_path: Path) -> None:
    write_runs(tmp_path, ("morpher",))
    (tmp_path / "morpher").rename(tmp_path / "rotator-l1")
    with pytest.raises(CheckpointError, match="a morpher, expected a rotator"):
        of_runs(tmp_path, None, CPU)


def test_a_combiner_alone_is_refused(tmp_path: Path) -> None:
    write_runs(tmp_path, ("combiner-l1-l1", "rotator-l1"))
    with pytest.raises(UsageError, match="give --runs"):
        of_snapshot(tmp_path / "combiner-l1-l1", CPU)
    assert list(of_snapshot(tmp_path / "rotator-l1", CPU).rows[TURN]) == ["painted", "moved"]


def test_nothing_trained_is_said(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no snapshots"):
        of_runs(tmp_path, None, CPU)
