"""The setup screen, driven by keys and mouse, on a machine that the tests describe."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from samples import piloted
from textual.app import App
from textual.screen import Screen
from textual.widgets import Button, Checkbox, Input, Select, SelectionList, Static

from benchcore import contenders, result
from benchcore.device import Standing
from benchcore.plan import Request
from benchcore.result import Document
from tui import last_choice, surroundings
from tui.screens.setup import SetupScreen
from tui.settings import Settings
from tui.surroundings import DeviceFacts
from tui.widgets.contender_list import ContenderList
from tui.widgets.device_panel import DevicePanel
from tui.widgets.outlook import CellTable, Outlook
from tui.widgets.plan_form import PlanForm

CPU = DeviceFacts("cpu", "A processor, 2 threads", 8000.0, 6000.0, "none needed", "load 0.1")
GPU = DeviceFacts("cuda:0", "A card [bold]", 80000.0, 79000.0, "580.95", "nobody")
RESULTS = Path(__file__).parents[2] / "docs" / "results"
QUICK = RESULTS / "2026-11-24-xeon-2-cores-quick.json"
SIZES = [(80, 24), (120, 40), (200, 60)]


class StandIn(App[None]):
    """A Navigator that only notes what it is told."""

    def __init__(self, request: Request | None = None, *, ascii: bool = False) -> None:
        super().__init__()
        self.settings = Settings(ascii=ascii)
        self.asked = request
        self.begun: list[Request] = []
        self.histories = 0

    def on_mount(self) -> None:
        self.push_screen(SetupScreen(self.asked))

    def open_setup(self) -> None: ...

    def begin_run(self, request: Request) -> None:
        self.begun.append(request)

    def resume_run(self, path: Path) -> None: ...

    def open_document(self, document: Document, path: Path | None) -> None: ...

    def open_history(self) -> None:
        self.histories += 1

    def open_comparison(self, paths: Sequence[Path]) -> None: ...


class Machine:
    """What the faked surroundings say."""

    def __init__(self) -> None:
        self.devices = [CPU]
        self.reasons: dict[str, dict[str, str]] = {
            "cpu": {"torch-tf32": "TF32 exists on [CUDA] devices only."}
        }
        self.earlier: list[Document] = []
        self.answers = True
        self.asked: list[str] = []

    def standings(self, name: str, unwanted) -> dict[str, Standing]:
        self.asked.append(name)
        while not self.answers and not unwanted():
            pass
        reasons = self.reasons.get(name, {})
        return {each: Standing(reasons.get(each), "A word.") for each in contenders.names()}


@pytest.fixture(autouse=True)
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    found = Machine()
    monkeypatch.setattr(surroundings, "devices", lambda: found.devices)
    monkeypatch.setattr(surroundings, "contender_standings", found.standings)
    monkeypatch.setattr(surroundings, "earlier_documents", lambda folder: found.earlier)
    return found


async def settle(pilot) -> None:
    """Until every thread has answered and every answer is shown; each may lead to a question."""
    for _ in range(3):
        while not all(worker.is_finished for worker in pilot.app.workers):
            await pilot.pause()
        await pilot.pause()


def outlook(app: App[None]) -> str:
    return str(app.screen.query_one("#outlook-text", Static).render())


def field(app: App[None], name: str) -> Input:
    return app.screen.query_one(f"#{name}", Input)


@piloted
async def test_enter_starts_with_the_defaults():
    app = StandIn()
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("enter")
        await pilot.pause()
    [begun] = app.begun
    assert begun.device == "cpu"
    assert begun.networks == ["resnet50", "resnet50-dlib"]
    assert begun.modes == ["infer", "train"]
    assert (begun.batch_sizes, begun.train_batch_sizes) == ([1, 4], [2])
    assert begun.contenders == ["dlib", "torch"]
    assert begun.profile == "default"


@piloted
async def test_enter_starts_before_the_machine_has_answered(machine):
    machine.devices = [CPU, GPU]
    machine.answers = False
    app = StandIn()
    async with app.run_test() as pilot:
        await pilot.press("enter")
        await pilot.pause()
        machine.answers = True
    [begun] = app.begun
    assert begun.device is None
    assert begun.batch_sizes is None


@pytest.mark.parametrize("size", SIZES)
@piloted
async def test_a_click_starts(size):
    app = StandIn()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        await pilot.click("#start")
        await pilot.pause()
    assert len(app.begun) == 1


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("gpu", [False, True])
@piloted
async def test_everything_is_within_the_screen(size, gpu, machine):
    if gpu:
        machine.devices = [CPU, GPU]
    app = StandIn()
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen = app.screen
        for widget in screen.query("#title, #body *, Footer"):
            if not widget.display or any(
                isinstance(each, Outlook | ContenderList) for each in widget.ancestors
            ):
                continue
            assert widget.region in screen.region or not widget.region.area, widget
        start = screen.query_one("#start", Button)
        assert start.region.area
        assert start.region in screen.region
        for box in screen.query(Checkbox):
            assert box.region.width >= len(str(box.label)) + 5, box
        for holder in (PlanForm, DevicePanel, ContenderList, Outlook):
            assert screen.query_one(holder).region.height >= 3
        assert screen.query_one("#contenders").region.height == len(contenders.names())
        assert screen.query_one(CellTable).display == (size != (80, 24))


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("batch-sizes", "1,x", "The list of batch sizes for inference is '1,x'; it takes whole"),
        ("batch-sizes", "0", "The list of batch sizes for inference has 0; a batch size is 1 to"),
        ("batch-sizes", "", "The list of batch sizes for inference names nothing"),
        ("train-sizes", "2,2", "The list of batch sizes for training names 2 more than once"),
        ("image-size", "[red]", "The image's side is '[red]'; write a side such as 224"),
    ],
)
@piloted
async def test_a_bad_field_is_told_in_words_and_nothing_starts(name, text, words):
    app = StandIn()
    async with app.run_test() as pilot:
        await settle(pilot)
        changed = field(app, name)
        changed.focus()
        changed.value = ""
        await pilot.press(*["left_square_bracket" if c == "[" else c for c in text])
        await pilot.pause()
        changed.value = text
        await pilot.pause()
        assert outlook(app).startswith(words)
        app.screen.query_one("#start").focus()
        await pilot.press("enter")
        await pilot.pause()
        assert app.focused is changed
    assert app.begun == []


@piloted
async def test_letters_are_typed_into_a_field_and_are_keys_elsewhere():
    app = StandIn()
    async with app.run_test() as pilot:
        await settle(pilot)
        field(app, "image-size").focus()
        await pilot.press("h", "p", "q", "1")
        await pilot.pause()
        assert app.histories == 0
        assert field(app, "image-size").value.endswith("hpq1")
        app.screen.query_one("#start").focus()
        await pilot.press("h")
        await pilot.pause()
    assert app.histories == 1


@piloted
async def test_a_contender_that_cannot_run_is_disabled_with_its_reason(machine):
    machine.reasons["cpu"]["dlib"] = "It is not built."
    app = StandIn()
    async with app.run_test() as pilot:
        await settle(pilot)
        listed = app.screen.query_one("#contenders", SelectionList)
        names = contenders.names()
        off = {n for n, name in enumerate(names) if listed.get_option_at_index(n).disabled}
        assert off == {names.index("dlib"), names.index("torch-tf32")}
        shown = str(app.screen.query_one("#reasons", Static).render())
        assert "torch-tf32: TF32 exists on [CUDA] devices only." in shown
        assert "Left out, since it can't run on cpu: dlib." in outlook(app)
        await pilot.press("enter")
        await pilot.pause()
    assert app.begun[0].contenders == ["torch"]
    assert last_choice.recall().contenders == ["dlib", "torch"]


@piloted
async def test_contenders_are_asking_until_they_have_answered(machine):
    machine.answers = False
    app = StandIn()
    async with app.run_test() as pilot:
        while not machine.asked:
            await pilot.pause()
        await pilot.pause()
        assert "asked" in str(app.screen.query_one("#reasons", Static).render())
        machine.answers = True


@piloted
async def test_a_start_ends_what_is_still_asked(machine):
    machine.answers = False
    app = StandIn()
    async with app.run_test() as pilot:
        while not machine.asked:
            await pilot.pause()
        await pilot.press("enter")
        await settle(pilot)
    assert len(app.begun) == 1


@piloted
async def test_what_another_screen_cut_off_is_asked_again(machine):
    machine.answers = False
    app = StandIn()
    async with app.run_test() as pilot:
        while not machine.asked:
            await pilot.pause()
        app.push_screen(Screen())
        await settle(pilot)
        machine.answers = True
        app.pop_screen()
        await settle(pilot)
        assert machine.asked == ["cpu", "cpu"]
        assert "torch-tf32: " in str(app.screen.query_one("#reasons", Static).render())


@piloted
async def test_a_choice_of_contenders_is_measured():
    app = StandIn()
    async with app.run_test() as pilot:
        await settle(pilot)
        app.screen.query_one("#contenders").focus()
        await pilot.press("down", "space")
        await pilot.press("f5")
        await pilot.pause()
    assert app.begun[0].contenders == ["dlib", "dlib-fused", "torch"]


@piloted
async def test_presets_fill_in_the_form():
    app = StandIn()
    async with app.run_test() as pilot:
        await settle(pilot)
        await pilot.press("p")
        await pilot.pause()
        assert app.screen.query_one("#profile", Select).value == "quick"
        assert app.screen.query_one("#preset-quick", Button).variant == "primary"
        await pilot.press("p")
        await pilot.pause()
        assert not app.screen.query_one("#network-resnet50", Checkbox).value
        assert field(app, "train-sizes").value == "1,2,4,8,16,32"
        await pilot.press("3")
        await pilot.pause()
        assert app.screen.query_one("#network-resnet50", Checkbox).value
        assert app.screen.query_one("#preset-full", Button).variant == "primary"
        await pilot.click("#preset-quick")
        await pilot.press("ctrl+s")
        await pilot.pause()
    assert app.begun[0].profile == "quick"
    assert app.begun[0].batch_sizes == [1, 4]


@piloted
async def test_the_first_gpu_is_the_default_with_its_batch_sizes(machine):
    machine.devices = [CPU, GPU]
    app = StandIn()
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "A card [bold]" in str(app.screen.query_one(DevicePanel).render())
        assert field(app, "batch-sizes").value == "1,2,4,8,16,32,64,128"
        await pilot.press("enter")
        await pilot.pause()
    assert app.begun[0].device == "cuda:0"


@piloted
async def test_the_cpu_is_the_default_where_dlib_cannot_use_the_gpu(machine):
    machine.devices = [CPU, GPU]
    machine.reasons["cuda:0"] = {"dlib": "It has no CUDA backend."}
    app = StandIn()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert machine.asked == ["cuda:0", "cpu"]
        assert field(app, "batch-sizes").value == "1,4"
        assert "dlib can't use cuda:0. It has no CUDA backend." in outlook(app)
        await pilot.press("enter")
        await pilot.pause()
    assert app.begun[0].device == "cpu"


@piloted
async def test_another_device_asks_again_and_keeps_what_was_edited(machine):
    machine.devices = [CPU, GPU]
    app = StandIn()
    async with app.run_test() as pilot:
        await settle(pilot)
        field(app, "batch-sizes").value = "3"
        await pilot.pause()
        app.screen.query_one("#device", Select).value = "cpu"
        await settle(pilot)
        assert machine.asked == ["cuda:0", "cpu"]
        assert field(app, "batch-sizes").value == "3"
        assert field(app, "train-sizes").value == "2"


@piloted
async def test_the_last_choice_is_remembered(machine):
    app = StandIn()
    async with app.run_test() as pilot:
        await settle(pilot)
        field(app, "batch-sizes").value = "3,5"
        app.screen.query_one("#mode-train", Checkbox).value = False
        await pilot.pause()
        await pilot.press("enter")
        await pilot.pause()
    again = StandIn()
    async with again.run_test() as pilot:
        await settle(pilot)
        assert field(again, "batch-sizes").value == "3,5"
        assert field(again, "train-sizes").disabled
        await pilot.press("enter")
        await pilot.pause()
    assert again.begun == app.begun


@piloted
async def test_the_command_line_is_over_the_last_choice():
    last_choice.remember(Request(batch_sizes=[3], profile="quick", seed=5, images="there"))
    app = StandIn(Request(profile="classic", batch_sizes=[1, 4], seed=7))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "From the command line: seed 7." in outlook(app)
        await pilot.press("enter")
        await pilot.pause()
    [begun] = app.begun
    assert (begun.profile, begun.batch_sizes) == ("classic", [1, 4])
    assert (begun.seed, begun.images) == (7, None)


@piloted
async def test_a_device_that_is_not_there_is_told():
    app = StandIn(Request(device="cuda:3"))
    async with app.run_test() as pilot:
        await settle(pilot)
        assert "cuda:3 was asked for, but this machine has no such device." in outlook(app)
        assert app.screen.query_one("#device", Select).value == "auto"


@piloted
async def test_the_forecast_says_what_it_rests_on(machine):
    app = StandIn()
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "a guess until the first cell is done" in outlook(app)
        assert app.screen.query_one(CellTable).row_count == 6
    machine.earlier = [result.read(QUICK)]
    app = StandIn(Request(profile="quick"))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "About 4 min, from an earlier run here" in outlook(app)


@piloted
async def test_what_will_not_fit_is_told(machine):
    machine.devices = [DeviceFacts("cpu", "Small", 2000.0, 900.0, None, None)]
    app = StandIn(Request(modes=["train"]))
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        assert "torch won't fit in training at batch 2" in outlook(app)
        assert "not available" in str(app.screen.query_one(DevicePanel).render())


@piloted
async def test_every_widget_that_takes_the_focus_says_what_it_is_for():
    app = StandIn(ascii=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        for widget in app.screen.focus_chain:
            assert widget.tooltip, widget
            assert widget.about, widget
        shown = [b for b in app.screen.active_bindings.values() if b.binding.show]
        assert len(shown) <= 7
        assert all(binding.binding.description for binding in shown)
        assert app.screen.has_class("-ascii")


@piloted
async def test_ascii_draws_no_other_characters_in_the_form(machine):
    machine.reasons = {}
    app = StandIn(ascii=True)
    async with app.run_test(size=(120, 40)) as pilot:
        await settle(pilot)
        form = app.screen.query_one(PlanForm).region
        lines = [line.text for line in app.screen._compositor.render_strips()]
        drawn = "".join(line[: form.right] for line in lines[form.y : form.bottom])
        assert drawn.isascii()
        assert "[X] resnet50" in drawn
        assert any("[ ] dlib-fused" in line for line in lines)


def test_no_framework_is_imported_by_the_screen():
    code = "import sys, tui.screens.setup; print({'torch', 'dlib_net'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=RESULTS.parents[1], capture_output=True, text=True
    )
    assert done.stdout == "set()\n", done.stderr
