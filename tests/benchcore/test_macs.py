"""The arithmetic, counted from shapes, is what PyTorch's own counter sees."""

import pytest

from benchcore.architecture import NETWORKS
from benchcore.macs import macs_per_image


@pytest.mark.parametrize(
    ("network", "gmac"),
    [("resnet50", 4.089), ("resnet50-dlib", 3.249)],  # docs/history.md: 4.09 and 3.25
)
def test_known_sizes(network, gmac):
    assert macs_per_image(network, "infer", 224, 224) / 1e9 == pytest.approx(gmac, abs=5e-4)
    assert macs_per_image(network, "train", 224, 224) == 3 * macs_per_image(
        network, "infer", 224, 224
    )


@pytest.mark.parametrize("network", NETWORKS)
@pytest.mark.parametrize("size", [(224, 224), (97, 160), (64, 71)])
def test_against_the_counter_of_pytorch(network, size):
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    from benchcore import networks

    model = networks.build(network).eval()
    with FlopCounterMode(display=False) as counter, torch.inference_mode():
        model(torch.zeros(1, 3, *size))
    assert 2 * macs_per_image(network, "infer", *size) == counter.get_total_flops()
