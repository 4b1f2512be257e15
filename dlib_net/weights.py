"""Weights files, read without running anything in them, and states held against a network."""

from __future__ import annotations

import warnings
import zipfile
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlib_net._checks import shown
from dlib_net.errors import StateError

LARGEST_MIB = 512
"""A network has 98 MiB, in double precision and with an optimiser's state four times as many."""


def read_weights(path: str | Path) -> Mapping[str, Any]:
    """The state in a .safetensors file or a .pth or .pt file of torch.save (weights only).

    Returns names and arrays or tensors. Raises StateError, with one sentence, for a file that is
    missing, broken, of another kind, or that would need code to be run.
    """
    try:
        path = Path(path)
        exists, regular = path.exists(), path.is_file()
    except (TypeError, OSError, ValueError) as error:
        raise StateError(f"the weights file {str(path)[:80]!r} is no path: {error}") from None
    if not exists:
        raise StateError(f"the weights file {_named(path)} does not exist")
    if not regular:  # reading a pipe would wait for ever
        raise StateError(
            f"the weights file {_named(path)} is no regular file; give .safetensors or .pth"
        )
    readers = {".safetensors": _safetensors, ".pth": _torch, ".pt": _torch}
    reader = readers.get(path.suffix.lower())
    if reader is None:
        raise StateError(
            f"the weights file {_named(path)} has suffix {path.suffix!r}; give .safetensors or .pth"
        )
    _check_size(path)
    try:
        found = reader(path)
    except Exception as error:  # the readers raise many kinds; all mean an unreadable file
        raise StateError(
            f"the weights file {_named(path)} is damaged or no plain state dict, which holds "
            f"tensors and nothing that would run code ({type(error).__name__})"
        ) from None
    if isinstance(found, Mapping) and isinstance(found.get("state_dict"), Mapping):
        found = found["state_dict"]  # as training programs save it
    if not isinstance(found, Mapping):
        raise StateError(
            f"the weights file {_named(path)} holds a {type(found).__name__}, no state dict"
        )
    return found


def _named(path: Path) -> str:
    """The path, whole, as Linux takes none that is longer."""
    return shown(path, most=4096)


def _check_size(path: Path) -> None:
    """Refuse what would fill the memory: the file, or what an archive says that it holds."""
    try:
        size = path.stat().st_size
        if zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                size = max(size, sum(entry.file_size for entry in archive.infolist()))
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError) as error:
        raise StateError(f"the weights file {_named(path)} can't be read: {error}") from None
    if size > LARGEST_MIB * 2**20:
        raise StateError(
            f"the weights file {_named(path)} holds {size / 2**20:.0f} MiB; at most {LARGEST_MIB} "
            "are read"
        )


def _safetensors(path: Path) -> Any:
    from safetensors.numpy import load_file

    return load_file(path)


def _torch(path: Path) -> Any:
    import torch

    with warnings.catch_warnings():  # of the pickle's protocol: not the reader's concern
        warnings.simplefilter("ignore")
        return torch.load(path, map_location="cpu", weights_only=True)


def fit_state(
    shapes: Mapping[str, tuple[int, ...]], mapping: Mapping[str, Any]
) -> dict[str, NDArray[Any]]:
    """A complete state by torchvision's names, as float32 arrays and int64 counters.

    shapes: every entry of the network, in its order. mapping: arrays or tensors; batch counters
    may be missing, as in files older than they are, and count as 0. Raises StateError.
    """
    if not isinstance(mapping, Mapping):
        raise StateError(f"the state is a {type(mapping).__name__}; give a mapping of names")
    missing = [name for name in shapes if name not in mapping and not _is_counter(name)]
    unknown = [str(name) for name in mapping if name not in shapes]
    if missing or unknown:
        wrong = {"missing": missing, "not in the network": unknown}
        parts = [f"{word}: {_some(names)}" for word, names in wrong.items() if names]
        raise StateError(f"the state does not fit the network ({'; '.join(parts)})")
    return {name: _entry(name, shape, mapping.get(name, 0)) for name, shape in shapes.items()}


def _is_counter(name: str) -> bool:
    return name.endswith("num_batches_tracked")


def _entry(name: str, shape: tuple[int, ...], value: Any) -> NDArray[Any]:
    if hasattr(value, "numel") and value.numel() > prod(shape):
        # Before it is copied: a few bytes of a file may claim to be a tensor of terabytes.
        raise StateError(f"{name} has shape {tuple(value.shape)}; the network has {shape}")
    try:
        if hasattr(value, "detach"):
            value = value.detach().cpu()
            # numpy lacks some of PyTorch's types, all of them smaller than float64.
            if value.is_floating_point() and str(value.dtype) != "torch.float64":
                value = value.float()
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError) as error:
        raise StateError(f"{name} can't be read as an array: {error}") from None
    if _is_counter(name):
        if array.size != 1 or array.dtype.kind not in "iuf" or not 0 <= array.item() < 2**63:
            raise StateError(f"{name} is {array!r}; give one number of batches of at least 0")
        return np.asarray(array.item(), np.int64)
    if array.shape != shape:
        raise StateError(f"{name} has shape {array.shape}; the network has {shape}")
    if array.dtype.kind != "f":
        raise StateError(f"{name} has dtype {array.dtype}; give floating-point numbers")
    if name.endswith("running_var") and not (array >= 0).all():
        raise StateError(f"{name} holds negative or NaN variances; give numbers of at least 0")
    with np.errstate(over="ignore"):
        single = np.ascontiguousarray(array, np.float32)
    if (np.isinf(single) & np.isfinite(array)).any():
        raise StateError(f"{name} holds numbers that float32 does not; give smaller ones")
    return single


def _some(names: list[str]) -> str:
    return ", ".join(map(shown, names[:3])) + (
        f" and {len(names) - 3} more" if len(names) > 3 else ""
    )
