"""The networks are the article's: names, counts, shapes, blends, flow and start."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from drawn_faces import draw, random_poses
from published import published_shapes
from torch import Tensor, nn

from mmdgen.pose_spec import HEAD, IDENTITY
from trainer import colour, losses
from trainer.config import BETAS
from trainer.networks.blocks import initialise
from trainer.networks.combiner import Combiner
from trainer.networks.kinds import KINDS, build, recognise
from trainer.networks.morpher import FaceMorpher
from trainer.networks.rotator import FaceRotator, moved

COUNTS = {"morpher": (59, 33_878_720), "rotator": (60, 33_884_992), "combiner": (63, 34_960_704)}


def pictures(kind: str, batch: int = 2, height: int = 32, width: int = 32) -> list[Tensor]:
    """Random input of the network of that kind, its pose last."""
    torch.manual_seed(0)
    count = 2 if kind == "combiner" else 1
    return [torch.rand(batch, 4, height, width) * 2 - 1 for _ in range(count)] + [torch.rand(batch, 3)]


@pytest.mark.parametrize("kind", KINDS)
def test_tensors_are_those_of_the_published_checkpoint(kind: str) -> None:
    state = KINDS[kind]().state_dict()
    assert {name: tuple(tensor.shape) for name, tensor in state.items()} == published_shapes(kind)
    assert (len(state), sum(t.numel() for t in state.values())) == COUNTS[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_network_is_recognised_by_its_tensors(kind: str) -> None:
    assert recognise(build(kind, 4).state_dict()) == (kind, 4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(("width", "height", "side"), [(4, 32, 32), (4, 64, 40), (2, 256, 256)])
def test_any_size_that_is_a_multiple_of_8(kind: str, width: int, height: int, side: int) -> None:
    result = build(kind, width)(*pictures(kind, 2, height, side))
    assert {tuple(picture.shape) for picture in result} <= {(2, 4, height, side), (2, 2, height, side)}


def test_the_morpher_blends_input_and_change() -> None:
    image, pose = pictures("morpher")
    result = FaceMorpher(4)(image, pose)
    assert torch.equal(result.output, result.mask * image + (1 - result.mask) * result.change)
    assert 0 <= result.mask.min() < result.mask.max() <= 1
    assert result.change.abs().max() <= 1


def test_the_rotator_blends_input_and_change_and_moves_pixels() -> None:
    image, pose = pictures("rotator")
    result = FaceRotator(4)(image, pose)
    assert torch.equal(result.painted, result.mask * image + (1 - result.mask) * result.change)
    assert torch.equal(result.moved, moved(image, result.flow))
    assert 0 <= result.mask.min() < result.mask.max() <= 1
    assert result.change.abs().max() <= 1


def test_the_combiner_blends_both_pictures_and_then_the_retouch() -> None:
    painted, shifted, pose = pictures("combiner")
    result = Combiner(4)(painted, shifted, pose)
    assert torch.equal(result.blended, result.mask * painted + (1 - result.mask) * shifted)
    keep = result.retouch_mask
    assert torch.equal(result.output, keep * result.blended + (1 - keep) * result.change)
    assert 0 <= min(result.mask.min(), keep.min()) < max(result.mask.max(), keep.max()) <= 1
    assert result.change.abs().max() <= 1


@pytest.mark.parametrize(("height", "width"), [(32, 32), (8, 40)])
def test_a_flow_of_zero_leaves_the_image_as_it_is(height: int, width: int) -> None:
    image = torch.rand(2, 4, height, width)
    torch.testing.assert_close(moved(image, torch.zeros(2, 2, height, width)), image, atol=1e-5, rtol=0)


def test_the_flow_says_where_a_pixel_is_copied_from() -> None:
    image = torch.rand(1, 4, 16, 16)
    flow = torch.zeros(1, 2, 16, 16)
    flow[:, 0], flow[:, 1] = 2 * 3 / 15, -2 * 1 / 15  # 3 pixels to the right of its own place, 1 above
    found = moved(image, flow)
    torch.testing.assert_close(found[..., 1:, :-3], image[..., :-1, 3:], atol=1e-5, rtol=0)
    torch.testing.assert_close(found[..., 1:, -3:], image[..., :-1, -1:].expand(-1, -1, -1, 3), atol=1e-5, rtol=0)


def test_the_flow_may_start_at_zero() -> None:
    image, pose = pictures("rotator")
    still, article = FaceRotator(4, 3, still_flow=True), FaceRotator(4, 3)
    result = still(image, pose)
    assert not result.flow.any()
    torch.testing.assert_close(result.moved, image, atol=1e-5, rtol=0)
    assert article(image, pose).flow.std() > 0.1
    others = [name for name in still.state_dict() if name != "zhou_grid_change.weight"]
    assert all(torch.equal(still.state_dict()[name], article.state_dict()[name]) for name in others)


@pytest.mark.parametrize("kind", KINDS)
def test_each_pose_number_moves_the_output(kind: str) -> None:
    network, (*images, _) = build(kind, 4), pictures(kind, 1)
    still = network(*images, torch.zeros(1, 3))[0]
    outputs = [network(*images, pose[None])[0] for pose in torch.eye(3)]
    assert all(not torch.equal(still, output) for output in outputs)
    assert not torch.equal(outputs[0], outputs[1])


@pytest.mark.parametrize("kind", KINDS)
def test_start_is_kaiming_and_a_function_of_the_seed_alone(kind: str) -> None:
    torch.manual_seed(1)
    first = build(kind, 16, 7).state_dict()
    torch.manual_seed(2)
    again, other = build(kind, 16, 7).state_dict(), build(kind, 16, 8).state_dict()
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert any(not torch.equal(first[name], other[name]) for name in first)
    for name, weight in first.items():
        if weight.ndim == 4 and weight.numel() > 1000:  # a transposed convolution's second dimension counts as fan-in
            assert weight.std().item() == pytest.approx((2 / weight[0].numel()) ** 0.5, rel=0.1), name


def test_initialise_sets_norms_to_1_and_0() -> None:
    norm = nn.InstanceNorm2d(3, affine=True)
    nn.init.constant_(norm.weight, 5)
    nn.init.constant_(norm.bias, 5)
    initialise(norm, 0)
    assert norm.weight.tolist() == [1, 1, 1]
    assert norm.bias.tolist() == [0, 0, 0]


def faces(characters: range, poses: np.ndarray) -> Tensor:
    drawn = [draw(32, c, pose) for c, pose in zip(characters, poses, strict=True)]
    return colour.encode(torch.from_numpy(np.stack(drawn)))


def overfit(loss: Callable[[], Tensor], network: nn.Module) -> None:
    optimizer = torch.optim.Adam(network.parameters(), lr=3e-3, betas=BETAS)
    for _ in range(100):
        optimizer.zero_grad()
        loss().backward()
        optimizer.step()


def test_the_morpher_overfits_one_batch() -> None:
    """Four faces into four other faces: all that the network has must work for it."""
    rest = np.tile(np.float32(IDENTITY), (4, 1))
    source, target = faces(range(4), rest), faces(range(10, 14), rest)
    network, pose = FaceMorpher(8), torch.zeros(4, 3)
    overfit(lambda: losses.l1(network(source, pose).output, target), network)
    assert losses.l1(network(source, pose).output, target) < 0.3 * losses.l1(source, target)


def test_the_rotator_overfits_one_batch_by_each_pathway() -> None:
    """It paints four faces that are not in its input, and moves what is there by up to three pixels."""
    rest = np.tile(np.float32(IDENTITY), (4, 1))
    poses = random_poses(np.random.default_rng(0), 4) * np.float32([3, 3, 3, 1, 1, 1])
    source, other, turned = faces(range(4), rest), faces(range(10, 14), rest), faces(range(4), poses)
    turned_from = faces(range(4), poses * np.float32([0, 0, 0, 1, 1, 1]))
    network, still = FaceRotator(8, still_flow=True), torch.zeros(4, 3)
    overfit(lambda: losses.l1(network(source, still).painted, other), network)
    assert losses.l1(network(source, still).painted, other) < 0.3 * losses.l1(source, other)
    network, pose = FaceRotator(8, still_flow=True), torch.from_numpy(poses)[:, HEAD]
    overfit(lambda: losses.l1(network(turned_from, pose).moved, turned), network)
    assert losses.l1(network(turned_from, pose).moved, turned) < 0.4 * losses.l1(turned_from, turned)


def test_the_combiner_overfits_one_batch() -> None:
    """Each of the two pictures knows one half of the answer."""
    rest = np.tile(np.float32(IDENTITY), (4, 1))
    target, wrong = faces(range(4), rest), faces(range(10, 14), rest)
    left = torch.arange(32) < 16
    painted, shifted = torch.where(left, target, wrong), torch.where(left, wrong, target)
    network, pose = Combiner(8), torch.zeros(4, 3)
    overfit(lambda: losses.l1(network(painted, shifted, pose).output, target), network)
    assert losses.l1(network(painted, shifted, pose).output, target) < 0.3 * losses.l1(painted, target)
