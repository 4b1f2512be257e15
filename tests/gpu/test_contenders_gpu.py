"""PyTorch's variants on a real GPU: run with `pytest -m gpu` (scripts/gpu_check.sh does)."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from benchcore import contenders, proof

pytestmark = pytest.mark.gpu

AMPERE = (8, 0)
VARIANTS = tuple(name for name in contenders.BUILT_IN if name.startswith("torch-"))
DIVISIBLE = ("dlib", "torch", "torch-default", "torch-tf32", "torch-channels-last")
"""And the compiled one, which takes minutes and has this test on the CPU."""
STAGES = ["transfer", "forward", "loss", "backward", "update"]
STEPS = proof.TRAINING_STEPS


@pytest.fixture(autouse=True)
def switches():
    """PyTorch's are the process's, so each test gives them back."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    kept = (cudnn.allow_tf32, cudnn.benchmark, matmul.allow_tf32)
    yield
    cudnn.allow_tf32, cudnn.benchmark, matmul.allow_tf32 = kept


@pytest.fixture
def run(cell_of, prepared):
    """A contender after some iterations, in a cell of 4 images of 128x128; or its refusal."""

    def make(name, network="resnet50", mode="infer", iterations=0, **size):
        cell = cell_of(network, mode, **{"batch": 4, "side": 128, "device": "cuda:0", **size})
        kind = contenders.find(name)
        missing, refusal = kind.unavailable("cuda:0"), kind.refusal(cell.spec)
        if missing is not None and torch.cuda.get_device_capability() >= (8, 0):
            pytest.fail(missing)
        if (missing or refusal) is not None:
            pytest.skip(missing or refusal)
        return prepared(kind, cell, iterations)

    return make


def relative_errors(found, expected) -> tuple[float, ...]:
    return proof.compare("train", found.outputs(), expected.outputs()).errors


def by_stages(contender) -> list[str]:
    names = []
    for name, call in contender.stages():
        names.append(name)
        call()
    return names


# The reference runs first: the switches of the one that comes last hold for both.


@pytest.mark.parametrize("name", [*VARIANTS, "dlib-fused"])
def test_logits_are_held_by_the_proof(name, network, run):
    expected = run("torch", network, iterations=1).outputs()
    variant = run(name, network, iterations=1)
    comparison = proof.compare("infer", variant.outputs(), expected, variant.precision)
    print(f"{name} {network}: {comparison.errors[0]:.1e} of {comparison.bound:.0e}")
    assert comparison.held


@pytest.mark.parametrize("name", ["dlib", *VARIANTS])
def test_losses_are_held_by_the_proof(name, network, run):
    expected = run("torch", network, "train", STEPS, batch=8, side=224).outputs()
    variant = run(name, network, "train", STEPS, batch=8, side=224)
    comparison = proof.compare("train", variant.outputs(), expected, variant.precision)
    errors = " ".join(f"{error:.1e}" for error in comparison.errors)
    print(f"{name} {network}: {errors} of {comparison.bounds}")
    assert comparison.held


@pytest.mark.parametrize("name", ["torch-tf32", "torch-default", "torch-amp-bf16"])
def test_a_reduced_precision_really_computes_in_it(name, run):
    """Far from strict FP32, but no farther than its format explains."""
    if torch.cuda.get_device_capability() < AMPERE:
        pytest.skip("this GPU has strict FP32 only")
    expected = run("torch", iterations=1).outputs()
    variant = run(name, iterations=1)
    error = proof.relative_error(variant.outputs(), expected)
    assert variant.precision == ("bf16" if name == "torch-amp-bf16" else "tf32")
    assert 1e-4 < error < proof.LOGIT_BOUNDS[variant.precision]


@pytest.mark.parametrize(
    ("name", "differs"),
    [
        ("torch", {}),
        ("torch-channels-last", {"memory_format": "channels_last"}),
        ("torch-cudagraph", {"cuda_graph": True}),
        ("torch-compile", {"compiled": True, "memory_format": "chosen by the compiler"}),
        (
            "torch-default",
            {
                "precision": "tf32",
                "convolution_math": "tf32",
                "algorithm_search": False,
                "input_gradient": False,
            },
        ),
        (
            "torch-tf32",
            {"precision": "tf32", "convolution_math": "tf32", "matmul_math": "tf32"},
        ),
        (
            "torch-amp-bf16",
            {
                "precision": "bf16",
                "convolution_math": "bf16",
                "matmul_math": "bf16",
                "autocast": "bfloat16",
            },
        ),
    ],
)
def test_settings(name, differs, run):
    if torch.cuda.get_device_capability() < AMPERE:
        pytest.skip("this GPU has strict FP32 only")
    settings = run(name, mode="train", side=64).settings()
    assert settings.pop("cudnn").count(".") == 2
    assert settings == {
        "precision": "fp32",
        "convolution_math": "strict fp32",
        "matmul_math": "strict fp32",
        "algorithm_search": True,
        "threads": 2,
        "blas": None,
        "onednn": None,
        "input_gradient": True,
        "memory_format": "contiguous",
        "autocast": None,
        "compiled": False,
        "cuda_graph": False,
        **differs,
    }


def test_dlib_says_its_settings(run):
    dlib, reference = (run(name, side=64).settings() for name in ("dlib", "torch"))
    assert dlib["cudnn"] == reference["cudnn"]
    assert dlib["blas"].startswith("cuBLAS ")
    assert dlib["algorithm_search"]
    assert dlib["convolution_math"] == "strict fp32"


@pytest.mark.parametrize("name", [*DIVISIBLE, "torch-amp-bf16"])
def test_the_stages_are_an_iteration(name, run):
    """Equal but for the order in which cuDNN's algorithms add up."""
    whole, parts = (run(name, mode="train") for _ in range(2))
    for _ in range(3):
        whole.enqueue()
    assert by_stages(parts) == by_stages(parts) == STAGES
    parts.enqueue()
    whole.synchronize()
    parts.synchronize()
    bound = 1e-4 if parts.precision == "fp32" else proof.LOSS_BOUNDS[parts.precision]
    assert max(relative_errors(parts, whole)) < bound
    assert by_stages(run(name, side=64)) == []


def test_graphs_replay_every_buffer_in_turn(run):
    """Each iteration's logits are those of its own images, also when the buffers come again."""
    reference, graphs = run("torch"), run("torch-cudagraph")
    address = set()
    for _ in range(9):
        for contender in (reference, graphs):
            contender.enqueue()
            contender.synchronize()
        assert proof.relative_error(graphs.outputs(), reference.outputs()) < 1e-4
        address.add(graphs._logits.data_ptr())
    assert len(address) == len(graphs._images) == len(graphs._graphs)


def test_a_replayed_step_trains_as_an_eager_one(run):
    """Losses, parameters, momentum and running statistics, well beyond the captured step."""
    reference, graphs = (run(name, mode="train") for name in ("torch", "torch-cudagraph"))
    for _ in range(8):
        for contender in (reference, graphs):
            contender.enqueue()
            contender.synchronize()
    assert len(graphs._graphs) == 1
    assert proof.compare("train", graphs.outputs(), reference.outputs()).held
    found, expected = graphs.state(), reference.state()
    for name, value in expected.items():
        if name.endswith("num_batches_tracked"):
            assert found[name] == value
        else:
            largest = np.abs(value).max()
            assert np.abs(found[name] - value).max() <= 1e-2 * largest, name
    assert graphs._fixed_images.is_cuda
    assert list(graphs.stages()) == []


def test_graphs_share_their_memory(run):
    """Three buffers more take their own size, and no activations (400 MiB a graph)."""
    kept, grown_mib = [], []
    for buffers in (1, 1, 4):  # the first search of a process leaves memory behind
        torch.cuda.empty_cache()
        before = torch.cuda.memory_reserved()
        kept.append(run("torch-cudagraph", iterations=2, batch=32, side=224, buffers=buffers))
        torch.cuda.empty_cache()
        grown_mib.append((torch.cuda.memory_reserved() - before) / 2**20)
    images_mib = 3 * kept[-1]._images[0].nbytes / 2**20
    assert len(kept[-1]._graphs) == 4
    assert grown_mib[2] - grown_mib[1] < images_mib + 64


def test_none_of_them_runs_on_a_gpu_that_is_not_there():
    missing = f"cuda:{torch.cuda.device_count()}"
    for name in contenders.BUILT_IN:
        reason = contenders.find(name).unavailable(missing)
        assert missing in reason
        assert reason.endswith(".")
