"""Checks of arguments before native code, where dlib would abort or compute nonsense."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlib_net.errors import DlibError, DtypeError, LabelError, ShapeError

NETWORKS = ("resnet50", "resnet50-dlib")
MODES = ("infer", "train")
NUM_CLASSES = 1000

# The smallest image side. resnet50 pads every window, so one pixel will do. resnet50-dlib does
# not: its last strided 3x3 window needs 3 rows, and going back through the halvings and the
# unpadded stem that takes 55.
SMALLEST_SIDE = {"resnet50": 1, "resnet50-dlib": 55}

# cuDNN and dlib's CUDA kernels count the elements of a layer with 32 bits.
_MOST_ELEMENTS = 2**31 - 1

_LARGEST = float(np.finfo(np.float32).max)


def shown(text: object, most: int = 100) -> str:
    """Names of others, as an error may print them: nothing in them acts on a terminal."""
    words = str(text)
    short = words if len(words) <= most else f"{words[:most]}..."
    return short if short.isprintable() else repr(short)


def choice(name: str, value: object, allowed: tuple[str, ...]) -> str:
    """`value` if it is one of `allowed`. Raises DlibError that names them."""
    if isinstance(value, str) and value in allowed:
        return value
    raise ShapeError(f"{name}={value!r} is unknown; give one of {', '.join(map(repr, allowed))}")


def number(name: str, value: object, low: float, below: float = math.inf) -> float:
    """A number in [low, below) that float32 holds, as dlib computes with it. Raises DlibError."""
    limit = f"in [{low:g}, {below:g})" if math.isfinite(below) else f"of at least {low:g}"
    try:
        result = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise DtypeError(f"{name}={value!r} is no number") from None
    except OverflowError:  # its digits could fill the screen
        raise ShapeError(f"{name} is out of range; give a finite number {limit}") from None
    if not abs(result) <= _LARGEST or not low <= result < below:
        raise ShapeError(f"{name}={value!r} is out of range; give a finite number {limit}")
    return result


def flag(name: str, value: object) -> bool:
    """True or False. Raises DtypeError for what only counts as one of them."""
    if not isinstance(value, bool | np.bool_):
        raise DtypeError(f"{name}={shown(repr(value))} is neither True nor False")
    return bool(value)


def input_shape(network: str, shape: tuple[int, ...]) -> None:
    """N x 3 x H x W of a size that the network can take. Raises ShapeError."""
    if len(shape) != 4:
        raise ShapeError(f"the input has shape {shape}; give N x 3 x H x W")
    count, channels, rows, columns = shape
    if count < 1:
        raise ShapeError(f"the input has shape {shape}: an empty batch; give at least one image")
    if channels != 3:
        raise ShapeError(f"the input has {channels} channels (shape {shape}); give N x 3 x H x W")
    smallest = SMALLEST_SIDE[network]
    if min(rows, columns) < smallest:
        raise ShapeError(
            f"the images are {rows}x{columns}; {network} needs at least {smallest}x{smallest}"
        )
    # The widest layer: 64 channels at half the size after the stem, 256 at a quarter of it in the
    # first stage hold the same or less.
    widest = max(count * 64 * ((rows + 1) // 2) * ((columns + 1) // 2), count * 3 * rows * columns)
    if widest > _MOST_ELEMENTS:
        raise ShapeError(
            f"the input {shape} makes layers of {widest} elements; dlib and cuDNN take at most "
            f"{_MOST_ELEMENTS}; give fewer or smaller images"
        )


def labels(name: str, values: Any, count: int) -> NDArray[np.int64]:
    """`count` class numbers in [0, 1000) as int64. Raises LabelError."""
    if isinstance(values, range) and len(values[: count + 1]) != count:
        raise LabelError(f"{name} is {values} for {count} images; give ({count},)")
    try:
        if hasattr(values, "detach"):
            values = values.detach().cpu()
        array = np.asarray(values)
    except (TypeError, ValueError, RuntimeError) as error:
        raise LabelError(f"{name} can't be read as an array: {error}") from None
    if array.ndim == 0 or array.dtype.kind not in "iu":
        raise LabelError(
            f"{name} has dtype {array.dtype} and shape {array.shape}; give one integer an image"
        )
    if array.shape != (count,):
        raise LabelError(f"{name} has shape {array.shape} for {count} images; give ({count},)")
    wrong = (array < 0) | (array >= NUM_CLASSES)
    if wrong.any():
        at = int(wrong.argmax())
        raise LabelError(f"{name}[{at}] is {array[at]}; give class numbers from 0 to 999")
    return np.ascontiguousarray(array, np.int64)


def trainable(network: str, mode: str, count: int) -> None:
    """Refuses what dlib's batch normalisation can't do. Raises DlibError or ShapeError."""
    if mode != "train":
        raise DlibError('this network was created with mode="infer"; training needs mode="train"')
    if count < 2:
        raise ShapeError(
            f"training with {count} image is refused: dlib's batch normalisation takes its "
            "statistics from the batch and has no gradient for a single image; give at least 2"
        )
