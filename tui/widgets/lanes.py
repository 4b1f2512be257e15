"""One line a contender: its block times so far in this cell, and its memory."""

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median
from typing import ClassVar

from benchcore.report.plain import shortened
from tui.live import CellLive
from tui.widgets.line import Line
from tui.words import sparkline

NAME_WIDTH = 20


@dataclass(frozen=True)
class Lane:
    """What one line says."""

    name: str
    words: str
    times_ms: tuple[float, ...]


def lanes_of(cell: CellLive | None, names: Iterable[str]) -> list[Lane]:
    """A lane for each contender of the plan."""
    return [_lane(name, cell) for name in names]


def _lane(name: str, cell: CellLive | None) -> Lane:
    times = () if cell is None else tuple(cell.medians_ms.get(name, ()))
    if cell is not None and name in cell.failed:
        return Lane(name, cell.failed[name], times)
    if not times:
        return Lane(name, "no block yet", times)
    blocks = f"{len(times)} block{'s' if len(times) > 1 else ''}"
    return Lane(name, f"{times[-1]:.2f} ms  median of {blocks} {median(times):.2f} ms", times)


class Lanes(Line):
    """Live iteration times."""

    about: ClassVar[str] = (
        "The last block's median time of an iteration, the median over the cell's blocks so far, "
        "and a sparkline of the blocks, from their fastest (low) to their slowest (high)."
    )

    def __init__(self, *, ascii: bool, id: str | None = None) -> None:
        super().__init__(id=id)
        self._ascii = ascii

    def show(self, lanes: list[Lane], most: int) -> None:
        """Replace the lines, of which there are at most so many."""
        width = min(max((len(lane.name) for lane in lanes), default=0), NAME_WIDTH)
        lines = []
        for lane in lanes:
            head = f"{shortened(lane.name, NAME_WIDTH):<{width}}  {lane.words}"
            room = self.size.width - len(head) - 2
            lines.append(f"{head}  {sparkline(list(lane.times_ms), room, ascii=self._ascii)}")
        if len(lines) > most:
            lines[most - 1 :] = [f"and {len(lines) - most + 1} more contenders"]
        self.say("\n".join(lines))
