"""How much arithmetic an image is: multiply-accumulates of the convolutions and the last layer.

Counted from the shapes; normalisation, activation and pooling are left out, as in the 4.09 GMAC
that torchvision gives for its ResNet-50. A training step is three times as much: the forward pass,
and a product of the same size each for the gradients of inputs and of weights.
"""

from math import prod

from benchcore.architecture import CLASSES, EXPANSION, RESNET50, STAGES, map_sides

TRAINING_FACTOR = 3

Size = tuple[int, int]


def macs_per_image(network: str, mode: str, height_px: int, width_px: int) -> int:
    """Multiply-accumulates of one iteration's share of an image; `mode` is `infer` or `train`."""
    stem, before, *afters = zip(
        map_sides(network, height_px), map_sides(network, width_px), strict=True
    )
    total = prod(stem) * 7 * 7 * 3 * 64
    inputs = 64
    for stage, ((channels, blocks), after) in enumerate(zip(STAGES, afters, strict=True)):
        outputs = channels * EXPANSION
        for block in range(blocks):
            strided = stage > 0 and block == 0
            inner = _unpadded(before) if strided and network != RESNET50 else after
            total += prod(before) * inputs * channels  # 1x1
            total += prod(inner) * 3 * 3 * channels * channels
            total += prod(inner) * channels * outputs  # 1x1
            if block == 0 and network == RESNET50:
                total += prod(after) * inputs * outputs  # the shortcut that projects
            inputs, before = outputs, after
    total += inputs * CLASSES
    return total * (TRAINING_FACTOR if mode == "train" else 1)


def _unpadded(size: Size) -> Size:
    """After dlib's 3x3 convolution of stride 2; the pooled shortcut beside it is larger."""
    height, width = ((side - 3) // 2 + 1 for side in size)
    return height, width
