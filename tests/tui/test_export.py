import base64
import csv
import io
import json
import re
from pathlib import Path

import pytest
import samples
from textual.widgets import OptionList, Static

from benchcore import reference, result
from benchcore.compare_command import compared
from benchcore.errors import UsageError
from benchcore.report import RENDERERS
from tui import export as exporting
from tui.export import Content, Exportable, as_markdown, changes_csv, choices, export
from tui.screens.export import CLIPBOARD_BYTES, ExportScreen
from tui.settings import Settings

MARKDOWN = Content(".md", "words\n")
SVG = "<svg><style>@font-face { src: url(https://example.org/f) }\n.a {}</style></svg>"


def everything(document=None):
    return Exportable(
        stem="run",
        whole=samples.small() if document is None else document,
        shown_markdown="| a |\n",
        shown_csv="a\n",
        shown_text="a\n",
        shown_json="{}\n",
        screenshot_svg=SVG,
    )


def app_of(exportable, folder, **settings):
    return samples.StandIn(ExportScreen(exportable), Settings(folder=folder, **settings))


def said(app):
    return str(app.screen.query_one("#export-said", Static).render())


# Files


def test_names_that_exist_are_left_alone(tmp_path):
    folder = tmp_path / "new" / "folder"
    paths = [export(folder, "run", Content(".md", f"{number}\n")) for number in range(3)]
    assert [path.name for path in paths] == ["run.md", "run-2.md", "run-3.md"]
    assert [path.read_text() for path in paths] == ["0\n", "1\n", "2\n"]
    assert export(folder, "run", Content(".csv", "")).name == "run.csv"
    assert sorted(path.name for path in folder.iterdir()) == sorted(
        [*(path.name for path in paths), "run.csv"]
    )


def test_the_path_is_absolute(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert export(Path("here"), "run", MARKDOWN) == tmp_path / "here" / "run.md"


def test_a_link_that_leads_nowhere_is_a_name_that_exists(tmp_path):
    (tmp_path / "run.md").symlink_to("elsewhere")
    assert export(tmp_path, "run", MARKDOWN).name == "run-2.md"
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("stem", "name"),
    [
        ("../../etc/x", "etc-x.md"),
        ("a b\x1b[31m\n\u202e", "a-b-31m.md"),
        ("", "export.md"),
        ("...", "export.md"),
        ("x" * 1000, f"{'x' * 100}.md"),
        ("2026-01-01T10:00", "2026-01-01T10-00.md"),
    ],
)
def test_any_stem_is_a_name_in_the_folder(tmp_path, stem, name):
    path = export(tmp_path, stem, MARKDOWN)
    assert (path.parent, path.name) == (tmp_path, name)


def test_what_can_not_be_written_is_one_sentence(tmp_path, monkeypatch):
    file = tmp_path / "file"
    file.touch()
    for folder in (file, file / "below"):
        with pytest.raises(UsageError, match=r"^Nothing can be written to .*: .*\.$"):
            export(folder, "run", MARKDOWN)

    def full(path, content):
        raise UsageError(f"--output: {path} can't be written: No space left on device.")

    monkeypatch.setattr(exporting, "replace", full)
    with pytest.raises(UsageError, match=r"^/.*run\.md can't be written: No space left"):
        export(tmp_path, "run", MARKDOWN)
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


# Forms


def test_only_what_applies_is_offered():
    assert choices(Exportable(stem="x")) == []
    words = [choice.words for choice in choices(everything())]
    assert len(words) == 9
    assert words[:4] == [
        f"The whole document as {form}" for form in ("JSON", "Markdown", "CSV", "HTML")
    ]
    only = choices(Exportable(stem="x", shown_csv="a"))
    assert [choice.words for choice in only] == ["What is on the screen as CSV"]


def test_the_whole_document_is_what_the_command_writes():
    document = samples.small()
    found = {
        content.suffix: content.text
        for content in (choice.render() for choice in choices(Exportable(stem="x", whole=document)))
    }
    assert result.decode(found[".json"].encode(), "x") == document
    for suffix, form in ((".md", "markdown"), (".csv", "csv"), (".html", "html")):
        assert found[suffix] == RENDERERS[form](document)


def test_a_screenshot_loads_nothing():
    (choice,) = choices(Exportable(stem="x", screenshot_svg=SVG))
    assert choice.render() == Content(".svg", "<svg><style>\n.a {}</style></svg>")


def test_text_as_markdown_stays_text():
    assert as_markdown("a\n```\nb\n") == "````text\na\n```\nb\n````\n"


def test_changes_as_csv():
    documents = [reference.published(), samples.documents.named(samples.HOSTILE), samples.small()]
    text = changes_csv(compared(documents, ["=2020", "h", "s"]))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert {row["before"] for row in rows} == {"'=2020"}
    assert {row["after"] for row in rows} == {"h", "s"}
    changes = [float(row["time_change"]) for row in rows if row["time_change"]]
    assert changes
    assert "\x1b" not in text


# The screen


@pytest.mark.parametrize("size", samples.SIZES)
@samples.piloted
async def test_every_form_is_written_and_its_path_shown(tmp_path, size):
    app = app_of(everything(), tmp_path, ascii=True)
    async with app.run_test(size=size) as pilot:
        await samples.settled(pilot)
        samples.nothing_outside(app)
        assert f"Files go to {tmp_path}." in said(app)
        for number in range(9):
            await pilot.press("enter")
            await samples.settled(pilot)
            path = Path(re.search(r"KiB: (.*)$", said(app))[1])
            assert path.is_file(), number
            # A long path goes over several lines of the frame.
            assert str(path) in re.sub(r"[\s|]+", "", samples.seen(app))
            await pilot.press("down")
        samples.nothing_outside(app)
        assert samples.seen(app).isascii()
        await pilot.press("escape")
        await pilot.pause()
        assert app.answers == [None]
    names = {path.name for path in tmp_path.iterdir()}
    assert names == {
        *("run.json", "run.md", "run.csv", "run.html", "run-2.md", "run-2.csv"),
        *("run.txt", "run-2.json", "run.svg"),
    }
    assert json.loads((tmp_path / "run.json").read_text())["status"] == "complete"


@samples.piloted
async def test_a_click_writes(tmp_path):
    app = app_of(everything(), tmp_path)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.click(OptionList, offset=(3, 2))
        await samples.settled(pilot)
    assert [path.name for path in tmp_path.iterdir()] == ["run.csv"]


@samples.piloted
async def test_the_clipboard(tmp_path, monkeypatch):
    app = app_of(everything(), tmp_path)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        sent = []
        monkeypatch.setattr(app._driver, "write", sent.append)
        await pilot.press("p")
        assert said(app) == "No file has been written yet, so there is no path to copy."
        await pilot.press("end", "up", "up", "c")
        await samples.settled(pilot)
        assert "It arrives if the terminal supports OSC 52" in said(app)
        assert app.clipboard == "a\n"
        encoded = base64.b64encode(b"a\n").decode()
        assert f"\x1b]52;c;{encoded}\a" in sent
        assert list(tmp_path.iterdir()) == []
        await pilot.press("enter")
        await samples.settled(pilot)
        await pilot.press("p")
        assert app.clipboard == str(tmp_path / "run.txt")
        assert str(tmp_path / "run.txt") in said(app)


@samples.piloted
async def test_a_large_document_is_too_much_for_many_clipboards(tmp_path):
    app = app_of(everything(samples.documents.large(1000)), tmp_path)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("c")
        await samples.settled(pilot)
        assert "more than many terminals take" in said(app)
        assert len(app.clipboard) > CLIPBOARD_BYTES
        for _ in range(4):
            await pilot.press("enter")
            await samples.settled(pilot)
            await pilot.press("down")
    assert len(list(tmp_path.iterdir())) == 4


@samples.piloted
async def test_hostile_documents_are_written(tmp_path):
    app = app_of(everything(samples.documents.named(samples.HOSTILE)), tmp_path / "[b]x")
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        for _ in range(4):
            await pilot.press("enter")
            await samples.settled(pilot)
            assert "[b]x/run" in said(app)
            await pilot.press("down")


@samples.piloted
async def test_a_folder_that_can_not_be_written_is_told(tmp_path):
    file = tmp_path / "file"
    file.touch()
    app = app_of(everything(), file)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("enter")
        await samples.settled(pilot)
        assert said(app) == f"Nothing can be written to {file}: File exists."


@samples.piloted
async def test_a_renderer_that_fails_is_told(tmp_path, monkeypatch):
    def broken(_):
        raise ValueError("[b]x\x1b[0m")

    monkeypatch.setitem(RENDERERS, "markdown", broken)
    app = app_of(everything(), tmp_path)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        await pilot.press("down", "enter")
        await samples.settled(pilot)
        assert said(app) == "It can't be exported in this form: ValueError: [b]x\ufffd[0m"


@samples.piloted
async def test_nothing_to_export(tmp_path):
    app = app_of(Exportable(stem="x"), tmp_path)
    async with app.run_test() as pilot:
        await samples.settled(pilot)
        assert said(app) == "There is nothing to export here yet."
        await pilot.press("enter", "c", "p")
        assert said(app).startswith("No file has been written yet")
        await pilot.press("escape")
