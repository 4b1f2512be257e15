"""Sources of events that do what a test tells them."""

import msgspec

from benchcore.events import Sampled
from tui.source import Ending


class Stepped:
    """Gives away events when the test says so."""

    def __init__(self, events):
        self.waiting = list(events)
        self.ready = []
        self.started = self.cancelled = self.closed = False
        self.over = None
        self.complained = []

    def start(self):
        self.started = True

    def step(self, count=None):
        count = len(self.waiting) if count is None else count
        self.ready += self.waiting[:count]
        del self.waiting[:count]

    def step_through(self, kind, number=1):
        """Up to the `number`-th event of a kind, inclusive."""
        places = [n for n, event in enumerate(self.waiting) if isinstance(event, kind)]
        self.step(places[number - 1] + 1)

    def end(self, failure=None):
        self.over = Ending(failure)

    def collect(self):
        found, self.ready = self.ready, []
        return found

    def complaints(self):
        found, self.complained = self.complained, []
        return found

    @property
    def ending(self):
        return None if self.ready else self.over

    def cancel(self):
        self.cancelled = True

    def close(self):
        self.closed = True


def on_a_gpu(events):
    """The same events with what NVML would tell."""
    for event in events:
        if isinstance(event, Sampled):
            event = msgspec.structs.replace(
                event,
                memory_source="nvml_process",
                sm_clock_mhz=1980.0,
                power_w=412.4,
                temperature_c=56.0,
                utilization_percent=98.0,
            )
        yield event
