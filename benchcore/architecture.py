"""The two networks as plain numbers: names, shapes and map sizes, without any framework.

`resnet50` is torchvision's ResNet-50 (v1.5). `resnet50-dlib` is the network of dlib's own ImageNet
example: no padding where it strides, biases in every convolution, and shortcuts that average-pool
and fill up with zeros instead of projecting. The parent process needs the shapes to draw weights,
and must not import PyTorch for it; a test compares them with the real networks.
"""

from math import prod

RESNET50 = "resnet50"
RESNET50_DLIB = "resnet50-dlib"
NETWORKS = (RESNET50, RESNET50_DLIB)

CLASSES = 1000
EXPANSION = 4
"""A bottleneck's last convolution has this many times the channels of its first two."""

STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))
"""(channels, blocks) of each stage; every stage but the first halves the map in its first block."""

SMALLEST_INFERENCE_SIDE_PX = {RESNET50: 1, RESNET50_DLIB: 55}
"""`resnet50` pads everywhere, so a single pixel survives. The other network does not pad: its last
3x3 convolution of stride 2 needs three pixels, hence stage 1 a map of 12, hence an image of 55."""

SMALLEST_TRAINING_SIDE_PX = {RESNET50: 33, RESNET50_DLIB: 71}
"""The smallest images whose last map is 2x2. On a 1x1 map the batch statistics would be over the
batch alone: with two images every normalised value is +1 or -1, and no gradient passes."""


def smallest_side_px(network: str, mode: str) -> int:
    """The smallest image height or width that `network` takes in `mode` (`infer` or `train`)."""
    sides = SMALLEST_TRAINING_SIDE_PX if mode == "train" else SMALLEST_INFERENCE_SIDE_PX
    return sides[network]


def map_sides(network: str, side: int) -> tuple[int, int, int, int, int, int]:
    """The side of the map after the stem, its pooling and each stage, for an image side in pixels.

    Where the two branches of a `resnet50-dlib` block differ in size, the sum has the larger one.
    """
    if network == RESNET50:
        stem = _strided(side, kernel=7, padding=3)
        sides = [stem, _strided(stem, kernel=3, padding=1)]
        sides.append(sides[-1])
        for _ in STAGES[1:]:
            sides.append(_strided(sides[-1], kernel=3, padding=1))
    else:
        stem = _strided(side, kernel=7, padding=0)
        sides = [stem, _strided(stem, kernel=3, padding=0)]
        sides.append(sides[-1])
        for _ in STAGES[1:]:
            body = _strided(sides[-1], kernel=3, padding=0)
            shortcut = _strided(sides[-1], kernel=2, padding=0)
            sides.append(max(body, shortcut))
    return (sides[0], sides[1], sides[2], sides[3], sides[4], sides[5])


def _strided(side: int, *, kernel: int, padding: int) -> int:
    """Output side of a convolution or pooling of stride 2."""
    return (side + 2 * padding - kernel) // 2 + 1


def state_shapes(network: str) -> dict[str, tuple[int, ...]]:
    """Every entry of the network's `state_dict()`: torchvision's names and the shapes."""
    shapes: dict[str, tuple[int, ...]] = {}
    bias = network == RESNET50_DLIB

    def convolution(name: str, outputs: int, inputs: int, kernel: int) -> None:
        shapes[f"{name}.weight"] = (outputs, inputs, kernel, kernel)
        if bias:
            shapes[f"{name}.bias"] = (outputs,)

    def normalisation(name: str, channels: int) -> None:
        for entry in ("weight", "bias", "running_mean", "running_var"):
            shapes[f"{name}.{entry}"] = (channels,)
        shapes[f"{name}.num_batches_tracked"] = ()

    convolution("conv1", 64, 3, 7)
    normalisation("bn1", 64)
    inputs = 64
    for stage, (channels, blocks) in enumerate(STAGES, start=1):
        outputs = channels * EXPANSION
        for block in range(blocks):
            prefix = f"layer{stage}.{block}"
            convolution(f"{prefix}.conv1", channels, inputs, 1)
            normalisation(f"{prefix}.bn1", channels)
            convolution(f"{prefix}.conv2", channels, channels, 3)
            normalisation(f"{prefix}.bn2", channels)
            convolution(f"{prefix}.conv3", outputs, channels, 1)
            normalisation(f"{prefix}.bn3", outputs)
            if block == 0 and network == RESNET50:
                convolution(f"{prefix}.downsample.0", outputs, inputs, 1)
                normalisation(f"{prefix}.downsample.1", outputs)
            inputs = outputs
    shapes["fc.weight"] = (CLASSES, inputs)
    shapes["fc.bias"] = (CLASSES,)
    return shapes


def is_parameter(name: str) -> bool:
    """Whether a state entry is trained, rather than a running statistic or a counter."""
    return name.endswith((".weight", ".bias"))


def is_decayed(name: str, shape: tuple[int, ...]) -> bool:
    """Whether weight decay applies: to the weights of convolutions and of `fc` alone.

    These are dlib's own multipliers; its solver decays no bias and no normalisation parameter.
    """
    return name.endswith(".weight") and len(shape) > 1


def num_parameters(network: str) -> int:
    """25,557,032 for `resnet50` and 22,803,176 for `resnet50-dlib`."""
    return sum(prod(shape) for name, shape in state_shapes(network).items() if is_parameter(name))
