"""Fixtures that several suites share."""

from __future__ import annotations

import os
from collections.abc import Callable

# Read once when PyTorch loads. Its threads and OpenBLAS's share the cores of a test process;
# those that wait must sleep.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import numpy as np
import pytest
import torch

from benchcore import networks, weights

NETWORKS = ("resnet50", "resnet50-dlib")


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def drawn() -> Callable[[str], dict[str, np.ndarray]]:
    """Random weights and statistics of a network, drawn once."""
    kept: dict[str, dict[str, np.ndarray]] = {}

    def draw(network: str) -> dict[str, np.ndarray]:
        if network not in kept:
            kept[network] = weights.random_weights(network, 7)
        return kept[network]

    return draw


@pytest.fixture
def twin(drawn) -> Callable[..., torch.nn.Module]:
    """The PyTorch network with the drawn weights, in evaluation mode."""

    def build(network: str, dtype: torch.dtype = torch.float32) -> torch.nn.Module:
        module = networks.build(network)
        module.load_state_dict(
            {k: torch.from_numpy(np.array(v)) for k, v in drawn(network).items()}
        )
        return module.to(dtype).eval()

    return build


@pytest.fixture
def images() -> Callable[..., np.ndarray]:
    def draw(*shape: int, seed: int = 3) -> np.ndarray:
        return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)

    return draw
