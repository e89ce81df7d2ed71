"""``trainer export``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter


def export(
    *,
    onnx: Annotated[bool, Parameter(negative="")] = False,
    output: Annotated[Path | None, Parameter(alias="-o")] = None,
    stage: Literal["whole", "morpher", "rotator", "combiner"] = "whole",
    pixels: Literal["uint8", "float32"] = "uint8",
    runs: Path = Path("runs"),
    config: str | None = None,
    published: Path | None = None,
    morpher: Path | None = None,
    rotator: Path | None = None,
    combiner: Path | None = None,
    size: int | None = None,
    json: Annotated[bool, Parameter(negative="")] = False,
) -> None:
    """Write networks as an ONNX file that other programs run, when ONNX Runtime gives the same numbers as PyTorch.

    A whole configuration takes `image` (B, S, S, 4), rows of RGBA pixels with straight alpha in sRGB, and `pose`
    (B, 6), and gives `posed` (B, S, S, 4); conversions are inside. Needs `pip install mmdgen[onnx]`.

    Args:
        onnx: The format; the only one there is.
        output: The .onnx file to write.
        stage: All networks in one, or one of them alone, in network space (B, 4, S, S).
        pixels: Bytes from 0 to 255, or numbers from 0 to 1; of a whole configuration.
        runs: Folder of the runs of `trainer fit`.
        config: A configuration of the article, FU-P-P for example, or morpher; by default the best that is trained.
        published: A folder with face_morpher.pt, two_algo_face_rotator.pt and combiner.pt, the article's own networks.
        morpher: A snapshot, or a run's folder for its newest one; with rotator and combiner, instead of --runs.
        rotator: Likewise.
        combiner: Likewise.
        size: Width and height of pictures; by default what the networks were trained at, else 256.
        json: Print what was done as JSON.
    """
    from trainer.signals import starting

    with starting():
        from mmdgen.errors import UsageError
        from trainer.console import emit_json, out, say
        from trainer.drawing_checks import check_picture_size
        from trainer.onnx_export import export as write
        from trainer.onnx_export import require, single, whole
        from trainer.outputs import make_folder
        from trainer.weights import ask

    if not onnx:
        raise UsageError("export: no format, expected --onnx; add it")
    if output is None or output.suffix.lower() != ".onnx":
        found = "nothing to write" if output is None else f"{output}: extension {output.suffix!r}"
        raise UsageError(f"-o: {found}, expected an .onnx file; add -o networks.onnx")
    if stage != "whole" and pixels != "uint8":
        raise UsageError(f"--pixels {pixels}: one network takes network space, expected --stage whole; leave it out")
    require()
    chosen = ask(runs, config, published, {"morpher": morpher, "rotator": rotator, "combiner": combiner})
    side = size or chosen.size or 256
    check_picture_size(side)
    say(f"{chosen.name}: {', '.join(str(file) for file in chosen.files.values())}")
    graph = whole(chosen, side, pixels) if stage == "whole" else single(chosen, stage, side)
    make_folder(str(output))
    difference = write(graph, output)
    say(f"ONNX Runtime and PyTorch differ by at most {difference:.3g} of {graph.tolerance:.3g} allowed")
    about = {"output": str(output), "difference": difference, "tolerance": graph.tolerance, **graph.about}
    if json:
        emit_json(about)
    else:
        out.print(str(output), markup=False)
