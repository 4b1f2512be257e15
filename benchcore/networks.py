"""The two networks in PyTorch; dlib's side of each lives in `dlib_net`.

Both carry torchvision's names, so one dictionary of weights serves every contender.
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.models import resnet50

from benchcore.architecture import CLASSES, EXPANSION, NETWORKS, RESNET50, STAGES

DLIB_EPS = 1e-4
"""dlib's default batch-normalisation epsilon (PyTorch's is 1e-5)."""

DLIB_RUNNING_WINDOW = 100
"""dlib averages the statistics of this many batches, then goes on exponentially."""


def build(network: str) -> nn.Module:
    """A new network with PyTorch's initial parameters, on the CPU, in training mode."""
    if network not in NETWORKS:
        raise ValueError(f"no network named {network!r}; there are {', '.join(NETWORKS)}")
    if network == RESNET50:
        model: nn.Module = resnet50(weights=None)
        return model
    return DlibResNet50()


def add_zero_filled(a: Tensor, b: Tensor) -> Tensor:
    """dlib's `add_prev`: the sum of two NCHW tensors of unlike sizes.

    The result has the larger channels, rows and columns of the two; what one of them lacks counts
    as zero, and lies at the end: last channels, bottom rows, right columns.
    """
    if a.shape == b.shape:
        return a + b
    _, channels, rows, columns = (max(sizes) for sizes in zip(a.shape, b.shape, strict=True))

    def filled(x: Tensor) -> Tensor:
        missing = (0, columns - x.shape[3], 0, rows - x.shape[2], 0, channels - x.shape[1])
        return F.pad(x, missing)

    return filled(a) + filled(b)


class DlibBatchNorm2d(nn.BatchNorm2d):
    """Batch normalisation with dlib's epsilon and dlib's running statistics.

    The n-th training batch (n from 0) enters them with the factor 1 / (min(n, 100) + 1): a plain
    mean at first, an exponential one later. PyTorch keeps n in a tensor on the device; reading it
    would synchronise, so this class counts in Python and reads the tensor only when it is loaded.
    """

    def __init__(self, num_features: int) -> None:
        super().__init__(num_features, eps=DLIB_EPS)
        self._batches = 0

    def forward(self, input: Tensor) -> Tensor:
        """Normalise an NCHW tensor, with batch statistics in training and running ones else."""
        if self.training:
            self.momentum = 1.0 / (min(self._batches, DLIB_RUNNING_WINDOW) + 1)
            self._batches += 1
        return super().forward(input)

    def _load_from_state_dict(
        self, state_dict: Mapping[str, Any], prefix: str, *args: Any, **kwargs: Any
    ) -> None:
        super()._load_from_state_dict(state_dict, prefix, *args, **kwargs)
        tracked = state_dict.get(f"{prefix}num_batches_tracked")
        if tracked is not None:
            self._batches = int(tracked)


class DlibBottleneck(nn.Module):
    """1x1, 3x3, 1x1 convolutions beside a shortcut without parameters.

    With stride 2 the 3x3 convolution has no padding and the shortcut is average-pooled, so a map
    of 54 gives branches of 26 and 27, which `add_zero_filled` joins.
    """

    def __init__(self, inputs: int, channels: int, stride: int) -> None:
        super().__init__()
        outputs = channels * EXPANSION
        padding = 1 if stride == 1 else 0
        self.stride = stride
        self.conv1 = nn.Conv2d(inputs, channels, 1)
        self.bn1 = DlibBatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride=stride, padding=padding)
        self.bn2 = DlibBatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, outputs, 1)
        self.bn3 = DlibBatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """NCHW in, N x 4*channels x H' x W' out."""
        body = F.relu(self.bn1(self.conv1(x)), inplace=True)
        body = F.relu(self.bn2(self.conv2(body)), inplace=True)
        body = self.bn3(self.conv3(body))
        shortcut = x if self.stride == 1 else F.avg_pool2d(x, 2, self.stride)
        return F.relu(add_zero_filled(body, shortcut), inplace=True)


class DlibResNet50(nn.Module):
    """The ResNet-50 of dlib's ImageNet example, which the original benchmark timed in dlib."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2)
        self.bn1 = DlibBatchNorm2d(64)
        inputs = 64
        stages = []
        for stage, (channels, blocks) in enumerate(STAGES, start=1):
            members = []
            for block in range(blocks):
                stride = 2 if stage > 1 and block == 0 else 1
                members.append(DlibBottleneck(inputs, channels, stride))
                inputs = channels * EXPANSION
            stages.append(nn.Sequential(*members))
        self.layer1, self.layer2, self.layer3, self.layer4 = stages
        self.fc = nn.Linear(inputs, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        """Nx3xHxW images in, Nx1000 logits out."""
        x = F.relu(self.bn1(self.conv1(x)), inplace=True)
        x = F.max_pool2d(x, 3, 2)
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        logits: Tensor = self.fc(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))
        return logits
