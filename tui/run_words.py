"""The headline of a run under way."""

from tui.live import LiveRun


def title(live: LiveRun, *, paused: bool, over: bool, failure: str | None) -> str:
    """What is measured where, and whether the view still moves."""
    if live.plan is None:
        return f"Run: {failure}" if failure else "Run: starting"
    plan = live.plan
    words = f"Run: {' / '.join(plan.contenders)} on {plan.device}, profile {plan.profile}"
    if over:
        status = "ended" if live.finished is None else live.finished.status
        return f"{words} - {status.upper()}; r shows the results"
    return f"{words} - VIEW PAUSED, the run goes on" if paused else words
