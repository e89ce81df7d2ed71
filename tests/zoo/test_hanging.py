"""Skirts and capes hang on bones as makers place them: named, tied, and bent without tearing."""

import re
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from characters import SEED

from mmdgen.formats.load import parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.formats.writer_pmd import write_pmd
from mmdgen.model import Model
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.space import euler_quaternions
from mmdgen.state import RigState
from mmdgen.zoo.character import make_character
from mmdgen.zoo.draw import draw_traits, rng_for
from mmdgen.zoo.dress.hanging import NAMINGS

HABITS = {  # what the bones of a skirt are called
    "grid": r"スカート_\d_\d+", "wide": r"スカート[０-９]+＿[０-９]", "sides": r"[左右][前横後]+スカート\d?",
    "latin": r"Skirt_\d\d_\d\d",
}  # fmt: skip


@cache
def made(kind: str, naming: str, outfit: str = "blazer", deform: str = "BDEF2") -> Model:
    """Return a character in a skirt, or in trousers, with cloth bones under these names."""
    traits = draw_traits(SEED, 2)
    rig = replace(
        traits.rig, cloth=naming, cloth_columns=8, cloth_rows=3, deform=deform, physics=True, upper2=kind != "flared"
    )
    cell = "leg" if kind == "trousers" else "skirt"
    legs = replace(traits.legs, kind=kind, length=0.9, cell=cell)
    clothes = replace(traits.outfit, kind=outfit, cut=0, sleeve=0.97, hood_up=False)
    return make_character(replace(traits, rig=rig, legs=legs, outfit=clothes), rng_for(SEED, 2, "details")).model


def cloth(model: Model, words: str = "スカート|Skirt") -> list[int]:
    return [k for k, b in enumerate(model.bones) if re.search(words, b.name)]


def weight_of(model: Model, bones: list[int]) -> np.ndarray:
    v = model.vertices
    return np.where(np.isin(v.bone, bones), v.weight, 0).sum(1)


@pytest.mark.parametrize("naming", NAMINGS)
def test_skirts_have_columns_of_bones_under_the_names_of_makers(naming: str) -> None:
    model = made("pleated", naming)
    bones = cloth(model)
    assert len(bones) == 24
    assert all(re.fullmatch(HABITS[naming], model.bones[k].name) for k in bones)
    roots = [k for k in bones if model.bones[k].parent not in bones]
    assert {model.bones[model.bones[k].parent].name for k in roots} == {"下半身"}
    assert len(roots) == 8
    assert parse_model(write_pmx(model)) == model


def test_makers_who_give_skirts_no_bones_hang_them_on_hips_and_legs() -> None:
    model = made("pleated", "none")
    assert not cloth(model)
    assert not cloth(made("trousers", "grid"))


@pytest.mark.parametrize("kind", ["pleated", "flared", "straight"])
def test_joints_stand_in_the_cloth_all_around(kind: str) -> None:
    model = made(kind, "grid")
    bones = cloth(model)
    at = np.array([model.bones[k].position for k in bones])
    mine = model.vertices.position[weight_of(model, [*bones, model.bone("下半身")]) > 0.99]
    assert np.linalg.norm(at[:, None] - mine, axis=-1).min(1).max() < 0.1
    quarters = np.floor(np.arctan2(at[:8, 0], -at[:8, 2]) / (np.pi / 2)).astype(int)
    assert np.array_equal(np.unique(quarters, return_counts=True)[1], [2, 2, 2, 2])
    assert (np.diff(at[:, 1].reshape(3, 8), axis=0) < 0).all()


def swung(model: Model, bones: list[int], turn: tuple[float, float, float]) -> np.ndarray:
    rotation = np.zeros((1, len(model.bones), 4), np.float32)
    rotation[..., 3] = 1
    rotation[0, bones] = euler_quaternions(np.radians(np.tile(turn, (len(bones), 1))))
    still = np.zeros((1, len(model.bones), 3), np.float32)
    state = RigState(rotation, still, np.zeros((1, len(model.morphs)), np.float32))
    return skin(model, Rig(model).evaluate(state)).position[0]


@pytest.mark.parametrize("deform", ["BDEF2", "BDEF4", "PMD"])
@pytest.mark.parametrize("kind", ["pleated", "flared", "straight"])
def test_a_swinging_column_bends_the_cloth_and_does_not_tear_it(kind: str, deform: str) -> None:
    model = made(kind, "grid", deform="BDEF2" if deform == "PMD" else deform)
    if deform == "PMD":
        model = parse_model(write_pmd(model))
    bones = cloth(model)
    share = weight_of(model, bones)
    edges = np.concatenate([model.faces[:, [0, 1]], model.faces[:, [1, 2]], model.faces[:, [2, 0]]])
    edges = edges[(share[edges] > 0).any(1)]
    front = [k for k in bones if model.bones[k].position[2] < -0.3]
    rest = model.vertices.position
    posed = swung(model, front, (-15, 0, 0))
    before, after = (np.linalg.norm(p[edges[:, 0]] - p[edges[:, 1]], axis=1) for p in (rest, posed))
    assert np.abs(posed - rest).max() > 0.8
    assert (after - before).max() < 0.45  # of a skirt about four units long
    assert np.array_equal(posed[share == 0], rest[share == 0])


@pytest.mark.parametrize("naming", NAMINGS)
@pytest.mark.parametrize("outfit", ["cape", "uniform", "armor"])
def test_capes_hang_from_the_chest(naming: str, outfit: str) -> None:
    traits = draw_traits(SEED, 2)
    rig = replace(traits.rig, cloth=naming, cloth_columns=8, upper2=False)
    clothes = replace(traits.outfit, kind=outfit, cut=5, hood_up=False)
    one = make_character(replace(traits, rig=rig, outfit=clothes), rng_for(SEED, 2, "details")).model
    bones = cloth(one, "マント|Cape")
    roots = [k for k in bones if one.bones[k].parent not in bones]
    assert {one.bones[one.bones[k].parent].name for k in roots} == {"上半身"}
    assert len(roots) == 4
    assert (one.vertices.position[weight_of(one, bones) > 0.99, 2] > 0).mean() > 0.9


def test_bodies_fall_and_are_tied_above_and_beside() -> None:
    model = made("flared", "grid")
    names = [b.name for b in model.bodies]
    skirt = [b for b in model.bodies if b.name.startswith("スカート")]
    assert len(skirt) == 24
    assert all(b.mode == 1 and model.bones[b.bone].name == b.name for b in skirt)
    ties = [(names[j.body_a], names[j.body_b]) for j in model.joints if names[j.body_b].startswith("スカート")]
    assert len(ties) == 48
    assert {("下半身", f"スカート_0_{c}") for c in range(8)} <= set(ties)
    assert ("スカート_0_7", "スカート_0_0") in ties
    assert {"左足", "右足", "下半身"} <= set(names)


def test_cloth_has_bones_at_the_rate_of_real_models() -> None:
    worn = [t for t in (draw_traits(SEED, k) for k in range(300)) if t.legs.kind in ("pleated", "flared", "straight")]
    assert 0.75 < np.mean([t.rig.cloth != "none" for t in worn]) < 0.92
    assert {t.rig.cloth for t in worn} == {*NAMINGS, "none"}
