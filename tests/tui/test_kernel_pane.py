"""The page of a cell that tells where its time goes."""

import shlex

import pytest
import samples
from samples import SIZES, StandIn, changed, piloted, seen, settled
from textual.widgets import TabbedContent

from benchcore import contenders, options, reference
from benchcore.kernels.cell import cell_profile
from benchcore.kernels.profile import Kernel, Share
from benchcore.kernels.trace import Span, Trace
from benchcore.plan import make_plan
from benchcore.report import RENDERERS
from tui import trace_again
from tui.__main__ import _first_screen
from tui.app import BenchApp
from tui.arguments import parser
from tui.documents import listed
from tui.export import choices
from tui.kernel_page import MOST_KERNELS
from tui.run_process import command_words
from tui.screens.cell import CellScreen
from tui.screens.export import ExportScreen
from tui.screens.help import help_text
from tui.settings import Settings
from tui.widgets.gap_chart import GapChart
from tui.widgets.kernel_pane import KernelPane

UNSEEN = Trace(
    source="none",
    untraced_ms=[90.0],
    traced_ms=[],
    names=[],
    spans=[],
    calls={},
    remark="dlib's CPU code is its own, in no operators.",
)
OPERATORS = Trace(
    source="operators",
    untraced_ms=[70.0],
    traced_ms=[80.0],
    names=["aten::conv2d", "aten::relu"],
    spans=[Span(0, 0, 60_000_000, 0, 0), Span(1, 60_000_000, 4_000_000, 0, 0)],
    calls={},
)


@pytest.fixture(scope="module")
def document():
    return samples.traces.document(
        samples.traces.cell("train", 32, "dlib"),
        samples.traces.cell("infer", 32, "dlib", "dlib-fused"),
    )


def profiled(traces, unknown_because=None):
    """One cell of the recordings' document with other traces."""
    cell = samples.traces.cell("infer", 1, "dlib")
    found = cell_profile(
        traces,
        unknown_because or {},
        reference="torch",
        results=cell.contenders,
        factors=cell.factors,
    )
    return samples.traces.document(changed(cell, profile=found))


def renamed(document, name):
    """With this name for every kernel, in a hundred copies."""

    def kernels(one):
        many = [changed(kernel, name=name, algorithm=name) for kernel in one.kernels]
        return changed(one, kernels=many * (1 + 300 // len(many)))

    cell = document.cells[0]
    traced = {each: kernels(one) for each, one in cell.profile.contenders.items()}
    return changed(
        document, cells=[changed(cell, profile=changed(cell.profile, contenders=traced))]
    )


def app_of(document, tmp_path, place=0, **settings):
    screen = CellScreen(document, document.cells[place], tmp_path / "run.json")
    return StandIn(screen, Settings(folder=tmp_path, **settings)), screen


def charts(screen):
    return [chart for chart in screen.query(GapChart) if chart.display]


def text(screen):
    return screen.query_one(KernelPane).text


@pytest.mark.parametrize("ascii", [False, True])
@pytest.mark.parametrize("size", SIZES)
@piloted
async def test_keys_open_scroll_and_leave_the_page(size, ascii, document, tmp_path):
    app, screen = app_of(document, tmp_path, ascii=ascii)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert "Verdict" in seen(app)
        await pilot.press("tab")
        await settled(pilot)
        assert all(widget.region.right <= size[0] for widget in screen.walk_children())
        shown = seen(app)
        assert "dlib takes 13.832 ms longer than torch; convolution 76 % of that." in shown
        assert "convolution 38.773 28.304 +10.469" in " ".join(shown.split())
        assert screen.focused is screen.query_one(KernelPane)
        await pilot.press("end")
        await settled(pilot)
        assert "38 others take 5.024 ms." in seen(app)
        await pilot.press("shift+tab")
        await settled(pilot)
        assert "Verdict" in seen(app)


@piloted
async def test_the_mouse_opens_and_scrolls_it(document, tmp_path):
    app, screen = app_of(document, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        await pilot.click("Tab#--content-tab-kernels")
        await settled(pilot)
        assert screen.query_one(TabbedContent).active == "kernels"
        await pilot.press("pagedown")
        await settled(pilot)
        assert screen.query_one(KernelPane).scroll_y > 0


@piloted
async def test_the_cells_have_each_their_own_and_the_page_stays_open(document, tmp_path):
    app, screen = app_of(document, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "pagedown", "n")
        await settled(pilot)
        assert "Where the time goes, dlib - torch" in seen(app)
        assert "dlib takes 4.945 ms longer" in seen(app)
        assert len(charts(screen)) == 2
        assert "Where the time goes, dlib-fused - torch" in text(screen)
        await pilot.press("b")
        await settled(pilot)
        assert len(charts(screen)) == 1


@piloted
async def test_bars_have_the_colours_of_contenders_in_light_and_dark(document, tmp_path):
    app, screen = app_of(document, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab")
        await settled(pilot)
        hues = []
        for theme in ("textual-dark", "textual-light"):
            app.theme = theme
            await settled(pilot)
            (chart,) = charts(screen)
            bars = [
                s
                for s in chart.render_line(2)
                if set(s.text.strip()) == {"\N{BRAILLE PATTERN DOTS-123456}"}
            ]
            hues.append([segment.style.color.name for segment in bars])
        assert hues == [["#63b8f2"], ["#0068b5"]]


@piloted
async def test_a_cell_that_was_not_traced_says_how_it_can_be(document, tmp_path):
    untraced = changed(document, cells=[changed(document.cells[0], profile=None)])
    app, screen = app_of(untraced, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("t", "tab")
        assert app.calls == []
        await settled(pilot)
        command = "benchcore profile --network resnet50 --mode train --batch 32 --output FILE"
        assert "The document has no profile of this cell; this command makes one" in seen(app)
        assert command in " ".join(text(screen).split())
        assert "t   " in help_text(screen).plain
        await pilot.press("t")
        ((what, request),) = app.calls
        assert what == "begin"
        assert (request.networks, request.modes, request.trace_iterations) == (
            ["resnet50"],
            ["train"],
            8,
        )


@piloted
async def test_a_traced_cell_is_not_measured_anew_by_a_key(document, tmp_path):
    app, screen = app_of(document, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "t")
        await settled(pilot)
        assert app.calls == []
        said = help_text(screen).plain
        assert "Measure and trace" not in said
        for words in ("Next tab", "by class of kernel", "The page Kernels"):
            assert words in said


def test_the_command_and_the_request_mean_the_same():
    document = samples.traces.document(samples.traces.cell("infer", 32, "dlib", "dlib-fused"))
    plan = changed(document.plan, device="cpu", contenders=("dlib", "dlib-fused", "torch"))
    cell = changed(document.cells[0], image_height_px=96, image_width_px=128)
    document = changed(document, plan=plan)
    words = shlex.split(trace_again.command(document, cell))
    assert words[:2] == ["benchcore", "profile"]
    typed = options.profile_parser().parse_args(words[2:])
    started = options.request(
        options.run_parser().parse_args(command_words(trace_again.request(document, cell)))
    )
    assert (typed.network, typed.mode, typed.batch) == (["resnet50"], ["infer"], [32])
    assert (typed.network, typed.mode, typed.batch, typed.contenders) == (
        *(started.networks, started.modes, started.batch_sizes, started.contenders),
    )
    assert (typed.device, typed.image_size, typed.iterations) == (
        *(started.device, started.image_size, started.trace_iterations),
    )
    made = make_plan(started, device="cpu", contenders=contenders.names())
    assert [(one.mode, one.batch) for one in made.cells()] == [("infer", 32)]


def test_what_a_document_says_is_one_word_of_the_command():
    document = samples.small()
    cell = changed(document.cells[0], network="a; rm -r b")
    assert "--network 'a; rm -r b' --mode" in trace_again.command(document, cell)


@piloted
async def test_on_the_cpu_what_nothing_sees_into_is_one_row(tmp_path):
    app, screen = app_of(profiled({"dlib": UNSEEN, "torch": OPERATORS}), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab")
        await settled(pilot)
        shown = " ".join(seen(app).split())
        assert "not divided 90.000 - -" in shown
        assert "dlib is not divided. dlib's CPU code is its own, in no operators." in shown
        assert "tracing - -10.000" in shown
        assert "Longest operators of torch" in text(screen)
        assert "calls  class" in text(screen)


@piloted
async def test_a_contender_that_was_refused_has_its_reason_and_the_other_its_rows(tmp_path):
    torch = samples.traces.trace("torch", "infer", 1)
    app, screen = app_of(profiled({"torch": torch}, {"dlib": "No CUPTI here."}), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab")
        await settled(pilot)
        shown = seen(app)
        assert "dlib was not traced. No CUPTI here." in shown
        assert text(screen).count("No CUPTI here.") == 1
        assert "There is no gap to explain: torch is held against nothing here." in shown
        assert "convolution 1.956 65.3 53" in " ".join(shown.split())
        (chart,) = charts(screen)
        assert "less" not in shown
        assert "\N{BRAILLE PATTERN DOTS-123456}" in chart.render_line(1).text


@piloted
async def test_where_all_were_refused_there_are_only_reasons(tmp_path):
    app, screen = app_of(profiled({}, {"dlib": "No CUPTI.", "torch": "None."}), tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab")
        await settled(pilot)
        assert "dlib was not traced. No CUPTI." in seen(app)
        said = "Not traced dlib was not traced. No CUPTI. torch was not traced. None."
        assert " ".join(text(screen).split()) == said


@pytest.mark.parametrize("ascii", [False, True])
@piloted
async def test_hundreds_of_kernels_with_hostile_names(ascii, document, tmp_path):
    hostile = renamed(document, samples.HOSTILE + "\u6f22\u5b57")
    app, screen = app_of(hostile, tmp_path, ascii=ascii)
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.press("tab", "end")
        await settled(pilot)
        shown = seen(app)
        assert "convolution: [red]bold[/red] [@click=" in shown
        kernels = hostile.cells[0].profile.contenders["torch"].kernels
        assert len(kernels) > 300
        assert f"{len(kernels) - MOST_KERNELS} others take" in shown
        for acting in ("\x1b", "\x07", "\u202e"):
            assert acting not in text(screen)


@piloted
async def test_figures_that_no_run_writes_do_not_end_the_screens(document, tmp_path):
    cell = document.cells[0]
    gap = changed(cell.profile.gaps["dlib"], measured_ms=0.0)
    stranger = changed(gap, reference="nobody")
    contender = changed(
        cell.profile.contenders["dlib"],
        kernels=[Kernel(name="", kind="", algorithm="", time_ms=1e308, launches=1e308)] * 30,
    )
    rows = {kind: Share(time_ms=1.0, launches=1e308) for kind in ("convolution", "copy")}
    endless = changed(cell.profile.contenders["dlib"], rows=rows)
    traced = {**cell.profile.contenders, "dlib": endless}
    for profile, words in (
        (changed(cell.profile, gaps={"dlib": gap}), "The medians of dlib and torch are equal"),
        (changed(cell.profile, contenders=traced), "This profile can't be shown: OverflowError"),
        (changed(cell.profile, gaps={"dlib": stranger}), "dlib is held against nothing here"),
        (changed(cell.profile, contenders={"dlib": contender}, gaps={}), "29"),
    ):
        app, _ = app_of(changed(document, cells=[changed(cell, profile=profile)]), tmp_path)
        async with app.run_test(size=(80, 24)) as pilot:
            await pilot.press("tab")
            await settled(pilot)
            assert words in seen(app) or words in text(app.screen)


@piloted
async def test_the_page_can_be_taken_along(document, tmp_path):
    app, _ = app_of(document, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.press("tab", "e")
        assert isinstance(app.screen, ExportScreen)
        exportable = app.screen.exportable
        assert exportable.stem == "run-kernels"
        assert "convolution 38.773 28.304 +10.469" in " ".join(exportable.shown_text.split())
        found = {choice.render().suffix: choice.render().text for choice in choices(exportable)[:4]}
        for suffix, form in ((".md", "markdown"), (".html", "html")):
            assert "convolutions by algorithm" in found[suffix]
            assert found[suffix] == RENDERERS[form](document)


@pytest.mark.parametrize("ascii", [False, True])
@piloted
async def test_a_document_of_the_command_is_opened_and_listed(ascii, document, tmp_path):
    path = samples.keep(tmp_path, "why.json", document)
    (entry, _) = listed(tmp_path)
    assert (entry.title, entry.error, entry.cells_done) == ("why", None, 2)
    assert reference.read(path) == document
    first = _first_screen(parser().parse_args([str(path)]))
    app = BenchApp(Settings(folder=tmp_path, ascii=ascii), first)
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(pilot)
        await pilot.press("enter", "tab")
        await settled(pilot)
        shown = seen(app)
        assert "Where the time goes, dlib - torch" in shown
        assert "|*****" in shown if ascii else "\N{BRAILLE PATTERN DOTS-123456}" in shown
        await pilot.press("end")
        await settled(pilot)
        shown += seen(app)
        assert "Longest kernels of torch" in shown
        assert not ascii or not {character for character in shown if ord(character) > 126}
