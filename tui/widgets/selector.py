"""A line of choices, each with its value; a click on one goes to its next value."""

from typing import ClassVar

from rich.text import Text
from textual.widgets import Static

from benchcore.report.plain import plain


class Selector(Static):
    """Shows `name: value` for each choice and runs the screen's action of a clicked one."""

    about: ClassVar[str] = "What the table shows; a click on a choice goes to its next value."

    def __init__(self, choices: list[tuple[str, str, str]], *, id: str | None = None) -> None:
        super().__init__(id=id, markup=False)
        self.tooltip = self.about
        self._first = choices

    def on_mount(self) -> None:
        """Show what there is from the start."""
        self.show(self._first)

    def show(self, choices: list[tuple[str, str, str]]) -> None:
        """Each choice is the name of an action of the screen, a name and a value."""
        text = Text()
        for action, name, value in choices:
            text.append_text(_choice(action, name, value))
        self.update(text, layout=False)


def _choice(action: str, name: str, value: str) -> Text:
    text = Text(f"{name}: {plain(value)}", style="bold")
    text.apply_meta({"@click": f"screen.{action}"})
    return text.append("   ")
