"""dlib as it comes, through `dlib_net`."""

import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchcore.contenders.base import MOMENTUM, WEIGHT_DECAY, Cell, Contender, Prepared
from benchcore.plan import CellSpec


class Dlib(Contender):
    """dlib's own layers, its own algorithm choice and its own solver. Needs no PyTorch."""

    description = "dlib, stock layers, its own algorithm search"

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
        )
        dlib_net.synchronize(cell.device)
        instantiate_ms = (time.perf_counter_ns() - start) / 1e6

        network.load_state_dict(dict(cell.weights))
        self._dlib_net: Any = dlib_net
        self._network: Any = network
        self._iteration = 0
        self._losses: list[float] = []
        self._logits: Any = None
        self._labels = cell.inputs.labels
        # In training the bytes stay on the host: their transfer is part of every iteration.
        images = list(cell.inputs.images)
        self._images: list[Any] = (
            images if self._training else [network.to_tensor(x) for x in images]
        )
        return Prepared(
            num_parameters=network.num_parameters,
            instantiate_ms=instantiate_ms,
            version=_version(cell.device),
        )

    def enqueue(self) -> None:
        """See the base class."""
        index = self._iteration % len(self._images)
        self._iteration += 1
        if self._training:
            x = self._network.to_tensor(self._images[index])
            try:
                loss = self._network.train_step(x, self._labels[index], lr=self._learning_rate)
            except self._dlib_net.NonFiniteLossError as error:
                raise FloatingPointError(str(error)) from error
            self._losses.append(loss)
        else:
            self._logits = self._network.forward(self._images[index])

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

    def state(self) -> dict[str, NDArray[np.generic]]:
        """The network's state on the host."""
        return dict(self._network.state_dict())


def _version(device: str) -> str:
    """Of the dlib that the device's backend was compiled from."""
    import dlib_net

    return str(dlib_net.build_info()["backends"][device.partition(":")[0]]["dlib"])
