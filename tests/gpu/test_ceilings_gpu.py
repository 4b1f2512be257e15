"""The peaks of a real GPU: run with `pytest -m gpu` (scripts/gpu_check.sh does)."""

import pytest
import torch

from benchcore import environment, known_ceilings
from benchcore.channel import Stop
from benchcore.contenders.torch_settings import multiplies_in_tf32

pytestmark = pytest.mark.gpu


def test_tf32_is_faster_than_fp32_and_all_are_positive():
    found = known_ceilings.measure("cuda:0", environment.cpu_threads(), Stop())
    assert found.clock == "device"
    assert found.fp32_tflop_per_s > 0
    assert found.copy_gb_per_s > 0
    if multiplies_in_tf32(torch.device("cuda:0")):
        assert found.tf32_tflop_per_s > found.fp32_tflop_per_s
        assert found.unknown_because == {}
    else:
        assert list(found.unknown_because) == ["tf32_tflop_per_s"]
