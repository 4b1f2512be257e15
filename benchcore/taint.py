"""When a block counts as disturbed, and how often it is repeated: a policy.

A tainted block is repeated after a pause; if it stays tainted it is kept and the cell is marked,
since leaving out what was slow would only flatter.
"""

from collections.abc import Sequence
from statistics import median

from benchcore.samples import Conditions

THROTTLE_REASONS = frozenset(
    {"hw_slowdown", "sw_thermal_slowdown", "hw_thermal_slowdown", "hw_power_brake"}
)
"""Heat and power trouble. `sw_power_cap` is no such reason: a GPU at work reaches its limit."""

LOWEST_CLOCK_SHARE = 0.9
"""A block whose clock is under 90 % of the cell's median was measured on another machine."""

POWER_CAP = "sw_power_cap"
"""A device at its power limit lowers its clock lawfully, more under heavier work."""

FOREIGN_CPU_SHARE = 0.1
"""Other processes on a tenth of the usable cores: a fifth of a core of two. Below it lie kernel
threads and the accounting's own grain (10 ms of a block of 250 ms). The same share of the one core
that the workers are pinned to counts too: there it delays what feeds the device."""

SLOW_CORE_FACTOR = 1.2
"""A fixed piece of work took this many times what it took at best: somebody unseen, on a virtual
machine for instance, shares the core that feeds the device. Looks differ by 2 % of themselves."""

PAUSES_S = (1.0, 2.0, 4.0)
"""Before the first, second and third repetition of a block."""

REPEATED_SHARE = 0.1
"""Of a cell's blocks, at most a tenth (and at least one) is repeated: the budget must hold."""

THROTTLED = "throttled"
SLOW_CLOCK = "slow_clock"
DISTURBED = "disturbed"
SLOW_CORE = "slow_core"
INVALIDATING = {
    THROTTLED: "The device throttled, also when its blocks were repeated.",
    SLOW_CLOCK: "The device's clock fell by over 10 %, also when its blocks were repeated.",
}
"""What makes a cell's verdict INVALID; `disturbed` and `slow_core` are caveats, as their effect is
unknown: where the device decides the time they have none."""


def taint(
    conditions: Conditions, clocks_mhz: Sequence[float], probes_us: Sequence[float] = ()
) -> str | None:
    """Why the block is tainted, or None.

    `clocks_mhz` are those of the contender's blocks of this kind before, `probes_us` what the fixed
    piece of work took in all blocks of the cell before.
    """
    if THROTTLE_REASONS.intersection(conditions.throttle_reasons):
        return THROTTLED
    clock = conditions.sm_clock_mhz
    slow = clock is not None and clocks_mhz and clock < LOWEST_CLOCK_SHARE * median(clocks_mhz)
    if slow and POWER_CAP not in conditions.throttle_reasons:
        return SLOW_CLOCK
    foreign = (conditions.foreign_cpu_share, conditions.foreign_core_share)
    if any(share is not None and share > FOREIGN_CPU_SHARE for share in foreign):
        return DISTURBED
    probe_us = conditions.core_probe_us
    if probe_us is not None and is_slow(probe_us, probes_us):
        return SLOW_CORE
    return None


def is_slow(probe_us: float, probes_us: Sequence[float]) -> bool:
    """Whether a core is slowed, by what the fixed piece of work took now and before."""
    return bool(probes_us) and probe_us > SLOW_CORE_FACTOR * min(probes_us)


class Repetitions:
    """How many more blocks of a cell may be repeated."""

    def __init__(self, planned_blocks: int) -> None:
        self._left = max(1, int(planned_blocks * REPEATED_SHARE))

    def pause_s(self, repetition: int) -> float | None:
        """How long to wait before repetition 0, 1, 2 of a block; None: keep it as it is."""
        if self._left == 0 or repetition >= len(PAUSES_S):
            return None
        self._left -= 1
        return PAUSES_S[repetition]
