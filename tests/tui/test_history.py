"""The list of documents: what its keys and clicks do."""

from pathlib import Path

import pytest
import samples
from histories import app_of, folder_of, titled, titles, told
from textual.widgets import Input

from tui.screens.history import HistoryScreen
from tui.widgets.history_table import HistoryTable


@samples.piloted
async def test_enter_opens(tmp_path):
    folder = folder_of(tmp_path)
    app = app_of(folder)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("down", "enter")
        await samples.settled(pilot)
        ((name, document, path),) = app.calls
        assert (name, document.notes, path) == ("document", ["Another."], folder / "third.json")


@samples.piloted
async def test_2020_opens_without_a_path(tmp_path):
    app = app_of(tmp_path)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("enter")
        await samples.settled(pilot)
        ((name, document, path),) = app.calls
        assert (name, document.created, path) == ("document", "2020", None)


@samples.piloted
async def test_one_click_opens_and_a_click_in_the_first_column_marks(tmp_path):
    app = app_of(folder_of(tmp_path))
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.click(HistoryTable, offset=(20, 3))
        await samples.settled(pilot)
        assert app.calls[0][1].status == "interrupted"
        for row in (2, 4):
            await pilot.click(HistoryTable, offset=(1, row))
            await samples.settled(pilot)
        assert len(app.calls) == 1
        assert "2 marked" in titled(app)
        marked = [line.split()[-1] for line in samples.seen(app).splitlines() if line[1:2] == "*"]
        assert len(marked) == 2
        await pilot.click(HistoryTable, offset=(20, 0))  # the headings
        await samples.settled(pilot)
        assert len(app.calls) == 1


@samples.piloted
async def test_space_marks_and_c_compares_oldest_first(tmp_path):
    folder = folder_of(tmp_path)
    app = app_of(folder)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("down", "space", "down", "space", "space", "down", "space", "end")
        await pilot.press("down", "down", "space", "c")
        await samples.settled(pilot)
        expected = [Path("2020"), folder / "first.json", folder / "third.json"]
        assert app.calls == [("comparison", expected)]


@samples.piloted
async def test_one_mark_and_the_cursor_are_two(tmp_path):
    folder = folder_of(tmp_path)
    app = app_of(folder)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("c")
        await pilot.press("down", "space", "c")
        assert app.calls == []
        assert len(app.said) == 2
        assert all("needs two documents" in sentence for sentence in app.said)
        await pilot.press("up", "c")
        assert app.said[-1].startswith("It can't be compared: broken.json is not")
        await pilot.press("down", "down", "c")
        expected = [folder / "second.json", folder / "third.json"]
        assert app.calls == [("comparison", expected)]


@samples.piloted
async def test_a_corrupt_file_is_told_and_neither_opened_nor_marked(tmp_path):
    app = app_of(folder_of(tmp_path))
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        assert "broken.json is not a result document: " in told(app)
        await pilot.press("enter", "space", "u")
        await samples.settled(pilot)
        assert app.calls == []
        assert len(app.said) == 3
        assert all("broken.json is not a result document: " in words for words in app.said)
        assert "marked" not in titled(app)


@samples.piloted
async def test_a_file_that_vanishes_is_told_and_leaves_the_list(tmp_path):
    folder = folder_of(tmp_path)
    app = app_of(folder)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("down", "space")
        (folder / "third.json").unlink()
        await pilot.press("enter")
        await samples.settled(pilot)
        assert app.calls == []
        assert app.said == [f"{folder}/third.json can't be read: No such file or directory."]
        assert titles(app) == ["broken", "second", "first", "The benchmark of 2020"]
        assert "marked" not in titled(app)


@samples.piloted
async def test_resume(tmp_path):
    folder = folder_of(tmp_path)
    app = app_of(folder)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("down", "u")
        assert app.said == ["third is complete; nothing is left to measure."]
        await pilot.press("down", "u")
        assert app.calls == [("resume", folder / "second.json")]
        await pilot.press("down", "down", "u")
        assert app.said[1] == "The benchmark of 2020 is complete; nothing is left to measure."


@pytest.mark.parametrize("way", ["r", "#history-again"])
@samples.piloted
async def test_reading_again_keeps_the_cursor(tmp_path, way):
    folder = folder_of(tmp_path)
    app = app_of(folder)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("down", "down")
        samples.keep(folder, "new.json", samples.small(20))
        await (pilot.press(way) if way == "r" else pilot.click(way))
        await samples.settled(pilot)
        assert titles(app)[1] == "new"
        assert "second.json" in told(app)


@samples.piloted
async def test_filter(tmp_path):
    app = app_of(folder_of(tmp_path))
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("slash", *"COMPLETE", "space", *"ird")
        await samples.settled(pilot)
        assert titles(app) == ["third"]
        assert "1 shown" in titled(app)
        await pilot.press("enter", "enter")
        await samples.settled(pilot)
        assert app.calls[0][1].notes == ["Another."]
        await pilot.press("slash", "c", "u", "r", "e")
        await samples.settled(pilot)
        assert titles(app) == []
        assert "No document has these words." in told(app)
        await pilot.press("enter", "enter", "space", "u", "c", "escape")
        await samples.settled(pilot)
        assert len(titles(app)) == 5
        assert app.screen.query_one("#history-filter", Input).value == ""
        assert isinstance(app.focused, HistoryTable)
        await pilot.press("escape")
        await pilot.pause()
        assert not isinstance(app.screen, HistoryScreen)


@samples.piloted
async def test_no_folder(tmp_path):
    app = app_of(tmp_path / "[none]")
    async with app.run_test(size=(120, 40)) as pilot:
        await samples.settled(pilot)
        assert titles(app) == ["The benchmark of 2020"]
        assert "[none] yet; a run makes it." in told(app)
        assert "[none], 1 document" in titled(app)
