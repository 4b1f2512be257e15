"""Worker processes that are started ahead of their launch, and wait for their first order.

To import PyTorch takes 11 s on the H100 machine of docs/results/2026-11-26-h100-e-default.json, in
each of a cell's nine or more processes: a third of the cell. Those of later launches import at the
same time, when nothing is timed, and have touched no device and no weights until their turn. On
a small machine they would only slow each other down.
"""

from collections.abc import Callable

from benchcore.channel import WorkerProcess

AHEAD = 3
"""Of one contender. With more, a short run would start what it never needs."""

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
    """Holds at most `most` processes that `begin` started, by contender."""

    def __init__(self, begin: Callable[[str], WorkerProcess], most: int) -> None:
        self._begin = begin
        self._most = most
        self._waiting: dict[str, list[WorkerProcess]] = {}

    def take(self, contender: str) -> WorkerProcess:
        """A process that has had no order yet; raises OSError where the system gives none."""
        waiting = self._waiting.setdefault(contender, [])
        while waiting:
            worker = waiting.pop(0)
            if worker.running:
                return worker
            worker.close(gently=False)
        worker = self._begin(contender)
        held = sum(map(len, self._waiting.values()))
        try:
            for _ in range(min(AHEAD, self._most - held)):
                waiting.append(self._begin(contender))
        except OSError:
            pass  # The one that is needed is there.
        return worker

    def settled(self) -> bool:
        """Whether none is importing any more."""
        return all(worker.has_answer for group in self._waiting.values() for worker in group)

    def close(self) -> None:
        """End those that were not needed."""
        for group in self._waiting.values():
            for worker in group:
                worker.close(gently=False)
            group.clear()
