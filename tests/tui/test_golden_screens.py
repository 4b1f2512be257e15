"""The main screens in three sizes, character by character, from the recorded run
and from traces that were recorded.

To renew the golden files, run this file with the variable BENCHCORE_RENEW_GOLDEN=1 and look at the
difference.
"""

import os
from pathlib import Path

import pytest
import samples
from samples import SIZES, StandIn, at_rest, piloted, settled
from sources import Stepped, on_a_gpu

from benchcore import reference
from benchcore.events import BlockFinished, CellFinished, PhaseStarted
from tui.live import LiveRun
from tui.screens.cell import CellScreen
from tui.screens.comparison import ComparisonScreen
from tui.screens.history import HistoryScreen
from tui.screens.results import ResultsScreen
from tui.screens.run import RunScreen
from tui.settings import Settings

GOLDEN = Path(__file__).parent / "golden"


class Clock:
    """Stands still, so that nothing on a screen depends on how fast the test is."""

    def monotonic(self):
        return 1000.0


def document_of(recording):
    live = LiveRun()
    for event in recording:
        live.take(event, 0.0)
    return live.recorder.document()


def run_screen(recording, folder):
    del folder
    return RunScreen(Stepped(recording), None)


def results_screen(recording, folder):
    del folder
    return ResultsScreen(document_of(recording), None)


def cell_screen(recording, folder):
    del folder
    document = document_of(recording)
    return CellScreen(document, document.cells[-1], None)


def traced_cell_screen(recording, folder):
    del recording, folder
    document = samples.traces.document(samples.traces.cell("train", 32, "dlib"))
    return CellScreen(document, document.cells[0], None)


def history_screen(recording, folder):
    del recording
    samples.folder_of_all(folder)
    # A file that is no document is dated by its last change.
    os.utime(folder / "broken.json", (1_770_000_000, 1_770_000_000))
    return HistoryScreen()


def comparison_screen(recording, folder):
    samples.keep(folder, "now.json", document_of(recording))
    return ComparisonScreen([Path(reference.NAME), folder / "now.json"])


def until(kind, number):
    """The run up to the `number`-th event of a kind."""

    async def go(screen, pilot):
        screen.source.step_through(kind, number)
        screen._tick()
        await pilot.pause()

    return go


def keys(*pressed):
    """Press these."""

    async def go(screen, pilot):
        del screen
        for key in pressed:
            await pilot.press(key)
            await settled(pilot)

    return go


async def whole_run(screen, pilot):
    """To the end."""
    screen.source.step()
    screen.source.end()
    screen._tick()
    await pilot.pause()


async def on_gpu(screen, pilot):
    """In the middle of a cell, on a device that NVML knows all about."""
    screen.source.waiting = list(on_a_gpu(screen.source.waiting))
    screen.source.waiting[0] = samples.changed(
        screen.source.waiting[0],
        plan=samples.changed(screen.source.waiting[0].plan, device="cuda:0"),
    )
    await until(BlockFinished, 7)(screen, pilot)


SCREENS = {
    "run-begins": (run_screen, until(PhaseStarted, 2)),
    "run-block": (run_screen, until(BlockFinished, 11)),
    "run-gpu": (run_screen, on_gpu),
    "run-cell": (run_screen, until(CellFinished, 3)),
    "run-end": (run_screen, whole_run),
    "results": (results_screen, keys()),
    "results-training": (results_screen, keys("tab", "m", "m")),
    "results-charts": (results_screen, keys("tab", "tab")),
    "results-summary": (results_screen, keys("tab", "tab", "tab")),
    "cell": (cell_screen, keys()),
    "cell-kernels": (traced_cell_screen, keys("tab")),
    "cell-kernels-below": (traced_cell_screen, keys("tab", "pagedown", "pagedown")),
    "cell-not-traced": (cell_screen, keys("tab")),
    "history": (history_screen, keys("down", "space")),
    "comparison": (comparison_screen, keys()),
}


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("name", SCREENS)
@piloted
async def test_golden(name, size, recording, tmp_path, monkeypatch):
    monkeypatch.setattr("tui.screens.run.time", Clock())
    monkeypatch.chdir(tmp_path)
    folder = Path("results")
    make, go = SCREENS[name]
    screen = make(recording, folder)
    app = StandIn(screen, Settings(folder=folder))
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        await go(screen, pilot)
        await settled(pilot)
        shown = await at_rest(pilot) + "\n"
    path = GOLDEN / f"{name}-{size[0]}x{size[1]}.txt"
    if os.environ.get("BENCHCORE_RENEW_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown)
    assert shown == path.read_text()
