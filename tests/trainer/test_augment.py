"""Augmentation: pairs stay pairs, dice belong to the image's number, nothing bleeds, mirrored is what mirrors show."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from corpus import ROOT
from drawn_faces import draw, random_poses

from mmdgen.errors import UsageError
from mmdgen.pose_spec import FACE, HEAD, IDENTITY, mirrored
from mmdgen.render.look_table import color_matrix
from mmdgen.shard import ShardHeader, ShardModel, ShardWriter
from trainer.augment import augment, mirror, mirror_pose, place, relight
from trainer.colour import srgb_to_linear
from trainer.config import Augmentation, FitConfig
from trainer.data import Batch, open_examples
from trainer.stages import MORPHER, ROTATOR, Stage

ALL = Augmentation(mirror=0.5, scale=0.2, shift=0.1, light=0.5, colour=0.5)


def faces(count: int = 4, size: int = 64) -> torch.Tensor:
    return torch.from_numpy(np.stack([draw(size, c, np.float32(IDENTITY)) for c in range(count)]))


def batch(numbers: np.ndarray, stage: Stage = ROTATOR) -> Batch:
    """Make a batch whose images are functions of their numbers."""
    poses = random_poses(np.random.default_rng(0), 100)[numbers]
    source = np.stack([draw(32, n, np.float32(IDENTITY)) for n in numbers])
    target = np.stack([draw(32, n, pose) for n, pose in zip(numbers, poses, strict=True)])
    pose = torch.from_numpy(poses[:, stage.pose])
    return Batch(numbers, numbers, torch.from_numpy(source), torch.from_numpy(target), pose)


def same(a: Batch, b: Batch) -> bool:
    return all(torch.equal(getattr(a, name), getattr(b, name)) for name in ("source", "target", "pose"))


@pytest.mark.parametrize("stage", [MORPHER, ROTATOR])
def test_mirroring_twice_is_the_identity(stage: Stage) -> None:
    given = batch(np.arange(6), stage)
    always = Augmentation(mirror=1)
    once = augment(given, stage.pose, always, 0)
    assert not same(once, given)
    assert same(augment(once, stage.pose, always, 0), given)
    assert torch.equal(once.source, mirror(given.source))


@pytest.mark.parametrize("part", [FACE, HEAD, slice(0, 6)])
def test_poses_are_mirrored_as_the_pose_vector_says(part: slice) -> None:
    poses = random_poses(np.random.default_rng(3), 5)
    expected = np.float32([mirrored(tuple(pose)) for pose in poses])[:, part]
    assert np.array_equal(mirror_pose(torch.from_numpy(poses[:, part]), part), expected)


def test_dice_belong_to_seed_and_number_whatever_the_batch_and_the_rank() -> None:
    whole = augment(batch(np.arange(12)), HEAD, ALL, 7)
    for rank in range(3):
        part = augment(batch(np.arange(12)[rank::3]), HEAD, ALL, 7)
        assert same(
            part, replace(whole, source=whole.source[rank::3], target=whole.target[rank::3], pose=whole.pose[rank::3])
        )
    assert not same(augment(batch(np.arange(12)), HEAD, ALL, 8), whole)
    flipped = (whole.pose[:, 1] * batch(np.arange(12)).pose[:, 1] < 0).tolist()
    assert 2 < sum(flipped) < 10


def test_one_option_more_leaves_the_others_dice_alone() -> None:
    numbers = np.arange(20)
    few = augment(batch(numbers), HEAD, Augmentation(mirror=0.5), 1)
    many = augment(batch(numbers), HEAD, ALL, 1)
    assert torch.equal(few.pose, many.pose)


def test_source_and_target_change_alike_and_nothing_is_under_alpha_zero() -> None:
    given = batch(np.arange(16))
    changed = augment(replace(given, target=given.source), HEAD, ALL, 0)
    assert torch.equal(changed.source, changed.target)
    assert not torch.equal(changed.source, given.source)
    assert not changed.source[changed.source[..., 3] == 0].any()
    assert changed.source.dtype == torch.uint8


def test_no_options_change_nothing() -> None:
    given = batch(np.arange(3))
    assert augment(given, HEAD, Augmentation(), 0) is given
    assert augment(given, HEAD, FitConfig(), 0) is given


def test_whole_pixels_move_exactly_and_what_comes_in_is_empty() -> None:
    pictures = faces()
    moved = place(pictures, torch.ones(4), torch.tensor([[5 / 64, -3 / 64]] * 4))
    assert torch.equal(moved[:, :-3, 5:], pictures[:, 3:, :-5])
    assert not moved[:, -3:].any()
    assert not moved[:, :, :5].any()


def test_heads_grow_about_the_middle_of_their_box() -> None:
    disc = torch.zeros(1, 64, 64, 4, dtype=torch.uint8)
    y, x = np.mgrid[:64, :64] + 0.5
    disc[0, torch.from_numpy(np.hypot(x - 32, y - 32) < 16)] = torch.tensor([200, 100, 50, 255], dtype=torch.uint8)
    for factor in (0.8, 1.25):
        grown = place(disc, torch.tensor([factor]), torch.zeros(1, 2))[0].float()
        alpha = grown[..., 3].numpy() / 255
        assert alpha.sum() == pytest.approx(np.pi * 16**2 * factor**2, rel=0.02)
        assert (alpha * x).sum() / alpha.sum() == pytest.approx(32, abs=0.05)
        assert (alpha * y).sum() / alpha.sum() == pytest.approx(32, abs=0.05)
        edge = (grown[..., 3] > 8) & (grown[..., 3] < 255)
        assert edge.any()
        assert (grown[edge][:, :3] - torch.tensor([200, 100, 50])).abs().max() <= 1  # no black bleeds in


def test_light_is_linear_and_leaves_alpha() -> None:
    pictures = faces()
    brighter = relight(pictures, torch.full((4,), 1.3), torch.zeros(4), torch.ones(4))
    assert torch.equal(brighter[..., 3], pictures[..., 3])
    before, after = (srgb_to_linear(p.double() / 255)[..., :3] for p in (pictures, brighter))
    seen = (brighter[..., :3] < 255) & (pictures[..., 3:] > 0)
    step = 1.3 / 255  # half a level of sRGB, in linear light, at its steepest
    assert ((after - 1.3 * before).abs()[seen]).max() < step


def test_relighting_with_nothing_to_do_gives_the_same_picture() -> None:
    pictures = torch.randint(0, 256, (2, 32, 32, 4), dtype=torch.uint8, generator=torch.Generator().manual_seed(0))
    pictures *= pictures[..., 3:] > 0
    assert torch.equal(relight(pictures, torch.ones(2), torch.zeros(2), torch.ones(2)), pictures)


def test_colours_turn_as_the_renderer_turns_them() -> None:
    pictures = faces(1)
    found = relight(pictures, torch.ones(1), torch.tensor([12.0]), torch.tensor([0.8])).double()
    matrix = torch.from_numpy(color_matrix(12.0, 0.8, 1.0).astype(float))
    expected = (pictures[..., :3].double() @ matrix.T).clip(0, 255)
    seen = pictures[..., 3] > 0
    assert (found[..., :3] - expected)[seen].abs().max() < 0.51
    grey = torch.tensor([90, 90, 90, 255], dtype=torch.uint8).expand(1, 8, 8, 4)
    assert torch.equal(relight(grey, torch.ones(1), torch.tensor([25.0]), torch.tensor([1.4])), grey)


@pytest.mark.parametrize(
    "change", [{"mirror": 1.5}, {"scale": -0.1}, {"shift": 0.6}, {"light": float("nan")}, {"colour": 2}]
)
def test_impossible_options_are_refused_by_name(change: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match=f"--{next(iter(change))}: "):
        FitConfig(**change).check()


@pytest.fixture
def raruo(gl_context: Any) -> Iterator[Any]:
    """The symmetric one of our sample characters, ready to be drawn at 128 pixels."""
    from mmdgen import annotation
    from mmdgen.formats.load import read_model
    from mmdgen.puppet import Puppet
    from mmdgen.render.renderer import Renderer
    from mmdgen.render.settings import RenderSettings

    models = ROOT / "samples" / "models"
    path = models / "0000-raruo" / "ラルオ.pmx"
    renderer = Renderer(gl_context, RenderSettings(size=128))
    said = annotation.load(annotation.folder(models), read_model(path).source.sha256)
    puppet = Puppet.open(path, said, renderer)
    yield puppet
    puppet.release()
    renderer.release()


@pytest.mark.gl
@pytest.mark.parametrize("stage", [MORPHER, ROTATOR])
def test_mirrored_shards_of_a_symmetric_character_are_rendered_mirrored_poses(
    raruo: Any, tmp_path: Path, stage: Stage
) -> None:
    poses = random_poses(np.random.default_rng(5), 8)
    other = np.float32([mirrored(tuple(pose)) for pose in poses])
    for name, rendered in (("a", poses), ("b", other)):
        (tmp_path / name).mkdir()
        header = ShardHeader(
            "train", 128, 0, "phong", {}, (ShardModel("raruo", "r.pmx", "0" * 64, "0" * 64, "{}"),), "test"
        )
        faces_only = rendered * np.float32([0, 0, 0, 1, 1, 1])
        with ShardWriter(tmp_path / name / "train-00000.h5", header, len(poses)) as shard:
            shard.rest(0, raruo.draw(np.float32([IDENTITY]))[0])
            for i, pose in enumerate(rendered):
                shard.add(0, i, pose, *(raruo.draw(p[i : i + 1])[0] for p in (faces_only, rendered)))
    rows = np.arange(len(poses))
    a, b = (open_examples([tmp_path / name], ("train",)).batch(stage, rows) for name in "ab")
    reflected = augment(a, stage.pose, Augmentation(mirror=1), 0)
    assert torch.equal(reflected.pose, b.pose)
    for kind in ("source", "target"):
        found, expected, still = (getattr(x, kind).int() for x in (reflected, b, a))
        difference = (found - expected).abs().amax(-1)
        assert (difference > 1).float().mean() < 0.001  # samples of edges differ
        if kind == "target":
            assert ((still - expected).abs().amax(-1) > 1).float().mean() > 0.005
