"""dlib as it comes, through `dlib_net`."""

import ctypes
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from benchcore.contenders.base import MOMENTUM, WEIGHT_DECAY, Cell, Contender, Prepared
from benchcore.plan import CellSpec

STRICT = "strict fp32"
STRICT_SINCE = (20, 0, 1)
"""The first dlib that asks cuDNN for true FP32; those before leave TF32 to cuDNN."""


class Dlib(Contender):
    """dlib's own layers, its own algorithm choice and its own solver. Needs no PyTorch."""

    description = "dlib, stock layers, its own algorithm search"

    fused: ClassVar[bool] = False
    """Whether affine layers and ReLUs are folded into the convolutions."""

    @classmethod
    def unavailable(cls, device: str) -> str | None:
        """The extension may be missing, or lack a backend or a device."""
        try:
            import dlib_net
        except ImportError as error:
            return f"dlib_net can't be imported: {error}."
        devices = [str(known) for known in dlib_net.available_devices()]
        if device not in devices:
            return f"dlib_net runs on {', '.join(devices)} here, not on {device}."
        return None

    @classmethod
    def refusal(cls, spec: CellSpec) -> str | None:
        """One sample has no batch statistics that dlib could differentiate."""
        if spec.mode == "train" and spec.batch == 1:
            return "dlib's batch normalisation cannot train on one sample; it needs at least two."
        return None

    def prepare(self, cell: Cell) -> Prepared:
        """See the base class."""
        import dlib_net

        self._training = cell.spec.mode == "train"
        self._device = cell.device
        self._learning_rate = cell.learning_rate
        start = time.perf_counter_ns()
        network = dlib_net.ResNet50(
            network=cell.spec.network,
            mode=cell.spec.mode,
            device=cell.device,
            momentum=MOMENTUM,
            weight_decay=WEIGHT_DECAY,
            fused=self.fused,
        )
        dlib_net.synchronize(cell.device)
        instantiate_ms = (time.perf_counter_ns() - start) / 1e6

        network.load_state_dict(dict(cell.weights))
        self._dlib_net: Any = dlib_net
        self._network: Any = network
        self._iteration = 0
        self._losses: list[float] = []
        self._logits: Any = None
        self._x: Any = None
        self._labels = cell.inputs.labels
        # In training the bytes stay on the host: their transfer is part of every iteration.
        images = list(cell.inputs.images)
        self._images: list[Any] = (
            images if self._training else [network.to_tensor(x) for x in images]
        )
        return Prepared(
            num_parameters=network.num_parameters,
            instantiate_ms=instantiate_ms,
            version=str(_build(cell.device)["dlib"]),
        )

    def enqueue(self) -> None:
        """See the base class."""
        if self._training:
            for _, call in self.stages():
                call()
        else:
            images, _ = self._next_buffer()
            self._logits = self._network.forward(images)

    def stages(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """See the base class. dlib computes the loss on the host, so `loss` waits."""
        if not self._training:
            return
        images, labels = self._next_buffer()
        yield "transfer", lambda: self._transfer(images)
        for name, call in self._network.train_stages(self._x, labels, lr=self._learning_rate):
            yield name, partial(self._note_loss, call) if name == "loss" else call

    def _transfer(self, images: NDArray[np.float32]) -> None:
        """Into one input tensor, as dlib's own input layer does; PyTorch's allocator keeps its own.

        On the CPU the bytes are used where they are.
        """
        if self._device == "cpu" or self._x is None:
            self._x = self._network.to_tensor(images)
        else:
            self._x.copy_from(images)

    def _note_loss(self, call: Callable[[], float]) -> None:
        try:
            self._losses.append(call())
        except self._dlib_net.NonFiniteLossError as error:
            raise FloatingPointError(str(error)) from error

    def _next_buffer(self) -> tuple[Any, NDArray[np.int64]]:
        index = self._iteration % len(self._images)
        self._iteration += 1
        return self._images[index], self._labels[index]

    def outputs(self) -> NDArray[np.float64]:
        """See the base class."""
        if self._training:
            return np.array(self._losses)
        if self._logits is None:
            raise RuntimeError("no iteration has run yet")
        return np.asarray(self._logits.numpy(), dtype=np.float64)

    def synchronize(self) -> None:
        """See the base class."""
        self._dlib_net.synchronize(self._device)

    def memory(self) -> dict[str, float]:
        """dlib keeps no account: each tensor is an allocation of the runtime."""
        return {}

    def settings(self) -> dict[str, Any]:
        """What the backend was built with, and what its libraries say of themselves."""
        build = _build(self._device)
        libraries = build["libraries"]
        gpu = self._device != "cpu"
        math = STRICT if not gpu or _version_numbers(build["dlib"]) >= STRICT_SINCE else None
        return {
            "precision": self.precision,
            "convolution_math": math,
            "matmul_math": math,
            "algorithm_search": True if gpu else None,
            "threads": _blas_threads(),
            "cudnn": libraries.get("cudnn"),
            "blas": f"cuBLAS {libraries['cublas']}" if gpu else libraries.get("openblas"),
            "input_gradient": self._training,
            "memory_format": "contiguous",
            "autocast": None,
            "compiled": False,
            "cuda_graph": False,
            "fused": self._network.fused,
            "affine": None if self._training else "convolution mode",
        }

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The network's state on the host."""
        return dict(self._network.state_dict())


class DlibFused(Dlib):
    """dlib's `fuse_layers`, which takes fewer kernels for the same logits."""

    description = "dlib with affine layers and ReLUs fused into its convolutions"
    fused: ClassVar[bool] = True

    @classmethod
    def refusal(cls, spec: CellSpec) -> str | None:
        """Batch normalisation can't be folded away while it is trained."""
        if spec.mode == "train":
            return "A fused dlib network is for inference only."
        return super().refusal(spec)


def _build(device: str) -> dict[str, Any]:
    """The facts of the backend that serves the device."""
    import dlib_net

    facts: dict[str, Any] = dlib_net.build_info()["backends"][device.partition(":")[0]]
    return facts


def _version_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split(".") if number.isdecimal())


def _blas_threads() -> int | None:
    """How many threads OpenBLAS computes with; dlib's other CPU code has one."""
    import dlib_net

    paths = dlib_net.build_info()["loaded"].get("libscipy_openblas.so")
    if not paths:
        return None
    try:
        return int(ctypes.CDLL(paths[0]).scipy_openblas_get_num_threads())
    except (OSError, AttributeError):
        return None
