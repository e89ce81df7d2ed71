"""VGG16 up to relu3_3, as the eye of the perceptual loss; its weights are the user's, never part of this package.

    picture (B, 3, H, W) ──conv conv──► relu1_2 ──pool, conv conv──► relu2_2 ──pool, conv conv conv──► relu3_3

Tensor names are torchvision's (``features.0.weight`` …), whose vgg16 files users have.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import max_pool2d, relu

from mmdgen.errors import UsageError
from trainer.checkpoint import is_plain, read_tensors
from trainer.errors import CheckpointError

GROUPS = ((0, 2), (5, 7), (10, 12, 14))  # numbers of the convolutions before each of the three outputs
CHANNELS = {0: (3, 64), 2: (64, 64), 5: (64, 128), 7: (128, 128), 10: (128, 256), 12: (256, 256), 14: (256, 256)}
MEAN, DEVIATION = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pictures, to which VGG16 is used
SEED = 0  # of --vgg seeded


@dataclass(frozen=True)
class VggWeights:
    """Weights of VGG16's first seven convolutions under torchvision's names, and where they come from."""

    tensors: Mapping[str, Tensor]
    about: dict[str, Any]  # "source": file, torchvision or seeded, and what tells them apart from others


class Vgg(nn.Module):
    """The seven convolutions; they learn nothing."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, weights: VggWeights) -> None:
        super().__init__()
        self.features = nn.ModuleDict({str(n): nn.Conv2d(*c, 3, padding=1) for n, c in CHANNELS.items()})
        self.load_state_dict(dict(weights.tensors))
        self.requires_grad_(requires_grad=False)
        for name, numbers in (("mean", MEAN), ("deviation", DEVIATION)):
            self.register_buffer(name, torch.tensor(numbers).view(3, 1, 1), persistent=False)

    def forward(self, picture: Tensor) -> list[Tensor]:
        """Take (B, 3, H, W) in network space to relu1_2 (B, 64, H, W), relu2_2 (…, H/2, …) and relu3_3 (…, H/4, …)."""
        x = ((picture + 1) / 2 - self.mean) / self.deviation
        found: list[Tensor] = []
        for numbers in GROUPS:
            x = max_pool2d(x, 2) if found else x
            for number in numbers:
                x = relu(self.features[str(number)](x))
            found.append(x)
        return found


def seeded(seed: int = SEED) -> VggWeights:
    """Return random weights (kaiming normal; biases 0) that are a function of ``seed`` alone."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for number, (inputs, outputs) in CHANNELS.items():
        weight = torch.empty(outputs, inputs, 3, 3)
        tensors[f"features.{number}.weight"] = nn.init.kaiming_normal_(weight, generator=generator)
        tensors[f"features.{number}.bias"] = torch.zeros(outputs)
    return VggWeights(tensors, {"source": "seeded", "seed": seed})


def find_vgg(name: str | None) -> VggWeights:
    """Return the weights that ``--vgg NAME`` means: a file, "auto" (torchvision's, downloaded) or "seeded".

    Raises UsageError where nothing is named or nothing can be had, CheckpointError for a file without the weights.
    """
    if name is None:
        raise UsageError(
            "--vgg: not given, expected weights of VGG16 for the perceptual loss; give --vgg FILE (torchvision's "
            "vgg16-*.pth, or the same tensors as .safetensors), --vgg auto to have torchvision download it, or "
            "--vgg seeded for random weights"
        )
    if name == "seeded":
        return seeded()
    if name == "auto":
        return _downloaded()
    path = Path(name)
    if not path.is_file():
        raise UsageError(f"--vgg {name}: nothing there, expected a file, auto or seeded; check the path")
    tensors, _ = read_tensors(path, "give torchvision's vgg16-*.pth, or the same tensors as .safetensors")
    about = {"source": "file", "file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    return VggWeights(_needed(path, tensors), about)


def _needed(path: object, tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the seven convolutions' tensors; raises CheckpointError where one is missing or of another shape."""
    found = {}
    for number, (inputs, outputs) in CHANNELS.items():
        for kind, shape in (("weight", (outputs, inputs, 3, 3)), ("bias", (outputs,))):
            name = f"features.{number}.{kind}"
            tensor = tensors.get(name)
            if tensor is None or tuple(tensor.shape) != shape:
                what = "missing" if tensor is None else f"of shape {tuple(tensor.shape)}"
            else:
                what = "" if is_plain(tensor) and tensor.isfinite().all() else "with what is no finite number"
            if tensor is None or what:
                raise CheckpointError(
                    f"{path}: {name} {what}, expected {shape} as in torchvision's vgg16; give that file"
                )
            found[name] = tensor.float()
    return found


def _downloaded() -> VggWeights:
    """Return torchvision's weights, from its cache or the network."""
    hint = "give --vgg FILE with the same weights"
    try:
        from torchvision.models import VGG16_Weights
    except ImportError as error:
        raise UsageError(f"--vgg auto: no torchvision here, expected it to download the weights; {hint}") from error
    try:
        state = VGG16_Weights.IMAGENET1K_V1.get_state_dict(progress=False, check_hash=True)
    except (OSError, RuntimeError) as error:
        raise UsageError(f"--vgg auto: {error}, expected a download; {hint}") from error
    return VggWeights(_needed("--vgg auto", state), {"source": "torchvision", "weights": "IMAGENET1K_V1"})
