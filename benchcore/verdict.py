"""What an interval of the factor lets one say: a word, the reason, and what to do next."""

from collections.abc import Sequence
from math import expm1, log

from benchcore import estimates
from benchcore.profiles import PROFILES
from benchcore.result import Interval, Outcome, Verdict
from benchcore.statistics import log_half_width
from benchcore.taint import DISTURBED

MARGIN = 0.02
"""Differences under 2 % are called SAME: two builds of one source differ by as much."""

SMALL_BATCH = 2
SMALL_BATCH_MARGIN = 0.05
"""At batch 1 and 2 the host's speed of launching work decides, and it varies more."""

NOISE_FLOORS = 3
"""The margin is at least three times the half-width at which this machine's contender was compared
with itself: what noise alone does is no difference."""

WIDEST_MARGIN = 0.5
"""A machine that needs more can tell half from double, and little else."""

NOT_PROVEN = "not_proven"
"""A cell with one contender, or whose reference was lost: its figures may be of anything."""

CAVEATS = {
    "warmup_unstable": "the warm-up ended unstable",
    DISTURBED: "other processes used the cores",
    "slow_core": "the core that feeds the device was slowed",
    "idle_worker_busy": "a waiting worker used the cores",
    "parameters_differ": "the contenders have different numbers of parameters",
    "libraries_differ": "the contenders ran two copies of a library",
    NOT_PROVEN: "nothing was there to prove the contender's outputs against",
    "not_converged": "the interval is wider than aimed at",
}
"""Flags that weaken a verdict without undoing it."""

QUIETER = "a quieter machine needs fewer (close other programs, lock the clocks)"


def margin_for(
    batch: int, noise_floor: float | None = None, threshold: float | None = None
) -> float:
    """The relative difference that counts as one.

    `noise_floor` is a log half-width; `threshold` replaces the usual 2 and 5 %, but noise widens it
    all the same.
    """
    margin = SMALL_BATCH_MARGIN if batch <= SMALL_BATCH else MARGIN
    margin = margin if threshold is None else threshold
    # A floor beyond 1 is past the widest margin in any case, and its exponential may overflow.
    return min(max(margin, expm1(NOISE_FLOORS * min(noise_floor or 0.0, 1.0))), WIDEST_MARGIN)


def decide(
    interval: Interval,
    *,
    batch: int,
    noise_floor: float | None = None,
    launches: int = 1,
    flags: Sequence[str] = (),
    invalid: str | None = None,
) -> Verdict:
    """FASTER, SLOWER, SAME, INCONCLUSIVE or INVALID for contender / reference.

    A noise floor makes a difference harder to call, and equality no easier: SAME is within the
    usual margin. `noise_floor` is the machine's, as a log half-width; `launches` is how many the
    interval is over; `flags` are the cell's; `invalid` is a sentence that ends all discussion.
    """
    margin, usual = margin_for(batch, noise_floor), margin_for(batch)
    if invalid is not None:
        return Verdict(
            outcome="INVALID",
            reason=invalid,
            next_step="Measure again once the cause is gone.",
            margin=margin,
        )
    low, high = interval.low, interval.high
    if low is None or high is None:
        return Verdict(
            outcome="INCONCLUSIVE",
            reason="There is no interval to judge by.",
            next_step="Run the default profile.",
            margin=margin,
        )
    span = f"The factor is between {low:.3f} and {high:.3f}"
    # Others may have hit one side more, which the few rounds of a single launch don't show.
    if launches < 2 and DISTURBED in flags and not 1 - margin < low <= high < 1 + margin:
        return Verdict(
            outcome="INCONCLUSIVE",
            reason=f"{span}, but {CAVEATS[DISTURBED]}, and one launch can't show what that did.",
            next_step="Run it on an idle machine, or with the default profile.",
            margin=margin,
        )
    caveat = _caveat(launches, flags)
    outcome: Outcome
    next_step = None
    if high < 1 - margin:
        outcome, reason = "FASTER", f"{span}, below 1 by more than {100 * margin:.2g}%{caveat}."
    elif low > 1 + margin:
        outcome, reason = "SLOWER", f"{span}, above 1 by more than {100 * margin:.2g}%{caveat}."
    elif 1 - usual < low and high < 1 + usual:
        outcome, reason = "SAME", f"{span}, within {100 * usual:.2g}% of 1{caveat}."
    elif 1 - margin < low and high < 1 + margin:
        outcome = "INCONCLUSIVE"
        reason = (
            f"{span}, not within {100 * usual:.2g}% of 1, but within the {100 * margin:.2g}% that "
            f"this machine's noise floor asks of a difference{caveat}."
        )
        next_step = (
            "Quieten the machine, run benchcore selftest for a lower floor, then this again."
        )
    else:
        outcome, reason = "INCONCLUSIVE", f"{span}, across the {100 * margin:.2g}% margin{caveat}."
        next_step = narrowing(interval, margin=margin, launches=launches)
    if next_step is None and launches < 2:
        next_step = "Run the default profile to confirm it over several processes."
    return Verdict(outcome=outcome, reason=reason, next_step=next_step, margin=margin)


def _caveat(launches: int, flags: Sequence[str]) -> str:
    weak = ["one launch is blind to what changes between processes"] if launches < 2 else []
    weak += [words for flag, words in CAVEATS.items() if flag in flags]
    return f"; {', and '.join(weak)}" if weak else ""


def narrowing(interval: Interval, *, margin: float, launches: int) -> str:
    """What would bring an interval to one side of the margins, or between them."""
    half = log_half_width(interval)
    if launches < 2 or half is None:
        return "Run the default profile: its interval is over several launches."
    centre = log(interval.estimate)
    distance = min(abs(centre - log(1 + margin)), abs(centre - log(1 - margin)))
    count = estimates.launches_for(half, launches=launches, target=distance)
    if count is None:
        return "The difference is about the margin itself; no number of launches would tell."
    wanted = f"about {max(count, launches + 1)} launches would narrow the interval to the margin"
    for name in ("default", "rigorous"):
        # A profile promises its fewest launches only: it may stop there again.
        if launches < PROFILES[name].launches and count <= PROFILES[name].max_launches:
            return f"Run the {name} profile; {wanted}."
    if count > max(profile.max_launches for profile in PROFILES.values()):
        wanted += ", more than any profile makes"
        return f"{wanted.capitalize()}; {QUIETER}, unless the processes themselves differ."
    return f"{wanted.capitalize()}; {QUIETER}."
