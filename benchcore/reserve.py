"""Worker processes that are started ahead of their launch, and wait for their first order.

To import PyTorch takes 11 s on the H100 machine of docs/results/2026-11-26-h100-e-default.json, in
each of a cell's nine or more processes: a third of the cell. Those of later launches import at the
same time, when nothing is timed, and have touched no device and no weights until their turn. On
a small machine they would only slow each other down.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress

from benchcore.channel import WorkerProcess

AHEAD = 3
"""Of one contender at most. With more, a short run would start what it never needs."""

MOST_AHEAD = 8
"""Of all contenders together."""

FEWEST_CORES = 8
"""A process imports on one core, and two contenders import at once."""

PROCESS_MIB = 2048
"""Memory that must be available for each: frameworks take 0.3 to 1 GiB, and inputs come later."""


def most_ahead(device: str, cores: int, available_mib: float | None) -> int:
    """How many processes may wait on this machine; none for the CPU, whose cores are measured."""
    if device == "cpu" or cores < FEWEST_CORES or available_mib is None:
        return 0
    return min(MOST_AHEAD, int(available_mib / PROCESS_MIB))


class Reserve:
    """Holds at most `most` processes that `begin` started, by contender.

    Whenever one is wanted of which none waits, those of all `contenders` are filled up, so that
    they import at the same time.
    """

    def __init__(
        self, begin: Callable[[str], WorkerProcess], most: int, contenders: Sequence[str] = ()
    ) -> None:
        self._begin = begin
        self._most = most
        self._each = min(AHEAD, max(1, most // max(len(contenders), 1)))
        self._waiting: dict[str, list[WorkerProcess]] = {name: [] for name in contenders}

    def take(self, contender: str) -> WorkerProcess:
        """A process that has had no order yet; raises OSError where the system gives none."""
        waiting = self._waiting.setdefault(contender, [])
        while waiting:
            worker = waiting.pop(0)
            if worker.running:
                return worker
            worker.close(gently=False)
        worker = self._begin(contender)
        with suppress(OSError):  # The one that is needed is there.
            self._fill(contender)
        return worker

    def _fill(self, first: str) -> None:
        """Start what is missing, of `first` and then of those that come after it."""
        names = list(self._waiting)
        at = names.index(first)
        held = sum(map(len, self._waiting.values()))
        for name in names[at:] + names[:at]:
            waiting = self._waiting[name]
            while len(waiting) < self._each and held < self._most:
                waiting.append(self._begin(name))
                held += 1

    def settled(self) -> bool:
        """Whether none is importing any more."""
        return all(worker.has_answer for group in self._waiting.values() for worker in group)

    def close(self) -> None:
        """End those that were not needed."""
        for group in self._waiting.values():
            for worker in group:
                worker.close(gently=False)
            group.clear()
