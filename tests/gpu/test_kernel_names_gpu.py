"""Names of kernels on a real GPU: run with `pytest -m gpu` (gpu_check.sh does)."""

import pytest
import torch

from benchcore.data import BUFFERS
from benchcore.kernels.capture import capture
from benchcore.kernels.decompose import contender_profile

pytestmark = pytest.mark.gpu

DEVICE = "cuda:0"

MOST_OTHER = 0.02
"""Of an iteration, for kernels that no rule knows."""

TRACED = 8

CONVOLUTIONS = 53
"""Of the network; an algorithm may launch several kernels for one."""


@pytest.fixture
def switches():
    """PyTorch's are the process's, so each test gives them back."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    kept = (cudnn.allow_tf32, cudnn.benchmark, matmul.allow_tf32)
    yield
    cudnn.allow_tf32, cudnn.benchmark, matmul.allow_tf32 = kept


CASES = [
    *((name, "infer", 8) for name in ("torch-default", "torch-channels-last", "torch-amp-bf16")),
    ("torch-cudagraph", "infer", 8),
    *((name, mode, 8) for name in ("dlib", "torch") for mode in ("infer", "train")),
    *((name, "infer", 1) for name in ("dlib", "torch")),
]


@pytest.mark.parametrize(("name", "mode", "batch"), CASES)
@pytest.mark.usefixtures("switches")
def test_all_kernels_are_known(cell_of, prepared, name, mode, batch):
    # In this process: which kernels run is the question here, and not how long beside others.
    cell = cell_of("resnet50", mode, batch=batch, side=224, device=DEVICE)
    contender = prepared(name, cell, BUFFERS)
    trace = capture(
        contender.enqueue,
        contender.synchronize,
        device=DEVICE,
        iterations=TRACED,
        seconds=0.0,
        least=TRACED,
        most=TRACED,
    )
    one = contender_profile(trace)
    assert one.source == "cupti"
    if name in ("dlib", "torch"):
        assert one.rows["convolution"].launches >= CONVOLUTIONS
    other = one.rows.get("other")
    unknown = [kernel.name for kernel in one.kernels if kernel.kind == "other"]
    assert other is None or other.time_ms <= MOST_OTHER * one.busy_ms, unknown
