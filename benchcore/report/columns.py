"""One document as a column of tables: its letter and what it states of a contender in a cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

from benchcore.compare import Key, key_of
from benchcore.published import is_published, mean_ms
from benchcore.report.table import NOTHING
from benchcore.result import CellResult, ContenderResult, Document, Factor, Interval

LEAST_EXPONENT = 1e7
"""From here on a figure is wider than its column and printed with an exponent."""


@dataclass(frozen=True)
class Column:
    """A document, its letter, and its cells by place."""

    letter: str
    document: Document
    cells: dict[Key, CellResult]

    @property
    def published(self) -> bool:
        """Whether it has figures that no run measured."""
        return any(is_published(*cell.contenders.values()) for cell in self.cells.values())

    def mean(self, key: Key, name: str) -> str:
        """The mean time of an iteration (ms), or how the contender ended."""
        result = self._result(key, name)
        return _ended(result) or _figure(mean_ms(result) if result else None, 3)

    def median(self, key: Key, name: str) -> str:
        """The median instead, which published figures don't have."""
        result = self._result(key, name)
        wall = result.wall if result else None
        return _ended(result) or _figure(wall.median_ms if wall else None, 3)

    def time_factor(self, key: Key, name: str) -> str:
        """As the document states it."""
        factor = self._factor(key, name)
        return _ratio(factor.time if factor else None)

    def peak(self, key: Key, name: str) -> str:
        """The most memory in a step (MiB), or what was published."""
        result = self._result(key, name)
        return NOTHING if result is None else _figure(result.peak_mib, 0)

    def memory_factor(self, key: Key, name: str) -> str:
        """As the document states it."""
        factor = self._factor(key, name)
        return _ratio(factor.memory if factor else None)

    def _result(self, key: Key, name: str) -> ContenderResult | None:
        return self.cells[key].contenders.get(name) if key in self.cells else None

    def _factor(self, key: Key, name: str) -> Factor | None:
        return self.cells[key].factors.get(name) if key in self.cells else None


def columns(documents: Sequence[Document]) -> list[Column]:
    """A column for each document, named A, B, C and so on."""
    return [
        Column(_letter(number), document, {key_of(cell): cell for cell in document.cells})
        for number, document in enumerate(documents)
    ]


def _letter(number: int) -> str:
    return ascii_uppercase[number] if number < len(ascii_uppercase) else str(number + 1)


def _ended(result: ContenderResult | None) -> str | None:
    """The status of what did not end well."""
    return None if result is None or result.status == "ok" else result.status


def _ratio(interval: Interval | None) -> str:
    return _figure(interval.estimate if interval else None, 3)


def _figure(value: float | None, decimals: int) -> str:
    """As many decimals as there is room for."""
    if value is None:
        return NOTHING
    if abs(value) >= LEAST_EXPONENT:
        return f"{value:.1e}"
    return f"{value:.{decimals if abs(value) < 1000 else 0}f}"
