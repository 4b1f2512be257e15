"""Reads weights files without running anything in them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from dlib_net.errors import StateError


def read_weights(path: str | Path) -> Mapping[str, Any]:
    """The state in a .safetensors file or a .pth or .pt file of torch.save (weights only).

    Returns names and arrays or tensors. Raises StateError, with one sentence, for a file that is
    missing, broken, of another kind, or that would need code to be run.
    """
    path = Path(path)
    if not path.is_file():
        raise StateError(f"the weights file {path} does not exist")
    suffix = path.suffix.lower()
    try:
        if suffix == ".safetensors":
            return _safetensors(path)
        if suffix in (".pth", ".pt"):
            return _torch(path)
    except StateError:
        raise
    except Exception as error:  # the readers raise many kinds; all mean an unreadable file
        first = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise StateError(f"the weights file {path} can't be read: {first[:200]}") from None
    raise StateError(f"the weights file {path} has suffix {suffix!r}; give .safetensors or .pth")


def _safetensors(path: Path) -> Mapping[str, Any]:
    from safetensors.numpy import load_file

    return load_file(path)


def _torch(path: Path) -> Mapping[str, Any]:
    import pickle

    import torch

    try:
        found = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError:
        raise StateError(
            f"the weights file {path} is no plain state dict: reading it would run code or fails; "
            "save model.state_dict() and give that"
        ) from None
    if isinstance(found, Mapping) and isinstance(found.get("state_dict"), Mapping):
        found = found["state_dict"]
    if not isinstance(found, Mapping):
        raise StateError(f"the weights file {path} holds a {type(found).__name__}, no state dict")
    return found
