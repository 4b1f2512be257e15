"""What a verification compares, with its bounds: records and rules without any framework.

Inference is held against PyTorch in float32. Training can't be: batch statistics and ReLU amplify
rounding until two correct float32 frameworks differ by percents. So both are held against PyTorch
in float64, and a contender may be at most twice as far from it as PyTorch's own float32 is: the
farther of its two layouts, since they round differently and are equally correct.
"""

from collections.abc import Iterable
from itertools import product

import msgspec

from benchcore.plan import CellSpec

LOGIT_BOUND = 1e-5
"""Largest logit error. Correct networks differ by about 5e-7, a wrong epsilon by 1e-5 and more."""

RATIO_BOUND = 2.0
"""How much farther from float64 than PyTorch's float32 a contender may be."""

STATE_FLOOR = 2e-7
"""Errors up to this always pass: about three float32 roundings (6e-8 each) of every entry."""

PARAMETER_SHARE = 0.05
"""Errors up to this share of the way that the parameters have gone always pass. In a small batch
one ReLU that rounds to the other side of zero moves a step by percents of itself, and whether that
happens in PyTorch or in the contender is luck: for resnet50-dlib at batch 2 and 96x128, PyTorch
itself is off by 0.1 % of the way in one layout and by 4.8 % in the other after five steps, dlib by
4.7 % (scripts/float32_spread.py). Usually both layouts have such flips, and the ratio decides."""

STATISTICS_SHARE = 1e-3
"""The same for running statistics, which go a longer way."""

LOSS_FLOOR = 1e-6
"""The same for a loss, relative to it: ten roundings."""

LOSS_PER_PARAMETER = 10.0
"""How much larger a loss's relative error may be than that of its parameters: 0.3 to 4 times is
measured. A loss is one number, so PyTorch's may be exact by luck; 25 million parameters can't."""

STEPS = 5
"""Training steps: errors grow from step to step, and five show whether one side's grow faster."""


class Check(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """What was compared, and whether the bound held."""

    contender: str
    network: str
    batch: int
    image_height_px: int
    image_width_px: int
    held: bool


class LogitCheck(Check, frozen=True, kw_only=True, tag="logits"):
    """max |difference| / max |logit|, against PyTorch float32 in evaluation mode."""

    error: float
    bound: float


class Distance(msgspec.Struct, frozen=True, kw_only=True):
    """How far the contender and PyTorch float32 are from float64, relatively, and may be."""

    contender: float
    torch: float
    allowed: float

    @property
    def held(self) -> bool:
        """Whether the contender is near enough; a distance that is not finite never is."""
        return self.contender <= self.allowed


class StepCheck(Check, frozen=True, kw_only=True, tag="step"):
    """One training step: its loss, and the state after it."""

    step: int
    loss: float
    loss_torch: float
    loss_float64: float
    loss_error: Distance
    """Relative to the loss in float64."""
    parameters: Distance
    """L2 over all parameters: ||p - p64|| / ||p64||."""
    statistics: Distance
    """The same over all running means and variances."""


class Failure(Check, frozen=True, kw_only=True, tag="failed"):
    """The contender raised an error, which counts as a broken bound."""

    reason: str


class Refusal(Check, frozen=True, kw_only=True, tag="refused"):
    """The contender can't do this at all; that is no broken bound."""

    reason: str


AnyCheck = LogitCheck | StepCheck | Failure | Refusal


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """What to verify, already checked."""

    device: str
    threads: int
    contenders: tuple[str, ...]
    networks: tuple[str, ...]
    modes: tuple[str, ...]
    batch_sizes: tuple[int, ...]
    image_sizes: tuple[tuple[int, int], ...]
    seed: int = 0
    disturb: float = 0.0
    steps: int = STEPS

    def specs(self) -> list[CellSpec]:
        """Every case, in order."""
        return [
            CellSpec(
                network=network,
                mode=mode,
                batch=batch,
                image_height_px=size[0],
                image_width_px=size[1],
            )
            for network, mode, size, batch in product(
                self.networks, self.modes, self.image_sizes, self.batch_sizes
            )
        ]


def allowed(torch_error: float, *, way: float, share: float) -> float:
    """The largest distance that holds, for parameters or statistics that have gone `way`."""
    return max(RATIO_BOUND * torch_error, share * way, STATE_FLOOR)


def loss_allowed(torch_error: float, *, parameters_allowed: float) -> float:
    """The same for a loss, whose parameters were allowed that error when the step began."""
    return max(RATIO_BOUND * torch_error, LOSS_PER_PARAMETER * parameters_allowed, LOSS_FLOOR)


def broken(checks: Iterable[AnyCheck]) -> list[AnyCheck]:
    """The checks whose bound did not hold."""
    return [check for check in checks if not check.held]
