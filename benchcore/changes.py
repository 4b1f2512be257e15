"""The records of a comparison: what `compare` finds and every report or gate reads."""

from typing import Any, Literal

from benchcore.differences import Comparability
from benchcore.findings import Finding
from benchcore.result import Interval
from benchcore.samples import Record


class MemoryChange(Record, frozen=True, kw_only=True):
    """The peak of a step in both documents, from the same kind of source."""

    before_mib: float
    after_mib: float
    regressed: bool


class ContenderChange(Record, frozen=True, kw_only=True):
    """One contender in one cell, after against before; a ratio above 1 is slower."""

    is_control: bool
    finding: Finding
    reason: str
    next_step: str | None = None
    time: Interval | None = None
    factor: Interval | None = None
    memory: MemoryChange | None = None
    chance_slower: float | None = None
    """One-sided p value of the factor's change against one within the margin; null where the
    documents don't permit the claim."""
    chance_faster: float | None = None
    status_before: str | None = None
    """Null where that document has no such cell or contender."""
    status_after: str | None = None
    invalid: bool = False
    """In one of the documents the device throttled, or the proof failed."""
    confirmed: bool = False
    """The finding stands though many were tested (Holm, over all cells and contenders)."""


class CellChange(Record, frozen=True, kw_only=True):
    """One cell of either document."""

    network: str
    mode: str
    batch: int
    image_height_px: int
    image_width_px: int
    precision: str
    margin: float
    contenders: dict[str, ContenderChange]
    only_in: Literal["earlier", "later"] | None = None
    """The only document that has this cell."""


class Comparison(Record, frozen=True, kw_only=True):
    """Everything that changed from one document to another."""

    reference: str
    comparability: Comparability
    cells: list[CellChange]
    tested: int
    """Claims that Holm's correction is over."""

    def found(self, finding: Finding) -> list[tuple[CellChange, str]]:
        """Cells and contenders with this finding."""
        return [
            (cell, name)
            for cell in self.cells
            for name, change in cell.contenders.items()
            if change.finding == finding
        ]


class Comparisons(Record, frozen=True, kw_only=True):
    """Several documents: each later one against the first."""

    documents: list[str]
    """Their names, the first included."""
    comparisons: list[Comparison]

    def environment(self) -> dict[str, list[Any]]:
        """What differs in any document: each key's value in every one, null where it is absent."""
        found = [
            {difference.key: difference for difference in comparison.comparability.differences}
            for comparison in self.comparisons
        ]
        firsts = {key: difference.before for keys in found for key, difference in keys.items()}
        return {
            key: [first, *(keys[key].after if key in keys else first for keys in found)]
            for key, first in firsts.items()
        }
