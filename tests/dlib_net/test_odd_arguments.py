"""Arguments that are nearly right: refused in a sentence, and nothing is changed or copied."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import dlib_net

HUGE_IMAGES = np.broadcast_to(np.uint8(1), (2**20, 2**20, 3))


@pytest.fixture(scope="module")
def trainer():
    return dlib_net.ResNet50("resnet50", "train")


@pytest.mark.parametrize("rate", [1e300, 10**400, -1e39, float("inf")])
def test_a_rate_that_float32_does_not_hold_moves_nothing(trainer, rate):
    before = trainer.state_dict()
    x = np.zeros((2, 3, 32, 32), np.float32)
    with pytest.raises(dlib_net.ShapeError, match=r"^lr.* is out of range; give a finite number"):
        trainer.train_step(x, [1, 2], lr=rate)
    with pytest.raises(dlib_net.ShapeError, match=r"^weight_decay.* is out of range"):
        dlib_net.ResNet50("resnet50", "train", weight_decay=rate)
    after = trainer.state_dict()
    assert all(np.array_equal(before[name], after[name]) for name in before)


@pytest.mark.parametrize("images", [HUGE_IMAGES, [HUGE_IMAGES], HUGE_IMAGES[np.newaxis]])
def test_images_that_are_too_large_are_not_copied(trainer, images):
    with pytest.raises(dlib_net.ShapeError, match="makes layers of"):
        trainer.to_tensor(images)


def test_more_labels_than_memory_holds(trainer):
    x = np.zeros((2, 3, 32, 32), np.float32)
    with pytest.raises(dlib_net.LabelError, match=r"range\(0, 4611686018427387904\) for 2 images"):
        trainer.train_step(x, range(2**62))
    assert trainer.train_step(x, range(2), lr=0) > 0


@pytest.mark.parametrize("value", ["no", 1, np.array([1, 2]), None])
def test_fused_is_true_or_false(value):
    with pytest.raises(dlib_net.DtypeError, match="is neither True nor False"):
        dlib_net.ResNet50(fused=value)


@pytest.mark.parametrize("kind", [np.array, torch.tensor])
def test_a_state_beyond_float32_is_refused(trainer, kind):
    state = trainer.state_dict()
    state["fc.bias"] = kind(np.full(1000, 1e300))
    with pytest.raises(dlib_net.StateError, match=r"fc\.bias holds numbers that float32 does not"):
        trainer.load_state_dict(state)
    state["fc.bias"] = kind(np.full(1000, 0.5))
    trainer.load_state_dict(state)
    assert (trainer.state_dict()["fc.bias"] == np.float32(0.5)).all()


def test_names_in_a_state_do_not_act(trainer):
    state = {**trainer.state_dict(), "a\x1b]0;title\x07\nb\u202e" + "c" * 1000: np.zeros(1)}
    with pytest.raises(dlib_net.StateError, match="not in the network") as raised:
        trainer.load_state_dict(state)
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 300
    with pytest.raises(dlib_net.StateError) as raised:
        trainer.load_weights("a\x1b[31m.safetensors")
    assert str(raised.value).isprintable()


def test_a_long_path_is_shown_whole(trainer):
    path = f"{'folder/' * 30}weights.safetensors"
    with pytest.raises(dlib_net.StateError) as raised:
        trainer.load_weights(path)
    assert str(raised.value) == f"the weights file {path} does not exist"
