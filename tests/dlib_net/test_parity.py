"""dlib's networks compute what PyTorch's do."""

from __future__ import annotations

import dlib_net
import numpy as np
import pytest
import torch

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


def sgd(module: torch.nn.Module, lr: float, momentum: float, weight_decay: float):
    """dlib's groups: it decays the weights of convolutions and of the classifier, nothing else."""
    decayed = [p for p in module.parameters() if p.ndim > 1]
    others = [p for p in module.parameters() if p.ndim == 1]
    groups = [
        {"params": decayed, "weight_decay": weight_decay},
        {"params": others, "weight_decay": 0.0},
    ]
    return torch.optim.SGD(groups, lr=lr, momentum=momentum)


def test_weight_decay_reaches_the_weights_that_dlib_decays_and_no_others(
    network, drawn, twin, images
):
    """With a decay of 0.5 every parameter moves by it or doesn't: a wrong multiplier shows.

    The last num_filters weights of each convolution count: dlib takes them for biases.
    """
    lr, decay = 0.01, 0.5
    net = load(network, "train", drawn, weight_decay=decay, momentum=0.0)
    reference = twin(network, torch.float64).train()
    x, labels = images(4, 3, 64, 64), [1, 2, 3, 4]
    optimizer = sgd(reference, lr, 0.0, decay)
    loss = torch.nn.functional.cross_entropy(
        reference(torch.from_numpy(x).double()), torch.tensor(labels)
    )
    loss.backward()
    optimizer.step()
    net.train_step(x, labels, lr=lr)
    before = drawn(network)
    after = net.state_dict()
    for name, parameter in reference.named_parameters():
        expected = parameter.detach().numpy()
        step = np.abs(expected - before[name])
        error = np.abs(after[name] - expected)
        # The gradient's own rounding is far below; a missing decay would be lr * decay * |w|.
        assert error.max() <= 0.02 * step.max() + 1e-7, name
    convolution = "layer1.0.conv1.weight"
    tail = np.s_[-1, :, 0, 0]
    moved = before[convolution][tail] - after[convolution][tail]
    gradient = dict(reference.named_parameters())[convolution].grad.numpy()[tail]
    assert np.allclose(moved - lr * (gradient - decay * before[convolution][tail]),
                       lr * decay * before[convolution][tail], atol=1e-5)  # fmt: skip


def test_five_steps_stay_as_close_to_float64_as_pytorch_does(network, drawn, twin, images):
    net = load(network, "train", drawn)
    exact, single = twin(network, torch.float64).train(), twin(network).train()
    optimizers = [sgd(module, 0.01, 0.9, 5e-4) for module in (exact, single)]
    x, labels = images(4, 3, 96, 96), [10, 999, 0, 10]
    for _ in range(5):
        losses = []
        for module, optimizer in zip((exact, single), optimizers, strict=True):
            dtype = next(module.parameters()).dtype
            optimizer.zero_grad()
            loss = torch.nn.functional.cross_entropy(
                module(torch.from_numpy(x).to(dtype)), torch.tensor(labels)
            )
            loss.backward()
            optimizer.step()
            losses.append(loss.item())
        found = net.train_step(x, labels, lr=0.01)
        state = net.state_dict()

        def distance(values, names=tuple(dict(exact.named_parameters()))):
            of_exact = dict(exact.named_parameters())
            return sum(
                float(((values[n] - of_exact[n].detach().numpy()) ** 2).sum()) for n in names
            ) ** 0.5

        own = distance({n: p.detach().numpy() for n, p in single.named_parameters()})
        assert distance(state) <= 2 * own + 1e-6
        assert abs(found - losses[0]) <= 2 * abs(losses[1] - losses[0]) + 1e-4


def test_the_seed_decides_the_initial_weights(network):
    first = dlib_net.ResNet50(network, seed=5).state_dict()
    again = dlib_net.ResNet50(network, "train", seed=5).state_dict()
    other = dlib_net.ResNet50(network, seed=6).state_dict()
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert not np.array_equal(first["conv1.weight"], other["conv1.weight"])
