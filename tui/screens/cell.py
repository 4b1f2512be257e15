"""One cell: distributions, verdict, proof, memory, stages, conditions, settings; kernels."""

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Footer, Static, TabbedContent, TabPane

from benchcore.report.plain import plain
from benchcore.report.table import MODE_TITLES
from benchcore.report.terminal import STYLES
from benchcore.result import CellResult, Document
from tui.cell_page import Part, environment_lines, parts, styled
from tui.screens.base import BenchScreen
from tui.screens.export import Exportable, ExportScreen
from tui.trace_again import request
from tui.widgets.histogram import Distribution, Histogram
from tui.widgets.kernel_pane import KernelPane

SLIM = 100
"""Below so many columns the distributions are one below the other, so that each is named."""

CELL, KERNELS = "cell", "kernels"
"""The pages, as their tabs and exported files are named."""

MOST_WIDTH = 118
"""Longer lines are hard to read."""


class CellScreen(BenchScreen):
    """Two pages that scroll; the cells before and behind are a key away."""

    ABOUT: ClassVar[str] = (
        "Everything the document says of one cell. The bars at the top are the distribution of "
        "each contender's timed iterations, all with outliers, without blocks that were repeated. "
        "The page Kernels tells where the time goes, class by class, if the cell was traced; if "
        "not, t measures it anew, traced, in a document of its own."
    )

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("n,right", "step(1)", "Next cell"),
        Binding("b,left", "step(-1)", "Cell before"),
        Binding("tab", "next_tab", "Next tab"),
        Binding("shift+tab", "next_tab", "Next tab", show=False),
        Binding("t", "trace", "Measure and trace this cell", show=False),
        Binding("e", "export", "Export"),
        Binding("escape", "back", "Back", show=False),
    ]

    CSS_PATH = "cell.tcss"

    def __init__(self, document: Document, cell: CellResult, path: Path | None) -> None:
        super().__init__()
        self._document = document
        self._place = next(n for n, each in enumerate(document.cells) if each is cell)
        self._path = path
        names = dict.fromkeys(name for each in document.cells for name in each.contenders)
        self._pens = {name: pen for pen, name in enumerate(names)}

    @property
    def cell(self) -> CellResult:
        """The one that is shown."""
        return self._document.cells[self._place]

    def compose(self) -> ComposeResult:
        """A page for any cell; `_show` fills it."""
        yield Static(id="title", markup=False)
        ascii = self.bench.settings.ascii
        with TabbedContent(id="tabs"):
            with TabPane("Cell", id=CELL), VerticalScroll(id="page"):
                with Horizontal(id="distributions"):
                    for _ in range(max(len(cell.contenders) for cell in self._document.cells)):
                        yield Histogram(ascii=ascii)
                yield Static(id="words", markup=False)
            with TabPane("Kernels", id=KERNELS):
                yield KernelPane(self._document, ascii=ascii)
        yield Footer()

    def on_mount(self) -> None:
        """Show the chosen cell."""
        self._show()

    def on_resize(self) -> None:
        """Tables and sentences follow the width; drawings too."""
        self.set_class(self.size.width < SLIM, "-slim")
        self._show_words()

    def action_step(self, cells: int) -> None:
        """To another cell of the document."""
        self._place = (self._place + cells) % len(self._document.cells)
        self._show()
        for page in self.query(VerticalScroll):
            page.scroll_home(animate=False)
        self.refresh_bindings()

    def action_next_tab(self) -> None:
        """To the other page."""
        tabs = self.query_one(TabbedContent)
        tabs.active = CELL if tabs.active == KERNELS else KERNELS

    @on(TabbedContent.TabActivated)
    def _focus_tab(self) -> None:
        """Keys scroll what the tab shows."""
        (self._kernels if self._on_kernels else self.query_one("#page")).focus()
        self.refresh_bindings()

    @property
    def _on_kernels(self) -> bool:
        return self.query_one(TabbedContent).active == KERNELS

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only a page without a profile offers to make one."""
        if action == "trace" and self.is_mounted:
            return self._on_kernels and self.cell.profile is None
        return super().check_action(action, parameters)

    def action_trace(self) -> None:
        """Measure this cell anew and trace it; its document is one more."""
        self.bench.begin_run(request(self._document, self.cell))

    def action_export(self) -> None:
        """This page, or the document."""
        stem = "cell" if self._path is None else self._path.stem
        page = KERNELS if self._on_kernels else CELL
        self.app.push_screen(
            ExportScreen(
                Exportable(
                    stem=f"{stem}-{page}",
                    whole=self._document,
                    shown_text=self._kernels.text if page == KERNELS else self._words().plain,
                    screenshot_svg=self.app.export_screenshot(),
                )
            )
        )

    def _show(self) -> None:
        cell = self.cell
        mode = MODE_TITLES.get(cell.mode, cell.mode)
        count = f"cell {self._place + 1} of {len(self._document.cells)}"
        title = f"{cell.network}, {mode}, batch {cell.batch} - {count}"
        self.query_one("#title", Static).update(Text(plain(title)))
        known = [
            (name, result)
            for name, result in cell.contenders.items()
            if Distribution.of(name, 0, result) is not None
        ]
        drawings = self.query_one("#distributions", Horizontal)
        drawings.display = bool(known)
        for place, drawing in enumerate(self.query(Histogram)):
            drawing.display = place < len(known)
            if drawing.display:
                name, result = known[place]
                drawing.show(name, self._pens[name], result)
        self._show_words()

    def _show_words(self) -> None:
        self.query_one("#words", Static).update(self._words())
        self._kernels.show(self.cell, self._pens, self._width)

    @property
    def _kernels(self) -> KernelPane:
        return self.query_one(KernelPane)

    @property
    def _width(self) -> int:
        """Of a line of words."""
        return min(max(self.size.width - 4, 40), MOST_WIDTH)

    def _words(self) -> Text:
        width = self._width
        text = styled([*parts(self._document, self.cell, width), *self._environment()])
        text.highlight_words(list(STYLES), "bold")
        return text

    def _environment(self) -> list[Part]:
        return [
            Part(f"Environment: {part.title}", part.lines)
            for part in environment_lines(self._document)
        ]
