from pathlib import Path

import pytest
import samples

from benchcore import reference, result
from benchcore.compare_command import rendered
from tui.screens import comparison
from tui.screens.comparison import ComparisonScreen
from tui.screens.export import ExportScreen
from tui.settings import Settings
from tui.widgets.lines import Lines


def slower(document, factor=1.5):
    """The document with all of dlib's samples longer, measured an hour later."""
    cells = []
    for cell in document.cells:
        dlib = cell.contenders["dlib"]
        blocks = [
            samples.changed(block, wall_ms=[factor * ms for ms in block.wall_ms])
            for block in dlib.samples
        ]
        contenders = {**cell.contenders, "dlib": samples.changed(dlib, samples=blocks)}
        cells.append(samples.changed(cell, contenders=contenders))
    return samples.changed(document, cells=cells)


@pytest.fixture
def pair(tmp_path):
    """Two documents of the same machine, in the later of which dlib is slower."""
    before = samples.small(1, environment={"fingerprint": "f", "threads": 2})
    paths = [
        samples.keep(tmp_path, "before.json", before),
        samples.keep(tmp_path, "after.json", slower(before)),
    ]
    return paths


def app_of(paths, folder=Path("results")):
    return samples.StandIn(ComparisonScreen(paths), Settings(folder=folder))


def shown(app):
    return "\n".join(line.plain for line in app.screen.query_one(Lines).texts) + "\n"


@pytest.mark.parametrize("size", samples.SIZES)
@samples.piloted
async def test_what_the_command_prints(pair, size):
    documents = [result.read(path) for path in pair]
    app = app_of(pair)
    async with app.run_test(size=size) as pilot:
        await samples.settled(pilot)
        assert shown(app) == rendered(documents, ["before.json", "after.json"], 80)
        assert "REGRESSION" in shown(app)
        assert samples.seen(app).startswith(" Comparison of before.json, after.json\n")
        samples.nothing_outside(app)
        lines = app.screen.query_one(Lines)
        assert lines.size.width >= 80
        assert not lines.show_horizontal_scrollbar
        assert app.screen.ABOUT


@pytest.mark.parametrize(("size", "width"), [((80, 24), 80), ((120, 40), 119), ((60, 20), 80)])
@samples.piloted
async def test_with_2020_in_the_width_of_the_screen(pair, size, width):
    documents = [reference.published(), result.read(pair[0])]
    app = app_of([Path("2020"), pair[0]])
    async with app.run_test(size=size) as pilot:
        await samples.settled(pilot)
        assert shown(app) == rendered(documents, ["2020", "before.json"], width)
        await pilot.resize_terminal(200, 60)
        await samples.settled(pilot)
        assert shown(app) == rendered(documents, ["2020", "before.json"], 199)
        samples.nothing_outside(app)


@samples.piloted
async def test_findings_have_colours_and_titles_are_bold(pair):
    app = app_of(pair)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        styled = {
            line.plain[span.start : span.end]: str(span.style)
            for line in app.screen.query_one(Lines).texts
            for span in line.spans
        }
        assert styled["REGRESSION"] == "bold red"
        bold = [t.plain for t in app.screen.query_one(Lines).texts if t.style == "bold"]
        assert "resnet50, inference, dlib" in bold


@samples.piloted
async def test_n_goes_to_the_next_finding(pair):
    app = app_of(pair)
    async with app.run_test(size=(80, 12)) as pilot:
        await samples.settled(pilot)
        lines = app.screen.query_one(Lines)
        found = [n for n, line in enumerate(lines.texts) if "REGRESSION" in line.plain]
        for place in [*(n for n in found if n <= lines.max_scroll_y)][:2]:
            await pilot.press("n")
            await pilot.pause()
            assert lines.scroll_offset.y == place
        await pilot.press("end")
        await pilot.wait_for_animation()
        await pilot.press("n")
        await pilot.pause()
        assert lines.scroll_offset.y == found[0]


@samples.piloted
async def test_n_without_a_finding(pair):
    app = app_of([pair[0], pair[0]])
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("n")
        assert app.said == ["There is no regression and no improvement here."]


@samples.piloted
async def test_e_exports_what_is_shown(pair, tmp_path):
    app = app_of(pair, tmp_path / "exports")
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        text = shown(app)
        await pilot.press("e")
        await pilot.pause()
        assert isinstance(app.screen, ExportScreen)
        for _ in range(5):
            await pilot.press("enter")
            await samples.settled(pilot)
            await pilot.press("down")
        await pilot.press("escape", "escape")
        await pilot.pause()
        assert not isinstance(app.screen, ComparisonScreen)
    files = {path.name: path.read_text() for path in (tmp_path / "exports").iterdir()}
    assert set(files) == {
        f"compare-before-after.{end}" for end in ("md", "csv", "txt", "json", "svg")
    }
    assert files["compare-before-after.txt"] == text
    assert files["compare-before-after.md"] == f"```text\n{text}```\n"
    rows = files["compare-before-after.csv"].splitlines()
    assert rows[0].startswith("before,after,network,mode,batch,")
    assert len(rows) == 1 + 2 * 4
    assert "REGRESSION" in rows[1]
    assert "Comparison&#160;of" in files["compare-before-after.svg"]


@pytest.mark.parametrize("content", [None, b"", b"{}", b"\x00"])
@samples.piloted
async def test_what_can_not_be_read_is_told(pair, content):
    pair[1].unlink()
    if content is not None:
        pair[1].write_bytes(content)
    app = app_of(pair)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        assert "after.json" in "".join(shown(app).split("\n"))
        (sentence,) = app.said
        assert str(pair[1]) in sentence
        await pilot.press("e")
        assert app.said[1:] == ["There is no comparison to export."]
        await pilot.resize_terminal(120, 40)
        await pilot.press("escape")


@samples.piloted
async def test_a_comparison_needs_two(pair):
    app = app_of(pair[:1])
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        assert app.said == ["A comparison needs two documents or more."]


@pytest.mark.parametrize("step", ["compared", "rendered"])
@samples.piloted
async def test_an_unforeseen_error_is_told(pair, monkeypatch, step):
    def broken(*_):
        raise ZeroDivisionError("[b]x\x1b[0m")

    monkeypatch.setattr(comparison, step, broken)
    app = app_of(pair)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        assert "ZeroDivisionError: [b]x\ufffd[0m" in shown(app)
        assert app.is_running


@pytest.mark.parametrize("size", samples.SIZES)
@samples.piloted
async def test_hostile_and_large_documents(tmp_path, size):
    name = "[b]x\x1b[31m.json"
    paths = [
        samples.keep(tmp_path, name, samples.documents.named(samples.HOSTILE)),
        samples.keep(tmp_path, "large.json", samples.documents.large(1000)),
        samples.keep(tmp_path, "again.json", samples.documents.named(samples.HOSTILE)),
    ]
    app = app_of(paths)
    async with app.run_test(size=size) as pilot:
        await samples.settled(pilot)
        assert "A: [b]x\ufffd[31m.json" in samples.seen(app)
        for key in ("end", "right", "pageup", "home"):
            await pilot.press(key)
            await pilot.wait_for_animation()
            text = samples.seen(app)
            assert "\x1b" not in text
            assert "\u202e" not in text
        samples.nothing_outside(app)


def test_files_of_one_name_are_told_apart():
    assert comparison._names([Path("a/x.json"), Path("b/x.json")]) == ["a/x.json", "b/x.json"]
    assert comparison._names([Path("2020"), Path("b/x.json")]) == ["2020", "x.json"]
