"""The part of ``repair`` that looks at bones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isfinite
from typing import Any, TypeVar

from mmdgen.formats.cursor import Notes
from mmdgen.graph import dependency_order
from mmdgen.model import IK, Bone

Numbers = TypeVar("Numbers", bound=tuple[float, ...])


def finite(values: Numbers, notes: Notes, section: str, where: str, stand_in: float = 0.0) -> Numbers:
    """Return the values with ``stand_in`` for what is no finite number, and note it."""
    if all(map(isfinite, values)):
        return values
    notes.add(section, f"no number, set to {stand_in:g}", where)
    return tuple(value if isfinite(value) else stand_in for value in values)  # type: ignore[return-value]


def sound_bones(bones: Sequence[Bone], notes: Notes) -> tuple[Bone, ...]:
    """Return the bones without references that lead nowhere and without loops of parents."""
    sound = [_sound_bone(i, bone, len(bones), notes) for i, bone in enumerate(bones)]
    _, loops = dependency_order([[] if bone.parent is None else [bone.parent] for bone in sound])
    for i, _ in loops:
        notes.add("bones", "parents in a loop, cut", f"bone {i} '{sound[i].name}'")
        sound[i] = replace(sound[i], parent=None)
    return tuple(sound)


def _sound_bone(i: int, bone: Bone, n: int, notes: Notes) -> Bone:
    where = f"bone {i} '{bone.name}'"
    changes: dict[str, Any] = {}

    def drop(field: str, trouble: str, found: str, value: Any = None) -> None:
        notes.add("bones", f"{trouble}, left out", f"{where}, {found}")
        changes[field] = value

    if bone.parent is not None and not 0 <= bone.parent < n:
        drop("parent", "parent that does not exist", f"parent {bone.parent}")
    if isinstance(bone.tail, int):
        if not -1 <= bone.tail < n:
            drop("tail", "tail bone that does not exist", f"tail {bone.tail}", -1)
    elif not all(map(isfinite, bone.tail)):
        drop("tail", "tail that is no number", f"tail {bone.tail}", (0.0, 0.0, 0.0))
    if bone.append is not None and not (0 <= bone.append.bone < n and isfinite(bone.append.ratio)):
        drop("append", "append source that does not exist", f"bone {bone.append.bone}, ratio {bone.append.ratio}")
    if bone.fixed_axis is not None and not (all(map(isfinite, bone.fixed_axis)) and any(bone.fixed_axis)):
        drop("fixed_axis", "axis without a direction", f"axis {bone.fixed_axis}")
    if bone.local_axes is not None and not all(map(isfinite, bone.local_axes[0] + bone.local_axes[1])):
        drop("local_axes", "local axes that are no numbers", f"axes {bone.local_axes}")
    if bone.ik is not None:
        if not (0 <= bone.ik.target < n and isfinite(bone.ik.max_angle)):
            drop("ik", "IK without a target", f"target {bone.ik.target}, angle {bone.ik.max_angle}")
        else:
            changes["ik"] = _sound_ik(bone.ik, n, where, notes)
    return replace(bone, **changes) if changes else bone


def _sound_ik(ik: IK, n: int, where: str, notes: Notes) -> IK:
    links = []
    for link in ik.links:
        if not 0 <= link.bone < n:
            notes.add("bones", "IK link that does not exist, left out", f"{where}, bone {link.bone}")
        elif link.limits is not None and not all(map(isfinite, link.limits[0] + link.limits[1])):
            notes.add("bones", "IK limits that are no numbers, left out", f"{where}, limits {link.limits}")
            links.append(replace(link, limits=None))
        else:
            links.append(link)
    return replace(ik, links=tuple(links))
