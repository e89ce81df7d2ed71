"""What one model file is: readable or not, a character or not, renderable or not, and what it looks like."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mmdgen.annotation import Annotation, from_json, load, to_json
from mmdgen.errors import AnnotationError, FormatError, RenderError
from mmdgen.formats.load import load_textures, read_model
from mmdgen.formats.textures import TextureFinder
from mmdgen.library.annotate import trusted
from mmdgen.library.appraisal import appraise
from mmdgen.library.geometry import geometry_digest, head_sketch
from mmdgen.library.proposals import study
from mmdgen.library.records import Judgement, Record, Study
from mmdgen.model import Model, TextureSet
from mmdgen.pose_spec import HEAD_BONE, NECK_BONE

BODY = (  # bones of a body, by their standard names; accessories and stages have few of them
    ("頭", "head"),
    ("首", "neck"),
    ("上半身", "upper body"),
    ("下半身", "lower body"),
    ("左腕", "arm_l"),
    ("右腕", "arm_r"),
    ("左足", "leg_l"),
    ("右足", "leg_r"),
    ("左ひざ", "knee_l"),
    ("右ひざ", "knee_r"),
    ("左目", "eye_l"),
    ("右目", "eye_r"),
)
FEWEST_BONES = 4  # of BODY in a character
BARE = 0.5  # share of surface textures; a model that lacks more of them has no look of its own


@dataclass(frozen=True)
class Question:
    """A model to triage: where it is, its path in its library, its annotations' folder, and what is known already."""

    path: str
    relative: str
    store: str
    known: Record | None = None


@dataclass(frozen=True)
class Triager:
    """Answers questions; made in the parent, used in worker processes. ``pictures`` needs OpenGL."""

    pictures: bool = True

    def __call__(self, _worker: int) -> Any:
        """Start in a worker; raise RenderError where pictures are wanted and cannot be drawn."""
        photographer = None
        if self.pictures:
            from mmdgen.library.portrait import Photographer

            photographer = Photographer()
        return lambda question, _: triage(question, photographer)


def triage(question: Question, photographer: Any = None) -> Record:
    """Look at one model, keeping what is known of it as far as it still holds."""
    path, store, known = Path(question.path), Path(question.store), question.known
    size, modified = stamp(path)
    found = Record(question.relative, size, modified, "", "", "")
    try:
        model = read_model(path)
    except FormatError as error:
        return replace(found, sha256=digest_of(path), error=str(error).removeprefix(f"{path}: "))
    found = replace(found, sha256=model.source.sha256, beside=beside(path, model.textures))
    holds = known is not None and (known.sha256, known.beside) == (found.sha256, found.beside)
    done = known.study if known is not None and holds else None
    if done is None or (photographer is not None and not done.picture):
        done = _studied(model, photographer)
    stored, trouble, judged_by = stored_annotation(store, found.sha256)
    judgement = _judged(model, stored, from_json(done.proposal), trouble)
    return replace(found, judged_by=judged_by, study=done, judgement=judgement)


def _studied(model: Model, photographer: Any) -> Study:
    proposal = study(model).annotation
    textures = load_textures(model)
    surfaces = {i for m in model.materials for i in (m.texture, m.sphere)}
    used = surfaces | {m.toon for m in model.materials}
    missing = [name for i, name in enumerate(model.textures) if i in used and textures.images[i] is None]
    warnings = [*model.warnings, *textures.warnings]
    look = picture = ""
    if photographer is not None and len(model.faces):
        try:
            portrait = photographer.take(model, textures, proposal.head)
            picture = base64.b64encode(portrait.picture).decode()
            if not _bare(model, textures):
                look = base64.b64encode(portrait.look.tobytes()).decode()
        except RenderError as error:  # one model that the driver refuses stops nobody else
            warnings.append(f"picture: {error}")
    return Study(
        name=model.name,
        format=f"{model.source.format} {model.source.version:.1f}",
        vertices=len(model.vertices),
        morphs=len(model.morphs),
        character=no_character(model),
        bones={name: model.bone(name) is not None for name in (HEAD_BONE, NECK_BONE)},
        textures=list(model.textures),
        textures_sha256=textures.sha256,
        missing=missing,
        proposal=to_json(replace(proposal, names_seen=())),  # files of one content may have many names
        warnings=warnings,
        geometry=geometry_digest(model) if len(model.faces) else "",
        sketch=list(head_sketch(model)),
        look=look,
        picture=picture,
    )


def no_character(model: Model) -> str:
    """Return why a model is no character, told by its bones and triangles; empty when it is one."""
    if not len(model.faces):
        return "nothing to see: no triangles"
    names = {text.strip().casefold() for bone in model.bones for text in (bone.name, bone.name_en)}
    there = sum(not names.isdisjoint(known) for known in BODY)
    if there < FEWEST_BONES:
        return f"{there or 'none'} of {len(BODY)} bones of a body"
    return ""


def _bare(model: Model, textures: TextureSet) -> bool:
    surfaces = [m.texture for m in model.materials if m.texture is not None]
    return sum(textures.images[i] is None for i in surfaces) > BARE * len(surfaces)


def _judged(model: Model, stored: Annotation | None, proposal: Annotation, trouble: str) -> Judgement:
    appraisal = appraise(model, stored, proposal)
    known = appraisal.annotation
    said = to_json(known)
    slots = {
        name: value and {"name": value["name"], "by": value["by"], "trusted": trusted(known.slots[name])}
        for name, value in said["slots"].items()
    }
    head = said["head"] and {**said["head"], "trusted": trusted(known.head)}
    reasons = [*([trouble] if trouble else []), *appraisal.reasons]
    ready = appraisal.ready and not trouble
    return Judgement(ready, reasons, appraisal.with_smile, known.verdict, appraisal.stored, head, slots)


# --- what a record depends on -----------------------------------------------------------------------------------------


def stamp(path: Path) -> tuple[int, int]:
    """Return a file's size and time of change in nanoseconds, (-1, 0) where it cannot be asked."""
    try:
        status = path.stat()
    except (OSError, ValueError):
        return -1, 0
    return status.st_size, status.st_mtime_ns


def digest_of(path: Path) -> str:
    """Return the sha256 of a plain file, empty where it cannot be read."""
    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def beside(path: Path, textures: tuple[str, ...] | list[str]) -> str:
    """Return a digest of where a model's textures are found, how large they are and when they changed."""
    finder = TextureFinder(path.parent)
    digest = hashlib.sha256()
    for name in textures:
        found = finder.find(name)
        said = (name, None) if found is None else (name, found.name, *stamp(found))
        digest.update(repr(said).encode(errors="backslashreplace"))
    return digest.hexdigest()


def stored_annotation(store: Path, sha256: str) -> tuple[Annotation | None, str, str]:
    """Return a model's stored annotation, what is wrong with it, and a digest of its file, empty where none is."""
    try:
        stored, trouble = load(store, sha256), ""
    except AnnotationError as error:
        stored, trouble = None, f"annotation: {error}"
    return stored, trouble, digest_of(store / f"{sha256}.json")
