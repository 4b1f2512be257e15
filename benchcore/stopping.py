"""When a cell has launches enough: a policy that looks at widths of intervals only.

Looking at width and never at whether a difference is significant keeps repeated looks from
biasing the answer.
"""

from benchcore.profiles import Budget

TARGET_SHARE = 1 / 4
"""Half the width of the factor's interval, of the margin that separates SAME from a difference:
0.5 %, and 1.25 % at batch 1 and 2. There the host decides, each process is fed a little faster or
slower than the last, and eight launches on an H100 left 1.1 and 2.4 %."""

TARGET_OWN_SHARE = 1 / 2
"""Of each contender's own time: wider, since drift does not cancel in it."""

NOT_CONVERGED = "not_converged"


def enough(
    budget: Budget,
    *,
    launches: int,
    half_width: float | None,
    spent_s: float,
    margin: float,
    own_half_width: float | None = None,
) -> tuple[bool, str | None]:
    """Whether to stop after `launches` launches, and a flag when it is not for convergence.

    `half_width` is that of the log ratio and `own_half_width` the widest of the contenders' own
    times (log), or None where there is no such interval; a cell without any takes the profile's
    least number of launches. `margin` is the verdict's.
    """
    if spent_s >= budget.cell_s and launches < budget.launches:
        return True, NOT_CONVERGED
    if launches < budget.launches:
        return False, None
    if budget.max_launches == budget.launches:
        return True, None  # A profile that can't add launches doesn't aim at a width.
    narrow = (half_width or 0.0) <= TARGET_SHARE * margin
    if narrow and (own_half_width or 0.0) <= TARGET_OWN_SHARE * margin:
        return True, None
    if launches >= budget.max_launches or spent_s >= budget.cell_s:
        return True, NOT_CONVERGED
    return False, None
