"""What a verification compares, with its bounds: records and rules without any framework.

Inference is held against PyTorch in float32. Training can't be: batch statistics and ReLU amplify
rounding until two correct float32 frameworks differ by percents. So both are held against PyTorch
in float64, and a contender may be at most twice as far from it as PyTorch's own float32 is.
"""

from collections.abc import Iterable
from itertools import product

import msgspec

from benchcore.plan import CellSpec

LOGIT_BOUND = 1e-5
"""Largest logit error. Correct networks differ by about 5e-7, a wrong epsilon by 1e-5 and more."""

RATIO_BOUND = 2.0
"""How much farther from float64 than PyTorch's float32 a contender may be. Measured ratios of
correct networks are 0.95 to 1.02 at batch 4, and scatter more at smaller batches."""

STATE_FLOOR = 2e-7
"""Errors up to this always pass: about three float32 roundings (6e-8 each) of every entry, which
no factor between two frameworks can mean anything about."""

LOSS_FLOOR = 1e-6
"""The same for a loss, relative. It is larger, since a loss is one number: PyTorch's may be right
to the last bit by luck, where 25 million parameters can't all be lucky."""

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


class Distance(msgspec.Struct, frozen=True):
    """How far the contender and PyTorch float32 are from float64, relatively."""

    contender: float
    torch: float

    def within(self, floor: float) -> bool:
        """Whether the contender is at most twice as far, or within the floor."""
        return self.contender <= max(RATIO_BOUND * self.torch, floor)


class StepCheck(Check, frozen=True, kw_only=True, tag="step"):
    """One training step: its loss, and the state after it."""

    step: int
    loss: float
    loss_torch: float
    loss_float64: float
    parameters: Distance
    """L2 over all parameters: ||p - p64|| / ||p64||."""
    statistics: Distance
    """The same over all running means and variances."""


class Refusal(Check, frozen=True, kw_only=True, tag="refused"):
    """The contender can't do this at all; that is no broken bound."""

    reason: str


AnyCheck = LogitCheck | StepCheck | Refusal


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


def loss_held(loss: float, torch_loss: float, true_loss: float, parameter_error: float) -> bool:
    """Whether a loss is at most twice as far from float64 as PyTorch's, or as its parameters are.

    A loss's relative error is about its parameters' (0.3 to 1.5 times, measured), but it has a sign
    and may pass through zero; so the larger of the two is what PyTorch's float32 is worth.
    """
    error = Distance(abs(loss - true_loss) / true_loss, abs(torch_loss - true_loss) / true_loss)
    worth = Distance(error.contender, max(error.torch, parameter_error))
    return worth.within(LOSS_FLOOR)


def broken(checks: Iterable[AnyCheck]) -> list[AnyCheck]:
    """The checks whose bound did not hold."""
    return [check for check in checks if not check.held]
