"""Whether the contenders did the same work: their outputs compared before anything is timed."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchcore.data import BUFFERS

LOGIT_BOUND = 1e-3
"""Largest difference of a logit, relative to the largest magnitude. Correct float32 networks differ
by 1e-6 in inference; algorithms such as Winograd by 1e-4; another network by 1."""

LOSS_BOUND = 1e-3
"""Largest relative difference of a loss, while each step has a batch of its own. Rounding alone
gives about 1e-7 at the first step, which batch statistics and ReLUs amplify to 1e-4 at the fourth;
a missing block gives 3e-3 at one of them."""

REPEATED_LOSS_BOUND = 1e-2
"""Of the loss of a batch that was trained on before, which is small and so more sensitive: rounding
gives 1e-5 (`resnet50`) to 8e-4 (`resnet50-dlib`, small images) at the fifth step. Steps without
their update give 2e-1 there, without momentum 7e-2."""

TF32_LOGIT_BOUND = 1e-2
"""TF32 rounds both factors of each product to 10 bits: by 2^-11 of their size at most, or 2^-10 if
the hardware cuts the bits off. Independent errors of 50 layers add up as their root, to about
sqrt(2 * 50) * 2^-11 = 5e-3. Emulated on the CPU: 7e-4 rounded, 6e-3 cut off."""

BF16_LOGIT_BOUND = 2e-2
"""bfloat16 keeps 7 bits after the leading one: both factors and the result of a layer are rounded
by 2^-9 at most, so sqrt(3 * 50) * 2^-9 = 2.4e-2; being at most, it is measured as 4e-3 to 7e-3. The
slightest wrong network tried, an epsilon of 1e-2, differs by 3e-2; one without its running means by
4e-2, one without a block by 2e-1."""

LOGIT_BOUNDS = {"fp32": LOGIT_BOUND, "tf32": TF32_LOGIT_BOUND, "bf16": BF16_LOGIT_BOUND}
LOSS_BOUNDS = {"fp32": LOSS_BOUND, "tf32": 5e-3, "bf16": 1e-2}
REPEATED_LOSS_BOUNDS = {"fp32": REPEATED_LOSS_BOUND, "tf32": 2e-2, "bf16": 3e-2}
"""By a contender's `precision`; the reference is always strict float32. Losses of the reduced
precisions are measured, not derived: a ReLU that rounds to the other side of zero moves a small
batch by more than the rounding did. Two images of 128x128 or 224x224 differ by up to 6e-4 and then
2e-3 with emulated TF32, by 4e-3 and then 1e-2 with bfloat16, which at 96x96 takes 6e-3. A missing
block may hide in that: what shows it is the logits of the same weights."""

TRAINING_STEPS = BUFFERS + 1
"""The first loss proves the forward pass. An update hardly shows in the losses of other batches (it
moves them by 1e-3 and less), but at the last step the first batch comes again: its loss proves the
backward pass, the update and the momentum."""

Outputs = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One contender against the reference: errors and their bounds, one (`infer`) or one a step."""

    errors: tuple[float, ...]
    bounds: tuple[float, ...]

    @property
    def held(self) -> bool:
        """Whether every error is within its bound; an error that is not finite never is."""
        return all(error <= bound for error, bound in zip(self.errors, self.bounds, strict=True))

    @property
    def bound(self) -> float:
        """The first one that is broken, or the widest if all are kept."""
        for error, bound in zip(self.errors, self.bounds, strict=True):
            if not error <= bound:
                return bound
        return max(self.bounds)


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
    """Logits (any shape) in `infer`, losses (one a step) in `train`, by the bounds of `precision`.

    Raises KeyError for a precision that has none.
    """
    if mode == "infer":
        return Comparison((relative_error(value, reference),), (LOGIT_BOUNDS[precision],))
    steps = zip(np.atleast_1d(value), np.atleast_1d(reference), strict=True)
    errors = tuple(relative_error(np.array([v]), np.array([r])) for v, r in steps)
    first, repeated = LOSS_BOUNDS[precision], REPEATED_LOSS_BOUNDS[precision]
    bounds = tuple(first if step < BUFFERS else repeated for step in range(len(errors)))
    return Comparison(errors, bounds)
