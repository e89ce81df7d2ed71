"""Networks as ONNX files that other programs run without Python, each held to what PyTorch gives before it is kept.

| what    | inputs                                        | outputs                                          |
|---------|-----------------------------------------------|--------------------------------------------------|
| whole   | image (B, S, S, 4), pose (B, 6)               | posed (B, S, S, 4)                               |
| morpher | image (B, 4, S, S), pose (B, 3): FACE         | output                                           |
| rotator | image (B, 4, S, S), pose (B, 3): HEAD         | painted, moved                                   |
| combiner| painted, moved (B, 4, S, S), pose (B, 3): HEAD| output                                           |

A whole configuration takes and gives pictures as programs hold them: rows of RGBA pixels, sRGB, straight alpha, as
bytes (uint8, 0 to 255) or as float32 from 0 to 1; the conversions are inside. Single stages are in network space.
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from mmdgen.errors import MmdgenError
from mmdgen.files import written
from mmdgen.pose_spec import FACE, HEAD, PARAMETERS, Parameter
from trainer import colour
from trainer.errors import ExportError
from trainer.networks.combiner import Combiner
from trainer.networks.morpher import FaceMorpher
from trainer.networks.rotator import FaceRotator
from trainer.poser import Poser
from trainer.weights import Chosen

OPSET = 18  # ONNX Runtime 1.14 and later; GridSample came with 16
Pixels = Literal["uint8", "float32"]
Stage = Literal["morpher", "rotator", "combiner"]
TOLERANCE = {"uint8": 2.0, "float32": 2 / 255, "network": 2e-3}  # what PyTorch and ONNX Runtime may differ by
POSED = "posed"


class Whole(nn.Module):
    """A configuration from stored pixels (B, S, S, 4) and whole poses (B, 6) to stored pixels."""

    def __init__(self, chosen: Chosen, pixels: Pixels) -> None:
        super().__init__()
        self.networks = nn.ModuleDict(dict(chosen.networks))
        self.chosen, self.pixels = chosen, pixels

    def forward(self, image: Tensor, pose: Tensor) -> Tensor:
        """Return the picture in that pose."""
        srgb = image.permute(0, 3, 1, 2).float()
        rest = colour.to_network(srgb / 255 if self.pixels == "uint8" else srgb)
        srgb = colour.to_srgb(self._answer(rest, pose)).permute(0, 2, 3, 1)
        srgb = torch.where(srgb[..., 3:] * 255 < 0.5, torch.zeros_like(srgb), srgb)  # nothing hides under alpha 0
        return (srgb * 255).round().to(torch.uint8) if self.pixels == "uint8" else srgb

    def _answer(self, rest: Tensor, pose: Tensor) -> Tensor:
        morpher = cast("FaceMorpher", self.networks["morpher"])
        if self.chosen.pathway is None:
            morphed: Tensor = morpher(rest, pose[:, FACE]).output
            return morphed
        combiner = cast("Combiner", self.networks["combiner"]) if "combiner" in self.networks else None
        poser = Poser(morpher, cast("FaceRotator", self.networks["rotator"]), combiner)
        return poser(rest, pose).picture(self.chosen.pathway)


class Single(nn.Module):
    """One network, its named outputs cut down to the pictures that the next stage takes."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, *inputs: Tensor) -> tuple[Tensor, ...]:
        """Return the pictures, in network space."""
        result = self.network(*inputs)
        return (result.painted, result.moved) if isinstance(self.network, FaceRotator) else (result.output,)


@dataclass(frozen=True, eq=False)
class Graph:
    """What is exported, with example inputs of two pictures."""

    module: nn.Module
    inputs: dict[str, Tensor]
    outputs: tuple[str, ...]
    tolerance: float
    about: dict[str, Any]


def whole(chosen: Chosen, size: int, pixels: Pixels) -> Graph:
    """Return the graph of a whole configuration for pictures of ``size``."""
    image = _example(size)
    example = (image * 255).round().to(torch.uint8) if pixels == "uint8" else image
    inputs = {"image": example, "pose": _poses(slice(None))}
    space = "RGBA, sRGB, straight alpha, 0 to 255" if pixels == "uint8" else "RGBA, sRGB, straight alpha, 0 to 1"
    return Graph(
        Whole(chosen, pixels),
        inputs,
        (POSED,),
        TOLERANCE[pixels],
        _about(chosen, size, list(PARAMETERS)) | {"space": space},
    )


def single(chosen: Chosen, stage: Stage, size: int) -> Graph:
    """Return the graph of one network of a configuration; raises ExportError where it has none."""
    if stage not in chosen.networks:
        raise ExportError(f"{chosen.name}: no {stage}, expected one of {', '.join(chosen.networks)}; choose another")
    pose = FACE if stage == "morpher" else HEAD
    image = colour.to_network(_example(size).permute(0, 3, 1, 2))
    images = {"painted": image, "moved": image.flip(0)} if stage == "combiner" else {"image": image}
    outputs = ("painted", "moved") if stage == "rotator" else ("output",)
    about = _about(chosen, size, list(PARAMETERS)[pose]) | {
        "space": "RGBA, RGB in linear light, straight alpha, all 2x - 1"
    }
    inputs = images | {"pose": _poses(pose)}
    return Graph(Single(chosen.networks[stage]), inputs, outputs, TOLERANCE["network"], about | {"stage": stage})


def _about(chosen: Chosen, size: int, parameters: list[Parameter]) -> dict[str, Any]:
    pose = [{"name": p.name, "low": p.low, "high": p.high, "rest": p.identity} for p in parameters]
    files = {kind: file.name for kind, file in chosen.files.items()}
    return {"config": chosen.name, "networks": files, "size": size, "pose": pose}


def _example(size: int) -> Tensor:
    """Return two smooth pictures (2, S, S, 4) in [0, 1] with every alpha, and nothing under alpha 0."""
    y, x = torch.meshgrid(torch.linspace(-1, 1, size), torch.linspace(-1, 1, size), indexing="ij")
    alpha = ((1 - (x * x + y * y).sqrt()) * 8).clamp(0, 1)
    planes = [0.5 + 0.5 * torch.sin(7 * x * k + 3 * y) for k in (1, 2, 3)]
    picture = torch.stack([*(p * (alpha > 0) for p in planes), alpha], -1)
    return torch.stack([picture, picture.flip(1)])


def _poses(part: slice) -> Tensor:
    rows = [[p.low, p.low + 0.7 * (p.high - p.low)] for p in list(PARAMETERS)[part]]
    return torch.tensor(rows, dtype=torch.float32).T.contiguous()


def export(graph: Graph, path: Path) -> float:
    """Write the graph to ``path`` and return by how much ONNX Runtime and PyTorch differ at most.

    Raises ExportError where they differ by more than the tolerance, and where packages are missing; then nothing is
    written. Batches of any size work, pictures of the one size.
    """
    require()
    graph.module.eval()
    difference = 0.0
    with written(path) as part:
        _write(graph, part)
        difference += compare(graph, part)
    return difference


def require() -> None:
    """Raise ExportError when what ONNX needs is not installed."""
    import importlib.util

    missing = [name for name in ("onnx", "onnxscript", "onnxruntime") if importlib.util.find_spec(name) is None]
    if missing:
        raise ExportError(f"ONNX: {', '.join(missing)} not installed, expected them; pip install 'mmdgen[onnx]'")


def _write(graph: Graph, part: Path) -> None:
    import onnx

    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            graph.module,
            tuple(graph.inputs.values()),
            input_names=list(graph.inputs),
            output_names=list(graph.outputs),
            opset_version=OPSET,
            dynamo=True,
            verbose=False,
            dynamic_shapes=_dynamic(graph),
        )
    assert program is not None
    model = program.model_proto
    for name, value in graph.about.items():
        entry = model.metadata_props.add()
        entry.key, entry.value = f"mmdgen.{name}", value if isinstance(value, str) else json.dumps(value)
    onnx.checker.check_model(model)
    onnx.save_model(model, part)


def _dynamic(graph: Graph) -> Any:
    batch = {0: torch.export.Dim("batch")}
    shapes = tuple(batch for _ in graph.inputs)
    return (shapes,) if isinstance(graph.module, Single) else shapes


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep to itself what the exporter says of packages that are not needed."""
    logging.disable(logging.WARNING)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(logging.NOTSET)


def compare(graph: Graph, path: Path) -> float:
    """Return by how much ONNX Runtime's outputs for one and for two pictures differ at most from PyTorch's.

    In levels for bytes, else in the outputs' own unit; colours of stored pixels count as far as their alpha shows them.
    Raises ExportError beyond the tolerance.
    """
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = torch.get_num_threads()
    try:
        session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        worst = 0.0
        for count in (1, 2):
            inputs = {name: value[:count] for name, value in graph.inputs.items()}
            with torch.inference_mode():
                expected = graph.module(*inputs.values())
            expected = expected if isinstance(expected, tuple) else (expected,)
            found: list[NDArray[Any]] = session.run(None, {name: value.numpy() for name, value in inputs.items()})
            for a, b in zip(found, expected, strict=True):
                worst = max(worst, float(np.abs(_shown(graph, a) - _shown(graph, b.numpy())).max()))
    except Exception as error:  # ONNX Runtime has no base class for its errors
        reason = " ".join(str(error).split())[:200]
        raise MmdgenError(f"ONNX Runtime: {reason}, expected it to run the file; update onnxruntime") from error
    if not worst <= graph.tolerance:  # NaN is neither
        found_text = f"ONNX Runtime and PyTorch differ by {worst:.3g}"
        raise ExportError(
            f"{found_text}, expected at most {graph.tolerance:.3g}; nothing was written: train longer, "
            "since networks that move pixels wildly make much of the last digit"
        )
    return worst


def _shown(graph: Graph, output: NDArray[Any]) -> NDArray[np.float64]:
    """Return an output to compare: stored pixels premultiplied, as what is invisible has no colour to compare."""
    values = output.astype(np.float64)
    if isinstance(graph.module, Whole):
        values[..., :3] *= values[..., 3:] / (255 if output.dtype == np.uint8 else 1)
    return values
