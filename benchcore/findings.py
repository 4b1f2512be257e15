"""What the change of one contender between two documents is: a rule over estimates, no documents.

The factor's change is the evidence, since the machine's drift from day to day cancels in it; the
contender's own time tells which of the two moved. That time alone proves nothing: launches of one
document share a day, so an interval over them is blind to how days differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1, log1p
from typing import Literal

from benchcore.estimates import Estimate
from benchcore.verdict import narrowing

Finding = Literal[
    "REGRESSION", "IMPROVEMENT", "MACHINE_DRIFT", "SAME", "INCONCLUSIVE", "NOT_COMPARABLE"
]

OWN_SHARE = 0.5
"""A regression needs the contender's own time to have made at least this share of the factor's
change, or it is the reference that moved. Asking its time to clear the whole margin as well would
find a true change of 3 % in about half of all cases where days differ by 1 %, and guards no
better: see tests/benchcore/test_simulation.py."""

ONE_LAUNCH_MARGIN = 0.08
"""With one launch on a side nothing less counts: it is twice the most by which dlib's own times
differed between two quick runs on two H100 machines (4.2 %, inference), which their intervals over
rounds (0.5 %) did not foresee."""

ONE_LAUNCH = "one launch is blind to what changes between processes"
DEFAULT_PROFILE = "Run the default profile for both documents."


@dataclass(frozen=True)
class Evidence:
    """Changes as logs: positive is slower."""

    time: Estimate
    """Of the contender's own time."""
    factor: Estimate | None
    """Of contender / reference; None for the reference itself, or where it has no time."""
    control: Estimate | None
    """Of the reference's own time."""
    margin: float
    launches: int
    """Of the document with fewer."""
    limits: Sequence[str] = ()
    """Why no change may be blamed on the contender, in sentences."""


@dataclass(frozen=True)
class Found:
    """A finding with its reason and what to do next."""

    finding: Finding
    reason: str
    next_step: str | None = None


def find(evidence: Evidence) -> Found:
    """The finding on a contender that has a control."""
    factor, control = evidence.factor, evidence.control
    if factor is None or control is None:
        return without_control(evidence)
    said = f"The factor changed by {percent(factor)}, its own time by {percent(evidence.time)}"
    side = _side(factor, evidence.margin)
    if evidence.launches < 2 and side in ("slower", "faster"):
        if _side(factor, counting_margin(evidence.margin, 1)) != side:
            reason = f"{said}; beyond the {_words(evidence.margin)} margin, but {ONE_LAUNCH}."
            return Found("INCONCLUSIVE", reason, DEFAULT_PROFILE)
        said = f"{said} ({ONE_LAUNCH})"
    margin = _words(counting_margin(evidence.margin, evidence.launches))
    if side in ("slower", "faster"):
        return _moved(evidence, side, f"{said}; beyond the {margin} margin")
    if side == "within":
        own, theirs = evidence.time.mean, control.mean
        alike = min(abs(own), abs(theirs)) > log1p(evidence.margin) and own * theirs > 0
        caveat = f"; {ONE_LAUNCH}" if evidence.launches < 2 else ""
        if alike and not evidence.limits:
            reason = f"{said}; the control moved alike, by {percent(control)}{caveat}."
            return Found("MACHINE_DRIFT", reason)
        return Found("SAME", f"{said}; within the {margin} margin{caveat}.")
    return Found(
        "INCONCLUSIVE",
        f"{said}; across the {margin} margin.",
        DEFAULT_PROFILE
        if evidence.launches < 2
        else narrowing(factor.interval(), margin=evidence.margin, launches=evidence.launches),
    )


def _moved(evidence: Evidence, side: str, said: str) -> Found:
    """The factor's interval clears the margin: a finding, if nothing else explains it."""
    assert evidence.factor is not None
    if evidence.limits:
        return Found("INCONCLUSIVE", f"{said}. {evidence.limits[0]}")
    if evidence.time.mean / evidence.factor.mean < OWN_SHARE:
        return Found(
            "INCONCLUSIVE",
            f"{said}, but most of it is the control's change.",
            "Measure both again: the reference moved though its version did not.",
        )
    finding: Finding = "REGRESSION" if side == "slower" else "IMPROVEMENT"
    return Found(finding, f"{said}.", DEFAULT_PROFILE if evidence.launches < 2 else None)


def counting_margin(margin: float, launches: int) -> float:
    """The change that counts, for so many launches on the side with fewer."""
    return margin if launches > 1 else max(margin, ONE_LAUNCH_MARGIN)


def _words(margin: float) -> str:
    return f"{100 * margin:.2g}%"


def without_control(evidence: Evidence) -> Found:
    """The finding on the control itself, or on a contender that has none."""
    said = f"Its time changed by {percent(evidence.time)}"
    margin = _words(evidence.margin)
    side = _side(evidence.time, evidence.margin)
    if side == "within":
        return Found("SAME", f"{said}, within the {margin} margin.")
    if side == "across":
        return Found("INCONCLUSIVE", f"{said}, across the {margin} margin.")
    if evidence.limits:  # two machines or versions: nothing drifted
        return Found("INCONCLUSIVE", f"{said}. {evidence.limits[0]}")
    return Found("MACHINE_DRIFT", f"{said}: the machine or the reference itself changed.")


def _side(estimate: Estimate, margin: float) -> Literal["slower", "faster", "within", "across"]:
    """Where the whole 95 % interval lies."""
    half = estimate.half_width
    if half is None:
        return "across"
    low, high = expm1(estimate.mean - half), expm1(estimate.mean + half)
    if low > margin:
        return "slower"
    if high < -margin:
        return "faster"
    return "within" if -margin < low and high < margin else "across"


def percent(estimate: Estimate) -> str:
    """`+3.1% (+2.0 to +4.2)`, the latter being the 95 % interval where there is one."""
    half = estimate.half_width
    change = f"{100 * expm1(estimate.mean):+.1f}%"
    if half is None:
        return change
    low, high = (100 * expm1(estimate.mean + sign * half) for sign in (-1, 1))
    return f"{change} ({low:+.1f} to {high:+.1f})"
