"""Names of PyTorch's kernels on a real GPU: run with `pytest -m gpu` (gpu_check.sh does)."""

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


@pytest.fixture
def switches():
    """PyTorch's are the process's, so each test gives them back."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    kept = (cudnn.allow_tf32, cudnn.benchmark, matmul.allow_tf32)
    yield
    cudnn.allow_tf32, cudnn.benchmark, matmul.allow_tf32 = kept


@pytest.mark.parametrize(
    "name", ["torch-default", "torch-channels-last", "torch-amp-bf16", "torch-cudagraph", "torch"]
)
@pytest.mark.usefixtures("switches")
def test_all_of_pytorchs_variants_have_known_kernels(cell_of, prepared, name):
    # In this process: which kernels run is the question here, and not how long beside others.
    cell = cell_of("resnet50", "infer", batch=8, side=224, device=DEVICE)
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
    other = one.rows.get("other")
    unknown = [kernel.name for kernel in one.kernels if kernel.kind == "other"]
    assert other is None or other.time_ms <= MOST_OTHER * one.busy_ms, unknown
