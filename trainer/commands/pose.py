"""``trainer pose``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

if TYPE_CHECKING:
    from trainer.drawing import Drawing


def pose(
    images: Annotated[list[Path], Parameter(negative="")],
    /,
    *,
    output: Annotated[str | None, Parameter(alias="-o")] = None,
    head_x: float = 0.0,
    head_y: float = 0.0,
    neck_z: float = 0.0,
    eye_left: float = 0.0,
    eye_right: float = 0.0,
    mouth: float = 1.0,
    sheet: Annotated[bool, Parameter(negative="")] = False,
    video: Annotated[bool, Parameter(negative="")] = False,
    motion: Path | None = None,
    fps: float | None = None,
    loop: int = 0,
    background: str | None = None,
    runs: Path = Path("runs"),
    config: str | None = None,
    published: Path | None = None,
    morpher: Path | None = None,
    rotator: Path | None = None,
    combiner: Path | None = None,
    size: int | None = None,
    fix: Annotated[bool, Parameter(negative="")] = False,
    batch: int = 4,
    device: str = "auto",
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Pose drawings of characters: close their eyes and mouths, turn their heads; pictures, sheets and films.

    A drawing is a square picture of one character with open eyes and mouth on transparent ground; `trainer check-input`
    says what is wrong with one and mends it. MP4 and WebM need `pip install mmdgen[video]`.

    Args:
        images: Drawings.
        output: The PNG to write; with --video or --motion .mp4, .webm, .webp, .apng, or a folder for PNGs, with a / at
            its end. With several drawings, {name} in it stands for the name of each.
        head_x: -1 to 1, 15 degrees; positive lifts the chin.
        head_y: -1 to 1, 15 degrees; positive turns the face to the viewer's left.
        neck_z: -1 to 1, 15 degrees; positive turns counter-clockwise as the viewer sees it.
        eye_left: The character's own left eye, 0 open to 1 closed.
        eye_right: The character's own right eye, 0 open to 1 closed.
        mouth: 0 closed to 1 as open as it is drawn.
        sheet: Draw a grid instead: a row for each parameter, from its lowest value to its highest.
        video: Make a film of a built-in motion that shows each parameter.
        motion: Make a film of a pose table instead, as `mmdgen shot --motion` takes it.
        fps: Frames a second, 30 by default; for motions without times.
        loop: How often a WebP or APNG plays, 0 for ever.
        background: A colour behind the character, such as white or #ff8000; only MP4 has one without asking, white.
        runs: Folder of the runs of `trainer fit`.
        config: A configuration of the article, FU-P-P for example, or morpher; by default the best that is trained.
        published: A folder with face_morpher.pt, two_algo_face_rotator.pt and combiner.pt, the article's own networks.
        morpher: A snapshot, or a run's folder for its newest one; with rotator and combiner, instead of --runs.
        rotator: Likewise.
        combiner: Likewise.
        size: Width and height of drawings; by default what the networks were trained at, else 256.
        fix: Mend drawings first, as `trainer check-input --fix` does.
        batch: Pictures at a time.
        device: auto (a GPU when there is one), cpu, cuda, cuda:1, mps.
        dry_run: Check everything and write nothing.
        json: Print what was done as JSON.
    """
    from trainer.signals import starting

    with starting():
        from mmdgen.errors import UsageError
        from mmdgen.motion.films import colour
        from mmdgen.motion.table import read_motion
        from mmdgen.pose_spec import IDENTITY
        from trainer.console import emit_json, out, say
        from trainer.devices import choose_device, within_memory
        from trainer.drawing_checks import check_picture_size
        from trainer.motions import built_in
        from trainer.outputs import outputs
        from trainer.pose_files import Moving, Still
        from trainer.posing import Actor, check_poses, whole_pose
        from trainer.weights import ask

    asked = {"head_x": head_x, "head_y": head_y, "neck_z": neck_z}
    asked |= {"eye_left": eye_left, "eye_right": eye_right, "mouth": mouth}
    still = whole_pose(asked)
    moving = video or motion is not None
    if not images:
        raise UsageError("pose: no drawing, expected at least one picture file; name one")
    if sheet and moving:
        raise UsageError("pose: --sheet beside --video or --motion, expected one of them; leave one out")
    if not moving and (fps is not None or loop):
        raise UsageError("pose: --fps or --loop without a film, expected --video or --motion; add one")
    if batch < 1:
        raise UsageError(f"--batch: {batch}, expected 1 or more; give a larger number")
    ground = None if background is None else colour(background)
    targets = outputs(images, output)
    chosen = ask(runs, config, published, {"morpher": morpher, "rotator": rotator, "combiner": combiner})
    side = size or chosen.size or 256
    check_picture_size(side)
    poses, table = still[None], None
    if moving:
        if (still != IDENTITY).any():
            raise UsageError("pose: a pose beside a film, expected one of them; leave one out")
        turns = chosen.pathway is not None
        table = built_in(fps, head=turns) if motion is None else read_motion(motion, fps)
        poses = table.poses
    check_poses(chosen, poses, str(motion or "pose"))
    jobs = [
        Still(target, still, ground, sheet) if table is None else Moving.of(target, table, side, ground, loop)
        for target in targets
    ]
    drawings = _read(images, side, fix=fix)
    say(f"{chosen.name}: {', '.join(str(file) for file in chosen.files.values())}")
    actor = None if dry_run else Actor(chosen, choose_device(device))
    told = []
    for drawing, target, job in zip(drawings, targets, jobs, strict=True):
        if actor is not None:
            with within_memory(actor.device, f"--batch {batch}", "give a smaller --batch"):
                job.save(actor, drawing.pixels, batch)
            if not json:
                out.print(target, markup=False)
        files = {kind: str(file) for kind, file in chosen.files.items()}
        about = {"input": str(drawing.path), "output": target, "config": chosen.name, "networks": files, "size": side}
        told.append(about | job.report())
    if json:
        emit_json(told)


def _read(images: list[Path], size: int, *, fix: bool) -> list[Drawing]:
    """Return the drawings, mended where that loses nothing or was asked for; name every one that cannot be posed."""
    from dataclasses import replace

    from trainer.console import say
    from trainer.drawing import read_drawing
    from trainer.drawing_checks import judge
    from trainer.drawing_mending import cleared, mend
    from trainer.errors import DrawingError

    drawings, refused = [], []
    for image in images:
        try:
            drawing = read_drawing(image)
            if fix:
                drawing, _ = mend(drawing, size)
            findings = judge(drawing, size)
            errors = [f"{image}: {finding}" for finding in findings if finding.level == "error"]
            refused += errors
            for finding in findings:
                if finding.level != "error" and not errors:
                    say(f"{image}: {finding.level}: {finding}")
            drawings.append(replace(drawing, pixels=cleared(drawing.pixels)))
        except DrawingError as error:
            refused.append(str(error))
    if refused:
        for line in refused[:-1]:
            say(line)
        raise DrawingError(refused[-1])
    return drawings
