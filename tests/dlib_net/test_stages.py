"""A training step in its parts is the same step, and can't be put together wrongly."""

from __future__ import annotations

import numpy as np
import pytest

import dlib_net


@pytest.fixture
def pair(network, drawn):
    nets = [dlib_net.ResNet50(network, "train") for _ in range(2)]
    for net in nets:
        net.load_state_dict(drawn(network))
    return nets


def test_the_parts_are_a_train_step_bit_for_bit(pair, images):
    whole, parts = pair
    for seed in range(3):
        x, labels = images(2, 3, 71, 71, seed=seed), [seed, 999]
        values = {stage: call() for stage, call in parts.train_stages(x, labels, lr=0.01)}
        assert list(values) == ["forward", "loss", "backward", "update"]
        assert values["loss"] == whole.train_step(x, labels, lr=0.01)
    found, expected = parts.state_dict(), whole.state_dict()
    assert all(np.array_equal(found[name], value) for name, value in expected.items())
    assert parts.layer_gradients(["fc"])["fc"].shape[0] == 2


def test_a_part_out_of_turn_is_refused(trainer, images):
    x = images(2, 3, 33, 33)
    stages = trainer.train_stages(x, [1, 2])
    _, forward = next(stages)
    with pytest.raises(dlib_net.DlibError, match='"forward" was not carried out'):
        next(stages)
    with pytest.raises(dlib_net.DlibError, match="turn"):
        forward()

    stages = trainer.train_stages(x, [1, 2])
    _, forward = next(stages)
    forward()
    with pytest.raises(dlib_net.DlibError, match="once"):
        forward()
    _, loss = next(stages)
    trainer.forward(images(1, 3, 33, 33))
    with pytest.raises(dlib_net.DlibError, match="was used before"):
        loss()
    stages.close()
    with pytest.raises(dlib_net.LabelError):
        next(trainer.train_stages(x, [1]))
    assert np.isfinite(trainer.train_step(x, [1, 2], lr=0.001))


@pytest.fixture
def trainer(drawn):
    net = dlib_net.ResNet50("resnet50", "train")
    net.load_state_dict(drawn("resnet50"))
    return net
