"""PyTorch set up in other ways: each class says in what it differs from the reference."""

from typing import Any, ClassVar

import torch as pytorch
from torch import Tensor

from benchcore.contenders import torch_settings
from benchcore.contenders.torch import Torch


class TorchDefault(Torch):
    """PyTorch as it comes, which is not the work that dlib does: see `settings`."""

    description = "PyTorch as it comes: TF32 convolutions, no search, no input gradient"
    precision = "tf32"
    convolution_tf32: ClassVar[bool] = True
    search: ClassVar[bool] = False
    input_gradient: ClassVar[bool] = False


class TorchTf32(Torch):
    """All products in TF32, which keeps 10 bits of each factor's mantissa instead of 23."""

    description = "PyTorch eager, TF32 convolutions and matrix products, algorithm search"
    precision = "tf32"
    convolution_tf32: ClassVar[bool] = True
    matmul_tf32: ClassVar[bool] = True

    @classmethod
    def unavailable(cls, device: str) -> str | None:
        """TF32 is a number format of NVIDIA GPUs from Ampere on."""
        if device == "cpu":
            return "TF32 exists on CUDA devices only."
        return super().unavailable(device) or _lacks(device, "TF32") or _forbidden()


class TorchChannelsLast(Torch):
    """The same arithmetic in NHWC order; in training the transfer converts the images."""

    description = "PyTorch eager, strict FP32, channels_last memory format, algorithm search"
    memory_format: ClassVar[pytorch.memory_format] = pytorch.channels_last


class TorchAmpBf16(Torch):
    """Automatic mixed precision: products in bfloat16, parameters and sums in float32."""

    description = "PyTorch eager, bfloat16 autocast, algorithm search"
    precision = "bf16"
    convolution_tf32: ClassVar[bool] = True
    matmul_tf32: ClassVar[bool] = True

    @classmethod
    def unavailable(cls, device: str) -> str | None:
        """Before Ampere, GPUs only emulate bfloat16."""
        reason = super().unavailable(device)
        return reason if device == "cpu" else reason or _lacks(device, "bfloat16")

    def _forward(self, images: Tensor) -> Tensor:
        with self._autocast():
            return super()._forward(images)

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        with self._autocast():
            return super()._loss(logits, labels)

    def _autocast(self) -> pytorch.autocast:
        return pytorch.autocast(self._device.type, dtype=pytorch.bfloat16)

    def settings(self) -> dict[str, Any]:
        """See the base class."""
        products = {"convolution_math": "bf16", "matmul_math": "bf16"}
        return {**super().settings(), **products, "autocast": "bfloat16"}


def _lacks(device: str, what: str) -> str | None:
    """Why a CUDA device that exists can't multiply in `what`."""
    capability = pytorch.cuda.get_device_capability(device)
    if capability >= torch_settings.TF32_CAPABILITY:
        return None
    least = ".".join(map(str, torch_settings.TF32_CAPABILITY))
    found = ".".join(map(str, capability))
    return f"{what} needs compute capability {least}; {device} has {found}."


def _forbidden() -> str | None:
    if torch_settings.tf32_forbidden():
        return "The variable NVIDIA_TF32_OVERRIDE=0 forbids TF32 in this environment."
    return None
