"""Clothes, ornaments and surfaces: all kinds hold, hide no eye, leave the head's range alone; morphs raise overlays."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from characters import SEED, character, hidden

from mmdgen.model import MaterialMorph, SphereMode
from mmdgen.zoo.atlas import BODY, BODY_SIZE
from mmdgen.zoo.draw import draw_traits, rng_for
from mmdgen.zoo.dress.outfit import KINDS, outfit
from mmdgen.zoo.dress.worn import EAR_WEAR, FACE_WEAR, HEAD_WEAR, NECK_WEAR, ORNAMENTS, accessories
from mmdgen.zoo.hair.hair import Hair, make_hair
from mmdgen.zoo.head.eyes import make_eyes
from mmdgen.zoo.head.skull import Skull
from mmdgen.zoo.paint.maps import sphere, toon
from mmdgen.zoo.paint.outfit import PAINTERS, paint_body
from mmdgen.zoo.paint.patterns import PATTERNS, opacity
from mmdgen.zoo.traits import Traits

INDEX = 3
HIDDEN_NAMES = {"照れ", "涙", "青ざめ", "怒りマーク", "汗"}


@cache
def person(index: int = INDEX) -> Traits:
    traits = draw_traits(SEED, index)
    nothing = replace(traits.worn, head="none", face="none", neck="none", ears="none")
    plain = replace(traits.hair, ornament="none", bangs="swept_back")
    return replace(traits, worn=nothing, hair=plain, outfit=replace(traits.outfit, hood_up=False))


@cache
def head() -> tuple[Skull, Hair]:
    t = person()
    f = t.face
    skull = Skull(f.skull_height, f.width, f.tip, f.chin, f.jaw, f.cheek, f.nose, f.nose_y)
    rng = rng_for(SEED, INDEX, "details")
    return skull, make_hair(skull, t.hair, rng, symmetric=False, eyes=t.eyes.y + t.eyes.top, body=t.body)


def wearing(**worn: str) -> Traits:
    traits = person()
    return replace(traits, worn=replace(traits.worn, **worn))


@pytest.mark.parametrize("kind", KINDS)
def test_every_cut_of_a_kind_fits_the_atlas_and_stays_below_the_chin(kind: str) -> None:
    for cut in range(6):
        for piece in outfit(replace(person().outfit, kind=kind, cut=cut), person().legs):
            mesh = piece.mesh
            assert np.isfinite(mesh.position).all()
            assert mesh.faces.max() < len(mesh)
            assert mesh.uv.min() >= 0
            assert mesh.uv.max() <= 1
            assert np.allclose(sum(mesh.weight.values()), 1)
            front = (mesh.position[:, 2] < 0) & (np.abs(mesh.position[:, 0]) < 0.5)
            assert (mesh.position[front, 1] < -0.1).all()  # chins turn there


@pytest.mark.parametrize("kind", PAINTERS)
def test_every_kind_is_painted_unlike_the_skin_and_not_blank(kind: str) -> None:
    traits = person()
    picture = paint_body(replace(traits, outfit=replace(traits.outfit, kind=kind)))
    assert picture.shape == (*BODY_SIZE[::-1], 4)
    assert picture[..., 3].min() == 255
    chest = picture[300:420, 180:268, :3].astype(float)  # below all necklines
    assert np.abs(chest - np.array(traits.skin) * 255).sum(-1).mean() > 20
    assert picture[..., :3].std(axis=(0, 1)).max() > 8
    u0, v0, u1, v1 = BODY["skin"]
    swatch = picture[round(v0 * 1024) : round(v1 * 1024), round(u0 * 1024) : round(u1 * 1024), :3]
    assert np.abs(swatch - np.array(traits.skin) * 255).max() < 12


def test_kinds_are_painted_and_cut_alike() -> None:
    assert set(KINDS) == set(PAINTERS)


@pytest.mark.parametrize("name", PATTERNS)
def test_patterns_cover_some_of_the_cloth(name: str) -> None:
    x, y = np.meshgrid(np.arange(-200, 200) * 0.008 + 0.004, np.arange(400) * 0.008)
    found = opacity(name, x, y, 0.008)
    assert found.shape == x.shape
    assert 0.01 < found.mean() < 0.75
    assert found.std() > 0.05
    if name != "diagonal":
        assert np.allclose(found, found[:, ::-1], atol=1e-6)


@pytest.mark.parametrize("worn", [k for k in HEAD_WEAR if k != "none"])
def test_what_is_worn_on_the_head_hides_no_eye(worn: str) -> None:
    _hides_no_eye(wearing(head=worn))


@pytest.mark.parametrize("ornament", [k for k in ORNAMENTS if k != "none"])
def test_ornaments_hide_no_eye(ornament: str) -> None:
    traits = person()
    _hides_no_eye(replace(traits, hair=replace(traits.hair, ornament=ornament)))


@pytest.mark.parametrize("worn", [k for k in FACE_WEAR if k not in ("none", "eye_patch")])
def test_glasses_and_plasters_hide_no_eye(worn: str) -> None:
    _hides_no_eye(wearing(face=worn))


def _hides_no_eye(traits: Traits) -> None:
    skull, hair = head()
    solids = [s for s in accessories(traits, skull, hair) if s.alpha == 1]
    assert solids
    iris = make_eyes(skull, traits.eyes).iris.position
    for solid in solids:
        covered = hidden(iris, solid.mesh.position, solid.mesh.faces)
        assert covered.mean() < 0.10, solid.name  # rims cross an edge of the iris


def test_a_patch_hides_one_eye() -> None:
    skull, hair = head()
    iris = make_eyes(skull, person().eyes).iris.position
    (patch,) = [s for s in accessories(wearing(face="eye_patch"), skull, hair) if s.name == "眼帯"]
    covered = hidden(iris, patch.mesh.position, patch.mesh.faces)
    side = np.sign(iris[:, 0]) == person().worn.side
    assert covered[side].mean() > 0.95
    assert covered[~side].mean() < 0.05


@pytest.mark.parametrize("wear", ["neck", "ears"])
def test_jewels_lie_beside_the_face(wear: str) -> None:
    skull, hair = head()
    for name in (EAR_WEAR, NECK_WEAR)[wear == "neck"]:
        for solid in accessories(wearing(**{wear: name}), skull, hair):
            assert np.isfinite(solid.mesh.position).all()
            assert np.allclose(sum(solid.mesh.weight.values()), 1)


def test_nothing_worn_changes_the_head() -> None:
    from mmdgen.zoo.character import make_character

    heads = {
        make_character(traits, rng_for(SEED, INDEX, "details")).head
        for traits in (person(), wearing(head="witch_hat"), wearing(head="rabbit_ears", face="glasses"))
    }
    assert len(heads) == 1


@pytest.mark.parametrize("index", range(8))
def test_hidden_materials_are_raised_by_their_morphs_alone(index: int) -> None:
    model = character(index).model
    unseen = {k for k, m in enumerate(model.materials) if m.diffuse[3] == 0}
    assert {model.materials[k].name for k in unseen} <= HIDDEN_NAMES
    raised = {}
    for morph in model.morphs:
        if isinstance(morph.data, MaterialMorph) and int(morph.data.operation[0]) == 1:
            (number,) = morph.data.index.tolist()
            assert morph.name.strip() == model.materials[number].name
            raised[number] = float(morph.data.value[0, 3])
    assert raised == dict.fromkeys(unseen, 1.0)


@pytest.mark.parametrize("index", range(8))
def test_surfaces_name_pictures_of_their_kind(index: int) -> None:
    made = character(index)
    model = made.model
    assert all(max(p.shape[:2]) <= 1024 for p in made.textures)
    for m in model.materials:
        assert m.toon is None or (m.shared_toon is None and "toon" in model.textures[m.toon])
        if m.sphere is not None:
            name = model.textures[m.sphere]
            assert m.sphere_mode in (SphereMode.MULTIPLY, SphereMode.ADD)
            assert not name.endswith(".spa") or m.sphere_mode == SphereMode.ADD
            assert not name.endswith(".sph") or m.sphere_mode == SphereMode.MULTIPLY
        assert not m.flags.edge or (m.diffuse[3] > 0 and sum(m.edge_color[:3]) < 1.2)
        if m.name in ("白目", "瞳", "口内", "睫毛"):
            assert not m.flags.edge


@pytest.mark.parametrize("ramp", ["hard", "soft", "double", "warm", "cool"])
def test_toons_are_white_in_the_light_and_darken_downward(ramp: str) -> None:
    for kind in ("skin", "cloth", "hair", "metal"):
        rows = toon(kind, ramp)[:, 0, :3].astype(int)
        assert (rows[0] == 255).all()
        assert (np.diff(rows, axis=0) <= 0).all()
        assert rows[-1].max() < 255 or kind == "skin"


def test_spheres_leave_the_middle_nearly_alone() -> None:
    for kind in ("hair", "metal", "eye", "cloth", "skin"):
        for multiply in (False, True):
            middle = sphere(kind, (0.5, 0.3, 0.6), multiply=multiply)[44:52, 44:52, :3].astype(float)
            assert (middle.min() > 235) if multiply else (middle.max() < 120)
