"""The contenders: a list to choose from, in which those that can't run here say why."""

from collections.abc import Iterable, Mapping, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import SelectionList, Static
from textual.widgets.selection_list import Selection

from benchcore.device import Standing
from benchcore.report.plain import plain
from tui.widgets.explained import explained
from tui.widgets.ticks import TickList

ASKING = "asking..."
NOT_HERE = "not here"

ROOMY_COLUMNS = 50
"""From this width on each contender's description stands beside its name."""

TALL_ROWS = 36
"""From this height on all of them stand below the list too, in full."""


class ContenderList(Vertical):
    """A SelectionList, and below it the reasons in full.

    What the user wants is remembered apart from what is selected: a contender that can't run on one
    device comes back when another device is chosen.
    """

    DEFAULT_CSS = """
    ContenderList {
        border: round $primary;
        padding: 0 1;
    }
    ContenderList SelectionList { height: auto; }
    ContenderList VerticalScroll { height: 1fr; min-height: 1; }
    ContenderList Static { height: auto; color: $text-muted; }
    """

    class Changed(Message):
        """Another choice."""

    def __init__(self, names: Sequence[str], wanted: Iterable[str]) -> None:
        super().__init__(id="contender-panel")
        self._names = tuple(names)
        self._wanted = set(wanted)
        self._standings: Mapping[str, Standing] = {}
        self._roomy = False
        self._tall = False
        self._asked = False
        self._width = max(map(len, self._names), default=0) + 2
        self.border_title = "Contenders"
        self._list = explained(
            TickList(
                *(Selection(self._prompt(n), n, n in self._wanted) for n in self._names),
                id="contenders",
                compact=True,
            ),
            "What is measured against what: every figure is divided by torch's. Space takes one "
            "on or off; those that can't run on the device are greyed, with the reason below.",
        )
        self._reasons = Static("", id="reasons", markup=False)

    def compose(self) -> ComposeResult:
        """The list, and the reasons, which scroll where there are many."""
        yield self._list
        with VerticalScroll(can_focus=False):
            yield self._reasons

    def on_resize(self, event: events.Resize) -> None:
        """Descriptions need room."""
        before = self._roomy, self._tall
        self._roomy = event.size.width >= ROOMY_COLUMNS
        self._tall = self._roomy and event.size.height >= TALL_ROWS
        if before != (self._roomy, self._tall):
            self._show_prompts()
            self._explain(None)

    @property
    def chosen(self) -> list[str]:
        """The names that are selected, in the list's order."""
        return [name for name in self._names if name in self._list.selected]

    @property
    def wanted(self) -> list[str]:
        """What the user chose, whether or not it can run on the device."""
        return [name for name in self._names if name in self._wanted]

    @property
    def missing(self) -> list[str]:
        """Those that are wanted and can't run here."""
        return [name for name in self._names if name in self._wanted and self._reason(name)]

    def want(self, names: Iterable[str]) -> None:
        """Choose these and no others, as far as they can run."""
        self._wanted = set(names)
        self._select()

    def stand(self, standings: Mapping[str, Standing] | None) -> None:
        """Show who can run, and why the others can't; None while they are asked."""
        self._standings = standings or {}
        self._show_prompts()
        for index, name in enumerate(self._names):
            if self._reason(name) is None:
                self._list.enable_option_at_index(index)
            else:
                self._list.disable_option_at_index(index)
        self._asked = standings is not None
        self._explain(None)
        self._select()

    def _explain(self, name: str | None) -> None:
        """Below the list: what the highlighted contender is, then why others can't run."""
        lines = [
            Content.assemble((plain(each), "bold"), ": ", plain(reason))
            for each in self._names
            if (reason := self._reason(each)) is not None
        ]
        if not self._asked:
            lines = [Content("Who can run here is being asked...")]
        elif not lines:
            lines = [Content("All of them can run here.")]
        described = list(self._standings) if self._tall else [name or ""]
        about = [
            Content.assemble((plain(each), "bold"), ": ", plain(standing.description), ".")
            for each in described
            if (standing := self._standings.get(each)) is not None and standing.description
        ]
        if about and self._tall:
            lines = [Content(""), *about, Content(""), *lines]
        else:
            lines = [*about, *lines]
        self._reasons.update(Content("\n").join(lines))

    @on(SelectionList.SelectionHighlighted)
    def _highlighted(self, event: SelectionList.SelectionHighlighted[str]) -> None:
        event.stop()
        if self._list.has_focus:  # the first one is highlighted before anybody looks at it
            self._explain(event.selection.value)

    def _show_prompts(self) -> None:
        for index, name in enumerate(self._names):
            self._list.replace_option_prompt_at_index(index, self._prompt(name))

    def _reason(self, name: str) -> str | None:
        standing = self._standings.get(name)
        return None if standing is None else standing.reason

    def _prompt(self, name: str) -> Content:
        standing = self._standings.get(name)
        if standing is None:
            said = ASKING
        elif standing.reason is not None:
            said = NOT_HERE
        else:
            said = (standing.description or "") if self._roomy else ""
        return Content.assemble(plain(name).ljust(self._width), (plain(said), "dim"))

    def _select(self) -> None:
        with self.prevent(SelectionList.SelectedChanged):
            for name in self._names:
                if name in self._wanted and self._reason(name) is None:
                    self._list.select(name)
                else:
                    self._list.deselect(name)
        self.post_message(self.Changed())

    @on(SelectionList.SelectionToggled)
    def _toggled(self, event: SelectionList.SelectionToggled[str]) -> None:
        event.stop()
        self._wanted ^= {event.selection.value}
        self.post_message(self.Changed())
