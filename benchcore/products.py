"""The products of a network: each convolution and the last layer, as sizes, from the shapes alone.

What an image costs in arithmetic (`macs`) and in memory traffic (`traffic`) is counted over them.
"""

from collections.abc import Iterator
from math import prod
from typing import NamedTuple

from benchcore.architecture import CLASSES, EXPANSION, RESNET50, STAGES, map_sides

Size = tuple[int, int]


class Product(NamedTuple):
    """One convolution, or the last layer; biases are left out."""

    inputs: int
    """Elements of the map that it reads, an image."""
    weights: int
    outputs: int
    """Elements of the map that it writes, an image."""
    macs: int
    """Multiply-accumulates, an image."""


def products(network: str, height_px: int, width_px: int) -> Iterator[Product]:
    """From the images to the logits."""
    stem, before, *afters = zip(
        map_sides(network, height_px), map_sides(network, width_px), strict=True
    )
    yield _convolution((height_px, width_px), 3, stem, 64, kernel=7)
    inputs = 64
    for stage, ((channels, blocks), after) in enumerate(zip(STAGES, afters, strict=True)):
        outputs = channels * EXPANSION
        for block in range(blocks):
            strided = stage > 0 and block == 0
            inner = _unpadded(before) if strided and network != RESNET50 else after
            yield _convolution(before, inputs, before, channels, kernel=1)
            yield _convolution(before, channels, inner, channels, kernel=3)
            yield _convolution(inner, channels, inner, outputs, kernel=1)
            if block == 0 and network == RESNET50:  # the shortcut that projects
                yield _convolution(before, inputs, after, outputs, kernel=1)
            inputs, before = outputs, after
    yield Product(inputs, inputs * CLASSES, CLASSES, inputs * CLASSES)


def _convolution(before: Size, inputs: int, after: Size, outputs: int, *, kernel: int) -> Product:
    weights = kernel * kernel * inputs * outputs
    return Product(prod(before) * inputs, weights, prod(after) * outputs, prod(after) * weights)


def _unpadded(size: Size) -> Size:
    """After dlib's 3x3 convolution of stride 2; the pooled shortcut beside it is larger."""
    height, width = ((side - 3) // 2 + 1 for side in size)
    return height, width
