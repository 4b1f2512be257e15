"""What an interval of the factor lets one say: a word, the reason, and what to do next."""

from benchcore.result import Interval, Verdict

MARGIN = 0.02
"""Differences under 2 % are called SAME: two builds of one source differ by as much."""

SMALL_BATCH = 2
SMALL_BATCH_MARGIN = 0.05
"""At batch 1 and 2 the host's speed of launching work decides, and it varies more."""


def decide(interval: Interval, *, batch: int) -> Verdict:
    """FASTER, SLOWER, SAME or INCONCLUSIVE for contender / reference at this batch size."""
    margin = SMALL_BATCH_MARGIN if batch <= SMALL_BATCH else MARGIN
    low, high = interval.low, interval.high
    if low is None or high is None:
        return Verdict(
            outcome="INCONCLUSIVE",
            reason="There is no interval; measure more rounds or launches.",
        )
    span = f"The factor is between {low:.3f} and {high:.3f}"
    if high < 1 - margin:
        return Verdict(outcome="FASTER", reason=f"{span}, below 1 by more than {margin:.0%}.")
    if low > 1 + margin:
        return Verdict(outcome="SLOWER", reason=f"{span}, above 1 by more than {margin:.0%}.")
    if 1 - margin < low and high < 1 + margin:
        return Verdict(outcome="SAME", reason=f"{span}, within {margin:.0%} of 1.")
    return Verdict(
        outcome="INCONCLUSIVE",
        reason=f"{span}, across the {margin:.0%} margin; a longer profile narrows it.",
    )
