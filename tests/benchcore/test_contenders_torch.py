"""PyTorch's variants: each is held by the proof against the reference, and is what it says."""

import shutil
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from benchcore import contenders, networks, proof
from benchcore.contenders import torch_settings
from benchcore.contenders.base import MOMENTUM, WEIGHT_DECAY
from benchcore.contenders.torch import Torch, _optimizer
from benchcore.contenders.torch_compile import TorchCompile

ON_CPU = ("torch-default", "torch-channels-last", "torch-amp-bf16")
STAGES = ["transfer", "forward", "loss", "backward", "update"]


@pytest.fixture(autouse=True)
def switches():
    """PyTorch's are the process's, so each test gives them back."""
    cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul
    kept = (cudnn.allow_tf32, cudnn.benchmark, matmul.allow_tf32, torch.get_num_threads())
    yield
    cudnn.allow_tf32, cudnn.benchmark, matmul.allow_tf32 = kept[:3]
    torch.set_num_threads(kept[3])


def by_stages(contender) -> list[str]:
    names = []
    for name, call in contender.stages():
        names.append(name)
        call()
    return names


@pytest.mark.parametrize("mode", ["infer", "train"])
@pytest.mark.parametrize("name", ON_CPU)
def test_a_variant_is_held_by_the_proof_of_its_precision(name, mode, cell_of, prepared):
    cell = cell_of("resnet50", mode, side=64)
    variant, reference = (prepared(each, cell, proof.TRAINING_STEPS) for each in (name, "torch"))
    outputs = variant.outputs(), reference.outputs()
    assert proof.compare(mode, *outputs, variant.precision).held
    if name == "torch-amp-bf16":
        assert variant.precision == "bf16"
        assert not proof.compare(mode, *outputs).held
    else:  # torch-default has no TF32 to use here, so its bound is no wider
        assert variant.precision == "fp32"


@pytest.mark.parametrize("name", ON_CPU)
def test_the_other_network_too(name, cell_of, prepared):
    cell = cell_of("resnet50-dlib", "infer", batch=1)
    variant, reference = prepared(name, cell, 1), prepared("torch", cell, 1)
    outputs = variant.outputs(), reference.outputs()
    assert proof.compare("infer", *outputs, variant.precision).held


class WithoutUpdate(Torch):
    def prepare(self, cell):
        return super().prepare(replace(cell, learning_rate=0.0))


class WithoutMomentum(Torch):
    def prepare(self, cell):
        report = super().prepare(cell)
        for group in self._optimizer.param_groups:
            group["momentum"] = 0.0
        return report


class WithoutABlock(Torch):
    def prepare(self, cell):
        report = super().prepare(cell)
        self._network.layer3[5] = nn.Identity()
        return report


@pytest.mark.parametrize(
    ("mode", "wrong"),
    [("train", WithoutUpdate), ("train", WithoutMomentum), ("infer", WithoutABlock)],
)
def test_what_is_wrong_is_held_in_no_precision(mode, wrong, cell_of, prepared):
    cell = cell_of("resnet50", mode, side=64)
    outputs = [prepared(each, cell, proof.TRAINING_STEPS).outputs() for each in (wrong, "torch")]
    for precision in proof.LOSS_BOUNDS:
        assert not proof.compare(mode, *outputs, precision).held


@pytest.mark.parametrize("name", ["torch", *ON_CPU])
def test_the_stages_are_an_iteration(name, cell_of, prepared):
    cell = cell_of("resnet50", "train", side=33)
    whole, parts = prepared(name, cell, 3), prepared(name, cell)
    assert by_stages(parts) == by_stages(parts) == STAGES
    parts.enqueue()
    assert np.array_equal(parts.outputs(), whole.outputs())
    state = parts.state()
    assert all(np.array_equal(state[k], v) for k, v in whole.state().items())
    assert by_stages(prepared(name, cell_of("resnet50", "infer", side=33))) == []


@pytest.mark.parametrize(
    ("name", "differs"),
    [
        ("torch", {}),
        ("torch-default", {"input_gradient": False}),
        ("torch-channels-last", {"memory_format": "channels_last"}),
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
def test_settings(name, differs, cell_of, prepared):
    contender = prepared(name, cell_of("resnet50", "train", side=33))
    assert contender.settings() == {
        "precision": "fp32",
        "convolution_math": "strict fp32",
        "matmul_math": "strict fp32",
        "algorithm_search": None,
        "threads": 2,
        "cudnn": None,
        "blas": torch_settings._blas(),
        "onednn": torch_settings._onednn(),
        "input_gradient": True,
        "memory_format": "contiguous",
        "autocast": None,
        "compiled": False,
        "cuda_graph": False,
        **differs,
    }


def test_the_reference_is_strict_float32(cell_of, prepared):
    prepared("torch", cell_of("resnet50", "infer", 1, 33))
    assert not torch.backends.cudnn.allow_tf32
    assert not torch.backends.cuda.matmul.allow_tf32
    assert torch.backends.cudnn.benchmark


def test_the_default_leaves_every_switch_as_pytorch_has_it():
    script = (
        "import torch\n"
        "from benchcore.contenders.torch_variants import TorchDefault as kind\n"
        "cudnn, matmul = torch.backends.cudnn, torch.backends.cuda.matmul\n"
        "print(cudnn.allow_tf32 == kind.convolution_tf32, cudnn.benchmark == kind.search,\n"
        "      matmul.allow_tf32 == kind.matmul_tf32)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.split() == ["True"] * 3, done.stderr


def test_an_environment_without_tf32_has_no_tf32_contender(monkeypatch):
    kind = contenders.find("torch-tf32")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    assert kind.unavailable("cuda:0") == "TF32 needs compute capability 8.0; cuda:0 has 7.5."
    amp = contenders.find("torch-amp-bf16")
    assert amp.unavailable("cuda:0") == "bfloat16 needs compute capability 8.0; cuda:0 has 7.5."
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (9, 0))
    assert kind.unavailable("cuda:0") is None
    assert contenders.find("torch-cudagraph").unavailable("cuda:0") is None
    assert "no cuda:3" in kind.unavailable("cuda:3")
    monkeypatch.setenv("NVIDIA_TF32_OVERRIDE", "0")
    assert "NVIDIA_TF32_OVERRIDE" in kind.unavailable("cuda:0")


def test_weight_decay_groups_cover_every_parameter_once():
    network = networks.build("resnet50-dlib")
    decayed, free = _optimizer(network, 0.1).param_groups
    assert decayed["weight_decay"] == WEIGHT_DECAY
    assert free["weight_decay"] == 0
    assert decayed["momentum"] == free["momentum"] == MOMENTUM
    assert all(parameter.ndim > 1 for parameter in decayed["params"])
    assert all(parameter.ndim == 1 for parameter in free["params"])
    assert len(decayed["params"]) + len(free["params"]) == len(list(network.parameters()))


class Small(nn.Sequential):
    """Compiles in seconds where a ResNet-50 takes minutes; the contender's code is the same."""

    def __init__(self) -> None:
        super().__init__(
            nn.Conv2d(3, 8, 3, stride=2, bias=False),
            nn.BatchNorm2d(8),
            nn.ReLU(inplace=True),
            nn.AdaptiveAvgPool2d(1),
            nn.Flatten(),
            nn.Linear(8, 1000),
        )


@pytest.mark.parametrize("mode", ["infer", "train"])
def test_compiled_it_computes_the_same(mode, cell_of, prepared, monkeypatch):
    reason = TorchCompile.unavailable("cpu")
    if shutil.which("g++") is None and reason is not None:
        pytest.skip(reason)
    assert reason is None
    torch.manual_seed(0)
    weights = {name: value.numpy().copy() for name, value in Small().state_dict().items()}
    monkeypatch.setattr(networks, "build", lambda network: Small())
    cell = replace(cell_of("resnet50", mode, side=33), weights=weights)
    reference = prepared("torch", cell, 3)
    compiled = prepared("torch-compile", cell, 1 if mode == "train" else 3)
    if mode == "train":
        assert by_stages(compiled) == STAGES
        compiled.enqueue()
    comparison = proof.compare(mode, compiled.outputs(), reference.outputs())
    assert max(comparison.errors) < 1e-5
    assert set(compiled.state()) == set(weights)
    settings = compiled.settings()
    assert settings["compiled"]
    assert settings["memory_format"] == "chosen by the compiler"


def test_what_the_compiler_needs_is_named(monkeypatch):
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    assert "install g++" in TorchCompile.unavailable("cpu")
    monkeypatch.setenv("CXX", "no-such-compiler -O2")
    assert "CXX" in TorchCompile.unavailable("cpu")
