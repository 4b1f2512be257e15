"""What a run measures, checked completely before anything starts.

Every error is one `UsageError` sentence that names the argument, its value and what would be right.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any

import msgspec

from benchcore.architecture import NETWORKS, smallest_side_px
from benchcore.errors import UsageError
from benchcore.profiles import PROFILES, Budget
from benchcore.samples import MOST_NAMES

MODES = ("infer", "train")
PRECISION = "fp32"
REFERENCE = "torch"
"""Factors are contender / reference: below 1, the contender is better."""

LARGEST_BATCH = 4096
LARGEST_SIDE_PX = 2048
"""Beyond these a run is a typing error more likely than a wish: batch 4096 is 2.5 GB of input."""

LEARNING_RATE = 1e-3
"""Small on purpose: with random labels and momentum 0.9 a rate of 0.1 diverges within a few dozen
steps, and a loss that is not finite would end the measurement. The rate changes no cost."""

MOST_TRACED = 100
"""Iterations of a trace: a training step of dlib leaves a thousand records, and five times as many
calls."""

DEFAULT_BATCHES = {
    ("cuda", "infer"): (1, 2, 4, 8, 16, 32, 64, 128),
    ("cuda", "train"): (1, 2, 4, 8, 16, 32),
    ("cpu", "infer"): (1, 4),
    ("cpu", "train"): (2,),
}
"""On a GPU the original benchmark's, batch 1 in training included, which dlib refuses. On a CPU
few and small ones, so that a quick run on two cores ends within five minutes."""


class CellSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One thing to measure: a network in a mode at a batch size, for every contender."""

    network: str
    mode: str
    batch: int
    image_height_px: int
    image_width_px: int
    precision: str = PRECISION

    @property
    def label(self) -> str:
        """A short name for progress lines, such as `resnet50 infer batch 4`."""
        return f"{self.network} {self.mode} batch {self.batch}"


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """A run's whole intention; the same seed and plan give the same weights and inputs."""

    networks: tuple[str, ...]
    modes: tuple[str, ...]
    batch_sizes: tuple[int, ...]
    train_batch_sizes: tuple[int, ...]
    contenders: Annotated[tuple[str, ...], msgspec.Meta(max_length=MOST_NAMES)]
    device: str
    image_height_px: int
    image_width_px: int
    profile: str
    seed: int
    learning_rate: float = LEARNING_RATE
    images: str | None = None
    weights: str | None = None
    timeout_s: float | None = None
    trace_iterations: int = 0
    """Iterations of each contender that are traced in a cell's first launch, after its blocks."""

    @property
    def budget(self) -> Budget:
        """The profile's numbers."""
        return PROFILES[self.profile]

    @property
    def reference(self) -> str:
        """The contender that others are divided by: `torch`, or the last one named."""
        if REFERENCE in self.contenders or not self.contenders:
            return REFERENCE
        return self.contenders[-1]

    @property
    def cell_count(self) -> int:
        """How many cells there are; a plan from anywhere may have more than fit the memory."""
        infer, train = len(self.batch_sizes), len(self.train_batch_sizes)
        return len(self.networks) * sum(infer if mode == "infer" else train for mode in self.modes)

    def cells(self) -> list[CellSpec]:
        """Every cell, in the order of measurement."""
        return [
            CellSpec(
                network=network,
                mode=mode,
                batch=batch,
                image_height_px=self.image_height_px,
                image_width_px=self.image_width_px,
            )
            for network in self.networks
            for mode in self.modes
            for batch in (self.batch_sizes if mode == "infer" else self.train_batch_sizes)
        ]


Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
"""TOML may state a number that takes Python minutes to print."""


class Request(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    """What the user asked for, from the command line or a TOML file; None means the default.

    The fields are the long options with `_` for `-`.
    """

    networks: list[str] | None = None
    modes: list[str] | None = None
    batch_sizes: list[Whole] | None = None
    train_batch_sizes: list[Whole] | None = None
    contenders: list[str] | None = None
    device: str | None = None
    image_size: str | None = None
    images: str | None = None
    weights: str | None = None
    profile: str | None = None
    seed: Whole | None = None
    timeout: float | None = None
    trace_iterations: Whole | None = None

    def over(self, other: "Request") -> "Request":
        """This request, with `other` filling in what it leaves open."""
        mine = msgspec.structs.asdict(self)
        theirs = msgspec.structs.asdict(other)
        return Request(**{k: theirs[k] if v is None else v for k, v in mine.items()})


def one_of(option: str, values: Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    """The values, each known and named once."""
    chosen = tuple(values)
    if not chosen:
        raise UsageError(f"{option} names nothing; choose from {', '.join(known)}.")
    for value in chosen:
        if value not in known:
            raise UsageError(f"{option} has {value!r}; choose from {', '.join(known)}.")
    _refuse_repeats(option, chosen)
    return chosen


def _refuse_repeats(option: str, values: Sequence[Any]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise UsageError(f"{option} names {value} more than once; name each once.")


def batches(option: str, values: Iterable[int]) -> tuple[int, ...]:
    """Batch sizes within what makes sense, each named once."""
    chosen = tuple(values)
    if not chosen:
        raise UsageError(f"{option} names nothing; give numbers such as 1,2,4.")
    for value in chosen:
        if not 1 <= value <= LARGEST_BATCH:
            raise UsageError(f"{option} has {value}; a batch size is 1 to {LARGEST_BATCH}.")
    _refuse_repeats(option, chosen)
    return chosen


def image_size(option: str, text: str) -> tuple[int, int]:
    """(height, width) in pixels from `224` or `96x128`."""
    match = re.fullmatch(r"([0-9]{1,6})(?:x([0-9]{1,6}))?", text, re.ASCII)
    if match is None:
        raise UsageError(f"{option} is {text!r}; write a side such as 224, or HEIGHTxWIDTH.")
    height = int(match[1])
    width = int(match[2] or match[1])
    for side in (height, width):
        if not 1 <= side <= LARGEST_SIDE_PX:
            raise UsageError(f"{option} has {side}; a side is 1 to {LARGEST_SIDE_PX} pixels.")
    return height, width


def check_size(
    option: str, size: tuple[int, int], networks: Sequence[str], modes: Sequence[str]
) -> None:
    """Refuse images that are too small for a chosen network in a chosen mode."""
    for network in networks:
        for mode in modes:
            least = smallest_side_px(network, mode)
            if min(size) < least:
                doing = "train on" if mode == "train" else "take"
                raise UsageError(
                    f"{option} is {size[0]}x{size[1]}, but {network} can {doing} no image with a "
                    f"side under {least} pixels."
                )


def check_seed(seed: int) -> None:
    """Refuse what is no unsigned 32-bit number."""
    if not 0 <= seed < 2**32:
        raise UsageError(f"--seed is {seed}; it is a whole number from 0 to {2**32 - 1}.")


def device_name(option: str, text: str) -> str:
    """`auto`, `cpu` or `cuda:N`; a bare `cuda` is its first device."""
    if text == "cuda":
        return "cuda:0"
    if text in ("auto", "cpu") or re.fullmatch(r"cuda:[0-9]{1,3}", text, re.ASCII):
        return text
    raise UsageError(f"{option} is {text!r}; it is auto, cpu, or cuda:N such as cuda:0.")


def _is_utf8(path: str) -> bool:
    try:
        return bool(path.encode())
    except UnicodeEncodeError:  # a byte that Python keeps as a surrogate
        return False


def make_plan(request: Request, *, device: str, contenders: Sequence[str]) -> Plan:
    """The checked plan. `device` is already chosen; `contenders` are the names that exist."""
    networks = one_of(
        "--networks", NETWORKS if request.networks is None else request.networks, NETWORKS
    )
    modes = one_of("--modes", MODES if request.modes is None else request.modes, MODES)
    chosen = ("dlib", "torch") if request.contenders is None else request.contenders
    profile = "default" if request.profile is None else request.profile
    size = image_size("--image-size", "224" if request.image_size is None else request.image_size)
    check_size("--image-size", size, networks, modes)
    one_of("--profile", [profile], tuple(PROFILES))
    seed = 0 if request.seed is None else request.seed
    check_seed(seed)
    timeout = request.timeout
    if timeout is not None and not 0 < timeout < float("inf"):
        raise UsageError(f"--timeout is {timeout:g}; it is a number of seconds above 0.")
    for option, path, kind in (
        ("--images", request.images, "a directory of JPEG and PNG files"),
        ("--weights", request.weights, "a .safetensors or .pth file"),
    ):
        if path == "":
            raise UsageError(f"{option} is ''; it takes {kind}.")
        if path is not None and not _is_utf8(path):
            raise UsageError(f"{option} is {path!r}, whose name is no UTF-8; give it another one.")
    traced = 0 if request.trace_iterations is None else request.trace_iterations
    if not 0 <= traced <= MOST_TRACED:
        raise UsageError(
            f"--trace-iterations is {traced}; it is a whole number from 0 to {MOST_TRACED}."
        )
    if len(chosen) > MOST_NAMES:
        raise UsageError(f"--contenders names {len(chosen)}; a run compares at most {MOST_NAMES}.")
    kind = device.partition(":")[0]

    def sizes(option: str, asked: list[int] | None, mode: str) -> tuple[int, ...]:
        return batches(option, DEFAULT_BATCHES[kind, mode] if asked is None else asked)

    return Plan(
        networks=networks,
        modes=modes,
        batch_sizes=sizes("--batch-sizes", request.batch_sizes, "infer"),
        train_batch_sizes=sizes("--train-batch-sizes", request.train_batch_sizes, "train"),
        contenders=one_of("--contenders", chosen, contenders),
        device=device,
        image_height_px=size[0],
        image_width_px=size[1],
        profile=profile,
        seed=seed,
        images=request.images,
        weights=request.weights,
        timeout_s=timeout,
        trace_iterations=traced,
    )
