"""What a document says, in sentences that are computed from it."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import groupby, islice, pairwise
from typing import Any

from benchcore.ceilings import known as known_ceiling
from benchcore.macs import macs_per_image
from benchcore.processes import DIFFERS
from benchcore.report.process_words import processes_differ
from benchcore.report.table import MODE_TITLES
from benchcore.result import CellResult, Document
from benchcore.verdict import CAVEATS

FASTER, SLOWER = "faster", "slower"

STANDINGS = {"FASTER": FASTER, "SLOWER": SLOWER, "SAME": "the same", "INVALID": "invalid"}
"""Of a contender against the reference, by verdict; the rest is open."""

OPEN = "undecided"

MOST_FAILURES = 20
"""Reasons for a missing figure that a summary tells; tables have them all."""


def sentences(document: Document) -> list[str]:
    """All that there is to say."""
    if not document.cells:
        return ["Nothing was measured."]
    return [*findings(document), *limits(document)]


def findings(document: Document) -> list[str]:
    """Who is faster where, what memory costs, how near that is to the device's arithmetic."""
    reference = document.plan.reference
    said: list[str] = []
    groups = dict.fromkeys((cell.network, cell.mode) for cell in document.cells)
    for network, mode in groups:
        cells = sorted(
            (c for c in document.cells if (c.network, c.mode) == (network, mode)),
            key=lambda cell: cell.batch,
        )
        names = dict.fromkeys(name for cell in cells for name in cell.contenders)
        where = f"{network}, {MODE_TITLES.get(mode, mode)}"
        for name in names:
            if name != reference:
                said += _times(where, name, reference, cells)
                said += _memory(where, name, reference, cells)
        said += _floor(document, where, cells)
    return said


def limits(document: Document) -> list[str]:
    """What the run can't say, and why."""
    return [*_other_dlib(document), *_failures(document), *_weaknesses(document)]


def _times(where: str, name: str, reference: str, cells: list[CellResult]) -> Iterator[str]:
    """Runs of batch sizes in which the contender stands alike, and where the order turns."""
    known = [
        (cell.batch, factor.time.estimate, _standing(cell, name, factor.time.estimate))
        for cell in cells
        if (factor := cell.factors.get(name)) is not None and factor.time is not None
    ]
    if not known:
        return
    parts = []
    for standing, run in groupby(known, key=lambda entry: entry[2]):
        members = list(run)
        batches = _sizes([str(batch) for batch, _, _ in members])
        factors = _span(sorted({f"{estimate:.2f}" for _, estimate, _ in members}, key=float))
        parts.append(f"{standing} at batch {batches} (factor {factors})")
    yield f"{where}: against {reference}, {name} is {_joined(parts)}."
    ordered = [(batch, standing) for batch, _, standing in known if standing in (FASTER, SLOWER)]
    turns = [pair for pair in pairwise(ordered) if pair[0][1] != pair[1][1]]
    if len(turns) > 1:
        yield f"{where}: the order of {name} and {reference} changes {len(turns)} times."
    for (before, old), (after, new) in turns if len(turns) == 1 else []:
        # Only where every batch size on either side says so.
        if all(
            standing == (old if batch <= before else new)
            for batch, _, standing in known
            if not before < batch < after
        ):
            yield f"{where}: from batch {after} on {name} is {new}; up to {before} it is {old}."


def _standing(cell: CellResult, name: str, estimate: float) -> str:
    verdict = cell.verdict.get(name)
    if verdict is not None:
        return STANDINGS.get(verdict.outcome, OPEN)
    return FASTER if estimate < 1 else SLOWER if estimate > 1 else "the same"


def _memory(where: str, name: str, reference: str, cells: list[CellResult]) -> Iterator[str]:
    """The span of factors, and the amounts at both ends of the batch sizes."""
    known = [
        (cell.batch, factor.memory.estimate, mine, theirs)
        for cell in cells
        if {name, reference} <= cell.contenders.keys()
        and (factor := cell.factors.get(name)) is not None
        and factor.memory is not None
        and (mine := cell.contenders[name].peak_mib) is not None
        and (theirs := cell.contenders[reference].peak_mib) is not None
    ]
    if not known:
        return
    factors = _span(sorted({f"{estimate:.2f}" for _, estimate, _, _ in known}, key=float))
    ends = [known[0], known[-1]] if len(known) > 1 else known
    amounts = _joined(
        [f"{mine:.0f} MiB against {theirs:.0f} at batch {batch}" for batch, _, mine, theirs in ends]
    )
    yield f"{where}: {name} needs {factors} times the memory of {reference}, {amounts}."


def _floor(document: Document, where: str, cells: list[CellResult]) -> Iterator[str]:
    """How near the largest batch comes to the time that the arithmetic alone would take.

    bfloat16 has no peak here: none is measured.
    """
    for precision, (which, peak) in _peaks_flop_per_s(document).items():
        found = _largest(cells, precision)
        if peak is None or found is None:
            continue
        cell, medians = found
        size = (cell.image_height_px, cell.image_width_px)
        flop = 2 * cell.batch * macs_per_image(cell.network, cell.mode, *size)
        if flop <= 0:
            continue
        rate = f"{peak / 1e12:.1f}" if peak >= 1e12 else f"{peak / 1e12:.3f}"
        floor_ms = 1e3 * flop / peak
        times = _joined([f"{name} takes {ms / floor_ms:.1f}" for name, ms in medians.items()])
        yield (
            f"{where}, batch {cell.batch}: at the device's {which} peak ({rate} TFLOP/s) "
            f"the arithmetic alone takes {floor_ms:.3g} ms; {times} times that."
        )


def _largest(cells: list[CellResult], precision: str) -> tuple[CellResult, dict[str, float]] | None:
    """The largest batch at which contenders compute so, and their median times (ms)."""
    for cell in reversed(cells):
        medians = {
            name: result.wall.median_ms
            for name, result in cell.contenders.items()
            if result.status == "ok" and result.wall is not None and result.precision == precision
        }
        if medians:
            return cell, medians
    return None


def _peaks_flop_per_s(document: Document) -> dict[str, tuple[str, float | None]]:
    """By precision: the peak measured on the device; of float32 else that of its data sheet."""
    ceilings = document.ceilings
    fp32 = None if ceilings is None else known_ceiling(ceilings.fp32_tflop_per_s)
    tf32 = None if ceilings is None else known_ceiling(ceilings.tf32_tflop_per_s)
    return {
        "fp32": ("nominal float32", _nominal_flop_per_s(document))
        if fp32 is None
        else ("measured float32", 1e12 * fp32),
        "tf32": ("measured TF32", None if tf32 is None else 1e12 * tf32),
    }


def _nominal_flop_per_s(document: Document) -> float | None:
    """Cores x highest clock x 2 operations of the measured GPU; None where that isn't known."""
    device, gpus = document.plan.device, document.environment.get("gpus")
    if not device.startswith("cuda:") or not isinstance(gpus, list):
        return None
    number = device.removeprefix("cuda:")
    # A document may name a device that no plan has.
    known = {str(index): gpu for index, gpu in enumerate(gpus)}
    gpu: Any = known.get(number)
    if not isinstance(gpu, dict):
        return None
    cores, clock_mhz = gpu.get("cuda_cores"), gpu.get("max_sm_clock_mhz")
    if not (isinstance(cores, int | float) and isinstance(clock_mhz, int | float)):
        return None
    return 2 * cores * clock_mhz * 1e6 if cores > 0 and clock_mhz > 0 else None


def _other_dlib(document: Document) -> Iterator[str]:
    """Which dlib was measured, where it is no release: its version number alone would mislead."""
    backend = "cpu" if document.plan.device == "cpu" else "cuda"
    found: Any = document.environment
    for key in ("dlib", "backends", backend, "dlib_origin"):
        found = found.get(key) if isinstance(found, dict) else None
    if isinstance(found, str) and not re.fullmatch(r"release [\d.]+", found):
        yield f"The dlib of this run is no release: {found}."


def _failures(document: Document) -> Iterator[str]:
    """Contenders without a number, by reason."""
    cells: dict[tuple[str, str, str], list[str]] = {}
    for cell in document.cells:
        for name, result in cell.contenders.items():
            if result.status != "ok":
                key = (name, result.status, result.reason or "No reason is given.")
                cells.setdefault(key, []).append(f"{cell.network} {cell.mode} batch {cell.batch}")
    for (name, status, reason), labels in islice(cells.items(), MOST_FAILURES):
        others = len(labels) - 1
        more = f" and {others} more cell{'s' * (others > 1)}" if others else ""
        yield f"{name} has no figure ({status}) in {labels[0]}{more}: {reason}"
    untold = len(cells) - MOST_FAILURES
    if untold > 0:
        reasons = "reason" if untold == 1 else "reasons"
        yield f"For {untold:,} more {reasons} there is no figure; the tables of factors tell them."


def _weaknesses(document: Document) -> Iterator[str]:
    """Of the whole run, counted over its cells."""
    cells = document.cells
    total = len(cells)
    outcomes: Counter[str] = Counter(v.outcome for c in cells for v in c.verdict.values())
    for outcome, words in (
        ("INCONCLUSIVE", "can't be decided by this run"),
        ("INVALID", "are invalid"),
    ):
        if outcomes[outcome]:
            share = f"{outcomes[outcome]} of {outcomes.total()}"
            yield f"{share} comparisons {words}; the tables of factors say why."
    if cells and all(cell.launches == 1 for cell in cells):
        yield (
            "Each cell was launched once, so the intervals are blind to what changes between "
            "processes; the default profile is not."
        )
    differing = Counter(
        name
        for cell in cells
        for name, result in cell.contenders.items()
        if processes_differ(name, result) is not None
    )
    for name, count in differing.items():
        yield (
            f"In {count} of {total} cells {name}'s processes differ by more than "
            f"{100 * DIFFERS:.0f} %; the tables of factors say how."
        )
    for flag, words in CAVEATS.items():
        count = sum(flag in cell.flags for cell in cells)
        if count:
            yield f"In {count} of {total} cells {words}."
    if outcomes and document.noise_floor is None:
        yield (
            "How far a contender is from itself on this machine is not known (`benchcore "
            "selftest` finds it), so the usual margins of 2 and 5 % hold."
        )


def _sizes(words: list[str]) -> str:
    """Batch sizes in a row; of two there is none in between."""
    return _joined(words) if len(words) < 3 else _span(words)


def _span(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{words[0]} to {words[-1]}"


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
