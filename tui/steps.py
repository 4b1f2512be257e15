"""How far a cell is, and what is going on in it, in words."""

from benchcore.events import BlockRepeated, BlockStarted, PhaseStarted
from benchcore.plan import Plan

DOING = {
    "memory": "Memory of {}",
    "import": "Loading {}",
    "prepare": "Building {}",
    "proof": "Verifying {}",
    "warmup": "Warming up {}",
    "stages": "Parts of a training step: {}",
    "trace": "Tracing {}",
}

WORK = {"memory": 4, "import": 3, "prepare": 1, "proof": 1, "warmup": 3, "stages": 2}
"""What a phase takes beside a block, which takes 1; a bar needs no better."""


class Steps:
    """Counts a cell's phases and blocks against those that its profile plans."""

    def __init__(self, plan: Plan) -> None:
        names = len(plan.contenders)
        budget = plan.budget
        kinds = 2 if plan.device != "cpu" and budget.bursts else 1
        in_launch = sum(WORK.values()) - WORK["memory"] + budget.rounds * kinds
        self._planned = names * (WORK["memory"] + budget.launches * in_launch)
        self._done = 0.0
        self._doing = 0.0

    def take(self, event: PhaseStarted | BlockStarted | BlockRepeated) -> None:
        """Something begins, so what was before it is over."""
        if isinstance(event, BlockRepeated):
            return
        self._done += self._doing
        self._doing = 1.0 if isinstance(event, BlockStarted) else WORK.get(event.phase, 0)

    @property
    def share(self) -> float:
        """0 to 1; further launches than planned keep it just below 1."""
        return min(self._done / self._planned, 0.99)


def words(event: PhaseStarted | BlockStarted | BlockRepeated) -> str | None:
    """What has just begun; None for what says nothing new."""
    match event:
        case BlockStarted():
            kind = "Throughput block" if event.burst else "Block"
            launch = f", launch {event.launch + 1}" if event.launch else ""
            return f"{kind} {event.number} of {event.blocks}{launch}: {event.contender}"
        case BlockRepeated():
            why = event.reason.replace("_", " ")
            return f"A block was {why}; again in {event.pause_s:g} s"
        case PhaseStarted() if event.phase in DOING:
            launch = f" (launch {event.launch + 1})" if event.launch else ""
            return DOING[event.phase].format(event.contender) + launch
    return None
