"""The screen of a run under way: keys, pausing, cancelling, its end, and failures in words."""

import msgspec
import pytest
from samples import SIZES, StandIn, nothing_outside, piloted, seen, settled
from sources import Stepped, on_a_gpu
from textual.widgets import RichLog

from benchcore.events import BlockFinished, CellFinished, RunFinished, RunStarted, Sampled
from tui.screens.confirm import ConfirmScreen
from tui.screens.export import ExportScreen
from tui.screens.run import RunScreen
from tui.settings import Settings
from tui.widgets.table_view import TableView


def app_of(events, tmp_path, path=None, **settings):
    source = Stepped(events)
    screen = RunScreen(source, path)
    return StandIn(screen, Settings(folder=tmp_path, **settings)), screen, source


def advance(screen):
    """The screen's own tick, at once."""
    screen._tick()


@pytest.mark.parametrize("size", SIZES)
@piloted
async def test_it_is_composed_for_each_size(size, recording, tmp_path):
    app, screen, source = app_of(recording, tmp_path)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        assert source.started
        nothing_outside(app)
        source.step_through(BlockFinished, 3)
        advance(screen)
        await pilot.pause()
        nothing_outside(app)
        shown = seen(app)
        for words in (
            "dlib / torch on cpu",
            "0 of 4 cells",
            "Block 3 of 8",
            "so far",
            "MiB",
            "peak",
        ):
            assert words in shown
        assert ("Log" in shown) or size[0] >= 110
        assert screen.query_one("#log").display == (size[0] >= 110)
        source.step()
        source.end()
        advance(screen)
        await pilot.pause()
        nothing_outside(app)
        assert screen.max_scroll_y == 0


@piloted
async def test_nine_contenders_leave_room_for_the_graph(recording, tmp_path):
    names = [f"contender-{number}" for number in range(9)]
    plan = msgspec.structs.replace(recording[0].plan, contenders=tuple(names))
    events = [msgspec.structs.replace(recording[0], plan=plan), *recording[1:]]
    app, screen, source = app_of(events, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(BlockFinished)
        advance(screen)
        await pilot.pause()
        assert "and 7 more contenders" in seen(app)
        assert screen.query_one("#graph").size.height >= 5
        assert screen.max_scroll_y == 0


@piloted
async def test_the_table_fills_and_the_cursor_follows_until_it_is_moved(recording, tmp_path):
    app, screen, source = app_of(recording, tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        table = screen.query_one(TableView)
        source.step_through(CellFinished)
        advance(screen)
        source.step_through(BlockFinished)
        advance(screen)
        await pilot.pause()
        assert table.key == ("resnet50", "infer", 2, "dlib")
        await pilot.press("up")
        source.step_through(CellFinished)
        advance(screen)
        await pilot.pause()
        assert table.key == ("resnet50", "infer", 1, "dlib")
        result = screen.live.cells[0].result
        assert result.verdict["dlib"].reason.split(",")[0] in seen(app)


@piloted
async def test_a_paused_view_holds_still_while_the_run_goes_on(recording, tmp_path):
    app, screen, source = app_of(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(CellFinished)
        advance(screen)
        await pilot.press("p")
        assert "VIEW PAUSED" in seen(app)
        source.step_through(CellFinished)
        advance(screen)
        await pilot.pause()
        assert screen.live.done == 2
        assert "1 of 4 cells" in seen(app)
        await pilot.press("p")
        assert "2 of 4 cells" in seen(app)


@piloted
async def test_the_end_is_said_and_leads_to_the_results(recording, tmp_path):
    path = tmp_path / "x.json"
    app, screen, source = app_of(recording, tmp_path, path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("r")
        assert app.calls == []
        assert "No cell is finished yet." in app.said
        assert "Resume" not in seen(app)
        source.step()
        source.end()
        advance(screen)
        await pilot.pause()
        assert not screen.running
        assert "COMPLETE" in seen(app)
        await pilot.press("r")
        (call,) = app.calls
        assert call[0] == "document"
        assert call[1].status == "complete"
        assert call[2] == path
        await pilot.press("enter", "h", "u")
        assert [each[0] for each in app.calls] == ["document", "document", "history"]
        assert "Cancel" not in seen(app)
        assert not screen.unwritten
        await pilot.press("escape")
        assert source.closed


@piloted
async def test_cancelling_is_asked_about_and_enter_alone_goes_on(recording, tmp_path):
    app, screen, source = app_of(recording, tmp_path, tmp_path / "x.json")
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(BlockFinished)
        advance(screen)
        await pilot.press("c")
        assert isinstance(app.screen, ConfirmScreen)
        assert "0 of 4 cells are done" in seen(app)
        assert "The one under way (resnet50 infer batch 1) is lost." in seen(app)
        await pilot.press("enter")
        assert not source.cancelled
        await pilot.press("escape")
        await pilot.click("#yes")
        await pilot.pause()
        assert source.cancelled
        assert "Ending" in seen(app)
        source.waiting = [RunFinished(status="interrupted")]
        source.step()
        source.end()
        advance(screen)
        await pilot.pause()
        assert "INTERRUPTED" in seen(app)
        assert "not kept" in seen(app)
        assert "not run" in seen(app)
        assert "u Resume" in seen(app)
        await pilot.press("c")
        assert not isinstance(app.screen, ConfirmScreen)


@piloted
async def test_an_interrupted_run_is_resumed_from_its_document(recording, tmp_path):
    path = tmp_path / "x.json"
    app, screen, source = app_of(recording, tmp_path, path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(BlockFinished)
        advance(screen)
        await pilot.press("u")
        assert app.calls == []
        source.waiting = [RunFinished(status="interrupted", ended=None)]
        source.step()
        source.end()
        advance(screen)
        await pilot.press("u")
        assert "Nothing was measured" in app.said[-1]
        path.write_text("{}")
        await pilot.press("u")
        assert app.calls == [("resume", path)]


@pytest.mark.parametrize("begun", [False, True])
@piloted
async def test_a_run_that_fails_says_why(recording, tmp_path, begun):
    app, screen, source = app_of(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        if begun:
            source.step_through(BlockFinished)
        source.end("cuda:0 is used by others, [b]so[/b] nothing would count.")
        advance(screen)
        await pilot.pause()
        shown = seen(app)
        assert "cuda:0 is used by others, [b]so[/b] nothing would count." in shown
        assert ("The run ended" in shown) == begun or "did not begin" in shown
        await pilot.press("r", "e", "escape", "l", "l")


@piloted
async def test_a_gpu_is_told_with_its_state(recording, tmp_path):
    events = list(on_a_gpu(recording))
    plan = msgspec.structs.replace(events[0].plan, device="cuda:0")
    events[0] = msgspec.structs.replace(events[0], plan=plan)
    app, screen, source = app_of(events, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(BlockFinished)
        advance(screen)
        await pilot.pause()
        assert "GPU  1980 MHz   412 W   56 °C   98 % busy   not throttled" in seen(app)
        hot = Sampled(
            at_s=1e3,
            memory_mib={},
            memory_source="nvml_process",
            sm_clock_mhz=900.0,
            throttle_reasons=["hw_thermal_slowdown"],
        )
        screen.live.take(hot, 0.0)
        screen._draw()
        await pilot.pause()
        shown = seen(app)
        assert "GPU  THROTTLED (hw thermal slowdown)   900 MHz   power not available" in shown


@piloted
async def test_the_log_takes_the_tables_place_and_has_every_sentence(recording, tmp_path):
    app, screen, source = app_of(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step()
        advance(screen)
        await pilot.pause()
        log = screen.query_one(RichLog)
        assert len(log.lines) == 0  # nothing is drawn for a hidden pane
        await pilot.press("l")
        await pilot.pause()
        assert not screen.query_one("#factors").display
        assert "dlib refused: dlib's batch normalisation" in seen(app)
        await pilot.press("l")
        await pilot.pause()
        assert screen.query_one("#factors").display


@piloted
async def test_export_offers_the_document_and_the_screen(recording, tmp_path):
    app, screen, source = app_of(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(RunStarted)
        advance(screen)
        await pilot.press("e")
        assert isinstance(app.screen, ExportScreen)
        assert "JSON" in seen(app)
        assert "screenshot" in seen(app)


@piloted
async def test_an_earlier_document_tells_how_long_it_may_take(recording, tmp_path):
    app, screen, source = app_of(recording, tmp_path, tmp_path / "now.json")
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(RunStarted)
        advance(screen)
        await settled(pilot)
        screen._draw()
        assert "perhaps 2 min left" in seen(app)
        source.step_through(CellFinished)
        source.step(1)
        advance(screen)
        assert "about " in seen(app)


@piloted
async def test_an_unwritable_document_is_said_at_once_and_at_the_end(recording, tmp_path):
    app, screen, source = app_of(recording, tmp_path, tmp_path / "gone" / "x.json")
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(CellFinished)
        source.complained = ["--output: x.json can't be written: No space left on device."]
        advance(screen)
        assert "No space left" in screen.live.log[-1].text
        source.step()
        source.end("--output: x.json can't be written: No space left on device.")
        advance(screen)
        await pilot.pause()
        assert screen.unwritten
        assert "COMPLETE, NOT WRITTEN" in seen(app)
        assert "No space left on device" in seen(app)
        assert [line.text for line in screen.live.log].count(screen.failure) == 1


@piloted
async def test_a_replay_is_called_one(recording, tmp_path):
    app, screen, source = app_of(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(RunStarted)
        advance(screen)
        await pilot.pause()
        assert seen(app).startswith(" Replay: dlib / torch on cpu")
