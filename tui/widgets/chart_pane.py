"""The charts of a document, one at a time or beside each other, with keys to go through them."""

from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Static

from benchcore.report.charts import Chart, charts
from benchcore.result import Document
from tui.widgets.line_chart import LineChart

LEAST_COLUMNS = 50
"""A chart beside another one has at least so many."""

MOST_BESIDE = 3
"""Time, throughput and memory."""


class ChartPane(Vertical, can_focus=True):
    """Time, throughput and memory, as many at once as fit; PgUp and PgDn go to the others."""

    about: ClassVar[str] = (
        "Time, throughput and memory against the batch size, with 95 % intervals where the "
        "document has some. PgDn and PgUp, or a click, go from one network and mode to the next."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("pagedown,down", "turn(1)", "Next charts", show=False),
        Binding("pageup,up", "turn(-1)", "Charts before", show=False),
    ]

    DEFAULT_CSS = """
    ChartPane {
        height: 1fr;
        #which { height: 1; color: $text-muted; }
        #drawings { height: 1fr; }
        LineChart { width: 1fr; margin-right: 2; }
    }
    """

    def __init__(self, document: Document, *, ascii: bool, classes: str | None = None) -> None:
        super().__init__(classes=classes)
        self._ascii = ascii
        self._charts = list(charts(document))
        self._place = 0

    def compose(self) -> ComposeResult:
        """Room for as many charts as are ever beside each other."""
        yield Static(id="which", markup=False)
        with Horizontal(id="drawings"):
            for _ in range(MOST_BESIDE):
                yield LineChart(ascii=self._ascii)

    def on_mount(self) -> None:
        """Show the first."""
        self._show()

    def on_resize(self) -> None:
        """As many beside each other as there is room for."""
        self._show()

    def on_click(self) -> None:
        """On to the next."""
        self.action_turn(1)

    def action_turn(self, step: int) -> None:
        """To the next page of charts."""
        self._place += step
        self._show()

    def pages(self) -> list[list[Chart]]:
        """The charts that are seen together; those of one network and mode only."""
        beside = min(max(self.size.width // LEAST_COLUMNS, 1), MOST_BESIDE)
        found: list[list[Chart]] = []
        for _, members in groupby(self._charts, key=lambda chart: chart.group):
            group = list(members)
            found += [group[first : first + beside] for first in range(0, len(group), beside)]
        return found

    def _show(self) -> None:
        pages = self.pages()
        place = self._place % len(pages) if pages else 0
        shown = pages[place] if pages else []
        words = f"Charts {place + 1} of {len(pages)}; PgDn and PgUp show the others."
        if len(pages) < 2:
            words = "" if pages else "There is nothing to draw."
        self.query_one("#which", Static).update(words)
        for number, drawing in enumerate(self.query(LineChart)):
            drawing.display = number < len(shown)
            drawing.show(shown[number] if number < len(shown) else None)
