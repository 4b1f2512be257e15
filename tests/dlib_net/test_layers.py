"""What the layers hold, against PyTorch's hooks."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import dlib_net

SIZE = (2, 3, 96, 96)


def relative_error(found, expected):
    return float(np.abs(found - expected).max() / np.abs(expected).max())


def distance(found, expected):
    """Of two gradients, relative, by their Euclidean norms.

    Where a ReLU's input is next to zero, one framework's rounding lets its gradient pass and the
    other's does not, which of them depends on the processor. That is one element among thousands,
    but it may be among the largest.
    """
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def record(module: torch.nn.Module) -> tuple[dict, dict]:
    """Outputs, and gradients with respect to them, of every convolution, BN and block."""
    outputs, gradients = {}, {}

    def keep(name):
        def hook(_module, _args, output):
            outputs[name] = output.detach().numpy().copy()
            output.register_hook(lambda g: gradients.__setitem__(name, g.numpy().copy()))

        return hook

    for name, child in module.named_modules():
        leaf = not list(child.children()) and name.rpartition(".")[2] != "relu"
        block = name.count(".") == 1 and name.startswith("layer")
        if leaf or block:
            child.register_forward_hook(keep(name))
    return outputs, gradients


def run_torch(module, x, pick):
    """With ReLUs out of place, so that hooks see every value before it."""
    for child in module.modules():
        if isinstance(child, torch.nn.ReLU):
            child.inplace = False
    outputs, gradients = record(module)
    pick(module(torch.from_numpy(x))).backward()
    return outputs, gradients


def test_outputs_of_an_inference_network(network, drawn, twin, images):
    net = dlib_net.ResNet50(network)
    net.load_state_dict(drawn(network))
    x = images(*SIZE)
    expected, _ = run_torch(twin(network), x, lambda y: y.sum())
    net.forward(x)
    found = {name: t.numpy() for name, t in net.layer_outputs().items()}
    assert found["fc"].shape == (2, 1000, 1, 1)
    for name in ("layer1.0", "layer2.0", "layer3.5", "layer4.2", "layer1.1.bn3", "layer4.0.bn3"):
        assert relative_error(found[name], expected[name]) < 1e-5, name
    for name, source in (("relu", "bn1"), ("layer2.0.relu1", "layer2.0.bn1"),
                         ("layer4.2.relu2", "layer4.2.bn2")):  # fmt: skip
        assert relative_error(found[name], np.maximum(expected[source], 0)) < 1e-5, name


def test_class_gradients(network, drawn, twin, images):
    net = dlib_net.ResNet50(network)
    net.load_state_dict(drawn(network))
    x, classes = images(*SIZE), [7, 990]

    def picked(y):
        return y[torch.arange(2), classes].sum()

    expected = run_torch(twin(network), x, picked)[1]
    for _ in range(2):  # the second pass must not add to the first
        net.backward(x, classes)
    found = {name: t.numpy() for name, t in net.layer_gradients().items()}
    for name in ("conv1", "layer1.0.conv1", "layer2.0.conv2", "layer4.2.conv3"):
        assert distance(found[name], expected[name]) < 5e-3, (
            name,
            distance(found[name], expected[name]),
        )
    block = expected["layer4.2"] * (net.layer_outputs(["layer4.2"])["layer4.2"].numpy() > 0)
    assert distance(found["layer4.2.add"], block) < 1e-5
    assert found["fc"][0, 7] == 1
    assert found["fc"].sum() == 2


def test_gradients_of_a_training_step(network, drawn, twin, images):
    net = dlib_net.ResNet50(network, "train")
    net.load_state_dict(drawn(network))
    x, labels = images(4, 3, 96, 96), [1, 2, 3, 4]
    module = twin(network).train()
    outputs, gradients = run_torch(
        module, x, lambda y: torch.nn.functional.cross_entropy(y, torch.tensor(labels))
    )
    net.train_step(x, labels, lr=0.01)
    found = {name: t.numpy() for name, t in net.layer_outputs().items()}
    for name in ("conv1", "layer1.0.conv1", "layer2.0.bn3", "layer4.2"):
        assert relative_error(found[name], outputs[name]) < 1e-3, name
    found = {name: t.numpy() for name, t in net.layer_gradients().items()}
    for name in ("layer4.2.bn3", "layer4.2.bn2", "layer4.2.conv3", "layer3.0.bn1"):
        assert distance(found[name], gradients[name]) < 5e-2, (
            name,
            distance(found[name], gradients[name]),
        )


def test_backward_leaves_a_training_network_as_it_was(network, drawn, images):
    net = dlib_net.ResNet50(network, "train")
    net.load_state_dict(drawn(network))
    net.backward(images(*SIZE), [0, 1])
    state = net.state_dict()
    assert all(np.array_equal(state[k], v) for k, v in drawn(network).items())


def test_layers_are_copies_and_can_be_chosen(images):
    net = dlib_net.ResNet50()
    net.forward(images(1, 3, 64, 64))
    first = net.layer_outputs(["layer4.2"])
    assert list(first) == ["layer4.2"]
    before = first["layer4.2"].numpy().copy()
    net.forward(images(1, 3, 64, 64, seed=9))
    assert np.array_equal(first["layer4.2"].numpy(), before)


def test_refusals(images):
    net = dlib_net.ResNet50()
    with pytest.raises(dlib_net.DlibError, match="call forward first"):
        net.layer_outputs()
    net.forward(images(1, 3, 64, 64))
    with pytest.raises(dlib_net.DlibError, match="has no 'layer9'"):
        net.layer_outputs(["layer9"])
    with pytest.raises(dlib_net.DlibError, match="backward first"):
        net.layer_gradients()
    with pytest.raises(dlib_net.LabelError, match=r"classes\[0\] is 1000"):
        net.backward(images(1, 3, 64, 64), [1000])
    with pytest.raises(dlib_net.DlibError, match="fused"):
        dlib_net.ResNet50(fused=True).backward(images(1, 3, 64, 64), [1])
    with pytest.raises(dlib_net.ShapeError, match="single image"):
        dlib_net.ResNet50("resnet50", "train").backward(images(1, 3, 64, 64), [1])
