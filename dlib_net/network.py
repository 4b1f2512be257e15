"""ResNet50: one of dlib's two networks, with PyTorch's names for its state."""

from __future__ import annotations

import atexit
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from dlib_net import _checks, _exchange
from dlib_net._backends import check_device, parse_device
from dlib_net._stages import in_turn
from dlib_net.errors import DlibError, ShapeError
from dlib_net.tensor import Tensor
from dlib_net.weights import fit_state, read_weights

# dlib draws initial weights from the C library's rand(), of which a process has one: two networks
# that are created at once would mix their draws, and give rand() back a state that is gone.
_one_creation = threading.Lock()


class ResNet50:
    """dlib's ResNet-50 on one device.

    network: "resnet50" (torchvision's, exactly) or "resnet50-dlib" (that of dlib's example).
    mode: "infer" (affine layers instead of batch normalisation) or "train".
    device: "cpu", "cuda" or "cuda:N".
    seed: of dlib's initial weights. momentum, weight_decay: of SGD; the decay applies to the
    weights of convolutions and of the classifier, as in dlib, not to biases or normalisation.
    fused: lets dlib fold the affine layers and ReLUs into its convolutions (inference only).

    Calls from several threads take turns; the interpreter is released while dlib computes. A call
    that fails leaves parameters and running statistics as they were and the network usable.
    Raises DlibError and its subclasses, each with one sentence that says what would be right.
    """

    def __init__(
        self,
        network: str = "resnet50",
        mode: str = "infer",
        device: str = "cpu",
        *,
        seed: int = 0,
        momentum: float = 0.9,
        weight_decay: float = 5e-4,
        fused: bool = False,
    ) -> None:
        self._network = _checks.choice("network", network, _checks.NETWORKS)
        self._mode = _checks.choice("mode", mode, _checks.MODES)
        if not isinstance(seed, int) or not 0 <= seed < 2**32:
            raise ShapeError(f"seed={seed!r} is out of range; give an integer in [0, 2**32)")
        momentum = _checks.number("momentum", momentum, 0, 1)
        weight_decay = _checks.number("weight_decay", weight_decay, 0)
        self._fused = _checks.flag("fused", fused)
        if self._fused and self._mode == "train":
            raise DlibError('fused=True is for inference only; use mode="infer"')
        self._kind, self._index = parse_device(device)
        self._backend = check_device(self._kind, self._index)
        self._lock = threading.RLock()
        self._generation = 0  # counts the calls that overwrite the logits
        self._input: Tensor | None = None  # dlib reads it until the pass has ended
        self._has_outputs = self._has_gradients = False
        with _one_creation:
            self._native: Any = self._backend.Network(
                resnet50_dlib=self._network == "resnet50-dlib",
                train=self._mode == "train",
                fused=self._fused,
                device=self._index,
                seed=seed,
                momentum=momentum,
                weight_decay=weight_decay,
            )
        self._entries: list[tuple[str, tuple[int, ...], bool]] = self._native.entries()
        _open_networks.add(self)

    # ---- facts --------------------------------------------------------------------------
    @property
    def network(self) -> str:
        """ "resnet50" or "resnet50-dlib"."""
        return self._network

    @property
    def mode(self) -> str:
        """ "infer" or "train"."""
        return self._mode

    @property
    def device(self) -> str:
        """ "cpu" or "cuda:N"."""
        return "cpu" if self._kind == "cpu" else f"cuda:{self._index}"

    @property
    def fused(self) -> bool:
        """Whether dlib's layer fusion is on."""
        return self._fused

    @property
    def num_parameters(self) -> int:
        """Trainable numbers, as PyTorch counts them: weights, biases, normalisation factors."""
        return sum(
            int(np.prod(shape))
            for name, shape, counter in self._entries
            if not counter and not name.endswith(("running_mean", "running_var"))
        )

    def __repr__(self) -> str:
        closed = ", closed" if self._native is None else ""
        return (
            f"dlib_net.ResNet50(network={self._network!r}, mode={self._mode!r}, "
            f"device={self.device!r}{closed})"
        )

    # ---- state --------------------------------------------------------------------------
    def load_state_dict(self, mapping: Mapping[str, Any]) -> None:
        """Takes all parameters and statistics, by torchvision's names, from arrays or tensors.

        Strict: every name must be there with its shape, and no other (num_batches_tracked may be
        missing). Raises StateError and changes nothing if it does not fit. SGD's momentum stays.
        """
        arrays = fit_state({name: shape for name, shape, _ in self._entries}, mapping).values()
        with self._lock:
            native = self._open()
            for number, array in enumerate(arrays):
                native.write(number, array.ctypes.data)
            native.commit()

    def load_weights(self, path: str | Path) -> None:
        """Takes the state from a .safetensors or .pth file; no code in it is run.

        Raises StateError if the file can't be read or does not fit.
        """
        self.load_state_dict(read_weights(path))

    def state_dict(self) -> dict[str, NDArray[Any]]:
        """All parameters and statistics by torchvision's names: float32, counters int64."""
        result: dict[str, NDArray[Any]] = {}
        with self._lock:
            native = self._open()
            for number, (name, shape, counter) in enumerate(self._entries):
                array = np.empty(shape, np.int64 if counter else np.float32)
                native.read(number, array.ctypes.data)
                result[name] = array
        return result

    # ---- computing ----------------------------------------------------------------------
    def to_tensor(self, data: Any) -> Tensor:
        """Brings a batch to the network's device.

        uint8 images (H x W x 3, a list of them, or N x H x W x 3; RGB) go through dlib's own
        normalisation, (v - (122.782, 117.001, 104.298)) / 256. float32 N x 3 x H x W from numpy,
        PyTorch or anything with DLPack is taken as it is: borrowed where it lies on the same
        device and is C-contiguous, else copied. Raises ShapeError, DtypeError or DlibError.
        """
        if isinstance(data, Tensor) and data.device == self.device:
            self._check_input(data.shape)
            return data
        take = (
            _exchange.images_to_tensor
            if _exchange.is_image_data(data)
            else (_exchange.array_to_tensor)
        )
        with self._lock:
            self._open()
            return take(self._backend, self._kind, self._index, data, self._check_input)

    def _check_input(self, shape: tuple[int, ...]) -> None:
        _checks.input_shape(self._network, shape)

    def forward(self, x: Any) -> Tensor:
        """The logits, N x 1000, of N x 3 x H x W; on CUDA without waiting for them.

        They are valid until the next call that computes; copy() keeps them. A training network
        uses and moves batch statistics, except for a single image, as dlib does. Anything that is
        no Tensor goes through to_tensor first.
        """
        x = self.to_tensor(x)
        with self._lock:
            native = self._open()
            self._begin(x)
            address, shape, lease = native.forward(x.address, x.shape)
            self._has_outputs = True
            generation = self._generation
            return Tensor(
                self._backend,
                self._kind,
                self._index,
                address,
                shape,
                lease,
                current=lambda: self._generation == generation,
                lock=self._lock,
            )

    __call__ = forward

    def train_step(self, x: Any, labels: Any, lr: float = 0.1) -> float:
        """One step of SGD on a batch of at least 2; returns the mean cross-entropy before it.

        labels: N integers from 0 to 999. Raises LabelError, ShapeError, and NonFiniteLossError
        if the loss is NaN or infinite, in which case nothing was updated.
        """
        loss = 0.0
        for stage, run in self.train_stages(x, labels, lr):
            value = run()
            if stage == "loss":
                loss = float(value)
        return loss

    def train_stages(
        self, x: Any, labels: Any, lr: float = 0.1
    ) -> Iterator[tuple[str, Callable[[], Any]]]:
        """The same step in its parts: (name, call) for forward, loss, backward and update.

        Each call is to be made once, before the next pair is asked for; that of "loss" returns the
        mean cross-entropy. Takes and raises what train_step does, and DlibError for a call out of
        turn. The network is locked until the iterator has ended or is closed, by the thread that
        began it; a step that is left early has moved the running statistics, but no parameter.
        """
        x = self.to_tensor(x)
        _checks.trainable(self._network, self._mode, x.shape[0])
        numbers = _checks.labels("labels", labels, x.shape[0])
        lr = _checks.number("lr", lr, 0)
        with self._lock:
            native = self._open()
            self._begin(x)
            generation = self._generation
            parts: list[tuple[str, Callable[[], Any]]] = [
                ("forward", lambda: native.train_forward(x.address, x.shape)),
                ("loss", lambda: native.train_loss(numbers.ctypes.data)),
                ("backward", native.train_backward),
                ("update", lambda: native.train_update(lr)),
            ]
            yield from in_turn(parts, lambda: self._generation == generation)
            self._has_outputs = self._has_gradients = True

    def backward(self, x: Any, classes: Any) -> None:
        """Forward, then the gradient of each image's logit of its class through all layers.

        For layer_gradients(), as Grad-CAM needs them; changes no parameter and no statistics.
        classes: N integers from 0 to 999. A training network needs at least 2 images.
        """
        x = self.to_tensor(x)
        numbers = _checks.labels("classes", classes, x.shape[0])
        if self._fused:
            raise DlibError("a fused network has no backward pass; create it with fused=False")
        if self._mode == "train":
            _checks.trainable(self._network, self._mode, x.shape[0])
        with self._lock:
            native = self._open()
            self._begin(x)
            native.class_gradients(x.address, x.shape, numbers.ctypes.data)
            self._has_outputs = self._has_gradients = True

    # ---- what dlib keeps ----------------------------------------------------------------
    def layer_outputs(self, names: Iterable[str] | None = None) -> dict[str, Tensor]:
        """Copies of what the layers put out in the last pass, N x K x H x W, by name.

        dlib keeps one buffer where layers work in place, so the name is that of the last of them:
        "relu", "maxpool", "layer1.0.relu1", "layer1.0.relu2", "layer1.0.bn3" (the residual
        branch), "layer1.0" (the block, after its ReLU), "avgpool", "fc"; "layer1.0.downsample.1"
        or, in resnet50-dlib, "layer2.0.downsample" (the shortcut); in training networks also the
        convolutions, "layer1.0.conv1". names: only these. Raises DlibError before any pass.
        """
        with self._lock:
            native = self._open()
            if not self._has_outputs:
                raise DlibError("no layer has an output yet; call forward first")
            return self._copies("layer_outputs", native.outputs(), names)

    def layer_gradients(self, names: Iterable[str] | None = None) -> dict[str, Tensor]:
        """Copies of the gradients that the last backward pass left, N x K x H x W, by name.

        Of the loss after train_step, of the class logits after backward. In place, dlib overwrites
        the gradient down to the first of the layers that share a buffer, so the name is that of
        the layer whose own output the gradient is with respect to: "fc", "avgpool", "layer4.2.add"
        (the sum before the block's ReLU), "layer4.2.conv3", in training networks "layer4.2.bn3".
        Raises DlibError before any backward pass.
        """
        with self._lock:
            native = self._open()
            if not self._has_gradients:
                raise DlibError("no layer has a gradient yet; call train_step or backward first")
            return self._copies("layer_gradients", native.gradients(), names)

    def _copies(
        self, what: str, views: list[tuple[str, int, tuple[int, ...]]], names: Iterable[str] | None
    ) -> dict[str, Tensor]:
        wanted = None if names is None else list(names)
        known = [name for name, _, _ in views]
        for name in wanted or ():
            if name not in known:
                raise DlibError(f"{what} has no {name!r}; it has {', '.join(known)}")
        result = {}
        for name, address, shape in views:
            if wanted is None or name in wanted:
                view = Tensor(self._backend, self._kind, self._index, address, shape, self)
                result[name] = view.copy()
        return result

    # ---- life ---------------------------------------------------------------------------
    def close(self) -> None:
        """Frees the network's memory; what still shows its logits keeps them. May be repeated."""
        with self._lock:
            self._generation += 1
            self._native = self._input = None

    def __enter__(self) -> ResNet50:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _open(self) -> Any:
        if self._native is None:
            raise DlibError("this network is closed; create a new one")
        return self._native

    def _begin(self, x: Tensor) -> None:
        """A pass starts: earlier logits are gone, and dlib's buffers until it succeeds."""
        self._input = x
        self._generation += 1
        self._has_outputs = self._has_gradients = False


_open_networks: weakref.WeakSet[ResNet50] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:
    """dlib's handles to the GPU end with the main thread: networks must be gone before."""
    for network in list(_open_networks):
        network.close()
