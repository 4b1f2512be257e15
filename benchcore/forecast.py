"""What a plan will take, before any of it is measured: time, memory, and what won't fit.

Time comes from earlier documents of the same machine where there are some, else from the constants
below; memory always from constants. They are rough on purpose and say so: the first measured cell
replaces the guess of the time, and a cell that does not fit is reported as such.

The constants are read off two documents, both of profile quick and 224 pixels:
`docs/results/2026-11-24-h100-quick.json` and `docs/results/2026-11-24-xeon-2-cores-quick.json`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from benchcore.environment import cpu_threads
from benchcore.plan import CellSpec, Plan
from benchcore.profiles import MEMORY_SHARE, PROFILES, Budget
from benchcore.remaining import Estimator, predicted_s
from benchcore.result import CellResult, Document

STANDARD_PIXELS = 224 * 224
"""Of the images that the constants are for."""


@dataclass(frozen=True)
class Line:
    """A fixed part, and a part for each image of 224x224 pixels in a batch."""

    base: float
    per_image: float

    def at(self, cell: CellSpec) -> float:
        """The value for a cell's batch and image size."""
        pixels = cell.image_height_px * cell.image_width_px
        return self.base + self.per_image * cell.batch * pixels / STANDARD_PIXELS


PEAK_MIB = {
    ("cuda", "dlib", "infer"): Line(800, 90),
    ("cuda", "dlib", "train"): Line(1200, 298),
    ("cuda", "torch", "infer"): Line(3000, 11.5),
    ("cuda", "torch", "train"): Line(5300, 94),
    ("cpu", "dlib", "infer"): Line(150, 65),
    ("cpu", "dlib", "train"): Line(245, 285),
    ("cpu", "torch", "infer"): Line(805, 10),
    ("cpu", "torch", "train"): Line(780, 235),
}
"""Of a contender's process: `search_peak_mib`, in which cuDNN tries algorithms with their largest
workspaces; what a step then needs is less."""

ITERATION_MS = {
    ("cuda", "dlib", "infer"): Line(7, 0.37),
    ("cuda", "dlib", "train"): Line(11, 1.65),
    ("cuda", "torch", "infer"): Line(3, 0.28),
    ("cuda", "torch", "train"): Line(12, 1.1),
    ("cpu", "dlib", "infer"): Line(10, 280),
    ("cpu", "dlib", "train"): Line(10, 1170),
    ("cpu", "torch", "infer"): Line(20, 100),
    ("cpu", "torch", "train"): Line(20, 420),
}
"""Of one H100, and of a CPU with one thread: with more, the part of the images is divided."""

USEFUL_THREADS = 16
"""Beyond these a small batch has little left to divide."""

PROCESS_S = {"cuda": 7.0, "cpu": 4.5}
"""To start a contender's process, import its framework, load the weights and prove its outputs."""

IMAGE_S = 0.09
"""What each image of a batch adds to that: it is drawn, sent and kept in several buffers."""

WARMUP_SHARE = 0.5
"""Of the longest warm-up: some contenders are steady at once, some never."""


@dataclass(frozen=True)
class Forecast:
    """How long a plan will take, and whether nothing measured here supports that."""

    duration_s: float
    is_guess: bool


def of_machine(documents: Sequence[Document], machine_id: str) -> list[Document]:
    """Those that were measured on this very machine."""
    return [found for found in documents if found.environment.get("machine_id") == machine_id]


def forecast_s(
    plan: Plan, earlier: Sequence[Document] = (), *, threads: int | None = None
) -> Forecast:
    """The duration of a plan, from `earlier` documents of this machine where one helps.

    A document helps if it is of the plan's device and has a cell of exactly the plan's contenders.
    `threads` are those of the CPU, by default all that a run would use.
    """
    # No planned cell has this precision, so each one counts as still to be measured.
    estimator = Estimator(plan.cells(), plan.budget, plan.device)
    for document in earlier:
        for result in _useful_cells(document, plan):
            spec = CellSpec(
                network=result.network,
                mode=result.mode,
                batch=result.batch,
                image_height_px=result.image_height_px,
                image_width_px=result.image_width_px,
                precision="measured earlier",
            )
            estimator.finished(spec, _under(plan.budget, result, document.plan))
    known_s = estimator.remaining_s()
    if known_s is not None:
        return Forecast(known_s, is_guess=False)
    guess_s = sum(cell_guess_s(cell, plan, threads=threads) for cell in plan.cells())
    return Forecast(guess_s, is_guess=True)


def _useful_cells(document: Document, plan: Plan) -> list[CellResult]:
    if document.plan.device != plan.device or document.plan.profile not in PROFILES:
        return []
    return [
        cell
        for cell in document.cells
        if set(cell.contenders) == set(plan.contenders)
        and cell.duration_s is not None
        and all(each.wall is not None for each in cell.contenders.values())
    ]


def _under(budget: Budget, result: CellResult, measured: Plan) -> CellResult:
    """The cell as it would have gone under another profile: other launches, other blocks."""
    if measured.budget == budget or result.duration_s is None:
        return result
    times = [each.wall.median_ms for each in result.contenders.values() if each.wall is not None]
    gpu = measured.device != "cpu"
    launches = max(result.launches, 1)
    explained_s = predicted_s(measured.budget, times, launches=launches, gpu=gpu)
    # The memory pass starts every process once more.
    start_s = max(result.duration_s - explained_s, 0.0) / (launches + 1)
    own_s = predicted_s(budget, times, launches=budget.launches, gpu=gpu)
    return msgspec.structs.replace(
        result,
        launches=budget.launches,
        duration_s=start_s * (budget.launches + 1) + own_s,
    )


def cell_guess_s(cell: CellSpec, plan: Plan, *, threads: int | None = None) -> float:
    """How long one cell takes on a machine of which nothing is known."""
    kind = _kind(plan.device)
    budget = plan.budget
    times = [iteration_ms(cell, name, plan.device, threads=threads) for name in plan.contenders]
    processes = len(times) * (budget.launches + 1)
    unsteady_s = max(budget.warmup_cap_s * WARMUP_SHARE - budget.warmup_s, 0.0)
    return (
        predicted_s(budget, times, launches=budget.launches, gpu=kind == "cuda")
        + processes * Line(PROCESS_S[kind], IMAGE_S).at(cell)
        + len(times) * budget.launches * unsteady_s
    )


def iteration_ms(
    cell: CellSpec, contender: str, device: str, *, threads: int | None = None
) -> float:
    """A guess of a contender's iteration; one that is not known gets PyTorch's."""
    line = ITERATION_MS[_kind(device), _family(contender), cell.mode]
    if device == "cpu":
        count = min(cpu_threads() if threads is None else threads, USEFUL_THREADS)
        line = Line(line.base, line.per_image / max(count, 1))
    return line.at(cell)


def forecast_mib(cell: CellSpec, contender: str, device: str) -> float:
    """A guess of the most memory that a contender's process takes in a cell."""
    return PEAK_MIB[_kind(device), _family(contender), cell.mode].at(cell)


def warnings(plan: Plan, free_mib: float | None) -> list[str]:
    """Sentences about cells for which `free_mib` is too little; none where that isn't known."""
    if free_mib is None:
        return []
    too_large: dict[tuple[str, str], dict[int, float]] = {}
    in_turns: dict[str, dict[int, float]] = {}
    for cell in plan.cells():
        peaks = {name: forecast_mib(cell, name, plan.device) for name in plan.contenders}
        lost = {name: mib for name, mib in peaks.items() if mib > free_mib}
        for name, mib in lost.items():
            too_large.setdefault((name, cell.mode), {})[cell.batch] = mib
        fitting = [mib for name, mib in peaks.items() if name not in lost]
        if len(fitting) > 1 and sum(fitting) > MEMORY_SHARE * free_mib:
            in_turns.setdefault(cell.mode, {})[cell.batch] = sum(fitting)
    free = mib_text(free_mib)
    sentences = [
        f"{name} won't fit in {_cells(mode, found)}: about {mib_text(max(found.values()))}, "
        f"{free} free. It is tried, and reported as out of memory."
        for (name, mode), found in too_large.items()
    ]
    return sentences + [
        f"The contenders take turns in {_cells(mode, found)}: together about "
        f"{mib_text(max(found.values()))}, over {MEMORY_SHARE:.0%} of the {free} free."
        for mode, found in in_turns.items()
    ]


def _cells(mode: str, batches: dict[int, float]) -> str:
    doing = "inference" if mode == "infer" else "training"
    return f"{doing} at batch {', '.join(str(batch) for batch in batches)}"


def mib_text(mib: float) -> str:
    """`812 MiB`, `38.3 GiB`."""
    return f"{mib:.0f} MiB" if mib < 10_000 else f"{mib / 1024:.1f} GiB"


def _kind(device: str) -> str:
    return device.partition(":")[0]


def _family(contender: str) -> str:
    return "dlib" if contender.partition("-")[0] == "dlib" else "torch"
