"""Where a factor is visibly not the quotient of the two medians beside it, and why."""

from benchcore.report.process_words import processes_differ
from benchcore.result import CellResult

VISIBLE = 0.03
"""A reader who divides two figures in his head doesn't see less."""


def quotient_remark(cell: CellResult, contender: str, reference: str) -> str | None:
    """A sentence for a time factor that differs from the quotient by more than that.

    The factor is the mean over rounds of what neighbouring blocks differ by, so that a drift of the
    machine is in both; the medians are over all iterations. Where processes are of two kinds, such
    a median is that of one kind, and the mean is between them.
    """
    factor = cell.factors.get(contender)
    ours, theirs = cell.contenders.get(contender), cell.contenders.get(reference)
    if factor is None or factor.time is None or ours is None or theirs is None:
        return None
    if ours.wall is None or theirs.wall is None or not theirs.wall.median_ms:
        return None
    quotient = ours.wall.median_ms / theirs.wall.median_ms
    if abs(quotient - factor.time.estimate) <= VISIBLE * factor.time.estimate:
        return None
    differ = processes_differ(contender, ours) or processes_differ(reference, theirs)
    return (
        f"The factor compares neighbouring blocks; the quotient of the medians is {quotient:.3f}, "
        f"since {'processes differ' if differ else 'they scatter'}."
    )
