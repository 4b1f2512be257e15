"""Arrays in files, from the runner to its workers: numpy's format, one after another.

Written by numpy's parts and not by `numpy.save`, whose error doesn't say that a disk is full, nor
as safetensors, whose library ends the process where memory does.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray


def write(array: NDArray[Any], path: Path) -> None:
    """One array. Raises OSError."""
    with path.open("wb") as file:
        _append(array, file)


def write_named(arrays: Mapping[str, NDArray[Any]], path: Path) -> None:
    """Their names in a line of JSON, then each. Raises OSError."""
    with path.open("wb") as file:
        file.write(json.dumps(list(arrays)).encode() + b"\n")
        for array in arrays.values():
            _append(array, file)


def read_named(path: Path) -> dict[str, NDArray[Any]]:
    """What `write_named` wrote."""
    with path.open("rb") as file:
        return {name: np.load(file) for name in json.loads(file.readline())}


def _append(array: NDArray[Any], file: BinaryIO) -> None:
    array = np.asarray(array, order="C")
    npy.write_array_header_1_0(file, npy.header_data_from_array_1_0(array))
    file.write(array.data)
