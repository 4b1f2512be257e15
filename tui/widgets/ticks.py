"""Ticked boxes that can be told from empty ones without colour, which a terminal may not have."""

from rich.segment import Segment
from textual.screen import Screen
from textual.strip import Strip
from textual.widgets import Checkbox, SelectionList, Static

TICK, EMPTY = "X", " "
BRACKETS = ("[", "]")


class TickBox(Checkbox):
    """A one-line Checkbox that is empty when it is off."""

    def __init__(self, label: str, value: bool, *, id: str) -> None:
        super().__init__(label, value, id=id, compact=True)
        self._fill()

    def watch_value(self) -> None:
        """Textual's own inner character is the same for both."""
        self._fill()
        super().watch_value()

    def _fill(self) -> None:
        self.BUTTON_INNER = TICK if self.value else EMPTY


class TickList(SelectionList[str]):
    """A SelectionList of names whose boxes are empty when they are off."""

    brackets: tuple[str, str] | None = None
    """Instead of the half blocks beside a box."""

    def render_line(self, y: int) -> Strip:
        """The second segment of an option's first line is its box."""
        strip = super().render_line(y)
        number = self.scroll_offset.y + y
        if number >= self.option_count:
            return strip
        segments = list(strip)
        if len(segments) < 3 or segments[1].text != Checkbox.BUTTON_INNER:
            return strip
        if self.get_option_at_index(number).value not in self.selected:
            segments[1] = Segment(EMPTY, segments[1].style)
        if self.brackets is not None:
            segments[0] = Segment(self.brackets[0], segments[1].style)
            segments[2] = Segment(self.brackets[1], segments[1].style)
        return Strip(segments, strip.cell_length)


def draw_in_ascii(screen: Screen[None]) -> None:
    """Boxes and arrows of a screen's forms without any other character."""
    for box in screen.query(TickBox):
        box.BUTTON_LEFT, box.BUTTON_RIGHT = BRACKETS
        box.refresh()
    for listed in screen.query(TickList):
        listed.brackets = BRACKETS
        listed.refresh()
    for arrow, sign in ((".down-arrow", "v"), (".up-arrow", "^")):
        for each in screen.query(f"SelectCurrent {arrow}").results(Static):
            each.update(sign)
