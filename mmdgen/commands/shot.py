"""``mmdgen shot``: one picture of one model, or a film of its motion."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from mmdgen.commands import console

Repeated = Annotated[list[str] | None, Parameter(negative="")]


def shot(
    model: Path,
    *,
    output: Annotated[str | None, Parameter(alias="-o")] = None,
    pose: Repeated = None,
    bone: Repeated = None,
    morph: Repeated = None,
    pose_json: Path | None = None,
    motion: Path | None = None,
    fps: float | None = None,
    loop: int = 0,
    background: str | None = None,
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
    """Draw one picture of one model, write its posed vertices, or render a motion to a film.

    The picture is framed by the head that the model's annotation or else a proposal says; a model without a head is
    shown whole. Without a pose the model is drawn as it is in its file. Films keep transparency, except MP4; MP4 and
    WebM need `pip install mmdgen[video]`.

    Args:
        model: A PMX or PMD file.
        output: The PNG to write; with --motion, .mp4, .webm, .webp, .apng, or a folder for PNGs, with a / at its end.
        pose: Parameters such as head_x=0.5,eye_left=1; those not named keep the eyes open, the mouth open and the head
            straight.
        bone: NAME=rx,ry,rz turns a bone by degrees about the file's axes, z first, then x, then y. May be repeated.
        morph: NAME=W sets a morph's weight. May be repeated.
        pose_json: A file with {"pose": {...}, "bones": {"NAME": [rx, ry, rz]}, "morphs": {"NAME": W}}; names that the
            model lacks are left out with a note. Options override it.
        motion: A pose table: CSV with a header of pose parameters and perhaps time, in seconds, and a line for each
            frame; or a NumPy array (N, 6). Bones and morphs that are given stay fixed.
        fps: Frames a second of a motion without times, 30 by default.
        loop: How often a WebP or APNG plays, 0 for ever.
        background: A colour behind the model, such as white or #ff8000; only MP4 has one without asking, white.
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
    from mmdgen.commands.shot_files import Set, save_vertices
    from mmdgen.errors import UsageError
    from mmdgen.formats.load import read_model
    from mmdgen.library.scan import locate
    from mmdgen.motion.films import Film, colour
    from mmdgen.motion.table import read_motion
    from mmdgen.render.settings import RenderSettings
    from mmdgen.shot import Wish, check_names, known_about, read_wish, sit, wish

    if not model.is_file():
        raise UsageError(f"{model}: no such file, expected a .pmx or .pmd file; check the path")
    if motion is None and output is not None and Path(output).suffix.lower() != ".png":
        raise UsageError(f"{output}: extension {Path(output).suffix!r}, expected .png; write a PNG, or add --motion")
    if output is None and (vertices is None or motion is not None):
        expected = "-o" if motion is not None else "-o or --vertices"
        raise UsageError(f"shot: nothing to write, expected {expected}; add -o out.png")
    if motion is None and (fps is not None or loop):
        raise UsageError("shot: --fps or --loop without --motion, expected a pose table; add --motion poses.csv")
    settings = RenderSettings(size, ambient, directional, specular, shading, samples, edge)
    look = replace(settings.look(), hue_deg=hue_deg, saturation=saturation, brightness=brightness)
    ground = None if background is None else colour(background)
    typed = wish(pose or [], bone or [], morph or [])
    wishes = typed.over(read_wish(pose_json) if pose_json else Wish())
    film = None
    if motion is not None and output is not None:
        if wishes.pose is not None or vertices is not None:
            conflict = "--vertices" if vertices is not None else "a pose"
            raise UsageError(f"shot: {conflict} beside --motion, expected one of them; leave one out")
        film = Film(output, read_motion(motion, fps), size, background=ground, loop=loop)
        wishes = replace(wishes, pose={})
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
        done |= save_vertices(found, sitting, vertices, ik=ik, dry_run=dry_run)
    if output is not None:
        scene = Set(sitting, known, source, settings, look, ik)
        if film is None:
            done |= scene.save_picture(Path(output), ground, dry_run=dry_run)
        else:
            done |= scene.save_film(film, dry_run=dry_run)
    if json:
        console.emit_json(done)
    else:
        for path in (done.get("output"), done.get("vertices")):
            if path:
                console.out.print(path, markup=False)
