"""A cell's profile: its contenders side by side, each held against the reference."""

from collections.abc import Mapping

from benchcore.kernels.decompose import contender_profile, gap
from benchcore.kernels.profile import Profile
from benchcore.kernels.trace import Trace
from benchcore.result import ContenderResult, Factor


def cell_profile(
    traces: Mapping[str, Trace],
    unknown_because: Mapping[str, str],
    *,
    reference: str,
    results: Mapping[str, ContenderResult],
    factors: Mapping[str, Factor],
) -> Profile | None:
    """None where nothing was traced and nothing has a reason for it."""
    if not traces and not unknown_because:
        return None
    contenders = {name: contender_profile(trace) for name, trace in traces.items()}
    gaps = {}
    for name, mine in contenders.items():
        walls = [results[one].wall for one in (name, reference)]
        factor = factors.get(name)
        if name == reference or reference not in contenders or None in walls:
            continue
        medians_ms = [wall.median_ms for wall in walls if wall is not None]
        interval = None if factor is None else factor.time
        inside = (
            interval is not None
            and interval.low is not None
            and interval.high is not None
            and interval.low <= 1 <= interval.high
        )
        gaps[name] = gap(
            mine,
            contenders[reference],
            reference=reference,
            measured_ms=medians_ms[0] - medians_ms[1],
            told_apart=not inside,
        )
    return Profile(contenders=contenders, gaps=gaps, unknown_because=dict(unknown_because))
