"""What dlib keeps by the shapes of resnet50."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchcore.networks import build
from docs_support.kept import kept

MIB = 2**20


def test_the_outputs_are_those_of_the_network_in_pytorch():
    import torch

    network = build("resnet50").eval()
    sizes = []
    kinds = (torch.nn.Conv2d, torch.nn.MaxPool2d, torch.nn.AdaptiveAvgPool2d, torch.nn.Linear)
    for module in network.modules():  # a block's sum is an output of its own
        if isinstance(module, kinds) or hasattr(module, "conv3"):
            module.register_forward_hook(lambda _m, _i, output: sizes.append(output.numel()))
    with torch.inference_mode():
        network(torch.zeros(2, 3, 64, 96))
    assert kept("infer", 2, 64, 96).outputs_mib == pytest.approx(4 * sum(sizes) / MIB)


def test_training_adds_normalised_maps_and_gradients_of_all():
    inference, training = (kept(mode, 1, 224, 224) for mode in ("infer", "train"))
    assert inference.gradients_mib == 0
    # dlib's normalisation in training has outputs of its own: 53, as large as the convolutions'.
    assert training.outputs_mib - inference.outputs_mib == pytest.approx(4 * 11_113_984 / MIB)
    # Blocks that are repeated get 2, 3, 5 and 2 gradients more, the images one.
    extra = 2 * 256 * 56**2 + 3 * 512 * 28**2 + 5 * 1024 * 14**2 + 2 * 2048 * 7**2 + 3 * 224**2
    assert training.gradients_mib - training.outputs_mib == pytest.approx(4 * extra / MIB)
    assert training.total_mib == training.outputs_mib + training.gradients_mib


@given(mode=st.sampled_from(["infer", "train"]), batch=st.integers(1, 512))
def test_it_grows_with_the_batch(mode, batch):
    one, many = kept(mode, 1, 224, 224), kept(mode, batch, 224, 224)
    assert many.total_mib == pytest.approx(batch * one.total_mib)
