"""dlib's networks compute what PyTorch's do."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import dlib_net

SIZES = [(96, 96), (64, 90), (123, 57)]


def relative_error(found: np.ndarray, expected: torch.Tensor) -> float:
    expected = expected.detach().numpy()
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def load(network, mode, drawn, **options):
    net = dlib_net.ResNet50(network, mode, **options)
    net.load_state_dict(drawn(network))
    return net


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fused", [False, True])
def test_logits_agree(network, size, fused, drawn, twin, images):
    net, reference = load(network, "infer", drawn, fused=fused), twin(network)
    for count in (1, 3, 2, 8):
        x = images(count, 3, *size)
        with torch.inference_mode():
            expected = reference(torch.from_numpy(x))
        assert relative_error(net.forward(x).numpy(), expected) < 1e-5


def test_a_training_network_with_one_image_uses_running_statistics(network, drawn, twin, images):
    net = load(network, "train", drawn)
    x = images(1, 3, 64, 64)
    with torch.inference_mode():
        expected = twin(network)(torch.from_numpy(x))
    assert relative_error(net.forward(x).numpy(), expected) < 1e-5
    state = net.state_dict()
    assert all(np.array_equal(state[k], v) for k, v in drawn(network).items())


def test_batch_statistics_and_their_running_averages_agree(network, drawn, twin, images):
    net, reference = load(network, "train", drawn), twin(network).train()
    for seed in (1, 2):
        x = images(4, 3, 64, 64, seed=seed)
        with torch.no_grad():
            expected = reference(torch.from_numpy(x))
        assert relative_error(net.forward(x).numpy(), expected) < 2e-4
    expected_state = reference.state_dict()
    for name, value in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            assert value == expected_state[name].item()
        elif "running" in name:
            assert relative_error(value, expected_state[name]) < 1e-4, name


def test_weight_decay_reaches_the_weights_that_dlib_decays_and_no_others(
    network, drawn, twin, images
):
    """A decay so large that a step halves what it reaches: every single number shows which.

    The last num_filters weights of a convolution too, which dlib's solver takes for biases: without
    the right multipliers they would keep their value, or not be updated at all.
    """
    lr, decay = 1e-4, 5000.0
    net = load(network, "train", drawn, weight_decay=decay, momentum=0.0)
    reference = twin(network, torch.float64).train()
    x, labels = images(4, 3, 64, 64), [1, 2, 3, 4]
    torch.nn.functional.cross_entropy(
        reference(torch.from_numpy(x).double()), torch.tensor(labels)
    ).backward()
    net.train_step(x, labels, lr=lr)
    before, after = drawn(network), net.state_dict()
    for name, parameter in reference.named_parameters():
        step = lr * parameter.grad.numpy()
        decayed = parameter.ndim > 1  # convolutions and the classifier, not biases or normalisation
        expected = before[name] * (1 - lr * decay * decayed) - step
        # Rounding in so small a batch moves single gradients by percents of the largest one.
        tolerance = 0.2 * np.abs(step).max() + 1e-6
        assert np.abs(after[name] - expected).max() <= tolerance, name
        if decayed:  # the check can tell: half of a usual weight is far more than the tolerance
            assert np.median(np.abs(before[name])) * lr * decay > 3 * tolerance, name


def test_the_seed_decides_the_initial_weights(network):
    first = dlib_net.ResNet50(network, seed=5).state_dict()
    again = dlib_net.ResNet50(network, "train", seed=5).state_dict()
    other = dlib_net.ResNet50(network, seed=6).state_dict()
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["conv1.weight"], other["conv1.weight"])
