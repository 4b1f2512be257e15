"""A result: factor tables, charts, the summary in words, the environment."""

from dataclasses import replace
from pathlib import Path
from typing import ClassVar

import msgspec
from rich.text import Text
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Footer, Static, TabbedContent, TabPane

from benchcore.report.plain import plain
from benchcore.report.summary import findings, limits
from benchcore.report.tables import headline
from benchcore.result import CellResult, Document
from tui.cell_page import environment_lines
from tui.cell_words import remarks
from tui.factor_sheet import Options, document_sheet
from tui.metrics import METRICS
from tui.screens.base import BenchScreen
from tui.screens.cell import CellScreen
from tui.screens.export import Exportable, ExportScreen
from tui.sheet import Sheet, sorted_by
from tui.sheet_export import as_csv, as_markdown, as_text
from tui.widgets.chart_pane import ChartPane
from tui.widgets.lines import Lines
from tui.widgets.selector import Selector
from tui.widgets.table_view import TableView
from tui.words import wrapped

WIDE = 110

MODE_TABS = {"infer": "Inference", "train": "Training"}

ALL = "all"


class ResultsScreen(BenchScreen):
    """Shows one document; nothing here changes it."""

    ABOUT: ClassVar[str] = (
        "A result. A factor is contender / reference: below 1 the contender is better. The lines "
        "under a table say what stands behind the row under the cursor; Enter opens its cell. m "
        "goes from the median to the 90th percentile, images/s and joules an image; s sorts by "
        "the next column, o turns the order round; n and c show one network or contender only."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("m", "metric", "Metric"),
        Binding("s", "sort", "Sort", show=False),
        Binding("tab", "next_tab", "Next tab"),
        Binding("e", "export", "Export"),
        Binding("h", "history", "History"),
        Binding("o", "turn", "Turn the order round", show=False),
        Binding("n", "network", "One network", show=False),
        Binding("c", "contender", "One contender", show=False),
        Binding("shift+tab", "tab_before", "Tab before", show=False),
        Binding("escape", "back", "Back", show=False),
    ]

    CSS_PATH = "results.tcss"

    def __init__(self, document: Document, path: Path | None) -> None:
        super().__init__()
        self.document = document
        self.path = path
        self._options = Options()
        self._sort: tuple[int, bool] | None = None
        cells = document.cells
        self._modes = [mode for mode in MODE_TABS if any(c.mode == mode for c in cells)]
        self._modes += [m for m in dict.fromkeys(c.mode for c in cells) if m not in MODE_TABS]
        self._networks = list(dict.fromkeys(cell.network for cell in cells))
        names = dict.fromkeys(name for cell in cells for name in cell.contenders)
        self._contenders = [name for name in names if name != document.plan.reference]

    def compose(self) -> ComposeResult:
        """Tabs over what each of them holds; a tall screen has charts below its table."""
        ascii = self.bench.settings.ascii
        where = "the document" if self.path is None else str(self.path)
        yield Static(Text(plain(f"Result: {where}")), id="title")
        with TabbedContent(id="tabs"):
            for number, mode in enumerate(self._modes):
                with TabPane(MODE_TABS.get(mode, plain(mode)), id=f"mode-{number}"):
                    yield TableView(id=f"table-{number}")
                    yield ChartPane(self._only(mode), ascii=ascii, classes="below-table")
            with TabPane("Charts", id="charts"):
                yield ChartPane(self.document, ascii=ascii)
            with TabPane("Summary", id="summary"):
                yield Lines()
            with TabPane("Environment", id="environment"):
                yield Lines()
        with Vertical(id="below"):
            yield Selector(self._choices(), id="choices")
            yield Static(id="detail", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """The first tab with a table, or the words that say why there is none."""
        self._fill()
        self._focus_tab()

    def on_resize(self, event: events.Resize) -> None:
        """More blanks and whole names where there is room."""
        wide = event.size.width >= WIDE
        self.set_class(event.size.height >= 36, "-tall")
        self._options = replace(self._options, wide=wide)
        for table in self.query(TableView):
            table.set_gap(2 if wide else 1)
        self._fill()
        self._fill_words()

    def _only(self, mode: str) -> Document:
        """The document's cells of one mode."""
        cells = [cell for cell in self.document.cells if cell.mode == mode]
        return msgspec.structs.replace(self.document, cells=cells)

    @property
    def sheet(self) -> Sheet | None:
        """The table that is shown, if one is."""
        table = self._table()
        return None if table is None else table.sheet

    def _table(self) -> TableView | None:
        pane = self.query_one(TabbedContent).active_pane
        return None if pane is None else next(iter(pane.query(TableView)), None)

    def _choices(self) -> list[tuple[str, str, str]]:
        """What the line of choices says: action, name, value."""
        options = self._options
        found = [("metric", "metric", options.metric.name)]
        if len(self._networks) > 1:
            found.append(("network", "network", options.network or ALL))
        if len(self._contenders) > 1:
            found.append(("contender", "contender", options.contender or ALL))
        column, descending = self._sort or (None, False)
        order = "as measured"
        if column is not None and self.is_mounted and (sheet := self.sheet) is not None:
            heading = sheet.columns[column]
            order = f"{heading.group} {heading.heading}".strip()
        found.append(("sort", "sort", order))
        if column is not None:
            found.append(("turn", "order", "falling" if descending else "rising"))
        return found

    def _fill(self) -> None:
        """The tables, as the options say."""
        for number, mode in enumerate(self._modes):
            sheet = document_sheet(self.document, replace(self._options, mode=mode))
            if self._sort is not None and self._sort[0] < len(sheet.columns):
                column, descending = self._sort
                sheet = sorted_by(sheet, column, descending=descending)
            self.query_one(f"#table-{number}", TableView).show(sheet)
        self.query_one(Selector).show(self._choices())
        self._tell()

    def _fill_words(self) -> None:
        """Sentences, as long as the screen is wide."""
        width = min(max(self.size.width - 3, 40), 118)
        said = [*headline(self.document), "", *findings(self.document), ""]
        if self.document.cells:
            said += ["What this run can't say:", *limits(self.document)]
        else:
            said += ["Nothing was measured."]
        said += ["", *(f"Note: {note}" for note in self.document.notes)]
        self.query_one("#summary Lines", Lines).show("\n".join(wrapped(said, width)))
        lines: list[str] = []
        for part in environment_lines(self.document):
            lines += [part.title, *wrapped([f"  {line}" for line in part.lines], width), ""]
        self.query_one("#environment Lines", Lines).show("\n".join(lines))

    @on(TableView.Moved)
    @on(TabbedContent.TabActivated)
    def _tell(self) -> None:
        """What stands behind the row under the cursor."""
        table = self._table() if self.is_mounted else None
        self.query_one("#below").display = table is not None
        if table is None:
            return
        cell, name = self._under_cursor(table)
        said = list(table.sheet.remarks)
        # A verdict is about the median: of another quantity the note says what there is to know.
        if cell is not None and self._options.metric.judged:
            said += remarks(cell, name, self.document.plan.reference)
        self.query_one("#detail", Static).update(Text(plain(" ".join(said))), layout=False)

    def _under_cursor(self, table: TableView) -> tuple[CellResult | None, str]:
        key = table.key
        if isinstance(key, tuple):
            for cell in self.document.cells:
                if (cell.network, cell.mode, cell.batch) == key[:3]:
                    return cell, key[3]
        return None, ""

    @on(TableView.Chosen)
    def _open_cell(self) -> None:
        table = self._table()
        cell = None if table is None else self._under_cursor(table)[0]
        if cell is not None:
            self.app.push_screen(CellScreen(self.document, cell, self.path))

    @on(TableView.HeadingPressed)
    def _heading_pressed(self, event: TableView.HeadingPressed) -> None:
        if self._sort is not None and self._sort[0] == event.column:
            self.action_turn()
        else:
            self._sort = (event.column, False)
            self._fill()

    @on(TabbedContent.TabActivated)
    def _focus_tab(self) -> None:
        """Keys go to what the tab shows."""
        pane = self.query_one(TabbedContent).active_pane
        if pane is not None:
            for widget in pane.query("TableView, Lines, ChartPane"):
                widget.focus()
                return

    def action_metric(self) -> None:
        """The next quantity."""
        place = METRICS.index(self._options.metric)
        self._options = replace(self._options, metric=METRICS[(place + 1) % len(METRICS)])
        self._fill()

    def action_sort(self) -> None:
        """By the next column; after the last one as measured again."""
        sheet = self.sheet
        columns = 0 if sheet is None else len(sheet.columns)
        column = 0 if self._sort is None else self._sort[0] + 1
        self._sort = (column, False) if column < columns else None
        self._fill()

    def action_turn(self) -> None:
        """The same column the other way round."""
        if self._sort is not None:
            self._sort = (self._sort[0], not self._sort[1])
            self._fill()

    def action_network(self) -> None:
        """All networks, then each by itself."""
        if len(self._networks) < 2:
            self.tell("There is only one network.")
            return
        network = _next(self._options.network, self._networks)
        self._options = replace(self._options, network=network)
        self._fill()

    def action_contender(self) -> None:
        """All contenders, then each by itself."""
        if len(self._contenders) < 2:
            self.tell("There is only one contender beside the reference.")
            return
        contender = _next(self._options.contender, self._contenders)
        self._options = replace(self._options, contender=contender)
        self._fill()

    def action_next_tab(self) -> None:
        """To the right, round and round."""
        self._turn_tab(1)

    def action_tab_before(self) -> None:
        """To the left."""
        self._turn_tab(-1)

    def _turn_tab(self, step: int) -> None:
        tabs = self.query_one(TabbedContent)
        names = [pane.id for pane in tabs.query(TabPane) if pane.id]
        tabs.active = names[(names.index(tabs.active) + step) % len(names)]

    def action_export(self) -> None:
        """What is on the screen, or the whole document."""
        sheet = self.sheet
        pane = self.query_one(TabbedContent).active_pane
        shown = None if pane is None else next(iter(pane.query(Lines)), None)
        text = None if shown is None else "\n".join(line.plain for line in shown.texts) + "\n"
        self.app.push_screen(
            ExportScreen(
                Exportable(
                    stem="result" if self.path is None else self.path.stem,
                    whole=self.document,
                    shown_markdown=None if sheet is None else as_markdown(sheet),
                    shown_csv=None if sheet is None else as_csv(sheet),
                    shown_text=text if sheet is None else as_text(sheet),
                    screenshot_svg=self.app.export_screenshot(),
                )
            )
        )

    def action_history(self) -> None:
        """Other documents."""
        self.bench.open_history()


def _next(now: str | None, values: list[str]) -> str | None:
    """None, then each value, then None again."""
    choices = [None, *values]
    return choices[(choices.index(now) + 1) % len(choices)]
