"""Every argument is checked before dlib sees it, and a failed call changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dlib_net


@pytest.fixture(scope="module")
def trainer(drawn):
    net = dlib_net.ResNet50("resnet50", "train")
    net.load_state_dict(drawn("resnet50"))
    return net


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"network": "resnet18"}, "'resnet50-dlib'"),
        ({"network": 3}, "network=3"),
        ({"mode": "eval"}, "'train'"),
        ({"device": "tpu"}, "tpu"),
        ({"device": "cuda:x"}, "cuda:x"),
        ({"device": "cpu:1"}, "cpu:1"),
        ({"device": ""}, "not understood"),
        ({"seed": -1}, "seed=-1"),
        ({"seed": 2**32}, "seed"),
        ({"seed": 0.5}, "seed=0.5"),
        ({"momentum": 1}, "momentum=1"),
        ({"momentum": float("nan")}, "momentum=nan"),
        ({"momentum": "much"}, "momentum='much'"),
        ({"weight_decay": -1e-4}, "weight_decay=-0.0001"),
        ({"mode": "train", "fused": True}, "inference only"),
    ],
)
def test_constructor_refusals(options, words):
    with pytest.raises(dlib_net.DlibError, match=words) as caught:
        dlib_net.ResNet50(**options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("labels", "words"),
    [
        ([1, 2, 3], r"shape \(3,\) for 2"),
        ([1, 1000], r"labels\[1\] is 1000"),
        ([-1, 1], r"labels\[0\] is -1"),
        ([0.0, 1.0], "float64"),
        ([[1, 2]], r"shape \(1, 2\)"),
        (1, "one integer an image"),
        ([True, False], "bool"),
        ("12", "dtype"),
        ([1, None], "dtype object"),
        (torch.tensor([1.0, 2.0]), "float32"),
        (np.array([1, 2**63], np.uint64), "9223372036854775808"),
        ([[1], [2, 3]], "labels"),
    ],
)
def test_label_refusals(trainer, images, labels, words):
    with pytest.raises(dlib_net.LabelError, match=words):
        trainer.train_step(images(2, 3, 32, 32), labels)


@pytest.mark.parametrize("lr", [-0.1, float("inf"), float("nan"), "fast", None])
def test_learning_rate_refusals(trainer, images, lr):
    with pytest.raises(dlib_net.DlibError, match="lr="):
        trainer.train_step(images(2, 3, 32, 32), [1, 2], lr=lr)


def test_labels_of_any_integer_type_are_taken(drawn, images):
    x, losses = images(2, 3, 32, 32), set()
    for labels in ([3, 4], np.array([3, 4], np.uint8), torch.tensor([3, 4]), (3, 4)):
        net = dlib_net.ResNet50("resnet50", "train")
        net.load_state_dict(drawn("resnet50"))
        losses.add(net.train_step(x, labels, lr=0.01))
    assert len(losses) == 1


def test_training_with_one_image_is_refused_with_the_reason(trainer, images):
    with pytest.raises(dlib_net.ShapeError, match="no gradient for a single image"):
        trainer.train_step(images(1, 3, 32, 32), [1])


def test_inference_networks_do_not_train(images):
    with pytest.raises(dlib_net.DlibError, match='mode="train"'):
        dlib_net.ResNet50().train_step(images(2, 3, 32, 32), [1, 2])


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_a_non_finite_loss_raises_and_changes_nothing(network, value, drawn, images):
    net, other = (dlib_net.ResNet50(network, "train") for _ in range(2))
    for each in (net, other):
        each.load_state_dict(drawn(network))
    x = images(2, 3, 64, 64)
    bad = x.copy()
    bad[1, 2, 5, 5] = value
    with pytest.raises(dlib_net.NonFiniteLossError, match="NaN or infinite"):
        net.train_step(bad, [1, 2], lr=0.01)
    state = net.state_dict()
    assert all(np.array_equal(state[k], v) for k, v in drawn(network).items())
    assert net.train_step(x, [1, 2], lr=0.01) == other.train_step(x, [1, 2], lr=0.01)
    after, expected = net.state_dict(), other.state_dict()
    assert all(np.array_equal(after[k], v) for k, v in expected.items())
    assert net.forward(bad).shape == (2, 1000)


def test_a_non_finite_first_batch_leaves_the_initial_statistics(network, images):
    """dlib replaces the statistics altogether in the first batch, memory and all."""
    net = dlib_net.ResNet50(network, "train", seed=3)
    before = net.state_dict()
    x = images(2, 3, 64, 64)
    for _ in range(2):
        with pytest.raises(dlib_net.NonFiniteLossError):
            net.train_step(np.full_like(x, np.nan), [1, 2])
    after = net.state_dict()
    assert all(np.array_equal(after[k], v) for k, v in before.items())
    other = dlib_net.ResNet50(network, "train", seed=3)
    assert [net.train_step(x, [1, 2], lr=0.001) for _ in range(2)] == [
        other.train_step(x, [1, 2], lr=0.001) for _ in range(2)
    ]


@pytest.mark.parametrize("scale", [1e20, 1e30])
def test_an_infinite_variance_is_no_finite_batch(network, scale, images):
    net = dlib_net.ResNet50(network, "train", seed=3)
    before = net.state_dict()
    with pytest.raises(dlib_net.NonFiniteLossError, match="bn1"):
        net.train_step(images(2, 3, 64, 64) * np.float32(scale), [1, 2], lr=0.01)
    after = net.state_dict()
    assert all(np.array_equal(after[k], v) for k, v in before.items())


def test_hundreds_of_refusals_do_not_abort_the_process(trainer, images):
    """dlib ends a process at its second failed check; here even its own checks only raise."""
    native = trainer._native
    for _ in range(100):
        with pytest.raises(dlib_net.DlibError):
            trainer.train_step(images(2, 3, 32, 32), [1, 5000])
    x, labels = images(2, 3, 32, 32), np.array([1, 5000])
    for _ in range(3):
        native.train_forward(x.ctypes.data, x.shape)
        with pytest.raises(dlib_net.DlibError, match=r"dlib refused: y < output_tensor\.k"):
            native.train_loss(labels.ctypes.data)
    assert np.isfinite(trainer.train_step(x, [1, 2], lr=0.0))


@settings(max_examples=60, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@given(
    shape=st.lists(st.integers(0, 5), min_size=0, max_size=6),
    dtype=st.sampled_from(["f4", ">f4", "f8", "f2", "i4", "u1", "?", "c8"]),
)
def test_any_array_is_computed_or_refused_in_one_sentence(trainer, shape, dtype):
    array = np.zeros(shape, dtype)
    full = bool(shape) and min(shape) > 0
    tensor = dtype == "f4" and len(shape) == 4 and full and shape[1] == 3
    images = dtype == "u1" and len(shape) in (3, 4) and full and shape[-1] == 3
    if tensor or images:
        assert trainer.forward(array).shape == (shape[0] if len(shape) == 4 else 1, 1000)
    else:
        with pytest.raises(dlib_net.DlibError) as caught:
            trainer.forward(array)
        assert "\n" not in str(caught.value)
