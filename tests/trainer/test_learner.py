"""One step: guarded, clipped, averaged, checkpointed or not, at what the seed says."""

from __future__ import annotations

import copy
import math
from collections import Counter

import pytest
import torch
from torch import Tensor

from trainer.config import BETAS, FitConfig
from trainer.learner import Learner
from trainer.networks.kinds import KINDS, build
from trainer.networks.rotator import FaceRotator
from trainer.objectives import Objective
from trainer.vgg import Vgg, seeded
from trainer.world import World

CPU = World(torch.device("cpu"))
CONFIG = FitConfig(batch=2, width=2, lr=1e-3)


def learner(config: FitConfig = CONFIG, kind: str = "morpher", vgg: Vgg | None = None) -> Learner:
    return Learner(Objective(build(kind, 2), FaceRotator(2) if kind == "combiner" else None, vgg), config, CPU)


def batch(seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    torch.manual_seed(seed)
    return torch.rand(2, 4, 16, 16), torch.rand(2, 4, 16, 16), torch.rand(2, 3)


def weights(one: Learner) -> Tensor:
    return torch.cat([p.detach().flatten() for p in one.parameters])


@pytest.mark.parametrize("what", ["loss", "gradient"])
def test_what_is_no_number_costs_its_step_only(what: str) -> None:
    whole, hurt = learner(), learner()
    source, target, pose = batch()
    for one in (whole, hurt):
        one.step(source, target, pose)
    before = weights(hurt)
    if what == "loss":
        hurt.step(source, target * math.nan, pose)
    else:
        hook = hurt.parameters[3].register_hook(lambda gradient: gradient * math.inf)
        hurt.step(source, target, pose)
        hook.remove()
    assert torch.equal(weights(hurt), before)
    first, second = hurt.read()
    assert math.isfinite(first.loss)
    assert math.isfinite(first.length)
    assert (first.seen, second.seen) == (0, 2)
    assert math.isfinite(second.loss) == (what == "gradient")
    if what == "gradient":
        assert not math.isfinite(second.length)
        assert hurt.counters.skipped == 1
    for one in (whole, hurt):
        one.step(*batch(1))
    assert torch.equal(weights(whole), weights(hurt))  # Adam's moments and count of steps did not notice


def test_long_gradients_are_shortened_and_short_ones_left() -> None:
    loose, tight = learner(), learner(FitConfig(batch=2, width=2, lr=1e-3, clip=0.01))
    moments = []
    for one in (loose, tight):
        one.step(*batch())
        moments.append(torch.cat([one.optimizer.state[p]["exp_avg"].flatten() for p in one.parameters]))
    length = loose.read()[0].length
    assert length > 0.01
    assert tight.read()[0].length == length
    torch.testing.assert_close(moments[1], moments[0] * (0.01 / length), rtol=1e-5, atol=1e-10)
    generous = learner(FitConfig(batch=2, width=2, lr=1e-3, clip=1000))
    generous.step(*batch())
    assert torch.equal(weights(generous), weights(loose))


def test_steps_are_adams() -> None:
    one = learner()
    network = copy.deepcopy(one.network)
    adam = torch.optim.Adam(network.parameters(), lr=1e-3, betas=BETAS, fused=True)
    for seed in range(3):
        source, target, pose = batch(seed)
        adam.zero_grad()
        (network(source, pose).output - target).abs().mean().backward()
        adam.step()
        one.step(source, target, pose)
    theirs = torch.cat([p.detach().flatten() for p in network.parameters()])
    assert torch.equal(weights(one), theirs)


def test_the_average_is_that_of_its_formula() -> None:
    config = FitConfig(batch=2, width=2, lr=1e-3, ema=50)
    one = learner(config)
    expected = weights(one)
    for seed in range(4):
        seen = one.counters.seen
        one.step(*batch(seed))
        decay = 0.5 ** (2 / min(50, seen / 20)) if seen else 0
        expected = decay * expected + (1 - decay) * weights(one)
    assert one.average is not None
    found = torch.cat([p.flatten() for p in one.average.parameters()])
    torch.testing.assert_close(found, expected, rtol=0, atol=1e-6)
    assert config.decay(10**6) == pytest.approx(0.5 ** (2 / 50))
    assert learner(FitConfig(batch=2, width=2, ema=0)).average is None


@pytest.mark.parametrize("kind", KINDS)
def test_checkpointing_changes_no_bit(kind: str) -> None:
    plain, sparing = learner(kind=kind), learner(kind=kind)
    sparing.objective.network.main_body.checkpointing = True
    for seed in range(2):
        plain.step(*batch(seed))
        sparing.step(*batch(seed))
    assert torch.equal(weights(plain), weights(sparing))


def test_looks_are_a_function_of_the_seed_and_three_in_four_see_colours() -> None:
    sampled = FitConfig(batch=2, width=2, perceptual="sampled")
    one, again = (learner(sampled, "rotator", Vgg(seeded())) for _ in range(2))
    looks = [one.look(seen) for seen in range(2000)]
    assert looks == [again.look(seen) for seen in range(2000)]
    assert set(looks) == {"rgb", "alpha"}
    assert Counter(looks)["rgb"] == pytest.approx(1500, abs=80)
    assert learner(CONFIG, "rotator", Vgg(seeded())).look(0) == "both"
    assert learner(sampled).look(0) == "both"


def test_means_are_over_the_steps_since_the_last_time() -> None:
    one = learner()
    losses = []
    for seed in range(3):
        one.step(*batch(seed))
        losses += [step.loss for step in one.read()]
    found = one.means()
    assert found["loss"] == pytest.approx(sum(losses) / 3)
    assert found["l1_output"] == pytest.approx(found["loss"])
    one.step(*batch(3))
    assert one.means()["loss"] == pytest.approx(one.read()[0].loss)
