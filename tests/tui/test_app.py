"""The whole application: where it starts, how it ends, what holds on every screen."""

import subprocess
import sys
from pathlib import Path

import pytest
from samples import piloted, seen, settled
from sources import Stepped

from benchcore import reference
from benchcore.events import BlockFinished, CellFinished
from benchcore.plan import Request
from tui import __main__ as entry
from tui.app import LOOK_AGAIN_S, BenchApp, few_colours
from tui.screens.confirm import ConfirmScreen
from tui.screens.help import HelpScreen
from tui.screens.results import ResultsScreen
from tui.screens.run import RunScreen
from tui.screens.setup import SetupScreen
from tui.screens.too_small import TooSmallScreen
from tui.settings import Settings

COMPLETE = str(Path(__file__).parents[2] / "docs/results/2026-11-24-xeon-2-cores-quick.json")


def playing(recording, tmp_path):
    source = Stepped(recording)
    return BenchApp(Settings(folder=tmp_path), lambda app: app.play(source)), source


def told(app):
    """What the application said in passing."""
    return [notification.message for notification in app._notifications]


@piloted
async def test_help_explains_the_focused_widget_the_screen_and_its_keys(recording, tmp_path):
    app, _ = playing(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        for key in ("question_mark", "f1"):
            await pilot.press(key)
            assert isinstance(app.screen, HelpScreen)
            text = app.screen._text.plain
            for words in ("A run under way", "Arrow keys", "Pause view", "Quit", "ctrl+p"):
                assert words in text
            await pilot.press("escape")
        assert isinstance(app.screen, RunScreen)


@piloted
async def test_every_action_is_in_the_command_palette(recording, tmp_path):
    app, source = playing(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(BlockFinished)
        app.screen._tick()
        titles = {command.title for command in app.get_system_commands(app.screen)}
        shown = {b.binding.description for b in app.screen.active_bindings.values()}
        assert {"Cancel", "Pause view", "Log", "Export", "History", "Quit", "Help"} <= titles
        assert {words for words in shown if words} <= titles
        (pause,) = [c for c in app.get_system_commands(app.screen) if c.title == "Pause view"]
        pause.callback()
        await pilot.pause()
        assert "VIEW PAUSED" in seen(app)


@piloted
async def test_ascii_means_ascii_on_every_screen(recording, tmp_path):
    source = Stepped(recording)
    app = BenchApp(Settings(folder=tmp_path, ascii=True), lambda app: app.play(source))
    async with app.run_test(size=(120, 40)) as pilot:
        source.step_through(CellFinished, 2)
        app.screen._tick()
        for key in ("c", "n", "question_mark", "escape", "l", "l", "r", "tab", "tab", "tab"):
            await pilot.press(key)
            await settled(pilot)
            outside = {character for character in seen(app) if ord(character) > 126}
            assert not outside, (key, outside)
        for key in ("shift+tab", "shift+tab", "shift+tab", "enter", "e", "escape", "escape", "h"):
            await pilot.press(key)
            await settled(pilot)
            outside = {character for character in seen(app) if ord(character) > 126}
            assert not outside, (key, outside)


@piloted
async def test_a_footer_has_at_most_seven_keys(recording, tmp_path):
    app, source = playing(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step()
        source.end()
        app.screen._tick()
        for key in ("r", "enter", "escape", "h"):
            await pilot.pause()
            await settled(pilot)
            footer = app.screen.query_one("Footer")
            assert 0 < len(footer.query("FooterKey")) <= 7
            await pilot.press(key)


@piloted
async def test_where_nothing_fits_it_says_what_it_needs(recording, tmp_path):
    app, source = playing(recording, tmp_path)
    async with app.run_test(size=(79, 24)) as pilot:
        await pilot.pause()
        assert "needs 80x24 characters; the terminal has 79x24" in seen(app)
        await pilot.resize_terminal(60, 10)
        await pilot.pause()
        assert "60x10" in seen(app)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert isinstance(app.screen, RunScreen)
        await pilot.resize_terminal(10, 3)
        await pilot.pause()
        assert isinstance(app.screen, TooSmallScreen)
        # In so few columns Textual would lay the screen behind out again and again.
        behind = next(screen for screen in app.screen_stack if isinstance(screen, RunScreen))
        assert not any(child.display for child in behind.children)
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert all(child.display for child in behind.children)
        await pilot.resize_terminal(10, 3)
        source.step_through(BlockFinished)
        await pilot.press("q")


@piloted
async def test_below_the_first_screen_is_the_one_for_choosing(tmp_path):
    document = reference.published()
    app = BenchApp(Settings(folder=tmp_path), lambda app: app.open_document(document, None))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("enter", "escape")
        assert isinstance(app.screen, ResultsScreen)
        await pilot.press("escape")
        await pilot.pause()
        assert isinstance(app.screen, SetupScreen)


@piloted
async def test_quitting_asks_about_a_run_and_ends_it(recording, tmp_path):
    app, source = playing(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step_through(BlockFinished)
        app.screen._tick()
        await pilot.press("q")
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("n")
        assert app.is_running
        await pilot.press("ctrl+c", "y")
        await pilot.pause()
    assert app.return_value == 130
    assert source.closed


@piloted
async def test_quitting_without_a_run_just_quits(recording, tmp_path):
    app, source = playing(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step()
        source.end()
        app.screen._tick()
        await pilot.press("q")
    assert app.return_value == 0


@piloted
async def test_quitting_waits_for_a_run_that_has_said_its_last_word(recording, tmp_path):
    app, source = playing(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step()
        app.screen._tick()
        await pilot.press("q")
        assert isinstance(app.screen, RunScreen)
        assert app.is_running
        source.end()
        app.screen._tick()
        await pilot.pause(2 * LOOK_AGAIN_S)
    assert app.return_value == 0


@piloted
async def test_quitting_asks_where_a_run_does_not_come_to_its_end(recording, tmp_path, monkeypatch):
    monkeypatch.setattr("tui.app.LOOK_AGAIN_S", 0.001)
    app, source = playing(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        source.step()
        app.screen._tick()
        await pilot.press("q")
        await pilot.pause(0.5)
        assert isinstance(app.screen, ConfirmScreen)
        await pilot.press("y")
        await pilot.pause()
    assert app.return_value == 130


@piloted
async def test_quitting_with_a_result_in_no_file_asks(recording, tmp_path):
    app, source = playing(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        app.screen.path = tmp_path / "gone" / "x.json"
        source.step()
        source.end("It can't be written.")
        app.screen._tick()
        await pilot.press("q")
        assert "The result is in no file: It can't be written." in seen(app)
        await pilot.press("n", "q", "y")
        await pilot.pause()
    assert app.return_value == 2


@piloted
async def test_only_one_run_at_a_time(recording, tmp_path):
    app, _ = playing(recording, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        app.begin_run(Request())
        await pilot.pause()
        assert len([s for s in app.screen_stack if isinstance(s, RunScreen)]) == 1
        assert told(app) == ["A run is under way; cancel it first."]


@piloted
async def test_a_folder_that_cannot_be_made_is_said(tmp_path):
    (tmp_path / "file").touch()
    settings = Settings(folder=tmp_path / "file" / "x")
    app = BenchApp(settings, lambda app: app.begin_run(Request()))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        (sentence,) = told(app)
        assert "can't be made" in sentence


def test_a_bug_in_a_widget_ends_the_run_and_says_so(recording, tmp_path, monkeypatch, capsys):
    app, source = playing(recording, tmp_path)

    async def breaking():
        async with app.run_test(size=(80, 24)) as pilot:
            monkeypatch.setattr("tui.screens.run.machine_line", lambda *_: 1 / 0)
            source.step_through(BlockFinished)
            await pilot.pause(1.0)

    import asyncio

    with pytest.raises(ZeroDivisionError):
        asyncio.run(breaking())
    app.end_runs()
    assert source.closed
    assert app.return_code == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--speed", "0"], "--speed is '0'; it takes a number above 0"),
        (["--port", "70000"], "--port is '70000'; it takes a port"),
        (["none.json"], "none.json can't be read"),
        (["--replay", "none.jsonl"], "--replay: none.jsonl can't be read"),
        (["--resume", "none.json"], "none.json can't be read"),
        (["2020", "--start"], "document and start can't be given together"),
        (["2020", "--profile", "quick"], "options of a run mean nothing with document"),
        (["--resume", COMPLETE], "is complete; nothing is left to measure"),
        (["--batch-sizes", "x"], "--batch-sizes is 'x'"),
        (["--unknown"], "unrecognized arguments"),
        ([], "the screens need a terminal"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_sentence(words, said, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert entry.main(words) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    (line,) = captured.err.splitlines()
    assert line.startswith("tui: ")
    assert said in line


def test_help_names_the_options():
    done = subprocess.run(
        [sys.executable, "-m", "tui", "--help"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 0
    for option in ("--replay", "--web", "--ascii", "--folder", "--profile", "--start"):
        assert option in done.stdout


@pytest.mark.parametrize(
    ("environment", "few"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, False),
        ({"TERM": "dumb", "TEXTUAL_COLOR_SYSTEM": "truecolor"}, False),
        ({"TERM": "linux"}, True),
        ({"TERM": "screen"}, True),
        ({}, True),
    ],
)
def test_terminals_with_sixteen_colours_are_known(environment, few):
    assert few_colours(environment) is few


def test_the_web_extra_is_named_where_it_is_missing(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    assert entry.main(["--web"]) == 2
    assert "pip install '.[web]'" in capsys.readouterr().err
