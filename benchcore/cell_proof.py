"""The proof of one cell: what each contender was given and produced, against the reference."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchcore import proof
from benchcore.channel import WorkerError
from benchcore.materials import CellFiles
from benchcore.orders import Proved, Ready
from benchcore.result import Proof

SHARED_LIBRARIES = ("libcudnn.so", "libcublas.so", "libcublasLt.so")
"""What both frameworks call on a GPU: comparing them on two copies compares the copies."""


class CellProof:
    """Takes each launch's answers; whoever is compared has been proven before it is timed."""

    def __init__(self, mode: str, reference: str, files: CellFiles) -> None:
        self._mode = mode
        self._reference = reference
        self._files = files
        self._expected: proof.Outputs | None = None
        self._precisions: dict[str, str] = {}
        self._inputs: dict[str, str] = {}
        self._weights: dict[str, str] = {}
        self._worst: list[float] = []
        self._bounds: list[float] = []
        self._libraries: dict[str, set[str]] = {}
        self._parameters: dict[str, int] = {}
        self._held = True
        self._compared = 0

    def judge(
        self, ready: dict[str, Ready], proved: dict[str, Proved]
    ) -> Iterator[tuple[str, WorkerError]]:
        """Each contender of a launch that is not proven, with the reason.

        The reference's outputs are those of its first launch; it is compared with them too later,
        as its algorithms may be others in another process.
        """
        outputs = {
            name: np.frombuffer(answer.outputs).reshape(answer.shape)
            for name, answer in proved.items()
        }
        for name in proved:
            self._inputs[name] = ready[name].input_sha256
            self._weights[name] = ready[name].weights_sha256
            self._precisions[name] = ready[name].precision
            self._libraries[name] = _shared(ready[name].libraries)
            self._parameters[name] = ready[name].num_parameters
            if (self._inputs[name], self._weights[name]) != (
                self._files.input_sha256,
                self._files.weights_sha256,
            ):
                self._held = False
                yield name, WorkerError("invalid", "It was given other bytes than planned.")
        if self._expected is None:
            self._expected = outputs.pop(self._reference, None)
        if self._expected is None:
            return  # without the reference there is nothing to compare with
        for name, value in outputs.items():
            yield from self._compare(name, value, self._expected)

    def _compare(
        self, name: str, value: proof.Outputs, expected: proof.Outputs
    ) -> Iterator[tuple[str, WorkerError]]:
        try:
            comparison = proof.compare(self._mode, value, expected, self._precisions[name])
        except (KeyError, ValueError) as error:  # another package's contender
            self._held = False
            reason = f"Its outputs can't be compared: {type(error).__name__}: {error}."
            yield name, WorkerError("invalid", reason)
            return
        if name != self._reference:
            self._compared += 1
        finite = [min(error, float(np.finfo(np.float64).max)) for error in comparison.errors]
        self._worst = _larger(self._worst, finite)
        self._bounds = _larger(self._bounds, comparison.bounds)
        if not comparison.held:
            self._held = False
            what = "losses" if self._mode == "train" else "logits"
            yield (
                name,
                WorkerError(
                    "invalid",
                    f"Its {what} differ from those of {self._reference} by "
                    f"{max(comparison.errors):.1e}, more than {comparison.bound:.0e}.",
                ),
            )

    def record(self) -> Proof | None:
        """For the document; None as long as nothing was compared."""
        if not self._compared:
            return None
        training = self._mode == "train"
        return Proof(
            held=self._held,
            bound=self._bounds[0],
            bounds=list(self._bounds),
            max_rel_error=None if training else self._worst[0],
            loss_errors=self._worst if training else None,
            input_sha256=dict(self._inputs),
            weights_sha256=dict(self._weights),
        )

    def parameters_differ(self) -> bool:
        """Whether the contenders say that they have different numbers of parameters."""
        return len(set(self._parameters.values())) > 1

    def libraries_differ(self) -> bool:
        """Whether two contenders run two copies of a library that they share."""
        for name in SHARED_LIBRARIES:
            copies = {
                path
                for paths in self._libraries.values()
                for path in paths
                if path.rpartition("/")[2].startswith(f"{name}.")
            }
            if len(copies) > 1:
                return True
        return False


def _larger(before: Sequence[float], now: Sequence[float]) -> list[float]:
    return [max(pair) for pair in zip(before or [0.0] * len(now), now, strict=True)]


def _shared(libraries: list[str]) -> set[str]:
    return {
        path
        for path in libraries
        if path.rpartition("/")[2].startswith(tuple(f"{name}." for name in SHARED_LIBRARIES))
    }
