"""What dlib keeps of a pass of `resnet50` until the next one, counted from the shapes alone.

Read in dlib 20.0.1 (dnn/core.h): every layer that does not work in place owns its output, and in
training a gradient of the same size, until `clean()`. ReLU works in place, and the affine layer
that takes the place of batch normalisation in inference. Each repeated block owns the gradient of
its input besides, and the first layer that of the images.
"""

from __future__ import annotations

from math import prod
from typing import NamedTuple

from benchcore.architecture import CLASSES, EXPANSION, RESNET50, STAGES, map_sides
from benchcore.memory import MIB
from benchcore.products import products
from benchcore.traffic import FLOAT_BYTES

CHANNELS = 3


class Kept(NamedTuple):
    """Of a whole batch, in MiB of the device's memory."""

    outputs_mib: float
    gradients_mib: float
    """0 in inference."""

    @property
    def total_mib(self) -> float:
        """Both."""
        return self.outputs_mib + self.gradients_mib


def kept(mode: str, batch: int, height_px: int, width_px: int) -> Kept:
    """Outputs and gradients of `resnet50`; `mode` is `infer` or `train`."""
    convolutions = [product.outputs for product in products(RESNET50, height_px, width_px)][:-1]
    sides = zip(map_sides(RESNET50, height_px), map_sides(RESNET50, width_px), strict=True)
    _, pooled, *stages = (prod(side) for side in sides)
    sums = repeated = 0
    for (channels, blocks), pixels in zip(STAGES, stages, strict=True):
        sums += blocks * channels * EXPANSION * pixels
        repeated += (blocks - 1) * channels * EXPANSION * pixels
    last = STAGES[-1][0] * EXPANSION + CLASSES
    outputs = sum(convolutions) + STAGES[0][0] * pooled + sums + last
    if mode != "train":
        return Kept(_mib(batch, outputs), 0.0)
    outputs += sum(convolutions)  # batch normalisation has an output of its own
    gradients = outputs + repeated + CHANNELS * height_px * width_px
    return Kept(_mib(batch, outputs), _mib(batch, gradients))


def _mib(batch: int, elements: int) -> float:
    return batch * elements * FLOAT_BYTES / MIB
