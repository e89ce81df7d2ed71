"""``mmdgen shot``: one picture of one model."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from mmdgen.commands import console

if TYPE_CHECKING:
    from mmdgen.annotation import Annotation
    from mmdgen.model import Model
    from mmdgen.render.look import Look
    from mmdgen.render.settings import RenderSettings
    from mmdgen.shot import Sitting

Repeated = Annotated[list[str] | None, Parameter(negative="")]


def shot(
    model: Path,
    *,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    pose: Repeated = None,
    bone: Repeated = None,
    morph: Repeated = None,
    pose_json: Path | None = None,
    vertices: Path | None = None,
    annotations: Path | None = None,
    size: int = 256,
    ambient: float = 0.5,
    directional: float = 0.5,
    specular: float = 0.5,
    shading: str = "phong",
    edge: float | None = None,
    hue_deg: float = 0.0,
    saturation: float = 1.0,
    brightness: float = 1.0,
    samples: int = 4,
    ik: Annotated[bool, Parameter(negative="")] = False,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Draw one picture of one model, or write its posed vertices.

    The picture is framed by the head that the model's annotation or else a proposal says; a model without a head is
    shown whole. Without a pose the model is drawn as it is in its file.

    Args:
        model: A PMX or PMD file.
        output: The PNG to write.
        pose: Parameters such as head_x=0.5,eye_left=1; those not named keep the eyes open, the mouth open and the head
            straight.
        bone: NAME=rx,ry,rz turns a bone by degrees about the file's axes, z first, then x, then y. May be repeated.
        morph: NAME=W sets a morph's weight. May be repeated.
        pose_json: A file with {"pose": {...}, "bones": {"NAME": [rx, ry, rz]}, "morphs": {"NAME": W}}; names that the
            model lacks are left out with a note. Options override it.
        vertices: Write the posed vertices, in the file's own axes, units and order, as a NumPy array (V, 3) of float32.
        annotations: The folder of the annotations; by default .mmdgen/annotations of a folder that holds the model.
        size: Width and height in pixels, a multiple of 8 from 32 to 1024.
        ambient: Strength of the light that comes from everywhere.
        directional: Strength of the light that comes from the viewer.
        specular: Strength of highlights.
        shading: phong or toon, as MMD shades.
        edge: Width of the outlines, times what the file says; by default 1 under toon and 0, none, under phong.
        hue_deg: Turn all hues by that many degrees.
        saturation: Strength of the colours; 0 is grey.
        brightness: Brightness of the finished colours.
        samples: Samples for each pixel: 1, 4, 9 or 16.
        ik: Let the model's IK bones pull their chains, legs for example.
        dry_run: Check everything and write nothing.
        json: Print what was done as JSON.
    """
    from mmdgen.annotation import Annotation
    from mmdgen.errors import UsageError
    from mmdgen.formats.load import read_model
    from mmdgen.library.scan import locate
    from mmdgen.render.settings import RenderSettings
    from mmdgen.shot import Wish, check_names, known_about, read_wish, sit, wish

    if output is not None and output.suffix.lower() != ".png":
        raise UsageError(f"{output}: extension {output.suffix!r}, expected .png; write a PNG")
    if output is None and vertices is None:
        raise UsageError("shot: nothing to write, expected -o or --vertices; add -o out.png")
    settings = RenderSettings(size, ambient, directional, specular, shading, samples, edge)
    look = replace(settings.look(), hue_deg=hue_deg, saturation=saturation, brightness=brightness)
    typed = wish(pose or [], bone or [], morph or [])
    wishes = typed.over(read_wish(pose_json) if pose_json else Wish())
    found = read_model(model)
    check_names(found, typed)
    known, source = Annotation(found.source.sha256), ""
    if output is not None or wishes.pose is not None:
        store = next(iter(locate([model], annotations).values()))
        known, source = known_about(found, store, wishes)
    sitting = sit(found, wishes, known)
    for name in sitting.missing:
        console.say(f"{model}: no bone or morph {name}; left out")
    done: dict[str, Any] = {
        "model": str(model),
        "ik": ik,
        "warnings": list(found.warnings),
        "missing": list(sitting.missing),
    }
    if vertices is not None:
        done["vertices"] = _save_vertices(found, sitting, vertices, ik=ik, dry_run=dry_run)
    if output is not None:
        done |= _save_picture(sitting, known, source, settings, look, output, ik=ik, dry_run=dry_run)
    if json:
        console.emit_json(done)
    else:
        for path in (done.get("output"), done.get("vertices")):
            if path:
                console.out.print(path, markup=False)


def _save_vertices(model: Model, sitting: Sitting, path: Path, *, ik: bool, dry_run: bool) -> str:
    """Write the posed vertices by the NumPy rig."""
    import io

    import numpy as np

    from mmdgen.files import write_atomically
    from mmdgen.rig.rig import Rig
    from mmdgen.rig.skin import skin

    posed = skin(sitting.model, Rig(sitting.model, ik=ik).evaluate(sitting.state))
    data = io.BytesIO()
    np.save(data, posed.position[0, : len(model.vertices)])
    if not dry_run:
        write_atomically(path, data.getvalue())
    return str(path)


def _save_picture(
    sitting: Sitting,
    known: Annotation,
    source: str,
    settings: RenderSettings,
    look: Look,
    path: Path,
    *,
    ik: bool,
    dry_run: bool,
) -> dict[str, Any]:
    """Draw and write the picture; return what to report."""
    import io

    from PIL import Image

    from mmdgen.files import write_atomically
    from mmdgen.formats.load import load_textures
    from mmdgen.framing import head_framing, whole_framing
    from mmdgen.puppet import Figure
    from mmdgen.render.context import driver, open_context
    from mmdgen.render.renderer import Renderer

    model = sitting.model
    textures = load_textures(model)
    framing = head_framing(model, known.head) if known.head else whole_framing(model)
    context = open_context()
    picture = Figure(model, textures, Renderer(context, settings), ik=ik).draw(sitting.state, framing, looks=[look])[0]
    data = io.BytesIO()
    Image.fromarray(picture).save(data, "PNG")
    if not dry_run:
        write_atomically(path, data.getvalue())
    for warning in textures.warnings:
        console.say(warning)
    head = {"bottom": known.head.bottom, "top": known.head.top} if known.head else None
    return {
        "output": str(path),
        "settings": settings.as_json() | asdict(look),
        "framed_by": source if known.head else "bounding box",
        "head": head,
        "texture_warnings": list(textures.warnings),
        "renderer": driver(context).renderer,
    }
