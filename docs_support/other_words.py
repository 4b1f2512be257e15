"""What other documents than runs say: for each kind its form, its figures and a sentence of them.

A document is of the first kind whose form it has. One of no known kind is listed with its own
names and values.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from statistics import median
from typing import Any, Protocol

import msgspec

from benchcore.report import nested
from docs_support import run_words
from docs_support.endurance_words import Endurance

MOST_VALUES = 6
"""Shown of a document of no known kind; the file has the others."""


class Kind(Protocol):
    """The form of one program's documents; decoding fails where a document hasn't it."""

    def figures(self) -> dict[str, str]:
        """What a page may quote, by name."""

    def sentence(self) -> str:
        """All of it for the list of documents."""


class Pass(msgspec.Struct, frozen=True):
    """One batch size of an overhead."""

    batch: int
    ratio: float
    low: float
    high: float
    added_us: float | None = None


class Overhead(msgspec.Struct, frozen=True):
    """benchmarks/overhead.py."""

    device: str
    batches: list[Pass]

    def figures(self) -> dict[str, str]:
        """Python / native and, in newer documents, the microseconds that Python adds."""
        ratios = (f"{_interval(p, 4)} at batch {p.batch}" for p in self.batches)
        found = {"ratio": ", ".join(ratios)}
        added = [p.added_us for p in self.batches if p.added_us is not None]
        if len(added) == len(self.batches):
            found["added"] = f"{_joined(f'{us:.0f}' for us in added)} microseconds"
        return found

    def sentence(self) -> str:
        """Both, with the device."""
        found = self.figures()
        added = f"; in the same pass Python adds {found['added']}" if "added" in found else ""
        return (
            f"dlib's forward passes one by one from Python against one native loop ({self.device}):"
            f" {found['ratio']}{added}."
        )


class Shown(msgspec.Struct, frozen=True):
    """One cell and contender, with the screens / without them."""

    cell: str
    ratio: float
    low: float
    high: float


class TuiCost(msgspec.Struct, frozen=True):
    """benchmarks/tui_cost.py."""

    size: str
    cpu_share_of_one_core: list[float]
    cells: list[Shown]

    def figures(self) -> dict[str, str]:
        """The share of a core, and what becomes of the contenders' times."""
        shares = [100 * share for share in self.cpu_share_of_one_core]
        return {
            "share": (
                f"{median(shares):.1f} % of one core (median of {len(shares)} runs, at most "
                f"{max(shares):.1f} %)"
            ),
            "ratio": "; ".join(f"{shown.cell}: {_interval(shown, 3)}" for shown in self.cells),
        }

    def sentence(self) -> str:
        """Both."""
        found = self.figures()
        return (
            f"The screens take {found['share']} at {self.size}. Times with them / without them: "
            f"{found['ratio']}."
        )


class Host(msgspec.Struct, frozen=True):
    """Where a screen was waited for."""

    cpu: str | None
    threads: int


class FirstScreen(msgspec.Struct, frozen=True):
    """benchmarks/first_screen.py."""

    machine: Host
    samples_ms: dict[str, list[float]]

    def figures(self) -> dict[str, str]:
        """Median and range for each size of a terminal."""
        words = (
            f"{median(times) / 1e3:.2f} s ({min(times) / 1e3:.2f} to {max(times) / 1e3:.2f}, "
            f"{len(times)} runs) at {size}"
            for size, times in self.samples_ms.items()
        )
        return {"time": _joined(words)}

    def sentence(self) -> str:
        """The same, and where."""
        host = f"{self.machine.cpu}, {self.machine.threads} threads"
        return f"The first screen is there after {self.figures()['time']}, on {host}."


class Finding(msgspec.Struct, frozen=True):
    """One part of a selftest."""

    what: str
    sentence: str


class Selftest(msgspec.Struct, frozen=True):
    """`benchcore selftest --json`."""

    device: str
    findings: list[Finding]
    noise_floor: float | None
    passed: bool

    def figures(self) -> dict[str, str]:
        """Each finding under its own name."""
        return {finding.what: finding.sentence for finding in self.findings}

    def sentence(self) -> str:
        """Whether it passed, and every finding."""
        passed = "passed" if self.passed else "did not pass"
        said = " ".join(finding.sentence for finding in self.findings)
        return f"The selftest on {self.device} {passed}. {said}"


class Peaks(msgspec.Struct, frozen=True):
    """What a device reached; a figure that is null has its reason."""

    device: str
    fp32_tflop_per_s: float | None
    tf32_tflop_per_s: float | None
    copy_gb_per_s: float | None
    unknown_because: dict[str, str] = msgspec.field(default_factory=dict)


class Ceilings(msgspec.Struct, frozen=True):
    """`benchcore info --ceilings`."""

    ceilings: Peaks

    def figures(self) -> dict[str, str]:
        """Each with its unit, or why it isn't known."""
        peaks = self.ceilings
        named = {
            "fp32": ("fp32_tflop_per_s", peaks.fp32_tflop_per_s, "TFLOP/s"),
            "tf32": ("tf32_tflop_per_s", peaks.tf32_tflop_per_s, "TFLOP/s"),
            "copy": ("copy_gb_per_s", peaks.copy_gb_per_s, "GB/s"),
        }
        return {
            name: f"not known ({peaks.unknown_because.get(key, 'no reason is given').rstrip('.')})"
            if value is None
            else f"{value:.4g} {unit}"
            for name, (key, value, unit) in named.items()
        }

    def sentence(self) -> str:
        """All three."""
        found = self.figures()
        return (
            f"The ceilings of {self.ceilings.device}: FP32 matrix product {found['fp32']}, "
            f"TF32 {found['tf32']}, copy {found['copy']}, read plus written."
        )


class Unknown(msgspec.Struct, frozen=True):
    """Whatever else names its values."""

    values: dict[str, Any]

    def figures(self) -> dict[str, str]:
        """Every value under its name."""
        return dict(nested.rows(self.values))

    def sentence(self) -> str:
        """The first of them: a program puts first what its document is about."""
        found = self.figures()
        words = [f"{name} {value}" for name, value in islice(found.items(), MOST_VALUES)]
        more = f", and {len(found) - len(words)} more" if len(found) > len(words) else ""
        return f"{', '.join(words)}{more}."


KINDS: tuple[type[Kind], ...] = (Overhead, TuiCost, FirstScreen, Selftest, Ceilings, Endurance)


def kind(content: dict[str, Any]) -> Kind:
    """The document as its kind."""
    for form in KINDS:
        try:
            return msgspec.convert(content, form)
        except msgspec.ValidationError:
            continue
    return Unknown(content)


def machine(content: Mapping[str, Any]) -> str | None:
    """Where it was measured, if the document holds an environment: inside, or beside its figures.

    Without a device it is the CPU.
    """
    environment = content.get("environment", content)
    if not (isinstance(environment, Mapping) and isinstance(environment.get("cpu"), Mapping)):
        return None
    figures = content.get("ceilings", content)
    device = figures.get("device", "cpu") if isinstance(figures, Mapping) else "cpu"
    return run_words.machine(environment, str(device))


def _interval(of: Pass | Shown, decimals: int) -> str:
    low, high = (f"{end:.{decimals}f}" for end in (of.low, of.high))
    return f"{of.ratio:.{decimals}f} ({low} to {high})"


def _joined(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last
