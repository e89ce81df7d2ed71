"""What a reviewer sees of a model: pictures of the dataset's own, drawn in another process and kept on disk."""

from __future__ import annotations

import base64
import hashlib
import io
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mmdgen.annotation import SLOTS, Annotation, from_json, load, to_json
from mmdgen.errors import AnnotationError, BindingError, MmdgenError
from mmdgen.files import write_atomically
from mmdgen.formats.load import load_textures, read_model
from mmdgen.framing import head_framing, whole_framing
from mmdgen.library.annotate import trusted
from mmdgen.library.appraisal import appraise
from mmdgen.library.proposals import propose
from mmdgen.library.triage import beside, digest_of
from mmdgen.model import U1, Model, TextureSet
from mmdgen.pose.binding import Binding, bind
from mmdgen.pose_spec import IDENTITY
from mmdgen.puppet import Figure, Puppet
from mmdgen.render.context import open_context
from mmdgen.render.renderer import Renderer
from mmdgen.render.settings import RenderSettings
from mmdgen.state import RigState

Readiness = Literal["ready", "unsure", "lacking", "unreadable"]

SIDE = 256  # pixels, as render draws by default
SHOTS = {  # what is drawn, from left to right: head_x, head_y, neck_z, eye_left, eye_right, mouth
    "at rest": IDENTITY,
    "eyes closed": (0.0, 0.0, 0.0, 1.0, 1.0, 1.0),
    "mouth closed": (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "to the viewer's left": (0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
    "to the viewer's right": (0.0, -1.0, 0.0, 0.0, 0.0, 1.0),
    "chin up": (1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    "chin down": (-1.0, 0.0, 0.0, 0.0, 0.0, 1.0),
    "the character's left eye": (0.0, 0.0, 0.0, 1.0, 0.0, 1.0),
    "the character's right eye": (0.0, 0.0, 0.0, 0.0, 1.0, 1.0),
}
FOLDER = ".previews"
FORMAT = f"1 {version('mmdgen')}"  # pictures of another version are drawn anew
QUALITY, EFFORT = 80, 1  # of WebP


@dataclass(frozen=True, eq=False)
class Preview:
    """What is shown of the model at ``path``.

    ``readiness``: render takes it; or would if its proposals were sure; or something is lacking, see ``reasons``; or
    the file cannot be read. ``strip`` is a WebP file (SIDE, n SIDE) with all SHOTS side by side, or only one of the
    bind pose where the model cannot be posed, or empty. ``drawn`` names what the pictures rest upon: "head" and slots.
    ``annotation`` is what was drawn: what is stored, or else the proposal.
    """

    path: Path
    readiness: Readiness
    reasons: tuple[str, ...] = ()
    strip: bytes = b""
    drawn: tuple[str, ...] = ()
    annotation: Annotation | None = None
    warnings: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """About how many bytes it holds."""
        return len(self.strip)


def failed(path: Path, problem: str) -> Preview:
    """Return what is shown of a model that its reader did not survive."""
    return Preview(path, "unreadable", (problem,))


@dataclass(frozen=True)
class Previewer:
    """Makes previews of models, whose annotations lie in ``stores``; for a process of its own, which opens OpenGL."""

    stores: dict[Path, Path]

    def __call__(self, path: Path) -> Preview:
        """Return a model's preview, from the disk if it still holds; whatever is wrong becomes its reason."""
        try:
            return preview(path, self.stores[path], _renderer())
        except MmdgenError as error:
            return failed(path, str(error))
        except MemoryError:
            return failed(path, f"{path}: not enough memory, expected a model that fits; close other programs")
        except Exception as error:  # noqa: BLE001 - one bad model never stops a session
            return failed(path, f"{path}: {type(error).__name__}: {error}; run mmdgen inspect --debug on it")


@cache
def _renderer() -> Renderer:
    return Renderer(open_context(), RenderSettings(SIDE))


def preview(path: Path, store: Path, renderer: Renderer) -> Preview:
    """Draw a model as its annotation says, or take what was drawn of it before. Raises MmdgenError."""
    stored = load(store, digest_of(path))
    if stored is not None:  # what is drawn depends on no verdict; one without values leaves all to the proposal
        said = stored.head or stored.none or any(stored.slots.values())
        stored = replace(stored, verdict="todo", reason="", note="") if said else None
    place = _place(path, store)
    if (kept := _kept(path, place, stored)) is not None:
        return kept
    model = read_model(path)
    textures = load_textures(model)
    found = _drawn(path, model, textures, stored, renderer)
    _keep(place, found, model, stored)
    return found


def _drawn(path: Path, model: Model, textures: TextureSet, stored: Annotation | None, renderer: Renderer) -> Preview:
    appraisal = appraise(model, stored, stored or propose(model))
    known = appraisal.annotation
    sure = replace(known, slots={name: slot if trusted(slot) else None for name, slot in known.slots.items()})
    binding, drawn = _bound(model, sure if appraisal.ready else known)
    readiness: Readiness = "ready" if appraisal.ready else "unsure" if binding else "lacking"
    pictures = _posed(binding, textures, renderer) if binding else _bind_pose(model, known, textures, renderer)
    strip = b""
    if pictures is not None:
        strip = _webp(np.concatenate(list(pictures), 1))
    warnings = (*model.warnings, *textures.warnings)
    return Preview(path, readiness, appraisal.reasons, strip, drawn, known, warnings)


def _bound(model: Model, known: Annotation) -> tuple[Binding | None, tuple[str, ...]]:
    """Return a model's binding and what of the annotation it rests upon, or None and nothing."""
    winks = replace(known, slots={**known.slots, "normal_both": None})
    for tried, eyes in ((winks, ("normal_left", "normal_right")), (known, ("normal_both",))):
        with suppress(BindingError, AnnotationError):
            return bind(model, tried), ("head", *eyes, "mouth")
    return None, ()


def _posed(binding: Binding, textures: TextureSet, renderer: Renderer) -> U1:
    puppet = Puppet.make(binding, textures, renderer)
    try:
        return puppet.draw(np.array(list(SHOTS.values()), np.float32))
    finally:
        puppet.release()


def _bind_pose(model: Model, known: Annotation, textures: TextureSet, renderer: Renderer) -> U1 | None:
    """Return a picture (1, SIDE, SIDE, 4) of a model that cannot be posed, None where there is nothing to see."""
    if not len(model.faces):
        return None
    framing = head_framing(model, known.head) if known.head else whole_framing(model)
    figure = Figure(model, textures, renderer)
    try:
        return figure.draw(RigState.identity(model), framing)
    finally:
        figure.release()


def _webp(picture: U1) -> bytes:
    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(picture).save(data, "WEBP", quality=QUALITY, method=EFFORT)
    return data.getvalue()


# --- on disk ----------------------------------------------------------------------------------------------------------


def forget(path: Path, store: Path) -> None:
    """Have a model drawn anew, whatever is on disk."""
    with suppress(OSError):
        _place(path, store).unlink(missing_ok=True)


def _place(path: Path, store: Path) -> Path:
    """Return where a model's preview is kept: by its path, for recolours share a file but not its textures."""
    return store / FOLDER / f"{hashlib.sha256(str(path.absolute()).encode(errors='surrogateescape')).hexdigest()}.json"


def _asked(stored: Annotation | None) -> Any:
    """Return what a picture depends on besides the model's files."""
    said = to_json(stored) if stored else {}
    return [FORMAT, said.get("sha256"), said.get("head"), said.get("slots"), said.get("none")]


def _keep(place: Path, found: Preview, model: Model, stored: Annotation | None) -> None:
    """Keep a preview beside the annotations; where that cannot be, it is drawn again next time."""
    assert found.annotation is not None
    data = asdict(replace(found, strip=b"", annotation=None)) | {
        "path": "",
        "sha256": model.source.sha256,
        "strip": base64.b64encode(found.strip).decode(),
        "annotation": to_json(found.annotation),
        "asked": _asked(stored),
        "textures": list(model.textures),
        "beside": beside(found.path, model.textures),
    }
    with suppress(OSError, MmdgenError):
        place.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(place, json.dumps(data).encode())


def _kept(path: Path, place: Path, stored: Annotation | None) -> Preview | None:
    """Return what was drawn before, if neither the model, its textures nor its annotation have changed since."""
    try:
        data = json.loads(place.read_bytes())
        holds = (data["sha256"], data["asked"]) == (digest_of(path), json.loads(json.dumps(_asked(stored))))
        if not holds or data["beside"] != beside(path, data["textures"]):
            return None
        return Preview(
            path,
            data["readiness"],
            _texts(data["reasons"]),
            base64.b64decode(data["strip"], validate=True),
            tuple(name for name in data["drawn"] if name in ("head", *SLOTS)),
            from_json(data["annotation"]),
            _texts(data["warnings"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, AnnotationError):  # none, or a damaged one
        return None


def _texts(values: Sequence[object]) -> tuple[str, ...]:
    return tuple(map(str, values))
