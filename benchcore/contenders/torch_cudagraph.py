"""PyTorch captured in CUDA graphs: the same kernels, launched all at once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch as pytorch
from torch import Tensor

from benchcore.architecture import RESNET50_DLIB
from benchcore.contenders.base import Cell, Prepared
from benchcore.contenders.torch import Torch
from benchcore.plan import CellSpec


class TorchCudagraph(Torch):
    """Iterations replayed from graphs that the first ones leave behind.

    `infer`: a graph for each input buffer, so that none has to be copied; they share their memory,
    which is safe because they are replayed in the order of their capture. `train`: the first step
    is an eager one, in which cuDNN searches and SGD's momentum begins. The second is captured, and
    from then on a step is the transfer into fixed tensors, one replay of forward, loss, backward
    and update, and the loss read back.
    """

    description = "PyTorch replayed from CUDA graphs, strict FP32, algorithm search"

    @classmethod
    def unavailable(cls, device: str) -> str | None:
        """Graphs belong to CUDA."""
        if device == "cpu":
            return "CUDA graphs exist on CUDA devices only."
        return super().unavailable(device)

    @classmethod
    def refusal(cls, spec: CellSpec) -> str | None:
        """What Python computes in each step would stay as it was in the captured one."""
        if spec.mode == "train" and spec.network == RESNET50_DLIB:
            return (
                "A CUDA graph can't train resnet50-dlib, because dlib's running statistics weigh "
                "each batch by another number and a graph repeats one."
            )
        return super().refusal(spec)

    def prepare(self, cell: Cell) -> Prepared:
        """See the base class. Nothing is captured yet: that is part of the first iterations."""
        prepared = super().prepare(cell)
        self._stream = pytorch.cuda.Stream(self._device)  # type: ignore[no-untyped-call]
        self._graphs: list[pytorch.cuda.CUDAGraph] = []
        self._fixed_logits: list[Tensor] = []
        return prepared

    def enqueue(self) -> None:
        """See the base class."""
        if self._training:
            self._train(*self._next_buffer())
        else:
            self._infer()

    def stages(self) -> Iterator[tuple[str, Callable[[], None]]]:
        """None: a replay can't be divided."""
        return iter(())

    def _infer(self) -> None:
        if not self._graphs:
            self._capture_inference()
        index = self._iteration % len(self._graphs)
        self._iteration += 1
        self._graphs[index].replay()
        self._logits = self._fixed_logits[index]

    def _capture_inference(self) -> None:
        with self._capturing_stream(), pytorch.inference_mode():
            self._forward(self._images[0])  # cuDNN can't search during a capture
        pool = pytorch.cuda.graph_pool_handle()
        for images in self._images:
            graph = pytorch.cuda.CUDAGraph()
            capture = pytorch.cuda.graph(graph, pool=pool, stream=self._stream)
            with pytorch.inference_mode(), capture:
                self._fixed_logits.append(self._forward(images))
            self._graphs.append(graph)

    def _train(self, images: Tensor, labels: Tensor) -> None:
        if not self._losses:
            with self._capturing_stream():
                self._step(images, labels)
            return
        if not self._graphs:
            self._capture_step(images, labels)
        self._fixed_images.copy_(images)
        self._fixed_labels.copy_(labels)
        self._graphs[0].replay()
        self._read_back(self._fixed_loss)

    def _capture_step(self, images: Tensor, labels: Tensor) -> None:
        self._fixed_images = self._on_device(images)
        self._fixed_labels = labels.to(self._device)
        # Gradients must be made during the capture, in the graph's own memory.
        self._optimizer.zero_grad(set_to_none=True)
        graph = pytorch.cuda.CUDAGraph()
        with pytorch.cuda.graph(graph, stream=self._stream):
            self._step(self._fixed_images, self._fixed_labels)
        self._graphs.append(graph)

    def _read_back(self, loss: Tensor) -> None:
        if pytorch.cuda.is_current_stream_capturing():
            self._fixed_loss = loss.detach()
        else:
            super()._read_back(loss)

    @contextmanager
    def _capturing_stream(self) -> Iterator[None]:
        """Work on the stream of the captures, in order with what surrounds it."""
        around = pytorch.cuda.current_stream(self._device)
        self._stream.wait_stream(around)
        with pytorch.cuda.stream(self._stream):
            yield
        around.wait_stream(self._stream)

    def settings(self) -> dict[str, Any]:
        """See the base class."""
        return {**super().settings(), "cuda_graph": True}
