"""``mmdgen view``: a window with the live model."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from mmdgen.commands import console


def view(
    model: Path,
    *,
    size: int = 256,
    shading: Literal["phong", "toon"] = "phong",
    annotations: Path | None = None,
    scale: float | None = None,
    screenshot: Path | None = None,
) -> None:
    """Show a model in a window: turn it, pose it, move its morphs.

    Press ? in the window for its keys. Drop another model, a folder or an annotation onto it to show that. S saves the
    dataset's own picture of the pose as a PNG in the current folder.

    Args:
        model: A PMX or PMD file, or a folder of them.
        size: Width and height of saved pictures in pixels, a multiple of 8 from 32 to 1024.
        shading: phong, or toon as MMD shades; T changes it.
        annotations: The folder of the annotations; by default .mmdgen/annotations of a folder that holds the model.
        scale: How large letters and controls are; by default as the monitor asks for.
        screenshot: Write a PNG of the whole window, and exit.
    """
    from mmdgen.errors import MmdgenError, UsageError
    from mmdgen.library.scan import locate
    from mmdgen.render.settings import RenderSettings

    if screenshot is not None and screenshot.suffix.lower() != ".png":
        raise UsageError(f"{screenshot}: extension {screenshot.suffix!r}, expected .png; write a PNG")
    if scale is not None and not 0.5 <= scale <= 4:
        raise UsageError(f"--scale {scale:g}: expected 0.5 to 4; leave it out for the monitor's own")
    RenderSettings(size)  # refuses what cannot be drawn
    try:
        from mmdgen.viewer.app import App
    except ImportError as error:
        found = f"{error.name or error} is not installed"
        raise MmdgenError(f'view: {found}, expected the viewer\'s packages; pip install "mmdgen[viewer]"') from error
    from mmdgen.viewer.character import read_character
    from mmdgen.viewer.session import Session

    shelf = list(locate([model], annotations).items())
    if not shelf:
        raise UsageError(f"{model}: no .pmx or .pmd file, expected a model; check the folder")
    session = Session(shelf, annotations, Path.cwd(), toon=shading == "toon")
    app = App(session, read_character(*shelf[0]), size, scale)
    try:
        if screenshot is None:
            app.run()
        else:
            _write(app.settle(), screenshot)
            console.out.print(screenshot, markup=False)
    finally:
        app.close()


def _write(pixels: object, path: Path) -> None:
    import io

    from PIL import Image

    from mmdgen.files import write_atomically

    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")  # type: ignore[arg-type]
    write_atomically(path, data.getvalue())
