"""The physics of a PMX file: rigid bodies, joints and the soft bodies of PMX 2.1, references unchecked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from mmdgen.formats.cursor import Cursor, Notes
from mmdgen.formats.pmx_layout import SOFT_BODY_HEAD, Layout, anchor
from mmdgen.model import Joint, JointKind, RigidBody, SoftBody


def parse_bodies(cursor: Cursor, refer: Layout) -> Iterator[RigidBody]:
    """Read one rigid body after the other."""
    for _ in cursor.items("rigid bodies", "body"):
        name, name_en, bone = cursor.text(), cursor.text(), cursor.reference(refer.bone)
        group, mask, shape = (int(value) for value in cursor.unpack("<BHB"))
        yield RigidBody(name, name_en, bone, group, mask, shape, cursor.floats(14), cursor.u8())


def parse_joints(cursor: Cursor, refer: Layout, notes: Notes) -> Iterator[Joint]:
    """Read one joint after the other, of those kinds that there are."""
    for i in cursor.items("joints", "joint"):
        name, name_en, kind = cursor.text(), cursor.text(), cursor.u8()
        body_a, body_b, numbers = cursor.reference(refer.body), cursor.reference(refer.body), cursor.floats(24)
        if kind < len(JointKind):
            yield Joint(name, name_en, JointKind(kind), body_a, body_b, numbers)
        else:
            notes.add("joints", "unknown kind, left out", f"joint {i} '{name}', kind {kind}")


def parse_soft_bodies(cursor: Cursor, refer: Layout) -> Iterator[SoftBody]:
    """Read one soft body after the other; a file may end before them, as those of PMX 2.0 do."""
    if refer.version <= 2 or not cursor.remaining:
        return
    for _ in cursor.items("soft bodies", "soft body"):
        name, name_en, shape = cursor.text(), cursor.text(), cursor.u8()
        material = cursor.reference(refer.material)
        head: tuple[Any, ...] = cursor.unpack(SOFT_BODY_HEAD)
        group, mask, flags, link_distance, clusters, mass, margin, aerodynamics = head
        config, cluster_config = cursor.floats(12), cursor.floats(6)
        iterations: tuple[Any, ...] = cursor.unpack("<4i")
        stiffness = cursor.floats(3)
        kind = anchor(refer)
        anchors = cursor.array(kind, cursor.count(kind.itemsize, "anchor"))
        pins = cursor.array(refer.vertex, cursor.count(refer.vertex.itemsize, "pin"))
        yield SoftBody(
            name=name,
            name_en=name_en,
            shape=shape,
            material=material,
            group=group,
            collision_mask=mask,
            flags=flags,
            link_distance=link_distance,
            clusters=clusters,
            mass=mass,
            margin=margin,
            aerodynamics=aerodynamics,
            config=config,
            cluster_config=cluster_config,
            iterations=iterations,
            stiffness=stiffness,
            anchor_body=anchors["body"].astype(np.int32),
            anchor_vertex=anchors["vertex"].astype(np.int32),
            anchor_near=anchors["near"].copy(),
            pin=pins.astype(np.int32),
        )
