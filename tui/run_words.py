"""The headline of a run under way, and what to ask before it is ended."""

from pathlib import Path

from tui.live import LiveRun


def title(live: LiveRun, *, paused: bool, replay: bool, failure: str | None) -> str:
    """What is measured where, and whether the view still moves."""
    kind = "Replay" if replay else "Run"
    if live.plan is None:
        return f"{kind}: it did not begin" if failure else f"{kind}: starting"
    plan = live.plan
    words = f"{kind}: {' / '.join(plan.contenders)} on {plan.device}, profile {plan.profile}"
    if live.over:
        status = "ended" if live.finished is None else live.finished.status
        trouble = ", NOT WRITTEN" if failure and live.finished is not None and not replay else ""
        return f"{words} - {status.upper()}{trouble}; r shows the results"
    return f"{words} - VIEW PAUSED, the run goes on" if paused else words


def end_question(live: LiveRun, path: Path | None) -> str:
    """What is lost and what is kept if the run ends now."""
    lines = [f"End the run now? {live.done} of {len(live.cells)} cells are done."]
    if live.done and path is not None:
        lines.append(f"{path} keeps them.")
    if live.under_way and live.current is not None:
        lines.append(f"The one under way ({live.current.spec.label}) is lost.")
    return "\n".join(lines)
