"""The form: what to measure, one line a question."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Button, Checkbox, Input, Label, Select

from benchcore.architecture import NETWORKS
from benchcore.parsing import convert, whole_numbers
from benchcore.plan import DEFAULT_BATCHES, MODES, Request
from benchcore.profiles import PROFILES
from tui.presets import IMAGE_SIZE, PRESETS, Preset
from tui.widgets.explained import explained
from tui.widgets.ticks import TickBox

AUTOMATIC = "auto"
DEFAULT_PROFILE = "default"
MODE_WORDS = {"infer": "inference", "train": "training"}
LISTS = {"infer": ("--batch-sizes", "batch-sizes"), "train": ("--train-batch-sizes", "train-sizes")}
"""Of each mode, the option that a sentence names and the field."""

ABOUT_NETWORKS = {
    "resnet50": "torchvision's ResNet-50, in both frameworks.",
    "resnet50-dlib": "The ResNet-50 of dlib's own example, rebuilt in PyTorch.",
}
ABOUT_MODES = {
    "infer": "Forward passes of images that are on the device already.",
    "train": "Whole training steps: transfer, forward, loss, backward, update.",
}
ABOUT_PROFILE = (
    "How much time a cell may take. quick: one launch, a look. default: launches until the interval"
    " is narrow. rigorous: ten launches or more. classic: the procedure of 2020."
)


def joined(sizes: Sequence[int]) -> str:
    """Batch sizes as the fields have them: `1,2,4`."""
    return ",".join(str(size) for size in sizes)


class PlanForm(Vertical):
    """All that can be chosen but the contenders."""

    DEFAULT_CSS = """
    PlanForm { height: auto; border: round $primary; padding: 0 1; }
    PlanForm Horizontal, PlanForm Vertical { height: auto; }
    PlanForm Label { width: 9; color: $text-muted; }
    PlanForm Input, PlanForm Select { width: 1fr; }
    PlanForm Checkbox { width: auto; }
    PlanForm Button { width: 1fr; min-width: 6; margin-right: 1; }
    """

    class Changed(Message):
        """Something was changed, or filled in."""

    class PresetChosen(Message):
        """A preset's button was pressed."""

        def __init__(self, preset: Preset) -> None:
            super().__init__()
            self.preset = preset

    def __init__(self, request: Request) -> None:
        super().__init__(id="form")
        self.border_title = "What to measure"
        self._request = request
        self._kind = "cpu"
        asked = {"infer": request.batch_sizes, "train": request.train_batch_sizes}
        self._usual = {mode: sizes is None for mode, sizes in asked.items()}
        """Of each mode, whether its batch sizes are the device's usual ones and follow it."""

    def compose(self) -> ComposeResult:
        """Presets first, since they fill in the rest."""
        first = self._request
        with Horizontal():
            yield Label("Preset")
            for preset in PRESETS:
                button = Button(preset.title, id=f"preset-{preset.name}", compact=True)
                yield explained(button, preset.about)
        with Horizontal():
            yield Label("Device")
            yield explained(
                Select(
                    [("automatic", AUTOMATIC)],
                    id="device",
                    allow_blank=False,
                    compact=True,
                ),
                "Automatic is the first GPU if dlib and PyTorch can both use it, else the CPU.",
            )
        with Horizontal():
            yield Label("Networks")
            with Vertical(classes="stack"):
                for name in NETWORKS:
                    on_now = first.networks is None or name in first.networks
                    box = TickBox(name, on_now, id=f"network-{name}")
                    yield explained(box, ABOUT_NETWORKS[name])
        with Horizontal():
            yield Label("Modes")
            for mode in MODES:
                on_now = first.modes is None or mode in first.modes
                box = TickBox(MODE_WORDS[mode], on_now, id=f"mode-{mode}")
                yield explained(box, ABOUT_MODES[mode])
        for mode, asked in (("infer", first.batch_sizes), ("train", first.train_batch_sizes)):
            with Horizontal():
                yield Label("Infer at" if mode == "infer" else "Train at")
                sizes = DEFAULT_BATCHES[self._kind, mode] if asked is None else asked
                yield explained(
                    Input(joined(sizes), id=LISTS[mode][1], compact=True, placeholder="1,2,4"),
                    f"Batch sizes for {MODE_WORDS[mode]}: whole numbers such as 1,2,4.",
                )
        with Horizontal():
            yield Label("Image px")
            yield explained(
                Input(first.image_size or IMAGE_SIZE, id="image-size", compact=True),
                "Pixels, such as 224, or HEIGHTxWIDTH.",
            )
        with Horizontal():
            yield Label("Profile")
            profile = first.profile if first.profile in PROFILES else DEFAULT_PROFILE
            yield explained(
                Select(
                    [(name, name) for name in PROFILES],
                    value=profile,
                    id="profile",
                    allow_blank=False,
                    compact=True,
                ),
                ABOUT_PROFILE,
            )

    @property
    def device(self) -> str | None:
        """The device that was chosen; None is the automatic choice."""
        value = self.query_one("#device", Select).value
        return None if value == AUTOMATIC else str(value)

    def offer_devices(self, names: Sequence[str], chosen: str | None) -> None:
        """The devices there are; None is the automatic choice."""
        field = self.query_one("#device", Select)
        options = [("automatic", AUTOMATIC), *((name, name) for name in names)]
        with self.prevent(Select.Changed):
            field.set_options(options)
            field.value = AUTOMATIC if chosen not in names else chosen

    def adapt(self, kind: str) -> None:
        """Another kind of device: batch sizes that nobody chose become its usual ones."""
        self._kind = kind
        for mode, usual in self._usual.items():
            if usual:
                self._put_sizes(mode, None)

    def fill(self, request: Request) -> None:
        """Put a request's answers into the fields; batch sizes left open are the usual ones."""
        for name in NETWORKS if request.networks is not None else ():
            self.query_one(f"#network-{name}", Checkbox).value = name in (request.networks or ())
        for mode in MODES if request.modes is not None else ():
            self.query_one(f"#mode-{mode}", Checkbox).value = mode in (request.modes or ())
        self._put_sizes("infer", request.batch_sizes)
        self._put_sizes("train", request.train_batch_sizes)
        if request.image_size is not None:
            self.query_one("#image-size", Input).value = request.image_size
        if request.profile is not None:
            self.query_one("#profile", Select).value = request.profile

    def _put_sizes(self, mode: str, sizes: Sequence[int] | None) -> None:
        self._usual[mode] = sizes is None
        field = self.query_one(f"#{LISTS[mode][1]}", Input)
        with self.prevent(Input.Changed):
            field.value = joined(DEFAULT_BATCHES[self._kind, mode] if sizes is None else sizes)
        self.post_message(self.Changed())

    def choice(self) -> Request:
        """What the fields say, usual batch sizes left open. Raises UsageError."""
        modes = [mode for mode in MODES if self.query_one(f"#mode-{mode}", Checkbox).value]
        return Request(
            networks=[n for n in NETWORKS if self.query_one(f"#network-{n}", Checkbox).value],
            modes=modes,
            batch_sizes=self._sizes("infer") if "infer" in modes else None,
            train_batch_sizes=self._sizes("train") if "train" in modes else None,
            device=self.device,
            image_size=self.query_one("#image-size", Input).value.strip(),
            profile=str(self.query_one("#profile", Select).value),
        )

    def _sizes(self, mode: str) -> list[int] | None:
        if self._usual[mode]:
            return None
        option, name = LISTS[mode]
        text = self.query_one(f"#{name}", Input).value
        numbers: list[int] = convert(option, "whole numbers such as 1,2,4", whole_numbers)(text)
        return numbers

    def mark(self, preset: str | None) -> None:
        """Show which preset the form is at now."""
        for each in PRESETS:
            button = self.query_one(f"#preset-{each.name}", Button)
            button.variant = "primary" if each.name == preset else "default"

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        for mode, (_, name) in LISTS.items():
            if event.input.id == name:
                self._usual[mode] = event.value == joined(DEFAULT_BATCHES[self._kind, mode])

    @on(Checkbox.Changed)
    @on(Input.Changed)
    @on(Select.Changed)
    def _changed(self, event: Message) -> None:
        event.stop()
        for mode, (_, name) in LISTS.items():
            box = self.query_one(f"#mode-{mode}", Checkbox)
            self.query_one(f"#{name}", Input).disabled = not box.value
        self.post_message(self.Changed())

    @on(Button.Pressed)
    def _preset_pressed(self, event: Button.Pressed) -> None:
        event.stop()
        for preset in PRESETS:
            if event.button.id == f"preset-{preset.name}":
                self.post_message(self.PresetChosen(preset))
