"""``mmdgen inspect``: what is in a model, what its morphs do, what its maker says, and what is wrong with it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter
from rich.console import Console

from mmdgen.commands import console
from mmdgen.commands.model_tables import show

if TYPE_CHECKING:
    from mmdgen.page.pictures import Camera, Pictures

PIPE_WIDTH = 10_000  # characters: what goes to another program is never folded
NARROWEST = 72  # characters; where a terminal has fewer it folds the lines itself, rather than letters getting lost
MANY = 2  # models, from which on progress is shown


def inspect(
    models: Annotated[list[str] | None, Parameter(negative="")] = None,
    *,
    html: Path | None = None,
    annotations: Path | None = None,
    dry_run: Annotated[bool, Parameter(negative="")] = False,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Show what is in models, what their morphs do and what is wrong with them; exit code 1 when one cannot be read.

    What a morph does is told by the vertices that it moves, never by its name; left and right are the character's own.
    The terms of use are quoted from the readmes beside each model, in their own language.

    Args:
        models: PMX or PMD files, folders of them or globs; ./models by default.
        html: Write one page with pictures of every figure, and of its face under each eye and mouth morph, instead.
        annotations: The folder of the annotations; by default .mmdgen/annotations in each folder of models.
        dry_run: Say what --html would write, and write nothing.
        json: Print everything as JSON.
    """
    from mmdgen.errors import FormatError, UsageError
    from mmdgen.library.scan import locate

    paths = models or ["models"]
    stores = locate(paths, annotations)
    if not stores:
        raise UsageError(f"{', '.join(paths)}: no .pmx or .pmd file, expected models; name another folder")
    if html and (html.is_dir() or not html.parent.is_dir()):
        raise UsageError(f"{html}: no place for a page, expected a file in a folder that exists; use another --html")
    libraries = {path: store.parent.parent for path, store in locate(paths).items()}
    width = max(console.out.width, NARROWEST) if console.out.is_terminal else PIPE_WIDTH
    out = Console(highlight=False, width=width)
    readable: list[tuple[dict[str, Any], Pictures | None]] = []
    unreadable = []
    with _camera(wanted=html is not None and not dry_run) as camera, _bar(stores, hidden=html is None) as advance:
        for path, store in stores.items():
            try:
                found, pictures = _inspected(path, store, libraries[path], camera)
            except FormatError as error:
                console.say(str(error))
                unreadable.append({"path": str(path), "error": str(error)})
            else:
                if json or html:
                    readable.append((found, pictures))
                else:
                    show(found, out)
            advance()
    written = _write(html, readable, unreadable, dry_run=dry_run) if html else {}
    if json:
        console.emit_json({"models": [found for found, _ in readable], "unreadable": unreadable, **written})
    elif html:
        what = f"{html}: {len(readable)} model{'' if len(readable) == 1 else 's'}"
        size = f", {written['bytes'] / 1e6:.1f} MB" if written["written"] else ""
        console.out.print(f"would write {what}" if dry_run else f"{what}{size}", markup=False)
    return 1 if unreadable else 0


def _inspected(path: Path, store: Path, library: Path, camera: Camera | None) -> tuple[dict[str, Any], Pictures | None]:
    """Describe one model, and picture it where there is a camera."""
    from mmdgen.annotation import load
    from mmdgen.description import describe
    from mmdgen.errors import AnnotationError
    from mmdgen.formats.load import load_textures, read_model

    model = read_model(path)
    textures = load_textures(model)
    try:
        stored, trouble = load(store, model.source.sha256), []
    except AnnotationError as error:
        stored, trouble = None, [f"annotation: {error}"]
    found = describe(model, textures, stored, library)
    found["warnings"] += trouble
    return found, camera.take(model, textures, found) if camera else None


@contextmanager
def _camera(*, wanted: bool) -> Iterator[Camera | None]:
    """Open OpenGL where pictures are wanted."""
    if not wanted:
        yield None
        return
    from mmdgen.page.pictures import Camera

    yield Camera.open()


@contextmanager
def _bar(stores: dict[Path, Path], *, hidden: bool) -> Iterator[Any]:
    """Show progress where pictures are taken of many models; yield what to call after each."""
    if hidden or len(stores) < MANY:
        yield lambda: None
        return
    began, done = time.monotonic(), 0
    with console.progress("models") as bar:
        task = bar.add_task("inspecting", total=len(stores), rate="–")

        def advance() -> None:
            nonlocal done
            done += 1
            bar.update(task, advance=1, rate=f"{done / max(time.monotonic() - began, 1e-3):.1f}")

        yield advance


def _write(
    path: Path,
    readable: list[tuple[dict[str, Any], Pictures | None]],
    unreadable: list[dict[str, str]],
    *,
    dry_run: bool,
) -> dict[str, Any]:
    """Write the page whole or not at all; return what to report."""
    if dry_run:
        return {"html": str(path), "written": False}
    from mmdgen.files import write_atomically
    from mmdgen.page.document import document

    data = document(readable, unreadable).encode(errors="replace")  # names that are no Unicode hold lone surrogates
    write_atomically(path, data)
    return {"html": str(path), "written": True, "bytes": len(data)}
