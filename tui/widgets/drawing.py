"""Widgets whose content is drawn on a canvas, and what one says when nothing can be drawn."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.widget import Widget

from benchcore.report.palette import DARK, LIGHT, colour
from tui.canvas import FRAME, Canvas, cells_of, fitted

LEAST_COLUMNS, LEAST_ROWS = 20, 5
"""Below, a drawing says only that it has too little room."""

TOO_SMALL = "too small"


class Drawing(Widget):
    """A widget whose content is a canvas, drawn anew only when it changes or is resized."""

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "graph--frame",
        *(f"graph--pen-{pen}" for pen in range(len(DARK))),
    }
    DEFAULT_CSS = (
        "Drawing { width: 1fr; height: 1fr; }\n"
        "Drawing > .graph--frame { color: $text-muted; }\n"
        # A contender has the colour that it has in the reports.
        + "".join(f"Drawing > .graph--pen-{n} {{ color: {hue}; }}\n" for n, hue in enumerate(DARK))
        + "".join(
            f"Drawing:light > .graph--pen-{n} {{ color: {hue}; }}\n" for n, hue in enumerate(LIGHT)
        )
    )

    def __init__(
        self,
        *,
        ascii: bool = False,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._ascii = ascii
        self._strips: list[Strip] = []
        self._strips_size: tuple[int, int] | None = None

    def draw(self, canvas: Canvas) -> None:
        """Draw the content on an empty canvas of the widget's size."""
        raise NotImplementedError

    def redraw(self) -> None:
        """The content has changed."""
        self._strips_size = None
        self.refresh()

    def notify_style_update(self) -> None:
        """Another theme: the same content in other colours."""
        self._strips_size = None
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        """One line, from the drawing that is kept."""
        size = (self.size.width, self.size.height)
        if self._strips_size != size:
            canvas = Canvas(*size, ascii=self._ascii)
            self.draw(canvas)
            self._strips = [
                Strip([Segment(text, self._style(pen)) for text, pen in runs], size[0])
                for runs in canvas.runs()
            ]
            self._strips_size = size
        return self._strips[y] if y < len(self._strips) else Strip.blank(size[0], self.rich_style)

    def _style(self, pen: int | None) -> Style:
        if pen is None:
            return self.rich_style
        return self.get_component_rich_style(
            "graph--frame" if pen == FRAME else f"graph--pen-{colour(pen)}"
        )


def say(canvas: Canvas, words: str, least_rows: int = LEAST_ROWS) -> None:
    """Words in the middle of the canvas; if it is too small for a drawing, just that."""
    if too_small(canvas, least_rows):
        words = TOO_SMALL
    words = fitted(words, canvas.columns, canvas.ascii)
    canvas.text((canvas.columns - cells_of(words)) // 2, (canvas.rows - 1) // 2, words)


def too_small(canvas: Canvas, least_rows: int = LEAST_ROWS) -> bool:
    """Whether no drawing fits."""
    return canvas.columns < LEAST_COLUMNS or canvas.rows < least_rows
