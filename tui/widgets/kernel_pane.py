"""The page of a cell that tells where its time goes: sentences, tables with bars, lists."""

from collections.abc import Mapping
from textwrap import wrap
from typing import ClassVar

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from benchcore.report.profile_words import unknown
from benchcore.report.text import table_lines
from benchcore.result import CellResult, Document
from tui.canvas import harmless
from tui.cell_page import Part, styled
from tui.kernel_page import Section, column_gap, rest, sections
from tui.trace_again import command
from tui.widgets.gap_chart import GapChart
from tui.words import wrapped


class KernelPane(VerticalScroll):
    """Scrolls; says how a profile is made where the document has none of the cell."""

    about: ClassVar[str] = (
        "Where an iteration's time goes, by class of kernel: traced iterations of each contender, "
        "and the gap to the reference in rows that add up. A bar to the right is time that the "
        "contender takes more, to the left less. Below: the host, the algorithms of "
        "convolutions, the longest kernels."
    )

    DEFAULT_CSS = """
    KernelPane {
        padding: 0 1;
        Static { height: auto; text-wrap: nowrap; text-overflow: clip; }
        GapChart { max-width: 118; margin-bottom: 1; }
    }
    """

    def __init__(self, document: Document, *, ascii: bool) -> None:
        super().__init__()
        self._document = document
        self._ascii = ascii
        self._most = max(
            (len(c.profile.contenders) for c in document.cells if c.profile is not None), default=0
        )
        self._text = ""

    def compose(self) -> ComposeResult:
        """Room for the sections of any of the document's cells."""
        yield Static(id="kernels-top", markup=False)
        for _ in range(self._most):
            yield Static(classes="about-chart", markup=False)
            yield GapChart(ascii=self._ascii)
        yield Static(id="kernels-rest", markup=False)

    @property
    def text(self) -> str:
        """All that is shown, without the bars."""
        return self._text

    def show(self, cell: CellResult, pens: Mapping[str, int], width: int) -> None:
        """Show this cell in lines of at most `width` cells."""
        try:
            top, shown, below = self._content(cell, width)
        except Exception as error:
            # Figures that no run writes may defeat the arithmetic; that must not end the screens.
            why = f"This profile can't be shown: {type(error).__name__}: {error}"
            top, shown, below = [Part("Kernels", wrapped([why], width))], [], []
        heads = [Part(one.title, wrapped(one.sentences, width)) for one in shown]
        slots = zip(self.query(".about-chart").results(Static), self.query(GapChart), strict=True)
        for place, (about, chart) in enumerate(slots):
            about.display = chart.display = place < len(shown)
            if chart.display:
                one = shown[place]
                words = self._styled([heads[place]])
                words.rstrip()
                about.update(words)
                mine = pens.get(one.contender, len(pens))
                chart.show(one, (mine, pens.get(one.reference or "", mine)))
        for name, parts in (("#kernels-top", top), ("#kernels-rest", below)):
            around = self.query_one(name, Static)
            around.display = bool(parts)
            around.update(self._styled(parts))
        tables = [
            Part(head.title, [*head.lines, *table_lines(one.table, width, column_gap(width))])
            for head, one in zip(heads, shown, strict=True)
        ]
        self._text = styled([*top, *tables, *below]).plain

    def _content(
        self, cell: CellResult, width: int
    ) -> tuple[list[Part], list[Section], list[Part]]:
        """What is said first, the tables with bars, and what comes below them."""
        profile = cell.profile
        if profile is None:
            return [Part("Not traced", _how_to(command(self._document, cell), width))], [], []
        missing = wrapped(unknown(profile), width)
        return (
            [Part("Not traced", missing)] if missing else [],
            list(sections(cell, profile, ascii=self._ascii)),
            list(rest(cell, profile, width, ascii=self._ascii)),
        )

    def _styled(self, parts: list[Part]) -> Text:
        return styled(
            Part(harmless(part.title, self._ascii), [harmless(x, self._ascii) for x in part.lines])
            for part in parts
        )


def _how_to(command: str, width: int) -> list[str]:
    """How this cell gets a profile. The command is not broken at its hyphens."""
    said = "The document has no profile of this cell; this command makes one that has:"
    return [
        *wrap(said, width),
        "",
        *wrap(command, width, break_on_hyphens=False, subsequent_indent="  "),
        "",
        *wrap("Then open FILE: python -m tui FILE. The key t measures and traces it here.", width),
    ]
