"""The two contenders of the project do the same work, through the very code that is timed."""

import numpy as np
import pytest
import torch

from benchcore import proof, weights
from benchcore.contenders import find
from benchcore.contenders.base import MOMENTUM, WEIGHT_DECAY, Cell
from benchcore.contenders.torch import _optimizer
from benchcore.data import random_inputs
from benchcore.networks import build
from benchcore.plan import CellSpec

SIDE = 96


def _cell(network, mode, batch):
    spec = CellSpec(
        network=network, mode=mode, batch=batch, image_height_px=SIDE, image_width_px=SIDE
    )
    return Cell(
        spec=spec,
        device="cpu",
        threads=2,
        learning_rate=1e-3,
        weights=weights.random_weights(network, 0),
        inputs=random_inputs(batch, SIDE, SIDE, 0, 3),
    )


@pytest.mark.parametrize("mode", ["infer", "train"])
@pytest.mark.parametrize("network", ["resnet50", "resnet50-dlib"])
def test_dlib_and_torch_agree_through_their_verbs(network, mode):
    cell = _cell(network, mode, 4)
    outputs = {}
    for name in ("dlib", "torch"):
        contender = find(name)()
        prepared = contender.prepare(cell)
        assert prepared.num_parameters in (25_557_032, 22_803_176)
        assert prepared.instantiate_ms > 0
        for _ in range(3):
            contender.enqueue()
            contender.synchronize()
        outputs[name] = contender.outputs()
        assert contender.memory() == {}
    shape = (4, 1000) if mode == "infer" else (3,)
    assert outputs["dlib"].shape == outputs["torch"].shape == shape
    comparison = proof.compare(mode, outputs["dlib"], outputs["torch"])
    assert comparison.held
    assert max(comparison.errors) < proof.LOGIT_BOUND / 2


def test_buffers_rotate():
    contender = find("torch")()
    contender.prepare(_cell("resnet50", "infer", 1))
    seen = []
    for _ in range(4):
        contender.enqueue()
        seen.append(contender.outputs())
    assert np.array_equal(seen[0], seen[3])
    assert not np.array_equal(seen[0], seen[1])


def test_dlib_refuses_to_train_on_one_sample():
    kind = find("dlib")
    assert "one sample" in kind.refusal(_cell("resnet50", "train", 1).spec)
    assert kind.refusal(_cell("resnet50", "train", 2).spec) is None
    assert kind.refusal(_cell("resnet50", "infer", 1).spec) is None


def test_weight_decay_groups_cover_every_parameter_once():
    network = build("resnet50-dlib")
    decayed, free = _optimizer(network, 0.1).param_groups
    assert decayed["weight_decay"] == WEIGHT_DECAY
    assert free["weight_decay"] == 0
    assert decayed["momentum"] == free["momentum"] == MOMENTUM
    assert all(parameter.ndim > 1 for parameter in decayed["params"])
    assert all(parameter.ndim == 1 for parameter in free["params"])
    assert len(decayed["params"]) + len(free["params"]) == len(list(network.parameters()))


def test_the_reference_is_strict_float32():
    find("torch")().prepare(_cell("resnet50", "infer", 1))
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32
    assert torch.backends.cudnn.benchmark
