"""``trainer check-input``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

if TYPE_CHECKING:
    from trainer.drawing import Drawing, Finding
    from trainer.drawing_head import Head


def check_input(
    images: Annotated[list[Path], Parameter(negative="")],
    /,
    *,
    size: int = 256,
    fix: Annotated[bool, Parameter(negative="")] = False,
    output: Annotated[str | None, Parameter(alias="-o")] = None,
    head: tuple[float, float] | None = None,
    center: float | None = None,
    show: str | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> int:
    """Say what is wrong with drawings that are to be posed, and mend it.

    A network wants a square picture of one character on transparent ground, skull and chin on the rows at a quarter and
    three quarters of it, and nothing under alpha 0. Where the head lies is told from the outline alone, a guess:
    look at it with --show. Exit code 1 when a drawing cannot be posed as it is (after --fix: as it has become).

    Args:
        images: Picture files; of animations the first picture.
        size: Width and height that the networks were trained at.
        fix: Write a mended copy: a flat background becomes transparent, what lies under alpha 0 is cleared, and the
            picture is scaled and placed so that the head fills its box.
        output: The PNG to write; with several drawings, {name} in it stands for the name of each.
        head: Rows of the top of the skull and of the chin in the drawing, if the outline misleads.
        center: Column of the head's middle in the drawing; with --head.
        show: A PNG to write: the drawing with the head that was found, beside the mended one; {name} as above.
        json: Print JSON.
    """
    from mmdgen.errors import UsageError
    from mmdgen.files import write_atomically
    from trainer.console import emit_json
    from trainer.drawing_checks import check_picture_size
    from trainer.drawing_look import look
    from trainer.errors import DrawingError
    from trainer.outputs import make_folder, outputs

    check_picture_size(size)
    if not images:
        raise UsageError("check-input: no drawing, expected at least one picture file; name one")
    if output is not None and not fix:
        raise UsageError("-o: nothing is written without --fix, expected both; add --fix")
    if (head or center is not None) and (len(images) > 1 or not fix):
        raise UsageError(
            "--head, --center: they tell --fix where one drawing has its head; add --fix, name one drawing"
        )
    targets = outputs(images, output) if fix else []
    if any(not target.lower().endswith(".png") for target in targets):
        raise UsageError(f"-o {output}: expected a name ending in .png; write a PNG")
    looks = outputs(images, show, "--show") if show else []
    told = []
    for number, image in enumerate(images):
        try:
            report, before, after, found = _one(image, size, head, center, fix=fix)
        except DrawingError as error:
            told.append({"path": str(image), "ok": False, "error": str(error)})
            continue
        if after is not None:
            make_folder(targets[number])
            write_atomically(Path(targets[number]), _png(after))
            report["output"] = targets[number]
        if looks:
            make_folder(looks[number])
            write_atomically(Path(looks[number]), look(before.pixels, found, after.pixels if after else None))
            report["show"] = looks[number]
        told.append(report)
    if json:
        emit_json(told)
    else:
        _tell(told)
    return 0 if all(report["ok"] for report in told) else 1


def _one(
    image: Path, size: int, rows: tuple[float, float] | None, center: float | None, *, fix: bool
) -> tuple[dict[str, Any], Drawing, Drawing | None, Head | None]:
    """Return what to report of a drawing, the drawing, its mended copy, and the head that it was placed by."""
    from trainer.drawing import read_drawing
    from trainer.drawing_checks import extent, judge
    from trainer.drawing_head import find_head
    from trainer.drawing_mending import mend

    drawing = read_drawing(image)
    height, width = drawing.pixels.shape[:2]
    findings = judge(drawing, size)
    report: dict[str, Any] = {"path": str(image), "width": width, "height": height, "findings": _said(findings)}
    after, head = None, None
    if fix:
        after, head = mend(drawing, size, rows, center)
        findings = judge(after, size)
        report["left"] = _said(findings)
    elif (drawing.pixels[..., 3] == 0).any():
        head = find_head(drawing.pixels[..., 3])
    report["ok"] = not any(finding.level == "error" for finding in findings)
    report["extent"] = extent(drawing.pixels[..., 3])
    report["head"] = {"top": head.top, "bottom": head.bottom, "center": head.center, "by": head.by} if head else None
    return report, drawing, after, head


def _said(findings: list[Finding]) -> list[dict[str, str]]:
    from dataclasses import asdict

    return [asdict(finding) | {"message": str(finding)} for finding in findings]


def _png(drawing: Drawing) -> bytes:
    import io

    from PIL import Image

    data = io.BytesIO()
    Image.fromarray(drawing.pixels).save(data, "PNG")
    return data.getvalue()


def _tell(told: list[dict[str, Any]]) -> None:
    from mmdgen.shell import plain
    from trainer.console import out, say

    for report in told:
        if "error" in report:
            say(report["error"])
            continue
        path, findings = report["path"], report["findings"]
        if not findings:
            out.print(plain(f"{path}: nothing wrong"), markup=False)
        for finding in findings:
            out.print(plain(f"{path}: {finding['level']}: {finding['message']}"), markup=False)
        if head := report["head"]:
            where = f"rows {head['top']:.0f} to {head['bottom']:.0f}, column {head['center']:.0f}"
            said = {"neck": "the outline, by its neck", "width": "the outline's width", "person": "you"}[head["by"]]
            out.print(plain(f"{path}: head at {where}, says {said}"), markup=False)
        if "show" in report:
            out.print(plain(report["show"]), markup=False)
        if "output" in report:
            out.print(plain(report["output"]), markup=False)
            for finding in report["left"]:
                out.print(plain(f"{report['output']}: {finding['level']}: {finding['message']}"), markup=False)
