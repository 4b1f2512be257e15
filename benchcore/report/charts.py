"""What is drawn of a document, without a pen: for each network and mode, three charts.

A contender without a figure at a batch size (out of memory, refused) has a gap there. A chart
without any figure is left out.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchcore.report.table import MODE_TITLES
from benchcore.result import CellResult, ContenderResult, Document

X_LABEL = "batch size (log scale)"

DRAWABLE = (1e-9, 1e15)
"""A figure beyond is an error in the document: drawn, it would flatten all others."""

MOST_BATCH = 1 << 40


@dataclass(frozen=True)
class Point:
    """A figure at a batch size, with the document's 95 % interval where it has one."""

    batch: int
    value: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Series:
    """One contender; None is a gap."""

    name: str
    number: int
    """The contender's place in the whole document, so that it looks the same in every chart."""
    points: tuple[Point | None, ...]

    @property
    def known(self) -> list[Point]:
        """The points without the gaps."""
        return [point for point in self.points if point is not None]


@dataclass(frozen=True)
class Chart:
    """One quantity against the batch size, for every contender."""

    group: str
    """The network and mode, in words."""
    title: str
    unit: str
    log_y: bool
    series: tuple[Series, ...]

    @property
    def description(self) -> str:
        """What is seen, in words, for whoever can't see it."""
        lines = "; ".join(_described(series, self.unit) for series in self.series if series.known)
        return f"{self.title} in {self.unit} against {X_LABEL}. {lines}."


@dataclass(frozen=True)
class _Quantity:
    title: str
    unit: str
    log_y: bool
    point: Callable[[int, ContenderResult], Point | None]


def charts(document: Document) -> Iterator[Chart]:
    """All charts of a document, in its own order."""
    groups: dict[tuple[str, str], list[CellResult]] = {}
    for cell in document.cells:
        groups.setdefault((cell.network, cell.mode), []).append(cell)
    names = dict.fromkeys(name for cell in document.cells for name in cell.contenders)
    numbers = {name: number for number, name in enumerate(names)}
    for (network, mode), cells in groups.items():
        ordered = sorted(cells, key=lambda cell: cell.batch)
        present = {name for cell in ordered for name in cell.contenders}
        for quantity in QUANTITIES:
            series = tuple(
                Series(name, numbers[name], tuple(_points(quantity, name, ordered)))
                for name in numbers
                if name in present
            )
            if any(one.known for one in series):
                yield Chart(
                    group=f"{network}, {MODE_TITLES.get(mode, mode)}",
                    title=quantity.title,
                    unit=quantity.unit,
                    log_y=quantity.log_y,
                    series=series,
                )


def _points(quantity: _Quantity, name: str, cells: list[CellResult]) -> Iterator[Point | None]:
    low, high = DRAWABLE
    for cell in cells:
        result = cell.contenders.get(name)
        point = None if result is None else quantity.point(cell.batch, result)
        if point is None or not (low <= point.value <= high and 1 <= cell.batch <= MOST_BATCH):
            yield None
        else:
            yield point


def _time(batch: int, result: ContenderResult) -> Point | None:
    if result.typical_ms is None:
        return None
    wall = result.wall
    if wall is None or wall.ci95_ms is None or wall.estimate_ms is None:
        return Point(batch, result.typical_ms)
    return Point(batch, wall.estimate_ms, *wall.ci95_ms)


def _rate(batch: int, result: ContenderResult) -> Point | None:
    if result.throughput is not None:
        interval = result.throughput.ci95_images_per_s or ()
        return Point(batch, result.throughput.images_per_s, *interval)
    return None if result.images_per_s is None else Point(batch, result.images_per_s)


def _memory(batch: int, result: ContenderResult) -> Point | None:
    return None if result.peak_mib is None else Point(batch, result.peak_mib)


QUANTITIES = (
    _Quantity("Time", "ms", True, _time),
    _Quantity("Throughput", "images/s", False, _rate),
    _Quantity("Peak memory of a step", "MiB", False, _memory),
)


def _described(series: Series, unit: str) -> str:
    """The ends of a line; the tables have every figure."""
    first, last = series.known[0], series.known[-1]
    at_first = f"{series.name}: {number(first.value)} {unit} at batch {first.batch}"
    if first is last:
        return at_first
    return f"{at_first}, {number(last.value)} {unit} at batch {last.batch}"


def number(value: float) -> str:
    """Three significant digits, with a comma between thousands."""
    return f"{value:,.0f}" if 1000 <= value < 1e12 else f"{value:.3g}"
