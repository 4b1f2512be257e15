"""What a contender is: one framework, set up in one way, behind five verbs.

A contender lives in a worker process of its own, handles exactly one cell there, and imports its
framework only when it is prepared. Another package adds one with an entry point in the group
`benchcore.contenders`.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchcore.data import Inputs
from benchcore.plan import CellSpec

MOMENTUM = 0.9
WEIGHT_DECAY = 5e-4
"""The training step of both frameworks: dlib's defaults for its SGD solver."""


@dataclass(frozen=True)
class Cell:
    """All that a contender is given: what to run, on what, and the very bytes to run it with."""

    spec: CellSpec
    device: str
    """`cpu` or `cuda:N`."""
    threads: int
    """How many CPU threads the framework may compute with."""
    learning_rate: float
    weights: Mapping[str, NDArray[np.generic]]
    inputs: Inputs


@dataclass(frozen=True)
class Prepared:
    """What `prepare` reports."""

    num_parameters: int
    instantiate_ms: float
    """To construct the network with its initial parameters on the device, without its import."""
    version: str
    """Of the framework."""


class Contender(ABC):
    """One framework in one setting.

    An iteration is one `enqueue`: the next input buffer goes forward through the network
    (`infer`, the buffers already on the device), or one training step is made with it (`train`:
    transfer of the host's bytes, forward, cross-entropy loss, backward, SGD update, and the loss
    read back, as dlib computes it on the host).

    Any verb raises MemoryError, or its framework's own out-of-memory error, when memory runs out,
    and `enqueue` may raise FloatingPointError for a loss that is not finite.
    """

    description: ClassVar[str]
    precision: str = "fp32"
    """Of its products: `fp32`, `tf32` or `bf16`, for each of which the proof has its own bounds. A
    prepared contender says it of its cell: one that only allows TF32 is `fp32` on the CPU."""

    @classmethod
    @abstractmethod
    def unavailable(cls, device: str) -> str | None:
        """Why this contender can't run on `device` here, in words, or None if it can."""

    @classmethod
    def refusal(cls, spec: CellSpec) -> str | None:
        """Why this contender can't do this cell on any device, in words, or None if it can."""
        del spec
        return None

    @abstractmethod
    def prepare(self, cell: Cell) -> Prepared:
        """Build the network on the device, load the weights, and bring in the inputs."""

    @abstractmethod
    def outputs(self) -> NDArray[np.float64]:
        """What the iterations produced, on the host.

        `infer`: N x 1000, the logits of the last iteration. `train`: the loss of every iteration so
        far, each from before its update.
        """

    @abstractmethod
    def enqueue(self) -> None:
        """Begin one iteration; it may return before the device is done."""

    @abstractmethod
    def synchronize(self) -> None:
        """Wait until the device has nothing left to do."""

    @abstractmethod
    def memory(self) -> dict[str, float]:
        """The framework's own account, in MiB by name (`allocated_peak`); empty if it has none."""

    def stages(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """The parts of one training iteration, to be called one by one in order.

        `transfer`, `forward`, `loss`, `backward`, `update`, with their calls: together the same
        work as one `enqueue`. Each is asked for only after the one before has been called.
        A contender whose iteration can't be divided has none.
        """
        return iter(())

    def settings(self) -> dict[str, Any]:
        """What decides about its speed, after `prepare`: math modes, algorithm search, threads."""
        return {}

    def state(self) -> dict[str, NDArray[np.generic]]:
        """Parameters and running statistics after training steps, by torchvision's names.

        `benchcore verify` needs it; a contender without it can still be timed.
        """
        raise NotImplementedError(f"{type(self).__name__} doesn't give its parameters back")
