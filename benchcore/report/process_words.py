"""That the processes of a contender differ, in a sentence; why is another question."""

from statistics import median

from benchcore.processes import block_medians_ms, groups_ms
from benchcore.result import ContenderResult


def processes_differ(name: str, result: ContenderResult | None) -> str | None:
    """How many there are of each kind and what they take; None where there is nothing to say."""
    if result is None or result.status != "ok":
        return None
    groups = groups_ms(block_medians_ms(result.samples))
    if groups is None:
        return None
    count = sum(map(len, groups))
    if len(groups) > 1:
        groups.sort(key=len, reverse=True)
        found = ", ".join(f"{len(group)} at {_ms(median(group))} ms" for group in groups)
    else:
        found = f"from {_ms(groups[0][0])} to {_ms(groups[0][-1])} ms"
    return f"{name}'s {count} processes differ: {found}."


def _ms(value_ms: float) -> str:
    """Three digits: what differs by percents needs no more."""
    return f"{value_ms:.3g}" if value_ms < 100 else f"{value_ms:.0f}"
