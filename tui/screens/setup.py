"""The first screen: choose what to measure, see what it will take, start."""

from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.widgets import Button, Footer, Static

from benchcore import config, contenders, forecast
from benchcore.device import FIRST_GPU
from benchcore.errors import UsageError
from benchcore.plan import Plan, Request, make_plan
from benchcore.result import Document
from tui import last_choice
from tui.device_choice import DeviceChoice
from tui.presets import CONTENDERS, PRESETS, Preset
from tui.screens.looking import DevicesFound, EarlierFound, LookingScreen, StandingsFound
from tui.screens.setup_style import CSS
from tui.widgets.contender_list import ContenderList
from tui.widgets.device_panel import DevicePanel
from tui.widgets.explained import explained
from tui.widgets.outlook import CellTable, Outlook
from tui.widgets.plan_form import PlanForm
from tui.widgets.ticks import draw_in_ascii

TITLE = "dlib and PyTorch on ResNet-50: what to measure"

UNSEEN = ("images", "weights", "seed", "timeout", "trace_iterations")
"""What only the command line sets. The form can't show it, so it isn't taken from the last time."""

FIELDS = {
    "--networks": ("The choice of networks", "#network-resnet50"),
    "--modes": ("The choice of modes", "#mode-infer"),
    "--batch-sizes": ("The list of batch sizes for inference", "#batch-sizes"),
    "--train-batch-sizes": ("The list of batch sizes for training", "#train-sizes"),
    "--contenders": ("The choice of contenders", "#contenders"),
    "--image-size": ("The image's side", "#image-size"),
    "--profile": ("The profile", "#profile"),
    "--device": ("The device", "#device"),
}
"""Of each option that a sentence may begin with: its words on this screen, and its field."""


class SetupScreen(LookingScreen):
    """Choose and start."""

    ABOUT: ClassVar[str] = (
        "Choose what to measure, and start with Enter: the defaults are right for this machine. "
        "A preset fills in the form; each field can then be changed. Below the form stand the "
        "time and memory that the plan will take, and what will not fit. A cell is one network in "
        "one mode at one batch size; every contender is measured in it, interleaved."
    )

    CSS = CSS
    AUTO_FOCUS = "#start"
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (160, "-wide")]  # noqa: RUF012  (as Textual has it)
    VERTICAL_BREAKPOINTS = [(0, "-low"), (34, "-tall")]  # noqa: RUF012

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5,ctrl+s", "start", "Start", tooltip="Measure what is chosen"),
        Binding("p", "next_preset", "Preset", tooltip="Go through quick, seed and full"),
        Binding("h", "history", "History", tooltip="Earlier results"),
        Binding("1", "preset('quick')", "Preset quick", show=False),
        Binding("2", "preset('seed')", "Preset seed", show=False),
        Binding("3", "preset('full')", "Preset full", show=False),
        Binding("r", "look", "Read the device again", show=False),
    ]

    def __init__(self, request: Request | None = None) -> None:
        super().__init__()
        given = Request() if request is None else request
        last = msgspec.structs.replace(last_choice.recall(), **dict.fromkeys(UNSEEN))
        self._first = given.over(last)
        self._unseen = Request(**{name: getattr(given, name) for name in UNSEEN})
        self._names = contenders.names()
        self._choices = DeviceChoice()
        self._earlier: list[Document] = []
        self._asked_device: str | None = None
        self._device_note: str | None = None
        self._given_note = self._refused(given)
        self._pending = False

    def _refused(self, given: Request) -> str | None:
        """What of the command line can't be taken over into the form."""
        try:
            make_plan(given, device="cpu", contenders=self._names)
        except UsageError as error:
            return f"On the command line, {error}"
        return None

    def compose(self) -> ComposeResult:
        """Form and forecast left, device and contenders right, the cells where there is room."""
        wanted = CONTENDERS if self._first.contenders is None else self._first.contenders
        start = Button("Start", variant="success", id="start")
        yield Static(TITLE, id="title", markup=False)
        with Container(id="body"):
            with Vertical(id="left"):
                yield PlanForm(self._first)
                with Vertical(id="takes"):
                    yield Outlook()
                    yield explained(start, "Measure what is chosen. Enter does the same.")
            with Vertical(id="right"):
                yield DevicePanel()
                yield ContenderList(self._names, wanted)
            yield CellTable()
        yield Footer()

    def on_mount(self) -> None:
        """Title the panels, draw plainly where that was asked for."""
        self.query_one("#takes").border_title = "What it takes"
        if self.bench.settings.ascii:
            self.add_class("-ascii")
            draw_in_ascii(self)
        self._update_soon()

    def on_resize(self) -> None:
        """Another size has room for more, or for less."""
        self._update_soon()

    def stop_asking(self) -> None:
        """What was not answered is asked again when this screen is seen again."""
        super().stop_asking()
        if self._choices.standings(self._asked_device or "") is None:
            self._asked_device = None

    # What is found

    @on(EarlierFound)
    def _earlier_found(self, event: EarlierFound) -> None:
        self._earlier = event.documents
        self._update_soon()

    @on(DevicesFound)
    def _devices_found(self, event: DevicesFound) -> None:
        form = self.query_one(PlanForm)
        first = not self._choices.names
        if self._choices.found(event.devices):
            chosen = form.device
            if first and chosen is None:
                chosen, self._device_note = self._choices.first(self._first.device)
            form.offer_devices(self._choices.names, chosen)
        self._follow_device()

    @on(StandingsFound)
    def _standings_found(self, event: StandingsFound) -> None:
        self._choices.stand(event.device, event.standings)
        reason = self._choices.gpu_reason()
        if reason is not None and event.device == FIRST_GPU:
            self._device_note = f"Automatic is the CPU here: {reason}"
        if event.device == self._device():
            self.query_one(ContenderList).stand(event.standings)
        self._follow_device()

    def _device(self) -> str | None:
        """What a run would use; None while nobody knows."""
        return self._choices.resolved(self.query_one(PlanForm).device)

    def _follow_device(self) -> None:
        """Show the device, and ask about it if it is another one."""
        device = self._device()
        if device is None:
            return
        self.query_one(DevicePanel).show(self._choices.facts(device), device)
        if device != self._asked_device:
            self._asked_device = device
            self.query_one(PlanForm).adapt(device.partition(":")[0])
            standings = self._choices.standings(device)
            self.query_one(ContenderList).stand(standings)
            if standings is None:
                self.ask_contenders(device)
        self._update_soon()

    # The plan

    def choice(self) -> Request:
        """What is chosen; open is what was left to the device. Raises UsageError."""
        chosen = self.query_one(PlanForm).choice().over(self._unseen)
        return msgspec.structs.replace(chosen, contenders=self.query_one(ContenderList).chosen)

    def _plan(self) -> Plan:
        return make_plan(self.choice(), device=self._device() or "cpu", contenders=self._names)

    @on(PlanForm.Changed)
    def _form_changed(self) -> None:
        self._follow_device()
        self._update_soon()

    @on(ContenderList.Changed)
    def _contenders_changed(self) -> None:
        self._update_soon()

    def _update_soon(self) -> None:
        """Once for all changes until the next refresh."""
        if not self._pending:
            self._pending = True
            self.call_after_refresh(self._update)

    def _update(self) -> None:
        self._pending = False
        outlook = self.query_one(Outlook)
        try:
            plan = self._plan()
        except UsageError as error:
            outlook.refuse(_in_words(error))
            self.query_one(PlanForm).mark(None)
            return
        facts = self._choices.facts(self._device())
        free_mib = None if facts is None else facts.free_mib
        outlook.show(
            plan,
            earlier=self._earlier,
            free_mib=free_mib,
            warnings=[*self._missing(), *forecast.warnings(plan, free_mib)],
            notes=self._notes(plan),
            roomy=self.has_class("-tall") and self.has_class("-wide"),
        )
        table = self.query_one(CellTable)
        if table.display:
            table.show(plan, self._earlier)
        self.query_one(PlanForm).mark(self._preset_of(plan))

    def _missing(self) -> list[str]:
        names = self.query_one(ContenderList).missing
        return [f"Left out, since it can't run on {self._device()}: {name}." for name in names]

    def _notes(self, plan: Plan) -> list[str]:
        notes = [note for note in (self._given_note, self._device_note) if note is not None]
        for name in UNSEEN:
            value = getattr(self._unseen, name)
            if value is not None:
                notes.append(f"From the command line: {name} {value}.")
        if "dlib" in plan.contenders and "train" in plan.modes and 1 in plan.train_batch_sizes:
            notes.append("dlib refuses to train on one image; the others are measured.")
        return notes

    def _preset_of(self, plan: Plan) -> str | None:
        for preset in PRESETS:
            request = preset.request().over(self._unseen)
            if plan == make_plan(request, device=plan.device, contenders=self._names):
                return preset.name
        return None

    # Actions

    @on(PlanForm.PresetChosen)
    def _preset_chosen(self, event: PlanForm.PresetChosen) -> None:
        self._apply(event.preset)

    def _apply(self, preset: Preset) -> None:
        self.query_one(PlanForm).fill(preset.request())
        self.query_one(ContenderList).want(CONTENDERS)

    def action_preset(self, name: str) -> None:
        """Fill in a preset."""
        self._apply(next(preset for preset in PRESETS if preset.name == name))

    def action_next_preset(self) -> None:
        """Fill in the preset after the one that the form is at."""
        try:
            now = self._preset_of(self._plan())
        except UsageError:
            now = None
        names = [preset.name for preset in PRESETS]
        self._apply(PRESETS[0 if now is None else (names.index(now) + 1) % len(PRESETS)])

    def action_history(self) -> None:
        """Earlier results."""
        self.bench.open_history()

    @on(Button.Pressed, "#start")
    def action_start(self) -> None:
        """Measure what is chosen, or say what has to be changed first."""
        try:
            chosen, plan = self.choice(), self._plan()
        except UsageError as error:
            self.query_one(Outlook).refuse(_in_words(error))
            _, field = FIELDS.get(str(error).partition(" ")[0], ("", "#start"))
            self.query_one(field).focus()
            return
        self.stop_asking()
        wanted = self.query_one(ContenderList).wanted
        untold = last_choice.remember(msgspec.structs.replace(chosen, contenders=wanted))
        if untold is not None:
            self.notify(untold, severity="warning", markup=False)
        # A device that has not answered yet is left to the run, which then chooses by itself.
        settled = self._choices.is_settled(chosen.device)
        self.bench.begin_run(config.to_request(plan) if settled else chosen)


def _in_words(error: UsageError) -> str:
    """The sentence, with the field's words instead of the option."""
    option, _, rest = str(error).partition(" ")
    words, _ = FIELDS.get(option, (option, ""))
    return f"{words} {rest}"
