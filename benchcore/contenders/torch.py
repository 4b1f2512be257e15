"""PyTorch as the reference: eager, strict float32, with the work that dlib does too."""

import time
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import numpy as np
import torch as pytorch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from benchcore import networks
from benchcore.architecture import is_decayed
from benchcore.contenders import torch_settings
from benchcore.contenders.base import MOMENTUM, WEIGHT_DECAY, Cell, Contender, Prepared

MIB = 2**20


class Torch(Contender):
    """Eager PyTorch with TF32 off and cuDNN's algorithm search on, as dlib has them.

    In training the input is a leaf on the device that requires its gradient, since dlib always
    computes it. A variant changes the class variables, or one of the small methods.
    """

    description = "PyTorch eager, strict FP32, algorithm search, input gradient in training"

    dtype: ClassVar[pytorch.dtype] = pytorch.float32
    """Of parameters and computation; a subclass in float64 serves as the truth."""
    convolution_tf32: ClassVar[bool] = False
    """Whether cuDNN may round the factors of float32 products to TF32."""
    matmul_tf32: ClassVar[bool] = False
    """The same for cuBLAS."""
    search: ClassVar[bool] = True
    """Whether cuDNN times its algorithms for each shape and takes the fastest."""
    input_gradient: ClassVar[bool] = True
    """Whether a training step computes the gradient of the images too."""
    memory_format: ClassVar[pytorch.memory_format] = pytorch.contiguous_format
    """Of the network's weights and of the images on the device."""

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
        self._device = pytorch.device(cell.device)
        self._training = cell.spec.mode == "train"
        self._configure(cell.threads)
        self.synchronize()
        start = time.perf_counter_ns()
        network = networks.build(cell.spec.network).to(self._device, self.dtype)
        network = network.to(memory_format=self.memory_format)
        self.synchronize()
        instantiate_ms = (time.perf_counter_ns() - start) / 1e6

        network.load_state_dict({k: _tensor(v) for k, v in cell.weights.items()})
        self._network = network.train(self._training)
        self._iteration = 0
        self._losses: list[float] = []
        self._logits: Tensor | None = None
        self._images = [pytorch.from_numpy(buffer) for buffer in cell.inputs.images]
        self._labels = [pytorch.from_numpy(labels) for labels in cell.inputs.labels]
        if self._training:
            # The images stay on the host: bringing them over is part of every iteration.
            self._optimizer = _optimizer(network, cell.learning_rate)
        else:
            self._images = [self._on_device(images) for images in self._images]
        return Prepared(
            num_parameters=sum(p.numel() for p in network.parameters()),
            instantiate_ms=instantiate_ms,
            version=str(pytorch.__version__),
        )

    def _configure(self, threads: int) -> None:
        """PyTorch's switches, which hold for the whole process."""
        pytorch.set_num_threads(threads)
        pytorch.backends.cudnn.allow_tf32 = self.convolution_tf32
        # On the CPU this switch would let oneDNN round too.
        pytorch.backends.cuda.matmul.allow_tf32 = self.matmul_tf32 and self._device.type == "cuda"
        pytorch.backends.cudnn.benchmark = self.search
        if self.precision == "tf32" and not torch_settings.computes_tf32(self._device):
            self.precision = "fp32"

    def _on_device(self, images: Tensor) -> Tensor:
        return images.to(self._device, self.dtype, memory_format=self.memory_format)

    def _forward(self, images: Tensor) -> Tensor:
        logits: Tensor = self._network(images)
        return logits

    def _loss(self, logits: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(logits, labels)

    def enqueue(self) -> None:
        """See the base class."""
        images, labels = self._next_buffer()
        if self._training:
            self._step(images, labels)
        else:
            with pytorch.inference_mode():
                self._logits = self._forward(images)

    def stages(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """See the base class. The loss is read back at the end of `update`, the only wait."""
        return self._parts(*self._next_buffer()) if self._training else iter(())

    def _next_buffer(self) -> tuple[Tensor, Tensor]:
        index = self._iteration % len(self._images)
        self._iteration += 1
        return self._images[index], self._labels[index]

    def _step(self, images: Tensor, labels: Tensor) -> None:
        for _, call in self._parts(images, labels):
            call()

    def _parts(self, images: Tensor, labels: Tensor) -> Iterator[tuple[str, Callable[[], None]]]:
        """One training step on a batch from the host."""
        step = _Step()

        def transfer() -> None:
            # On the CPU the bytes are used where they are; detach() makes the leaf.
            step.images = self._on_device(images).detach().requires_grad_(self.input_gradient)
            step.labels = labels.to(self._device)

        def forward() -> None:
            # The last step's gradients go first, so that the activations can have their memory.
            self._optimizer.zero_grad(set_to_none=True)
            step.logits = self._forward(step.images)

        def loss() -> None:
            step.loss = self._loss(step.logits, step.labels)

        def backward() -> None:
            step.loss.backward()  # type: ignore[no-untyped-call]

        def update() -> None:
            self._optimizer.step()
            self._read_back(step.loss)

        yield "transfer", transfer
        yield "forward", forward
        yield "loss", loss
        yield "backward", backward
        yield "update", update

    def _read_back(self, loss: Tensor) -> None:
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

    def settings(self) -> dict[str, Any]:
        """Read back from PyTorch, not repeated from the class."""
        weight = next(self._network.parameters())
        return {
            "precision": self.precision,
            **torch_settings.of_device(self._device, self.dtype),
            "input_gradient": self._training and self.input_gradient,
            "memory_format": torch_settings.memory_format(weight),
            "autocast": None,
            "compiled": False,
            "cuda_graph": False,
        }

    def state(self) -> dict[str, NDArray[np.generic]]:
        """A copy of the network's state on the host."""
        state = self._network.state_dict()
        return {name: value.detach().cpu().numpy().copy() for name, value in state.items()}


class _Step:
    """What one training step hands from part to part; it is gone when the step is."""

    images: Tensor
    labels: Tensor
    logits: Tensor
    loss: Tensor


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
