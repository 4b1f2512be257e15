"""The files that workers read: weights and inputs, written once so that all get the same bytes."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchcore import arrays, weights
from benchcore.channel import Stop
from benchcore.data import ImageFolder, Inputs, random_inputs
from benchcore.plan import CellSpec, Plan

CLASSIC_NOTE = (
    "Measured as in 2020: zeros in inference, blocking kernel launches on a GPU, one warm-up "
    "iteration after those of the proof, the mean of 100. The networks are identical here, as they "
    "were not then."
)


@dataclass(frozen=True)
class CellFiles:
    """Where a cell's bytes are, and their digests."""

    weights: Path
    weights_sha256: str
    images: Path
    labels: Path
    input_sha256: str


class Materials:
    """Writes into `folder`, which the caller creates and removes.

    Raises UsageError at once if `--images` or `--weights` name something unusable. Where `stop`
    says so, images are read no further: `cell` then raises StoppedError.
    """

    def __init__(
        self, plan: Plan, folder: Path, stop: Stop | None = None, *, zero_images: bool = False
    ) -> None:
        self._plan = plan
        self._stop = Stop() if stop is None else stop
        self._zero_images = zero_images
        self._folder = folder
        self._digests: dict[str, str] = {}
        self._images: ImageFolder | None = None
        if plan.images is not None:
            size = (plan.image_height_px, plan.image_width_px)
            self._images = ImageFolder(Path(plan.images), *size)
            self._images.check(self._largest_batch(), stopped=lambda: self._stop.reason is not None)
        if plan.weights is not None:
            for network in plan.networks:
                self._write_weights(network)

    def notes(self) -> list[str]:
        """Sentences about the data that belong in the document."""
        if self._zero_images:
            return [CLASSIC_NOTE]
        if self._images is None:
            return []
        note = self._images.note(self._largest_batch())
        return [] if note is None else [note]

    def _largest_batch(self) -> int:
        return max(cell.batch for cell in self._plan.cells())

    def cell(self, spec: CellSpec) -> CellFiles:
        """The files of one cell; they replace those of the cell before."""
        plan = self._plan
        if self._images is None:
            inputs = random_inputs(spec.batch, spec.image_height_px, spec.image_width_px, plan.seed)
        else:
            inputs = self._images.inputs(spec.batch, plan.seed, poll=self._stop.check)
        if self._zero_images and spec.mode == "infer":
            inputs = Inputs(np.zeros_like(inputs.images), inputs.labels)
        images, labels = self._folder / "images.npy", self._folder / "labels.npy"
        arrays.write(inputs.images, images)
        arrays.write(inputs.labels, labels)
        return CellFiles(
            weights=self._write_weights(spec.network),
            weights_sha256=self._digests[spec.network],
            images=images,
            labels=labels,
            input_sha256=inputs.digest(),
        )

    def _write_weights(self, network: str) -> Path:
        path = self._folder / f"{network}.weights"
        if network not in self._digests:
            if self._plan.weights is None:
                values = weights.random_weights(network, self._plan.seed)
            else:
                values = weights.read_weights(Path(self._plan.weights), network)
            arrays.write_named(values, path)
            self._digests[network] = weights.digest(values)
        return path
