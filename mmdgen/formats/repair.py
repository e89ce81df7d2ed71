"""Makes any parsed file safe to use: references that lead nowhere, loops and numbers that are none are dropped.

What passes through here unchanged is a sound model: every reference is in range, bone parents and group morphs have no
loops, every number is finite. Numbering stays as in the file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mmdgen.formats.cursor import Notes
from mmdgen.formats.repair_bones import finite, sound_bones
from mmdgen.formats.repair_morphs import sound_morphs
from mmdgen.model import Deform, Frame, Joint, Material, Model, RigidBody, SoftBody, SphereMode, Vertices


def repaired(model: Model, notes: Notes) -> Model:
    """Return the sound model that remains; each kind of trouble becomes one note."""
    bodies = tuple(_body(i, body, len(model.bones), notes) for i, body in enumerate(model.bodies))
    return replace(
        model,
        vertices=_vertices(model.vertices, len(model.bones), notes),
        materials=_face_counts(
            [_material(i, m, len(model.textures), notes) for i, m in enumerate(model.materials)], model, notes
        ),
        bones=sound_bones(model.bones, notes),
        morphs=sound_morphs(model, notes),
        frames=tuple(_frame(i, frame, model, notes) for i, frame in enumerate(model.frames)),
        bodies=bodies,
        joints=tuple(
            _joint(i, joint, notes) for i, joint in enumerate(model.joints) if _attached(i, joint, len(bodies), notes)
        ),
        soft_bodies=tuple(_soft_body(i, body, model, notes) for i, body in enumerate(model.soft_bodies)),
    )


def _vertices(vertices: Vertices, bones: int, notes: Notes) -> Vertices:
    changes: dict[str, Any] = {}
    for name in ("normal", "uv", "extra_uv", "edge_scale"):
        column = getattr(vertices, name)
        bad = ~np.isfinite(column)
        if bad.any():
            notes.add("vertices", f"{name} is no number, set to 0", f"vertex {np.argwhere(bad)[0, 0]}", int(bad.sum()))
            changes[name] = np.where(bad, np.float32(0), column)
    changes |= _weights(vertices, bones, notes)
    broken = ~np.isfinite(vertices.sdef).all((1, 2))
    if broken.any():
        which = vertices.sdef_vertex[broken]
        notes.add("vertices", "SDEF centres are no numbers, read as BDEF2", f"vertex {which[0]}", len(which))
        deform = vertices.deform.copy()
        deform[which] = Deform.BDEF2
        changes |= {"deform": deform, "sdef_vertex": vertices.sdef_vertex[~broken], "sdef": vertices.sdef[~broken]}
    return replace(vertices, **changes) if changes else vertices


def _weights(vertices: Vertices, bones: int, notes: Notes) -> dict[str, Any]:
    """Empty the slots of bones that do not exist; where one of two bones is left it takes the whole weight."""
    bone, weight = vertices.bone, vertices.weight
    pair = np.isin(vertices.deform, (Deform.BDEF2, Deform.SDEF))
    wild = ~np.isfinite(weight)
    if wild.any():
        notes.add(
            "vertices",
            "bone weight is no number, set to 0",
            f"vertex {np.argwhere(wild)[0, 0]}",
            int(wild.any(-1).sum()),
        )
        weight = np.where(wild, np.float32(0), weight)
        weight[wild.any(-1) & pair, :2] = (1, 0)
    missing = (bone < 0) | (bone >= bones)
    lost = missing & (bone != -1) & (weight != 0)  # -1 is a slot that the file leaves empty
    if lost.any():
        i, slot = np.argwhere(lost)[0]
        notes.add(
            "vertices",
            "weight of a bone that does not exist, left out",
            f"vertex {i}, bone {bone[i, slot]}",
            int(lost.sum()),
        )
    weight = np.where(missing, np.float32(0), weight)
    alone = pair & (missing[:, 0] != missing[:, 1])
    weight[alone, :2] = ~missing[alone, :2]
    return {"bone": np.where(missing, np.int32(-1), bone), "weight": weight}


def _material(i: int, material: Material, textures: int, notes: Notes) -> Material:
    changes: dict[str, Any] = {}
    where = f"material {i} '{material.name}'"
    for name in ("texture", "sphere", "toon"):
        value = getattr(material, name)
        if value is not None and not 0 <= value < textures:
            notes.add("materials", f"{name} that does not exist, left out", f"{where}, texture {value}")
            changes[name] = None
    if material.shared_toon is not None and not 0 <= material.shared_toon <= 9:
        notes.add("materials", "shared toon that does not exist, left out", f"{where}, toon {material.shared_toon}")
        changes["shared_toon"] = None
    for name, stand_in in (("diffuse", 1.0), ("specular", 0.0), ("ambient", 0.0), ("edge_color", 0.0)):
        changes[name] = finite(getattr(material, name), notes, "materials", f"{where}, {name}", stand_in)
    for name in ("power", "edge_size"):
        changes[name] = finite((getattr(material, name),), notes, "materials", f"{where}, {name}")[0]
    sound = replace(material, **changes)
    if sound.sphere is None and sound.sphere_mode != SphereMode.NONE:  # in hundreds of files, so no note
        sound = replace(sound, sphere_mode=SphereMode.NONE)
    return sound


def _face_counts(materials: Sequence[Material], model: Model, notes: Notes) -> tuple[Material, ...]:
    """Let the materials share out no more faces than there are."""
    left, sound = len(model.faces), []
    for i, material in enumerate(materials):
        count = min(material.face_count, left)
        if count < material.face_count:
            found = f"material {i} '{material.name}' wants {material.face_count}, {count} are left"
            notes.add("materials", "more triangles than the file has, cut", found)
        sound.append(replace(material, face_count=count))
        left -= count
    if left:
        notes.add("faces", f"{left} triangles without a material, not drawn")
    return tuple(sound)


def _frame(i: int, frame: Frame, model: Model, notes: Notes) -> Frame:
    limits = (len(model.bones), len(model.morphs))
    items = tuple((kind, index) for kind, index in frame.items if 0 <= index < limits[kind])
    if len(items) < len(frame.items):
        notes.add(
            "frames", "item that does not exist, left out", f"frame {i} '{frame.name}'", len(frame.items) - len(items)
        )
    return replace(frame, items=items)


def _body(i: int, body: RigidBody, bones: int, notes: Notes) -> RigidBody:
    where = f"body {i} '{body.name}'"
    numbers = finite(body.numbers, notes, "rigid bodies", where)
    bone = body.bone
    if bone is not None and not 0 <= bone < bones:
        notes.add("rigid bodies", "bone that does not exist, left out", f"{where}, bone {bone}")
        bone = None
    return replace(body, bone=bone, numbers=numbers)


def _attached(i: int, joint: Joint, bodies: int, notes: Notes) -> bool:
    ends = [end for end in (joint.body_a, joint.body_b) if end is not None and not 0 <= end < bodies]
    if ends:
        found = f"joint {i} '{joint.name}', body {ends[0]}"
        notes.add("joints", "joint of a rigid body that does not exist, left out", found)
    return not ends


def _joint(i: int, joint: Joint, notes: Notes) -> Joint:
    return replace(joint, numbers=finite(joint.numbers, notes, "joints", f"joint {i} '{joint.name}'"))


def _soft_body(i: int, body: SoftBody, model: Model, notes: Notes) -> SoftBody:
    section, where, changes = "soft bodies", f"soft body {i} '{body.name}'", dict[str, Any]()
    if body.material is not None and not 0 <= body.material < len(model.materials):
        notes.add(section, "material that does not exist, left out", f"{where}, material {body.material}")
        changes["material"] = None
    for name in ("config", "cluster_config", "stiffness"):
        changes[name] = finite(getattr(body, name), notes, section, where)
    changes["mass"], changes["margin"] = finite((body.mass, body.margin), notes, section, where)
    limits = (("anchor_body", len(model.bodies)), ("anchor_vertex", len(model.vertices)))
    there = np.ones(len(body.anchor_body), bool)
    for name, limit in limits:
        there &= (getattr(body, name) >= 0) & (getattr(body, name) < limit)
    if not there.all():
        notes.add(section, "anchor of something that does not exist, left out", where, int((~there).sum()))
        changes |= {name: getattr(body, name)[there] for name in ("anchor_body", "anchor_vertex", "anchor_near")}
    pinned = (body.pin >= 0) & (body.pin < len(model.vertices))
    if not pinned.all():
        notes.add(section, "pinned vertex that does not exist, left out", where, int((~pinned).sum()))
        changes["pin"] = body.pin[pinned]
    return replace(body, **changes)
