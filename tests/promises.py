"""What mmdgen promises for any bytes whatever: fuzz/ asks it of millions of files, test_fuzz_finds.py of a few."""

from __future__ import annotations

import re
import zlib
from dataclasses import fields
from pathlib import Path

import numpy as np

from mmdgen.annotation import Annotation
from mmdgen.description import describe
from mmdgen.errors import AnnotationError, BindingError, FormatError, MmdgenError
from mmdgen.formats.archives.limits import Limits
from mmdgen.formats.images import decode_image
from mmdgen.formats.load import load_textures, parse_model
from mmdgen.formats.writer import write_pmx
from mmdgen.formats.writer_pmd import write_pmd
from mmdgen.library.imports import import_archives
from mmdgen.library.proposals import propose
from mmdgen.model import Model
from mmdgen.pose.binding import bind
from mmdgen.pose_spec import PARAMETERS
from mmdgen.rig.rig import Rig
from mmdgen.rig.skin import skin
from mmdgen.shell import plain
from mmdgen.state import Deformation, RigState

SUBJECT = "hostile.pmx"
LIMITS = Limits(total=4 << 20, file=2 << 20, entries=400, ratio=50, free=1 << 20)
MESSAGE = re.compile(r"[^\n]+: [^\n]+, expected [^\n]+; [^\n]+")


def refusal_of(error: MmdgenError, subject: str = SUBJECT) -> str:
    """Return the message of a refusal after a look at its shape."""
    message = plain(str(error))  # as every command shows it
    assert message.startswith(subject), f"does not name its subject: {message!r}"
    assert MESSAGE.fullmatch(message), (
        f"not '<subject>: <found>, expected <what>; <what to do>' on one line: {message!r}"
    )
    return message


def check_model(data: bytes) -> Model | None:
    """Read bytes as a model: None when refused, else the model, which must be sound in every stage that takes it."""
    try:
        model = parse_model(data, SUBJECT)
    except FormatError as error:
        refusal_of(error)
        return None
    for warning in model.warnings:
        assert len(warning) < 400, f"a warning of {len(warning)} letters"
    check_rewritten(model)
    return model


def check_rewritten(model: Model) -> None:
    """Written anew, a model is the same one, without a word about it (but for faces, which are as they are)."""
    again = parse_model(write_pmx(model), SUBJECT)
    assert again == model, f"written anew it differs in {differences(model, again)}"
    said = [line for line in again.warnings if not line.startswith("faces: ")]
    assert not said, said


def differences(one: Model, other: Model) -> list[str]:
    return [
        f.name for f in fields(Model) if f.compare and not np.array_equal(getattr(one, f.name), getattr(other, f.name))
    ]


def check_stages(model: Model, seed: int) -> None:
    """Describe, pose, propose and bind a model that was accepted, all without exceptions but the promised ones."""
    described = describe(model, load_textures(model))
    assert described["counts"]["vertices"] == len(model.vertices)
    check_pmd(model)
    for ik in (False, True):
        check_rig(model, seed, ik=ik)
    check_binding(model)


def check_pmd(model: Model) -> None:
    """As PMD a model is refused in a sentence, or becomes a file that is read."""
    try:
        data = write_pmd(model)
    except FormatError as error:
        refusal_of(error, "model ")
        return
    again = parse_model(data, SUBJECT)
    assert np.array_equal(again.vertices.position, model.vertices.position)
    assert np.array_equal(again.faces, model.faces)


def check_rig(model: Model, seed: int, *, ik: bool) -> None:
    """Poses at rest and at random are finite."""
    rig = Rig(model, ik=ik)
    rest = RigState.identity(model)
    for state in (rest, random_state(model, seed)):
        deformation = rig.evaluate(state)
        check_finite(deformation)
        if not ik:
            posed = skin(model, deformation)
            assert all(np.isfinite(a).all() for a in (posed.position, posed.normal, posed.uv, posed.extra_uv))
    if not ik and not any(bone.fixed_axis for bone in model.bones):
        matrix = rig.evaluate(rest).matrix
        assert (matrix == np.eye(3, 4, dtype=np.float32)).all(), "moves at rest"


def check_finite(deformation: Deformation) -> None:
    for name in ("matrix", "rotation", "weight", "material"):
        assert np.isfinite(getattr(deformation, name)).all(), f"{name} is not finite"


def random_state(model: Model, seed: int) -> RigState:
    """Return two states with every joint turned and moved and every morph at some weight between -1 and 2."""
    random = np.random.default_rng(seed)
    state = RigState.identity(model, 2)
    rotation = random.normal(size=state.rotation.shape).astype(np.float32)
    rotation /= np.linalg.norm(rotation, axis=-1, keepdims=True)
    translation = random.normal(size=state.translation.shape).astype(np.float32)
    return RigState(rotation, translation, random.uniform(-1, 2, state.weight.shape).astype(np.float32))


def check_binding(model: Model) -> None:
    """A proposal never fails; what it makes of the model binds, or says in one line why not."""
    annotation: Annotation = propose(model)
    try:
        binding = bind(model, annotation, allow_smile=True)
    except (BindingError, AnnotationError) as error:
        refusal_of(error)
        return
    middle = np.array([[(p.low + p.high) / 2 for p in PARAMETERS]])
    check_finite(Rig(binding.model).evaluate(binding.state(middle)))


def check_image(data: bytes) -> bool:
    """Decode bytes as a picture; tell whether they were one."""
    try:
        picture = decode_image(data)
    except FormatError as error:
        refusal_of(error, "image: ")
        return False
    assert picture.dtype == np.uint8
    assert picture.ndim == 3
    assert picture.shape[2] == 4
    assert picture.size
    assert picture.flags.c_contiguous
    return True


def check_archive(data: bytes, home: Path) -> bool:
    """Import bytes into a library in the empty folder ``home``; tell whether they became a package."""
    archive, library = home / "hostile.zip", home / "library"
    archive.write_bytes(data)
    (outcome,) = import_archives([archive], library, limits=LIMITS)
    for told in map(plain, (*outcome.notes, *filter(None, [outcome.error]))):
        assert told.startswith(str(archive)), f"does not name its subject: {told!r}"
        assert MESSAGE.fullmatch(told), f"not '<subject>: <found>, expected <what>; <what to do>' on one line: {told!r}"
    below = sorted(p for p in home.rglob("*"))
    assert not [p for p in below if p.is_symlink() or not (p.is_file() or p.is_dir())], "a link or a device"
    state = library / ".mmdgen"
    files = {p.relative_to(library).as_posix(): p for p in below if p.is_file() and library in p.parents}
    files = {name: path for name, path in files.items() if state not in path.parents}
    assert {p.name for p in home.iterdir()} <= {"hostile.zip", "library"}, "wrote beside the library"
    left = {p.name for p in state.iterdir()} if state.is_dir() else set()
    assert left <= {"imports.json", "imports.lock"}, f"left behind {left}"
    if outcome.status == "refused":
        assert ";" in outcome.error
        assert not files, f"refused, and yet there is {min(files)!r}"
        return False
    assert outcome.status == "imported"
    assert outcome.models
    assert len(files) == outcome.files <= LIMITS.entries
    assert all(name.startswith(outcome.folder + "/") for name in files)
    assert {f"{outcome.folder}/{m}" for m in outcome.models} <= set(files)
    assert sum(p.stat().st_size for p in files.values()) == outcome.bytes <= LIMITS.total
    (again,) = import_archives([archive], library, limits=LIMITS)
    assert again.status == "known"
    return True


def seed_of(data: bytes) -> int:
    """Return the seed of everything random that is done with these bytes."""
    return zlib.crc32(data)
