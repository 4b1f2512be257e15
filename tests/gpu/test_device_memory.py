"""Tests that need a GPU's whole memory: run them alone (scripts/gpu_check.sh does)."""

from __future__ import annotations

import functools
import gc

import numpy as np
import pytest
import torch
from test_cuda import make, on_gpu, relative_error

import dlib_net

pytestmark = pytest.mark.gpu


@pytest.mark.parametrize("mode", ["infer", "train"])
def test_running_out_of_memory_is_an_error_and_the_network_survives(mode, drawn, images):
    net = make("resnet50", mode, drawn)
    x, labels = on_gpu(images(2, 3, 96, 96)), [5, 6]
    free, _ = torch.cuda.mem_get_info()
    ballast = torch.empty(free - (2 << 30), dtype=torch.uint8, device="cuda")
    large = torch.zeros(64, 3, 224, 224, device="cuda")
    step = functools.partial(net.train_step, labels=[0] * 64) if mode == "train" else net.forward
    with pytest.raises(dlib_net.DeviceMemoryError, match="out of memory") as caught:
        step(large)
    assert isinstance(caught.value, MemoryError)
    del ballast, large
    torch.cuda.empty_cache()
    state = net.state_dict()
    assert all(np.array_equal(state[k], v) for k, v in drawn("resnet50").items())
    fresh = make("resnet50", mode, drawn)
    assert relative_error(net.forward(x), torch.from_dlpack(fresh.forward(x))) < 1e-5
    if mode == "train":
        assert np.isclose(net.train_step(x, labels), fresh.train_step(x, labels), rtol=1e-4)


def test_networks_give_their_memory_back(drawn, images):
    x = on_gpu(images(2, 3, 64, 64))
    free = []
    for number in range(20):
        net = dlib_net.ResNet50(("resnet50", "resnet50-dlib")[number % 2], "train", "cuda")
        net.train_step(x, [1, 2], lr=0.001)
        del net
        gc.collect()
        free.append(torch.cuda.mem_get_info()[0])
    assert min(free[5:]) >= min(free[:5]) - (8 << 20)
