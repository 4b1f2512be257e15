"""PyTorch through its own compiler."""

import importlib.util
import os
import shlex
import shutil
import sysconfig
from pathlib import Path
from typing import Any

import torch as pytorch
from torch import Tensor
from torch.nn import functional as F

from benchcore.architecture import RESNET50_DLIB
from benchcore.contenders.base import Cell, Prepared
from benchcore.contenders.torch import Torch
from benchcore.plan import CellSpec

TRITON_CAPABILITY = (7, 0)


class TorchCompile(Torch):
    """`torch.compile` in its default mode; network and loss are compiled in the first iteration.

    Whole graphs only: nothing is quietly left to the interpreter.
    """

    description = "PyTorch compiled by torch.compile, strict FP32, algorithm search"

    @classmethod
    def unavailable(cls, device: str) -> str | None:
        """Compiling takes a compiler, Python's headers, and on a GPU Triton."""
        missing = _missing_on_cpu if device == "cpu" else _missing_on_cuda
        return (
            super().unavailable(device)
            or missing(device)
            or _missing_headers()
            or _unsupported_python()
        )

    @classmethod
    def refusal(cls, spec: CellSpec) -> str | None:
        """A Python number that changes each step would be compiled into each step."""
        if spec.mode == "train" and spec.network == RESNET50_DLIB:
            return (
                "torch.compile would compile each training step of resnet50-dlib anew, because "
                "dlib's running statistics weigh each batch by another number."
            )
        return super().refusal(spec)

    def prepare(self, cell: Cell) -> Prepared:
        """See the base class."""
        prepared = super().prepare(cell)
        self._network.compile(fullgraph=True)
        self._cross_entropy = pytorch.compile(F.cross_entropy, fullgraph=True)
        return prepared

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return self._cross_entropy(logits, labels)

    def settings(self) -> dict[str, Any]:
        """See the base class; the layout inside the graph is the compiler's choice."""
        return {**super().settings(), "memory_format": "chosen by the compiler", "compiled": True}


def _missing_on_cpu(device: str) -> str | None:
    del device
    if _program("CXX", "g++"):
        return None
    return "torch.compile needs a C++ compiler on the CPU; install g++, or name another in CXX."


def _missing_on_cuda(device: str) -> str | None:
    if importlib.util.find_spec("triton") is None:
        return "torch.compile needs Triton on CUDA; install the package triton."
    capability = pytorch.cuda.get_device_capability(device)
    if capability < TRITON_CAPABILITY:
        least, found = (".".join(map(str, each)) for each in (TRITON_CAPABILITY, capability))
        return f"Triton needs compute capability {least}; {device} has {found}."
    if _program("CC", "gcc", "clang"):
        return None
    return "Triton needs a C compiler; install gcc, or name another in CC."


def _missing_headers() -> str | None:
    if Path(sysconfig.get_path("include"), "Python.h").is_file():
        return None
    return "torch.compile needs the header files of this Python; install its development package."


def _unsupported_python() -> str | None:
    """PyTorch itself knows for which versions of Python its compiler was made."""
    try:
        pytorch.compile(_missing_headers)
    except RuntimeError as error:
        first_line = str(error).partition("\n")[0].rstrip(".")
        return f"torch.compile can't be used with this Python: {first_line}."
    return None


def _program(variable: str, *usual: str) -> bool:
    """Whether the program that `variable` names, or without it a usual one, is installed."""
    named = shlex.split(os.environ.get(variable, ""))[:1]
    return any(shutil.which(name) for name in named or usual)
