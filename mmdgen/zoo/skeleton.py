"""The standard bones of an MMD character, and weights that are smooth over neck, waist and arms."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from mmdgen.zoo.figure import ANKLE, BODY_LIFT, ELBOW, HIP, KNEE, SHOULDER, SOLE, WRIST, Figure
from mmdgen.zoo.mesh import F8, Mesh, smoothstep
from mmdgen.zoo.rigging import SPHERE, Body, Chain, Joint, Point, capsule
from mmdgen.zoo.traits import RigTraits

HEAD_JOINT = (0.0, 0.12, 0.22)
NECK_JOINT = (0.0, -0.46, 0.30)
WAIST = (0.0, -3.9, 0.05)
TOE = (ANKLE[0], SOLE + 0.3, ANKLE[2] - 1.2)
_CLAVICLE = (0.42, -0.99, 0.25)
_CENTER = (0.0, -8.0, 0.0)
_UP = (0.0, 1.0, 0.0)
_LEGS = ("足", "ひざ", "足首", "足D", "ひざD", "足首D")
_ARM = (("肩", "shoulder", _CLAVICLE), ("腕", "arm", SHOULDER), ("ひじ", "elbow", ELBOW), ("手首", "wrist", WRIST))
_SIDES = (("左", "L"), ("右", "R"))


def joints(
    eye: Point, figure: Figure, rig: RigTraits, used: Collection[str], extra: Sequence[Joint] = ()
) -> list[Joint]:
    """Return all joints in file order, parents before their children.

    ``eye`` is the left eye's joint, ``used`` the bones that weights name (legs are made only where something hangs on
    them), ``extra`` the joints of hair and clothes, already where this figure has them.
    """
    legs = any(side + name in used for side, _ in _SIDES for name in _LEGS)
    made = [*_spine(figure, rig), *_eyes(eye, rig)]
    for side, en in _SIDES:
        made += _sided(_arm(figure, rig), side, en)
    for side, en in _SIDES if legs else ():
        made += _sided(_leg(figure, rig), side, en)
    return [*made, *extra]


def _spine(figure: Figure, rig: RigTraits) -> Iterator[Joint]:
    at = figure.joint
    parent = None
    if rig.root:
        yield Joint("全ての親", "master", (0.0, figure.ground, 0.0), None, "センター", movable=True, frame="")
        parent = "全ての親"
    center = (0.0, figure.ground * 0.5, 0.0)
    yield Joint("センター", "center", center, parent, _UP, movable=True, frame="センター")
    body = "センター"
    if rig.groove:
        groove = (0.0, figure.ground * 0.5 + 0.2, 0.0)
        yield Joint("グルーブ", "groove", groove, body, _UP, movable=True, frame="センター")
        body = "グルーブ"
    if rig.waist:
        yield Joint("腰", "waist", at((0.0, -4.4, 0.2)), body, (0.0, 0.4, -0.15))
        body = "腰"
    chest = "上半身2" if rig.upper2 else "上半身"
    yield Joint("上半身", "upper body", at(WAIST), body, "上半身2" if rig.upper2 else "首")
    yield Joint("下半身", "lower body", at(WAIST), body, (0.0, -1.5, 0.0))
    if rig.upper2:
        yield Joint("上半身2", "upper body2", at((0.0, -2.6, 0.02)), "上半身", "首")
    yield Joint("首", "neck", at(NECK_JOINT), chest, "頭")
    yield Joint("頭", "head", HEAD_JOINT, "首", (0.0, 1.6, 0.0))


def _eyes(eye: Point, rig: RigTraits) -> Iterator[Joint]:
    """Yield the eyes: either follows 両目, which MMD evaluates one layer earlier."""
    yield Joint("両目", "eyes", (0.0, 3.9, 0.2), "頭", (0.0, 0.0, -0.5), frame="目")
    for side, en in _SIDES:
        x, y, z = eye if side == "左" else (-eye[0], *eye[1:])
        append = ("両目", 1.0)
        yield Joint(
            side + "目", f"eye_{en}", (x, y, z), "頭", (0.0, 0.0, -0.4), frame="目", layer=1, append=append,
            append_local=rig.local_append,
        )  # fmt: skip


def _sided(made: Sequence[Joint], side: str, en: str) -> Iterator[Joint]:
    """Yield the joints of one limb for a side: "*" in names is the side, and the right one is the left one's mirror."""
    sign = 1.0 if side == "左" else -1.0

    def mirrored(point: Point) -> Point:
        return (sign * point[0], point[1], point[2])

    def named(name: str) -> str:
        return name.replace("*", side)

    for j in made:
        chain = j.chain
        if chain is not None:
            links, knees = (tuple(named(n) for n in names) for names in (chain.links, chain.knees))
            chain = replace(chain, target=named(chain.target), links=links, knees=knees)
        yield replace(
            j,
            name=named(j.name),
            name_en=f"{j.name_en}_{en}",
            at=mirrored(j.at),
            parent=None if j.parent is None else named(j.parent),
            tail=named(j.tail) if isinstance(j.tail, str) else mirrored(j.tail),
            append=None if j.append is None else (named(j.append[0]), j.append[1]),
            axis=None if j.axis is None else mirrored(j.axis),
            local=None if j.local is None else (mirrored(j.local[0]), mirrored(j.local[1])),
            chain=chain,
        )


def _arm(figure: Figure, rig: RigTraits) -> list[Joint]:
    """Return the left arm; makers' helpers let the shoulder move alone (肩P, undone by 肩C), and the arm twist."""
    places = [figure.joint((x, y + BODY_LIFT, z), arm=k > 0) for k, (_, _, (x, y, z)) in enumerate(_ARM)]
    parent = "上半身2" if rig.upper2 else "上半身"
    made = []
    if rig.shoulder_helpers:
        made.append(Joint("*肩P", "shoulderP", places[0], parent, _UP, frame="腕"))
        parent = "*肩P"
    for k, (name, name_en, _) in enumerate(_ARM):
        hand = k == len(_ARM) - 1
        way = _between(places[k - hand], places[k + 1 - hand], 0.4 if hand else 1.0)
        local = (way, (0.0, 0.0, -1.0)) if rig.local_axes and k else None
        tail = way if hand else f"*{_ARM[k + 1][0]}"
        made.append(Joint(f"*{name}", name_en, places[k], parent, tail, frame="腕", local=local))
        parent = f"*{name}"
        if name == "肩" and rig.shoulder_helpers:
            made.append(
                Joint("*肩C", "shoulderC", places[1], parent, _UP, visible=False, frame="", append=("*肩P", -1.0))
            )
            parent = "*肩C"
        if name in ("腕", "ひじ") and rig.twist:
            twist = "*腕捩" if name == "腕" else "*手捩"
            x, y, z = (p + 0.55 * w for p, w in zip(places[k], way, strict=True))
            made.append(Joint(twist, f"{name_en}_twist", (x, y, z), parent, way, frame="腕", axis=way))
            parent = twist
    return made


def _between(one: Point, other: Point, share: float) -> Point:
    x, y, z = (share * (q - p) for p, q in zip(one, other, strict=True))
    return (x, y, z)


def _leg(figure: Figure, rig: RigTraits) -> list[Joint]:
    """Return the left leg and the IK bones that place its foot."""
    hip, knee, ankle, toe = (figure.joint((x, y + BODY_LIFT, z)) for x, y, z in (HIP, KNEE, ANKLE, TOE))
    foot = Chain("*足首", ("*ひざ", "*足"), knees=("*ひざ",))
    tip = Chain("*つま先", ("*足首",), loops=3, max_angle=4.0)
    root = "全ての親" if rig.root else None
    return [
        Joint("*足", "leg", hip, "下半身", "*ひざ", frame="足"),
        Joint("*ひざ", "knee", knee, "*足", "*足首", frame="足"),
        Joint("*足首", "ankle", ankle, "*ひざ", "*つま先", frame="足"),
        Joint("*つま先", "toe", toe, "*足首", visible=False, frame=""),
        Joint("*足ＩＫ", "leg IK", ankle, root, (0.0, 0.0, 1.0), movable=True, frame="足", layer=1, chain=foot),
        Joint("*つま先ＩＫ", "toe IK", toe, "*足ＩＫ", (0.0, -1.0, 0.0), movable=True, frame="足", layer=1, chain=tip),
    ]


def solid_parts(figure: Figure) -> list[Body]:
    """Return the bodies of head, trunk and arms that hair and clothes bounce off."""
    made = [
        Body("頭", "頭", (0.0, 1.35, 0.15), (1.15,), SPHERE),
        capsule("首", "首", figure.joint(NECK_JOINT), HEAD_JOINT, 0.30),
        capsule("上半身", "上半身", figure.joint(WAIST), figure.joint((0.0, -1.2, 0.1)), 0.75 * figure.body.size),
    ]
    for sign, side in ((1.0, "左"), (-1.0, "右")):
        places = [figure.joint((x, y + BODY_LIFT, z), arm=True) for x, y, z in (SHOULDER, ELBOW, WRIST)]
        (a, b, c) = [(sign * x, y, z) for x, y, z in places]
        made += [
            capsule(f"{side}腕", f"{side}腕", a, b, 0.30 * figure.body.size),
            capsule(f"{side}ひじ", f"{side}ひじ", b, c, 0.24 * figure.body.size),
        ]
    middle = figure.joint((0.0, -5.0 + BODY_LIFT, 0.1))
    made.append(Body("下半身", "下半身", middle, (0.85 * figure.body.size,), SPHERE))
    return made


def thighs(figure: Figure) -> list[Body]:
    """Return the bodies of the legs that a skirt falls on."""
    (a, b) = (figure.joint((x, y + BODY_LIFT, z)) for x, y, z in (HIP, KNEE))
    radius = 0.50 * figure.body.size
    return [
        capsule(f"{side}足", f"{side}足", (sign * a[0], *a[1:]), (sign * b[0], *b[1:]), radius)
        for sign, side in ((1.0, "左"), (-1.0, "右"))
    ]


def hung(mesh: Mesh, names: Collection[str]) -> Mesh:
    """Return the mesh with the weights of bones that are not there given to those that stand in for them."""
    stand_in = {"上半身2": "上半身"}
    weight: dict[str, F8] = {}
    for name, share in mesh.weight.items():
        there = name if name in names else stand_in.get(name, name)
        weight[there] = weight[there] + share if there in weight else share
    return replace(mesh, weight=weight)


def trunk_weights(y: F8) -> dict[str, F8]:
    """Return weights by height (V,) for neck and trunk: at most two bones meet anywhere."""
    head = smoothstep(-0.24, 0.20, y)
    neck = smoothstep(-0.84, -0.40, y) - head
    chest = smoothstep(-3.2, -2.4, y)
    waist = smoothstep(-4.2, -3.7, y)
    return {"頭": head, "首": neck, "上半身2": chest - neck - head, "上半身": waist - chest, "下半身": 1 - waist}


def arm_weights(along: F8) -> Mapping[str, F8]:
    """Return the left arm's weights (V,): ``along`` runs from 0 at the shoulder over 1 (elbow) to 2 (wrist)."""
    arm, fore, hand = smoothstep(-0.25, 0.22, along), smoothstep(0.80, 1.20, along), smoothstep(1.88, 2.06, along)
    return {"上半身2": 1 - arm, "左腕": arm - fore, "左ひじ": fore - hand, "左手首": hand}
