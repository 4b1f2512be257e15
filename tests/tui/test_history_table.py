"""The list of documents: what it looks like at any size and with any words."""

import pytest
import samples
from histories import app_of, folder_of, titles, told
from textual.widgets import Footer

from tui.history_columns import columns, fitted, widths
from tui.widgets.history_table import HistoryTable


@pytest.mark.parametrize("size", samples.SIZES)
@samples.piloted
async def test_the_list_in_three_sizes(tmp_path, size):
    app = app_of(folder_of(tmp_path), ascii=True)
    async with app.run_test(size=size) as pilot:
        await samples.settled(pilot)
        text = samples.seen(app)
        for words in ("History: ", "third", "The benchmark of 2020", "4/4", "14/14", "no document"):
            assert words in text
        assert ("Profile" in text) == (size[0] >= 120)
        assert ("Contenders" in text) == (size[0] == 200)
        samples.nothing_outside(app)
        table = app.screen.query_one(HistoryTable)
        assert table.virtual_size.width <= size[0]
        shown = [b for _, b, enabled, _ in app.screen.active_bindings.values() if b.show]
        assert len([b for b in shown if not b.system]) <= 6
        assert all(b.description for b in shown)
        assert app.screen.query_one(Footer).region.bottom == size[1]
        assert app.screen.ABOUT


@samples.piloted
async def test_numbers_are_right_aligned(tmp_path):
    app = app_of(folder_of(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await samples.settled(pilot)
        lines = samples.seen(app).splitlines()
        ends = {
            line.index(word) + len(word)
            for line in lines
            for word in ("4/4", "14/14")
            if word in line
        }
        assert len(ends) == 1


@samples.piloted
async def test_another_size_has_other_columns(tmp_path):
    app = app_of(folder_of(tmp_path))
    async with app.run_test(size=(80, 24)) as pilot:
        await samples.settled(pilot)
        await pilot.press("down", "space")
        await pilot.resize_terminal(200, 60)
        await samples.settled(pilot)
        assert "Contenders" in samples.seen(app)
        assert "third.json" in told(app)
        assert any(line.startswith(" *") for line in samples.seen(app).splitlines())


@pytest.mark.parametrize("size", samples.SIZES)
@samples.piloted
async def test_hostile_words_stay_words(tmp_path, size):
    samples.keep(tmp_path, "[b]x[" + "y" * 100 + ".json", samples.documents.named(samples.HOSTILE))
    (tmp_path / "wide.json").write_text('{"schema_version": "[red]7[/] 漢字"}')
    app = app_of(tmp_path)
    async with app.run_test(size=size) as pilot:
        await samples.settled(pilot)
        await pilot.press("down")
        await samples.settled(pilot)
        text = samples.seen(app)
        assert "\x1b" not in text
        assert "\u202e" not in text
        assert "[b]x[y" in text
        assert "[red]bold[/red] [@click" in told(app)
        samples.nothing_outside(app)
        await pilot.press("enter", "u", "space")
        await samples.settled(pilot)
        assert len(app.calls) == 1


@samples.piloted
async def test_a_large_document_and_many_files(tmp_path):
    samples.keep(tmp_path, "large.json", samples.documents.large(1000))
    for number in range(300):
        samples.keep(tmp_path, f"n{number}.json", samples.small(2, cells=[]))
    app = app_of(tmp_path)
    async with app.run_test(size=(120, 40)) as pilot:
        await samples.settled(pilot)
        assert len(titles(app)) == 302
        await pilot.press("slash", *"large")
        await samples.settled(pilot)
        assert "1000/4" in samples.seen(app)


def test_columns_fit_any_width():
    for width in (0, 20, 80, 109, 110, 159, 160, 300):
        shown = columns(width)
        each = widths(shown, [], width)
        assert min(each) >= 0
        assert width < 80 or sum(each) + 2 * len(each) < width


@pytest.mark.parametrize(
    ("text", "width", "result"),
    [("short", 5, "short"), ("longer", 5, "lo..."), ("漢字漢字", 6, "漢 ..."), ("long", 2, "..")],
)
def test_fitted(text, width, result):
    assert fitted(text, width) == result
