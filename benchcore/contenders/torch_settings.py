"""What PyTorch says about itself: the facts that decide about its speed."""

import os
import re
from typing import Any

import torch

STRICT = "strict fp32"
TF32 = "tf32"
TF32_CAPABILITY = (8, 0)
"""Ampere: the first GPUs that multiply in TF32, and in bfloat16."""


def tf32_forbidden() -> bool:
    """Whether NVIDIA's variable, which cuBLAS and cuDNN obey, switches TF32 off altogether."""
    return os.environ.get("NVIDIA_TF32_OVERRIDE") == "0"


def multiplies_in_tf32(device: torch.device) -> bool:
    """Whether the device can, and the environment doesn't forbid it."""
    if device.type != "cuda" or tf32_forbidden():
        return False
    return torch.cuda.get_device_capability(device) >= TF32_CAPABILITY


def computes_tf32(device: torch.device) -> bool:
    """Whether anything in the networks is rounded to TF32 there, as PyTorch is switched now."""
    allowed = torch.backends.cudnn.allow_tf32 or torch.backends.cuda.matmul.allow_tf32
    return allowed and multiplies_in_tf32(device)


def of_device(device: torch.device, dtype: torch.dtype) -> dict[str, Any]:
    """Math modes, algorithm search, threads and libraries for `dtype` on `device`.

    null is what doesn't apply there, or what PyTorch doesn't tell.
    """
    gpu = device.type == "cuda"
    tf32 = multiplies_in_tf32(device)
    return {
        "convolution_math": _math(dtype, tf32=tf32 and torch.backends.cudnn.allow_tf32),
        "matmul_math": _math(dtype, tf32=tf32 and torch.backends.cuda.matmul.allow_tf32),
        "algorithm_search": torch.backends.cudnn.benchmark if gpu else None,
        "threads": torch.get_num_threads(),
        "cudnn": _cudnn() if gpu else None,
        "blas": None if gpu else _blas(),
        "onednn": None if gpu else _onednn(),
    }


def memory_format(weight: torch.Tensor) -> str:
    """Of a convolution's weight with more than one channel and a kernel beyond 1x1."""
    return "contiguous" if weight.is_contiguous() else "channels_last"


def _math(dtype: torch.dtype, *, tf32: bool) -> str:
    if dtype != torch.float32:
        return str(dtype).removeprefix("torch.")
    return TF32 if tf32 else STRICT


def _cudnn() -> str | None:
    """Such as 9.24.0, from the 92400 of cuDNN 9."""
    version: int | None = torch.backends.cudnn.version()  # type: ignore[no-untyped-call]
    if version is None:
        return None
    return f"{version // 10000}.{version % 10000 // 100}.{version % 100}"


def _blas() -> str | None:
    """The library of the build, with its version where the build names one: `mkl 2024.2`."""
    built_with = torch.__config__.show()
    name = re.search(r"BLAS_INFO=(\w+)", built_with)
    if name is None:
        return None
    version = re.search(r"Math Kernel Library Version ([\d.]+)", built_with)
    return f"mkl {version[1]}" if name[1] == "mkl" and version else name[1]


def _onednn() -> str | None:
    """Its version, as PyTorch's convolutions on the CPU run on it unless it is switched off."""
    version = re.search(r"MKL-DNN v([\d.]+)", torch.__config__.show())
    usable = torch.backends.mkldnn.is_available() and torch.backends.mkldnn.enabled  # type: ignore[no-untyped-call]
    return version[1] if version and usable else None
