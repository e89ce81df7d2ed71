"""What a run keeps: snapshots of a network, and the state from which training goes on exactly.

    runs/<training>/
      config.json                        settings and data of the run
      state.safetensors                  weights, their average, Adam's moments and, as JSON in its metadata, counters
      snapshots/<stage>-000250000.safetensors       weights alone, under their published tensor names
      snapshots/<stage>-000250000-ema.safetensors   their average, in the same form
      snapshots/<stage>-000250000*.json             what they are, for people and programs

Every file appears complete or not at all. Nothing that is written is pickled, and of the files that others pickled
(.pt, .pth) only tensors are read (torch's ``weights_only``), so reading a stranger's file runs none of its code.
"""

from __future__ import annotations

import io
import json
import os
import pickle
import warnings
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor
from torch.optim import Optimizer

from trainer.errors import CheckpointError
from trainer.networks.kinds import Network, build, recognise

STATE = "state.safetensors"
SNAPSHOTS = "snapshots"
AVERAGE = "-ema"  # in the names of snapshots that hold the average of the weights
PICKLED = (".pt", ".pth")
MOMENTS = ("step", "exp_avg", "exp_avg_sq")  # what Adam remembers of each parameter
ANEW = "delete the run's folder to start anew"


def write_atomically(path: Path, data: bytes) -> None:
    """Give ``path`` the content ``data``; after a crash there is the old content or the new, nothing between."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + ".part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, path)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if not isinstance(error, OSError):
            raise
        raise CheckpointError(f"{path}: {error.strerror}, expected room to write; free some and run again") from error


def write_json(path: Path, data: Mapping[str, Any]) -> None:
    """Write readable JSON."""
    text = json.dumps(data, ensure_ascii=False, indent=2) + "\n"
    write_atomically(path, text.encode(errors="backslashreplace"))  # a lone surrogate is spelled as JSON does


def read_json(path: Path) -> dict[str, Any]:
    """Read a JSON object; raises CheckpointError for anything else."""
    try:
        data = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise CheckpointError(f"{path}: {error}, expected JSON; {ANEW}") from error
    if not isinstance(data, dict):
        raise CheckpointError(f"{path}: {type(data).__name__}, expected a JSON object; {ANEW}")
    return data


def read_tensors(
    path: Path, remedy: str = "give a snapshot of `trainer fit`"
) -> tuple[dict[str, Tensor], dict[str, str]]:
    """Return the tensors of a safetensors, .pt or .pth file, on the CPU, and the metadata of a safetensors file."""
    if path.suffix in PICKLED:
        return _read_pickled(path), {}
    try:
        with safe_open(path, "pt") as file:
            names = file.keys()  # copied, since what comes is a view of the file, which may be replaced
            return {name: file.get_tensor(name).clone() for name in names}, file.metadata() or {}
    except (OSError, SafetensorError) as error:
        raise CheckpointError(f"{path}: {error}, expected a safetensors file; {remedy}") from error


def _read_pickled(path: Path) -> dict[str, Tensor]:
    """Return the tensors of a bare state dict that torch saved; whatever else the file holds is refused unread."""
    try:
        with warnings.catch_warnings(action="ignore"):  # of pickle protocols; what matters is raised
            found = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:  # a stranger's bytes can make the unpickler raise anything
        first = " ".join(str(error).split())[:120] or type(error).__name__
        first = "not only tensors" if isinstance(error, pickle.UnpicklingError) else first  # where torch says a page
        raise CheckpointError(
            f"{path}: {first}, expected tensors alone as torch saves them; "
            "nothing else in such a file is read, as it may hold code: get the weights anew"
        ) from error
    wrong = None
    if not isinstance(found, Mapping):
        wrong = type(found).__name__
    elif other := [name for name, value in found.items() if not (isinstance(name, str) and isinstance(value, Tensor))]:
        wrong = f"{other[0]!r} is no tensor"
    if wrong:
        raise CheckpointError(f"{path}: {wrong}, expected a bare state dict; save the network's state_dict() alone")
    return dict(found)


def write_pickled(path: Path, tensors: Mapping[str, Tensor]) -> None:
    """Write a bare state dict as ``torch.save`` does, for programs that read no safetensors."""
    data = io.BytesIO()
    torch.save({name: tensor.detach().cpu().contiguous() for name, tensor in tensors.items()}, data)
    write_atomically(path, data.getvalue())


def write_tensors(path: Path, tensors: Mapping[str, Tensor], metadata: dict[str, str] | None = None) -> None:
    """Write a safetensors file."""
    write_atomically(path, save({k: v.detach().cpu().contiguous() for k, v in tensors.items()}, metadata))


def snapshot_path(folder: Path, stage: str, images: int, *, average: bool = False) -> Path:
    """Return where the snapshot after ``images`` images lies, of the weights as trained or of their average."""
    return folder / SNAPSHOTS / f"{stage}-{images:09d}{AVERAGE if average else ''}.safetensors"


def save_snapshot(path: Path, tensors: Mapping[str, Tensor], about: Mapping[str, Any]) -> None:
    """Write a network's weights to ``path``, and ``about`` beside them."""
    write_json(path.with_suffix(".json"), about)
    write_tensors(path, tensors)


def list_snapshots(run: Path) -> list[tuple[int, Path]]:
    """Return images and path of each snapshot in a run's folder, oldest first; averages follow what they average."""
    found = []
    for path in (run / SNAPSHOTS).glob("*.safetensors"):
        number = path.stem.removesuffix(AVERAGE).rpartition("-")[2]
        if number.isdecimal():
            found.append((int(number), path))
    return sorted(found, key=lambda pair: (pair[0], pair[1].stem.endswith(AVERAGE)))


def find_snapshot(path: Path) -> Path:
    """Return the snapshot that ``path`` names: a file, or a run's newest, its average where it has one."""
    if path.is_dir():
        snapshots = list_snapshots(path)
        if snapshots:
            return snapshots[-1][1]
        raise CheckpointError(f"{path}: no snapshots, expected the folder of a run; train one with `trainer fit`")
    if not path.is_file():
        raise CheckpointError(f"{path}: nothing there, expected a snapshot or a run; train one with `trainer fit`")
    return path


def load_weights(path: Path, network: Network, tensors: Mapping[str, Tensor]) -> None:
    """Put ``tensors``, read from ``path``, into ``network``; every name and shape must fit, every number be finite."""
    check_weights(path, network, tensors)
    network.load_state_dict(dict(tensors))


def check_weights(path: Path, network: Network, tensors: Mapping[str, Tensor]) -> None:
    """Raise CheckpointError where ``tensors``, read from ``path``, are not those of a network like this one."""
    found, wanted = None, network.state_dict()
    for name, like in wanted.items():
        tensor = tensors.get(name)
        if tensor is None:
            found = f"no {name}, expected one of shape {tuple(like.shape)}"
        elif tensor.shape != like.shape:
            found = f"{name} of shape {tuple(tensor.shape)}, expected {tuple(like.shape)}"
        elif not is_plain(tensor):
            found = f"{name} is {tensor.dtype}, {tensor.layout}, expected all its numbers in floating point"
        elif not tensor.isfinite().all():
            found = f"{name} holds NaN or infinity, expected finite weights"
        if found:
            break
    else:
        if strange := [name for name in tensors if name not in wanted]:
            found = f"{strange[0]!r} besides, expected the {len(wanted)} tensors of the network alone"
    if found:
        what = f"a {type(network).__name__} of width {network.width}"
        raise CheckpointError(f"{path}: {found} as in {what}; give a file of such a network, or get this one anew")


def is_plain(tensor: Tensor) -> bool:
    """Tell whether a tensor is what safetensors could hold: no sparse or quantised one, none that repeats a number."""
    if not tensor.is_floating_point() or tensor.layout != torch.strided or tensor.device.type != "cpu":
        return False
    return tensor.untyped_storage().nbytes() >= tensor.numel() * tensor.element_size()


def save_state(
    folder: Path, network: Network, average: Network | None, optimizer: Optimizer, counters: Mapping[str, Any]
) -> None:
    """Write everything that the next step depends on."""
    tensors = {f"network.{name}": tensor for name, tensor in network.state_dict().items()}
    if average is not None:
        tensors |= {f"average.{name}": tensor for name, tensor in average.state_dict().items()}
    for name, parameter in network.named_parameters():
        for moment, value in optimizer.state.get(parameter, {}).items():
            tensors[f"adam.{moment}.{name}"] = value
    write_tensors(folder / STATE, tensors, {"counters": json.dumps(counters)})


def _laid_out(value: Tensor, parameter: Tensor) -> Tensor:
    """Return a moment in its parameter's memory layout, as a fused Adam wants it, and the step as it is."""
    if value.ndim and value.shape != parameter.shape:
        raise ValueError(f"a moment of shape {tuple(value.shape)}")
    return torch.empty_like(parameter, device="cpu").copy_(value) if value.ndim else value


def load_state(folder: Path, network: Network, average: Network | None, optimizer: Optimizer) -> dict[str, Any]:
    """Restore what ``save_state`` wrote, on the network's own device, and return the counters."""
    path = folder / STATE
    tensors, metadata = read_tensors(path, ANEW)
    for prefix, one in (("network.", network), ("average.", average)):
        if one is not None:
            load_weights(path, one, {k.removeprefix(prefix): v for k, v in tensors.items() if k.startswith(prefix)})
    state = {}
    try:
        counters: dict[str, Any] = dict(json.loads(metadata["counters"]))
        for number, (name, parameter) in enumerate(network.named_parameters()):
            state[number] = {moment: _laid_out(tensors[f"adam.{moment}.{name}"], parameter) for moment in MOMENTS}
    except (KeyError, ValueError, TypeError) as error:
        raise CheckpointError(f"{path}: {error!r}, expected a training state; {ANEW}") from error
    optimizer.load_state_dict({"state": state, "param_groups": optimizer.state_dict()["param_groups"]})
    return counters


def load_network(path: Path) -> tuple[str, Network, Path]:
    """Return kind and network of a snapshot, or of a run's newest one, on the CPU, and the file it came from.

    Reads published .pt files as well; every tensor's name and shape must fit, and every number be finite.
    """
    found = find_snapshot(path)
    tensors, _ = read_tensors(found)
    kind, width = network_of(found, tensors)
    with torch.device("meta"):  # takes no memory, however wide a stranger's file says that it is
        check_weights(found, build(kind, width), tensors)
    network = build(kind, width)
    network.load_state_dict(tensors)
    return kind, network, found


def network_of(path: Path, tensors: Mapping[str, Tensor]) -> tuple[str, int]:
    """Return kind and width of the network whose tensors were read from ``path``."""
    found = recognise(tensors)
    if found is None:
        raise CheckpointError(
            f"{path}: none of our networks, expected the tensors of one; give a snapshot of `trainer fit`, or one of "
            "face_morpher.pt, two_algo_face_rotator.pt, combiner.pt"
        )
    return found
