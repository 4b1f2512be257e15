"""The screens of a result and of one cell."""

import pytest
import samples
from samples import SIZES, StandIn, nothing_outside, piloted, seen, settled
from textual.widgets import TabbedContent

from benchcore import reference
from tui.live import LiveRun
from tui.screens.cell import CellScreen
from tui.screens.export import ExportScreen
from tui.screens.results import ResultsScreen
from tui.settings import Settings
from tui.widgets.lines import Lines
from tui.widgets.table_view import TableView


@pytest.fixture(scope="module")
def real(recording):
    live = LiveRun()
    for event in recording:
        live.take(event, 0.0)
    return live.recorder.document()


def app_of(document, tmp_path, path=None, **settings):
    screen = ResultsScreen(document, path)
    return StandIn(screen, Settings(folder=tmp_path, **settings)), screen


def table_of(screen):
    return screen.query_one(TabbedContent).active_pane.query_one(TableView)


@pytest.mark.parametrize("size", SIZES)
@piloted
async def test_each_tab_is_composed_for_each_size(size, real, tmp_path):
    app, screen = app_of(real, tmp_path)
    async with app.run_test(size=size) as pilot:
        for words in (
            "SLOWER",
            "refused",
            ": Time (ms)",
            "What this run can't say",
            "packages",
        ):
            await pilot.pause()
            nothing_outside(app)
            assert words in seen(app)
            await pilot.press("tab")
        await pilot.pause()
        assert screen.query_one(TabbedContent).active == "mode-0"
        await pilot.press("shift+tab")
        assert screen.query_one(TabbedContent).active == "environment"


@piloted
async def test_keys_change_metric_order_and_filters(tmp_path):
    app, screen = app_of(samples.documents.large(12, 3), tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        headings = []
        for _ in range(4):
            headings.append(table_of(screen).sheet.columns[4].group)
            await pilot.press("m")
        assert headings == ["Time (ms)", "P90 (ms)", "Images/s", "J/image"]
        assert table_of(screen).sheet.columns[4].group == "Time (ms)"
        await pilot.press("s")
        assert "sort: batch" in seen(app)
        await pilot.press("o")
        assert "order: falling" in seen(app)
        orders = [row.cells[0].order for row in table_of(screen).sheet.rows]
        assert orders != sorted(orders)
        for _ in range(9):
            await pilot.press("s")
        assert "sort: as measured" in seen(app)
        await pilot.press("n", "c")


@piloted
async def test_the_mouse_sorts_and_chooses(real, tmp_path):
    app, screen = app_of(real, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        table = table_of(screen)
        await pilot.click(table, offset=(5, 1))
        await pilot.click(table, offset=(5, 1))
        assert "order: falling" in seen(app)
        assert [row.key[2] for row in table.sheet.rows] == [2, 1]
        await pilot.click("#choices", offset=(2, 0))
        await pilot.pause()
        assert "metric: p90" in seen(app)
        await pilot.click("Tab#--content-tab-charts")
        await pilot.pause()
        assert screen.query_one(TabbedContent).active == "charts"


@piloted
async def test_enter_opens_the_cell_and_keys_go_through_the_others(real, tmp_path):
    app, _ = app_of(real, tmp_path)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.press("down", "enter")
        await pilot.pause()
        assert isinstance(app.screen, CellScreen)
        shown = seen(app)
        assert "resnet50, inference, batch 2 - cell 2 of 4" in shown
        assert "Verdict" in shown
        for number in (3, 4, 1):
            await pilot.press("n")
            await pilot.pause()
            assert f"cell {number} of 4" in seen(app)
        await pilot.press("b")
        await pilot.pause()
        page = app.screen._words().plain
        for words in ("Proof of the same work", "Memory by phase", "transfer", "Settings of dlib"):
            assert words in page
        assert "Environment: packages" in page
        await pilot.press("e")
        assert isinstance(app.screen, ExportScreen)
        await pilot.press("escape", "escape")
        assert isinstance(app.screen, ResultsScreen)


@piloted
async def test_charts_turn_and_are_beside_each_other_where_there_is_room(real, tmp_path):
    app, screen = app_of(real, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "tab", "pagedown")
        await pilot.pause()
        assert "Charts 2 of 6" in seen(app)
        await pilot.press("pageup", "pageup")
        await pilot.pause()
        assert "Charts 6 of 6" in seen(app)
        await pilot.click("#charts ChartPane")
        await pilot.pause()
        assert "Charts 1 of 6" in seen(app)
        await pilot.resize_terminal(200, 60)
        await pilot.pause()
        assert "Charts 1 of 2" in seen(app)
        assert seen(app).count("batch size (log scale)") == 3
        assert screen.query_one(TabbedContent).active == "charts"


@piloted
async def test_export_has_the_table_as_it_is_shown(real, tmp_path):
    app, _ = app_of(real, tmp_path, tmp_path / "run.json")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("m", "m", "e")
        exportable = app.screen.exportable
        assert exportable.stem == "run"
        assert "Images/s dlib" in exportable.shown_markdown
        assert exportable.shown_csv.startswith("table,batch,")
        assert exportable.screenshot_svg.startswith("<svg")
        await pilot.press("escape", "tab", "tab", "tab", "e")
        exportable = app.screen.exportable
        assert exportable.shown_markdown is None
        assert "against torch" in exportable.shown_text


@pytest.mark.parametrize("size", SIZES[:2])
@piloted
async def test_a_thousand_cells_scroll(size, tmp_path):
    cell = samples.small().cells[0]
    cells = [samples.changed(cell, batch=number + 1) for number in range(1000)]
    app, screen = app_of(samples.small(cells=cells), tmp_path)
    async with app.run_test(size=size) as pilot:
        await pilot.press("end")
        await pilot.pause()
        assert table_of(screen).key[2] == 1000
        assert "  1000" in seen(app)
        assert len(table_of(screen)._strips) < 200


@pytest.mark.parametrize(
    "document",
    [
        samples.small(cells=[]),
        samples.small(cells=[], environment={}, notes=[samples.HOSTILE] * 3),
        reference.published(),
        samples.changed(samples.small(), environment={samples.HOSTILE: samples.HOSTILE}),
    ],
    ids=["empty", "notes", "2020", "hostile"],
)
@piloted
async def test_any_document_can_be_gone_through(document, tmp_path):
    app, screen = app_of(document, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        tabs = len(list(screen.query("TabPane")))
        for _ in range(tabs):
            await pilot.press("m", "s", "o", "n", "c", "down", "enter")
            await settled(pilot)
            if not isinstance(app.screen, ResultsScreen):
                await pilot.press("n", "escape")
            await pilot.press("tab")
        assert "\x1b" not in seen(app)


@piloted
async def test_words_follow_the_width(real, tmp_path):
    app, screen = app_of(real, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        lines = screen.query_one("#summary Lines", Lines)
        await pilot.pause()
        narrow = max(len(line.plain) for line in lines.texts)
        await pilot.resize_terminal(120, 40)
        await pilot.pause()
        assert narrow <= 77 < max(len(line.plain) for line in lines.texts) <= 118
