"""Whether the contenders did the same work: their outputs compared before anything is timed."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LOGIT_BOUND = 1e-3
"""Largest difference of a logit, relative to the largest magnitude. Correct float32 networks differ
by 1e-6 in inference; algorithms such as Winograd by 1e-4; another network by 1."""

LOSS_BOUND = 1e-3
"""Largest relative difference of a loss in the first three steps. Rounding alone gives about 1e-6
at the first step and 1e-4 at the third (batch statistics amplify it); a step that decays, averages
or updates wrongly gives 1e-2."""

TRAINING_STEPS = 3
"""The first loss proves the forward pass, the second the backward pass and update, the third the
momentum."""

Outputs = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One contender against the reference. `errors` has one entry (`infer`) or one a step."""

    errors: tuple[float, ...]
    bound: float

    @property
    def held(self) -> bool:
        """Whether every error is within the bound; an error that is not finite never is."""
        return all(error <= self.bound for error in self.errors)


def relative_error(value: Outputs, reference: Outputs) -> float:
    """max |value - reference| / max |reference|, or infinity where a value is not finite."""
    if value.shape != reference.shape:
        raise ValueError(f"outputs of shapes {value.shape} and {reference.shape}")
    if not np.isfinite(value).all() or not np.isfinite(reference).all():
        return float("inf")
    scale = float(np.abs(reference).max())
    difference = float(np.abs(value - reference).max())
    return difference / scale if scale > 0 else float("inf")


def compare(mode: str, value: Outputs, reference: Outputs, precision: str = "fp32") -> Comparison:
    """Logits (any shape) in `infer`, losses (one a step) in `train`."""
    if mode == "infer":
        return Comparison((relative_error(value, reference),), LOGIT_BOUND)
    steps = zip(np.atleast_1d(value), np.atleast_1d(reference), strict=True)
    errors = tuple(relative_error(np.array([v]), np.array([r])) for v, r in steps)
    return Comparison(errors, LOSS_BOUND)


def mismatch(digests: Mapping[str, str], expected: str) -> list[str]:
    """The contenders whose digest is not the expected one."""
    return [name for name, digest in digests.items() if digest != expected]
