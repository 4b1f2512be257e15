"""What a plan will take: in words, and cell by cell where the screen has room for it."""

from collections.abc import Sequence

import msgspec
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import DataTable, Static

from benchcore import forecast
from benchcore.plan import Plan
from benchcore.progress import duration
from benchcore.report.plain import plain
from benchcore.result import Document
from tui.widgets.explained import explained

MOST_TIMED_CELLS = 64
"""In a longer table the time of each cell isn't forecast: that would be felt while typing."""


def time_text(told: forecast.Forecast) -> str:
    """`About 4 min, from an earlier run here`."""
    basis = "a guess until the first cell is done" if told.is_guess else "from an earlier run here"
    return f"About {duration(told.duration_s)}, {basis}"


def memory_text(plan: Plan, free_mib: float | None) -> str:
    """The largest process of all cells, and the most that the contenders take together."""
    peaks = [
        {name: forecast.forecast_mib(cell, name, plan.device) for name in plan.contenders}
        for cell in plan.cells()
    ]
    largest_mib, name = max((mib, name) for cell in peaks for name, mib in cell.items())
    together_mib = max(sum(cell.values()) for cell in peaks)
    free = "" if free_mib is None else f"; {forecast.mib_text(free_mib)} free"
    together = f", {forecast.mib_text(together_mib)} together" if len(plan.contenders) > 1 else ""
    return f"Memory up to {forecast.mib_text(largest_mib)} ({plain(name)}){together}{free}"


def profile_text(plan: Plan) -> str:
    """What the profile does with a cell, in two sentences."""
    budget = plan.budget
    if budget.uses_mean:
        count = budget.block_max_iterations
        return f"Profile {plan.profile}: the mean of {count} iterations, as in 2020."
    launches = (
        "one launch"
        if budget.max_launches == 1
        else f"{budget.launches} to {budget.max_launches} launches"
    )
    return (
        f"Profile {plan.profile}: {launches} a cell; in each, {budget.rounds} rounds of "
        f"{budget.block_s:g} s or at least {budget.block_min_iterations} iterations for every "
        f"contender, after {budget.warmup_s:g} to {budget.warmup_cap_s:g} s of warm-up. "
        f"No launch begins once a cell has been timed for {budget.cell_s:g} s."
    )


class Outlook(VerticalScroll):
    """Cells, time, memory and what to know before starting; or why it can't start."""

    DEFAULT_CSS = """
    Outlook Static { height: auto; }
    """

    def __init__(self) -> None:
        super().__init__(id="outlook")
        explained(self, "What the plan will take, before anything is measured. Arrows scroll it.")
        self._text = Static(id="outlook-text", markup=False)

    def compose(self) -> ComposeResult:
        """One text."""
        yield self._text

    def show(
        self,
        plan: Plan,
        *,
        earlier: Sequence[Document],
        free_mib: float | None,
        warnings: Sequence[str],
        notes: Sequence[str],
        roomy: bool,
    ) -> None:
        """The plan's size, its time and memory, warnings, notes, and with room the profile."""
        cells, names = len(plan.cells()), len(plan.contenders)
        count = f"{cells} cell{'s' if cells > 1 else ''}"
        lines = [
            Content.styled(f"{count}, {names} contender{'s' if names > 1 else ''}", "bold"),
            Content(time_text(forecast.forecast_s(plan, earlier))),
            Content(memory_text(plan, free_mib)),
            *(Content.styled(plain(text), "$text-warning") for text in warnings),
            *(Content.styled(plain(text), "dim") for text in notes),
        ]
        if roomy:
            lines.append(Content.styled(profile_text(plan), "dim"))
        self._text.update(Content("\n\n" if roomy else "\n").join(lines))

    def refuse(self, sentence: str) -> None:
        """Say what has to be changed first."""
        self._text.update(Content.styled(plain(sentence), "$text-error"))


class CellTable(DataTable[str]):
    """Each cell with its forecast: time, and each contender's memory."""

    def __init__(self) -> None:
        super().__init__(id="cells", cursor_type="row", zebra_stripes=True)
        self.border_title = "Cells, as forecast"
        explained(self, "Each cell that would be measured, in order, with its forecast.")
        self._shown: tuple[Plan, int] | None = None

    def show(self, plan: Plan, earlier: Sequence[Document]) -> None:
        """The cells of a plan."""
        if self._shown == (plan, len(earlier)):
            return
        self._shown = (plan, len(earlier))
        self.clear(columns=True)
        for title in ("Network", "Mode", "Batch", "    Time"):
            self.add_column(title)
        for name in plan.contenders:
            self.add_column(Text(f"{plain(name)} MiB"))
        timed = len(plan.cells()) <= MOST_TIMED_CELLS
        for cell in plan.cells():
            told = forecast.forecast_s(_alone(plan, cell.network, cell.mode, cell.batch), earlier)
            self.add_row(
                cell.network,
                "inference" if cell.mode == "infer" else "training",
                f"{cell.batch:>5}",
                f"{duration(told.duration_s) if timed else '':>8}",
                *(
                    f"{forecast.forecast_mib(cell, name, plan.device):>{len(name) + 4}.0f}"
                    for name in plan.contenders
                ),
            )


def _alone(plan: Plan, network: str, mode: str, batch: int) -> Plan:
    return msgspec.structs.replace(
        plan, networks=(network,), modes=(mode,), batch_sizes=(batch,), train_batch_sizes=(batch,)
    )
