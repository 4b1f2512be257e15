"""The live memory graph of a cell: what of its history is drawn, and when it is worth drawing."""

from tui.memory_history import MemoryHistory
from tui.widgets.time_graph import GraphView, Mark, Series, TimeGraph

DOTS_ACROSS = 2
"""Of a braille character."""

LEAST_S = 10.0
"""The axis of a cell that has just begun is this long."""


class MemoryGraph(TimeGraph):
    """Follows a MemoryHistory."""

    _drawn: object = None

    def follow(self, memory: MemoryHistory, names: tuple[str, ...]) -> None:
        """Draw what there is, if it has moved; `names` are the plan's contenders in its order."""
        until_s = max(memory.until_s, memory.from_s + LEAST_S)
        # A long cell moves by less than a dot between two looks, and the graph is half the cost.
        dot_s = (until_s - memory.from_s) / max(self.size.width * DOTS_ACROSS, 1)
        moved = int(until_s / dot_s)
        key = (memory.from_s, moved, len(memory.marks), len(memory.series), names, self.size)
        if key == self._drawn:
            return
        self._drawn = key
        pens = {name: pen for pen, name in enumerate(names)}
        self.show(
            GraphView(
                series=tuple(
                    Series(name, pens.get(name, len(pens)), one.times_s, one.values_mib)
                    for name, one in memory.series.items()
                ),
                marks=tuple(Mark(at_s, label) for at_s, label in memory.marks),
                from_s=memory.from_s,
                until_s=until_s,
                unit="MiB",
                note=f"{memory.source} of each contender: no sample yet",
            )
        )
