"""PyTorch as the reference: eager, strict float32, with the work that dlib does too."""

import time
from typing import Any, ClassVar

import numpy as np
import torch as pytorch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from benchcore import networks
from benchcore.architecture import is_decayed
from benchcore.contenders.base import MOMENTUM, WEIGHT_DECAY, Cell, Contender, Prepared

MIB = 2**20


class Torch(Contender):
    """Eager PyTorch with TF32 off and cuDNN's algorithm search on, as dlib has them.

    In training the input is a leaf on the device that requires its gradient, since dlib always
    computes it.
    """

    description = "PyTorch eager, strict FP32, algorithm search, input gradient in training"

    dtype: ClassVar[pytorch.dtype] = pytorch.float32
    """Of parameters and computation; a subclass in float64 serves as the truth."""

    @classmethod
    def unavailable(cls, device: str) -> str | None:
        """Only a CUDA device can be missing."""
        if device == "cpu":
            return None
        index = int(device.partition(":")[2])
        if not pytorch.cuda.is_available():
            return "PyTorch finds no usable CUDA device."
        if index >= pytorch.cuda.device_count():
            return f"PyTorch sees {pytorch.cuda.device_count()} CUDA devices, so no {device}."
        return None

    def prepare(self, cell: Cell) -> Prepared:
        """See the base class."""
        self._configure(cell)
        self._device = pytorch.device(cell.device)
        self._training = cell.spec.mode == "train"
        self.synchronize()
        start = time.perf_counter_ns()
        network = networks.build(cell.spec.network).to(self._device, self.dtype)
        self.synchronize()
        instantiate_ms = (time.perf_counter_ns() - start) / 1e6

        network.load_state_dict({k: _tensor(v) for k, v in cell.weights.items()})
        self._network = network.train(self._training)
        self._iteration = 0
        self._losses: list[float] = []
        self._logits: Tensor | None = None
        images = [pytorch.from_numpy(buffer) for buffer in cell.inputs.images]
        if self._training:
            # On the host: bringing them to the device is part of every training iteration.
            self._images = images
            self._labels = [pytorch.from_numpy(labels) for labels in cell.inputs.labels]
            self._optimizer = _optimizer(network, cell.learning_rate)
        else:
            self._images = [image.to(self._device, self.dtype) for image in images]
        return Prepared(
            num_parameters=sum(p.numel() for p in network.parameters()),
            instantiate_ms=instantiate_ms,
            version=str(pytorch.__version__),
        )

    def _configure(self, cell: Cell) -> None:
        """Strict FP32, and search on: dlib 20 computes in true FP32 and times algorithms too."""
        pytorch.set_num_threads(cell.threads)
        pytorch.backends.cudnn.allow_tf32 = False
        pytorch.backends.cuda.matmul.allow_tf32 = False
        pytorch.backends.cudnn.benchmark = True

    def enqueue(self) -> None:
        """See the base class."""
        index = self._iteration % len(self._images)
        self._iteration += 1
        if self._training:
            self._train(self._images[index], self._labels[index])
        else:
            with pytorch.inference_mode():
                self._logits = self._network(self._images[index])

    def _train(self, images: Tensor, labels: Tensor) -> None:
        # On the CPU the bytes are used where they are, as dlib_net does; detach() makes the leaf.
        x = images.to(self._device, self.dtype).detach().requires_grad_()
        self._optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(self._network(x), labels.to(self._device))
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self._losses.append(loss.item())

    def outputs(self) -> NDArray[np.float64]:
        """See the base class."""
        if self._training:
            return np.array(self._losses)
        if self._logits is None:
            raise RuntimeError("no iteration has run yet")
        return self._logits.double().cpu().numpy()

    def synchronize(self) -> None:
        """See the base class."""
        if self._device.type == "cuda":
            pytorch.cuda.synchronize(self._device)

    def memory(self) -> dict[str, float]:
        """The caching allocator's peaks since the process began; nothing on the CPU."""
        if self._device.type != "cuda":
            return {}
        return {
            "allocated_peak": pytorch.cuda.max_memory_allocated(self._device) / MIB,
            "reserved_peak": pytorch.cuda.max_memory_reserved(self._device) / MIB,
        }

    def state(self) -> dict[str, NDArray[np.generic]]:
        """A copy of the network's state on the host."""
        state = self._network.state_dict()
        return {name: value.detach().cpu().numpy().copy() for name, value in state.items()}


def _tensor(value: NDArray[np.generic]) -> Tensor:
    """Shares memory with arrays; from_numpy takes no scalar."""
    return pytorch.from_numpy(value) if value.ndim else pytorch.tensor(value.item())


def _optimizer(network: nn.Module, learning_rate: float) -> pytorch.optim.SGD:
    """SGD with dlib's weight-decay groups; the seed's script decayed every parameter."""
    groups: dict[bool, list[Any]] = {True: [], False: []}
    for name, parameter in network.named_parameters():
        groups[is_decayed(name, tuple(parameter.shape))].append(parameter)
    return pytorch.optim.SGD(
        [
            {"params": groups[True], "weight_decay": WEIGHT_DECAY},
            {"params": groups[False], "weight_decay": 0.0},
        ],
        lr=learning_rate,
        momentum=MOMENTUM,
    )
