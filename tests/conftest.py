"""Fixtures that several suites share."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

# Read once when PyTorch loads. Its threads and OpenBLAS's share the cores of a test process;
# those that wait must sleep.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("OMP_NUM_THREADS", str(len(os.sched_getaffinity(0))))
os.environ.setdefault("OPENBLAS_NUM_THREADS", os.environ["OMP_NUM_THREADS"])

import hypothesis
import numpy as np
import pytest
import torch

from benchcore import contenders, networks, weights
from benchcore.contenders.base import Cell, Contender
from benchcore.data import BUFFERS, random_inputs
from benchcore.plan import CellSpec

NETWORKS = ("resnet50", "resnet50-dlib")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(specs: Sequence[object]) -> None:
    """Processes of tests side by side share the cores: threads beyond those wait for each other.

    They inherit this process's environment, which has all cores unless the caller chose fewer.
    """
    cores = len(os.sched_getaffinity(0))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        if os.environ[name] == str(cores):
            os.environ[name] = str(max(cores // len(specs), 1))


@pytest.fixture(params=NETWORKS)
def network(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def without_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the processes that a test starts: a run's look at its versions takes half as long then."""
    folder = Path(__file__).parent / "faults" / "without_torch"
    monkeypatch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)


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


@pytest.fixture
def cell_of(drawn) -> Callable[..., Cell]:
    """What a contender is given: the drawn weights, and rotating buffers of small images."""

    def build(
        network: str,
        mode: str,
        batch: int = 2,
        side: int = 71,
        device: str = "cpu",
        buffers: int = BUFFERS,
    ) -> Cell:
        return Cell(
            spec=CellSpec(
                network=network, mode=mode, batch=batch, image_height_px=side, image_width_px=side
            ),
            device=device,
            threads=2,
            learning_rate=1e-3,
            weights=drawn(network),
            inputs=random_inputs(batch, side, side, 0, buffers),
        )

    return build


@pytest.fixture
def prepared() -> Callable[..., Contender]:
    """A contender, by its name or its class, prepared for a cell and run a few times."""

    def run(kind: str | type[Contender], cell: Cell, iterations: int = 0) -> Contender:
        contender = (contenders.find(kind) if isinstance(kind, str) else kind)()
        contender.prepare(cell)
        for _ in range(iterations):
            contender.enqueue()
        contender.synchronize()
        return contender

    return run


# A machine that others use, or a slow one, is no error of what is tested.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")
