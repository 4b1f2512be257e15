"""What the tests of drawings share: rows as text, and a widget alone on a screen."""

import asyncio
from collections.abc import Callable

from hypothesis import settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.widget import Widget

from tui.canvas import Canvas

steady = settings(derandomize=True, deadline=None)
"""The same examples every time, however long a busy machine takes for one."""

HOSTILE = "\x1b[31m[bold red]x[/]\n漢字👩\u200d👩\u200d👧é\u202e\u0301\ufe0f\ud800"

names = st.one_of(st.text(max_size=40), st.sampled_from([HOSTILE, "漢字" * 20, "[b]", ""]))


def rows(canvas: Canvas) -> list[str]:
    """The canvas as text, without the spaces at the ends of rows."""
    return [row.rstrip() for row in whole_rows(canvas)]


def whole_rows(canvas: Canvas) -> list[str]:
    return ["".join(text for text, _ in runs) for runs in canvas.runs()]


def check(canvas: Canvas) -> None:
    """Each row has as many cells as the grid, and no character that acts."""
    assert len(canvas.cells()) == canvas.rows
    for cells, row in zip(canvas.cells(), whole_rows(canvas), strict=True):
        assert len(cells) == canvas.columns == cell_len(row)
        assert not set(row) & set("\x1b\n\r\t\u202e\u200d\ud800")
        assert row.isascii() or not canvas.ascii


class Stage(App[None]):
    """One widget, as large as the terminal."""

    def __init__(self, widget: Widget) -> None:
        super().__init__()
        self.widget = widget

    def compose(self) -> ComposeResult:
        yield self.widget

    def lines(self) -> list[str]:
        """What the widget shows, without the spaces at the ends of rows."""
        strips = self.widget.render_lines(self.widget.size.region)
        assert all(strip.cell_length == self.widget.size.width for strip in strips)
        return [strip.text.rstrip() for strip in strips]


def played(widget: Widget, play: Callable[[], None], *sizes: tuple[int, int]) -> list[list[str]]:
    """The widget's lines after `play` at the first size, and after a resize to each other."""

    async def run() -> list[list[str]]:
        stage = Stage(widget)
        async with stage.run_test(size=sizes[0]) as pilot:
            play()
            await pilot.pause()
            seen = [stage.lines()]
            for size in sizes[1:]:
                await pilot.resize_terminal(*size)
                await pilot.pause()
                seen.append(stage.lines())
            return seen

    return asyncio.run(run())
