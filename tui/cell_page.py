"""All that a document says of one cell, as lines of text under headings."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from textwrap import wrap

import msgspec
from rich.text import Text

from benchcore.report import figures, nested
from benchcore.report.plain import plain
from benchcore.report.text import table_lines
from benchcore.result import CellResult, Document, Proof

DIGEST = 12
"""Characters of a digest shown; the document has all 64."""


@dataclass(frozen=True)
class Part:
    """A heading and the lines below it."""

    title: str
    lines: list[str]


def styled(parts: Iterable[Part]) -> Text:
    """The parts below each other, an empty line after each; nothing in them is markup."""
    text = Text()
    for part in parts:
        text.append(f"{plain(part.title)}\n", "bold")
        for line in part.lines:
            text.append(f"{plain(line)}\n")
        text.append("\n")
    return text


def parts(document: Document, cell: CellResult, width: int) -> Iterator[Part]:
    """Everything but the distributions, which are drawn."""
    alone = _alone(document, cell)
    yield Part("Verdict", [line for text in _verdicts(cell) for line in wrap(text, width)])
    yield Part("Cell", list(_facts(cell)))
    if cell.proof is not None:
        yield Part("Proof of the same work", list(_proof(cell.proof)))
    for table in (
        figures.phases(alone),
        *figures.stages(alone),
        figures.rates(alone),
        figures.singles(alone),
    ):
        if table.rows:
            title, *lines = table_lines(table, width)
            yield Part(title, lines)
    conditions = list(_conditions(cell))
    if conditions:
        yield Part("Conditions while it was timed", conditions)
    for name, result in cell.contenders.items():
        if result.settings:
            rows = nested.rows(result.settings)
            yield Part(f"Settings of {name}", [f"{key}: {value}" for key, value in rows])


def environment_lines(document: Document) -> list[Part]:
    """The fingerprint of machine and versions, group by group."""
    return [
        Part(group, [f"{name}: {value}" for name, value in rows])
        for group, rows in nested.groups(document.environment).items()
    ]


def _alone(document: Document, cell: CellResult) -> Document:
    """The document with this cell only, for the tables of reports."""
    return msgspec.structs.replace(document, cells=[cell])


def _verdicts(cell: CellResult) -> Iterator[str]:
    for name, verdict in cell.verdict.items():
        next_step = f" Next: {verdict.next_step}" if verdict.next_step else ""
        yield f"{name}: {verdict.outcome}. {verdict.reason}{next_step}"
    for name, result in cell.contenders.items():
        if result.status != "ok":
            yield f"{name}: {result.status}. {result.reason or 'No reason is given.'}"
    for name, factor in cell.factors.items():
        if factor.time is not None:
            span = ""
            if factor.time.low is not None and factor.time.high is not None:
                span = f", 95 % {factor.time.low:.3f} to {factor.time.high:.3f}"
            yield f"{name}: time factor {factor.time.estimate:.3f}{span} ({factor.time.method})"


def _facts(cell: CellResult) -> Iterator[str]:
    yield f"Images: {cell.image_height_px}x{cell.image_width_px} pixels, {cell.precision}"
    yield f"Schedule: {cell.schedule}, launches: {cell.launches}"
    if cell.duration_s is not None:
        yield f"Took: {cell.duration_s:.1f} s"
    yield f"Flags: {', '.join(flag.replace('_', ' ') for flag in cell.flags) or 'none'}"
    for name, result in cell.contenders.items():
        if result.wall is not None:
            wall = result.wall
            yield (
                f"{name}: least {wall.min_ms:.3f}, median {wall.median_ms:.3f}, "
                f"mean {wall.mean_ms:.3f}, largest {wall.max_ms:.3f} ms; outliers kept: "
                f"{wall.mild_outliers} mild, {wall.severe_outliers} severe"
            )


def _proof(proof: Proof) -> Iterator[str]:
    yield f"Held: {'yes' if proof.held else 'NO'}"
    if proof.max_rel_error is not None:
        yield (
            f"Largest difference: {proof.max_rel_error:.3g} of the largest logit, allowed "
            f"{proof.bound:.3g}"
        )
    if proof.loss_errors is not None:
        bounds = proof.bounds or [proof.bound]
        yield f"Differences of the losses: {_listed(proof.loss_errors)}; allowed {_listed(bounds)}"
    for what, digests in (("Weights", proof.weights_sha256), ("Input", proof.input_sha256)):
        for digest in dict.fromkeys(digests.values()):
            names = ", ".join(name for name, each in digests.items() if each == digest)
            yield f"{what}, SHA-256: {digest[:DIGEST]} ({names})"


def _listed(values: list[float]) -> str:
    return ", ".join(f"{value:.3g}" for value in values)


def _conditions(cell: CellResult) -> Iterator[str]:
    """Of the blocks that count: spans of what the machine told."""
    for name, result in cell.contenders.items():
        seen = [b.conditions for b in result.samples if b.conditions and not b.superseded]
        spans = []
        for field, unit, scale in (
            ("sm_clock_mhz", "MHz", 1.0),
            ("power_w", "W", 1.0),
            ("temperature_c", "\N{DEGREE SIGN}C", 1.0),
            ("utilization_percent", "% busy", 1.0),
            ("foreign_cpu_share", "% of the cores taken by others", 100.0),
            ("foreign_core_share", "% of the pinned core taken by others", 100.0),
            ("core_probe_us", "microseconds of a fixed work on it", 1.0),
        ):
            known = [v * scale for c in seen if (v := getattr(c, field)) is not None]
            if known:
                low, high = f"{min(known):.0f}", f"{max(known):.0f}"
                spans.append(f"{low if low == high else f'{low} to {high}'} {unit}")
        throttled = sorted({reason for c in seen for reason in c.throttle_reasons})
        if throttled:
            spans.append(f"throttled: {', '.join(throttled)}")
        if spans:
            yield f"{name}: {'; '.join(spans)}"
