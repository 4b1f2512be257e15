"""One cell of a run on the HTML page: what was found, how sure it is, and what it rests on."""

from collections.abc import Iterator, Mapping
from typing import Any

from benchcore.report import html_tables, nested
from benchcore.report.markup import EMPTY, Markup, element, join, text
from benchcore.report.strip import strip
from benchcore.report.table import MODE_TITLES, Table
from benchcore.result import CellResult, Document, Proof
from benchcore.samples import Memory

PHASES = ("context_mib", "model_mib", "search_peak_mib", "step_peak_mib", "steady_mib")
MOST_PHASES = 16
"""Columns of a table, in which every source has a row."""
DIGEST = 12
"""Characters of a digest shown; the document has all 64."""

Settings = Mapping[str, dict[str, Any]]
"""Of each contender."""


def common_settings(document: Document) -> dict[str, dict[str, Any]]:
    """What every cell of a contender has in common, so that it need be said only once."""
    found: dict[str, dict[str, Any]] = {}
    for cell in document.cells:
        for name, result in cell.contenders.items():
            if not result.settings:
                continue
            if name not in found:
                found[name] = dict(result.settings)
            shared = found[name]
            for key in list(shared):
                if key not in result.settings or result.settings[key] != shared[key]:
                    del shared[key]
    return found


def details(cell: CellResult, numbers: Mapping[str, int], common: Settings) -> Markup:
    """A cell that unfolds; `numbers` are the contenders' places in the document."""
    mode = MODE_TITLES.get(cell.mode, cell.mode)
    label = f"{cell.network}, {mode}, batch {cell.batch}"
    outcomes = [
        join([text(f"{name} "), html_tables.verdict(found.outcome)])
        for name, found in cell.verdict.items()
    ]
    outcomes += [
        text(f"{name} {result.status}")
        for name, result in cell.contenders.items()
        if result.status != "ok"
    ]
    summary = element(
        "summary",
        element("h3", text(label)),
        *([text(": "), join(outcomes, ", ")] if outcomes else []),
    )
    strips = [strip(name, numbers[name], result) for name, result in cell.contenders.items()]
    parts = [
        _facts(cell),
        _part("Verdict", _verdicts(cell)),
        _part("Not measured", _failures(cell)),
        _part("Distribution of the timed iterations", [one for one in strips if one]),
        _part("Proof of the same work", [_proof(cell.proof)] if cell.proof else []),
        _memory(cell),
        *_settings(cell, common),
    ]
    return element("details", summary, *parts)


def _part(title: str, content: list[Markup]) -> Markup:
    return join([element("h4", text(title)), *content]) if content else EMPTY


def facts(rows: list[tuple[str, Markup]]) -> Markup:
    """A list of names, each with what it is."""
    pairs = ([element("dt", text(name)), element("dd", words)] for name, words in rows)
    return element("dl", *(piece for pair in pairs for piece in pair), class_="facts")


def _facts(cell: CellResult) -> Markup:
    took = "" if cell.duration_s is None else f"{cell.duration_s:.1f} s"
    flags = ", ".join(flag.replace("_", " ") for flag in cell.flags)
    rows = {
        "Images": f"{cell.image_height_px}x{cell.image_width_px} pixels",
        "Precision": cell.precision,
        "Schedule": f"{cell.schedule}, launches: {cell.launches}",
        "Took": took,
        "Flags": flags,
    }
    return facts([(name, text(words)) for name, words in rows.items() if words])


def _verdicts(cell: CellResult) -> list[Markup]:
    paragraphs = []
    for name, found in cell.verdict.items():
        words = f". {found.reason}"
        if found.next_step is not None:
            words += f" Next: {found.next_step}"
        outcome = html_tables.verdict(found.outcome)
        paragraphs.append(element("p", text(f"{name}: "), outcome, text(words)))
    return paragraphs


def _failures(cell: CellResult) -> list[Markup]:
    return [
        element("p", text(f"{name}: {result.status}. {result.reason or 'No reason is given.'}"))
        for name, result in cell.contenders.items()
        if result.status != "ok"
    ]


def _proof(proof: Proof) -> Markup:
    """In words, with the beginnings of the digests."""
    rows: list[tuple[str, str]] = [("Held", "yes" if proof.held else "no")]
    if proof.max_rel_error is not None:
        error = f"{proof.max_rel_error:.3g} of the largest logit, allowed {proof.bound:.3g}"
        rows.append(("Largest difference", error))
    if proof.loss_errors is not None:
        bounds = proof.bounds or [proof.bound]
        errors = ", ".join(f"{error:.3g}" for error in proof.loss_errors)
        allowed = ", ".join(f"{bound:.3g}" for bound in bounds)
        rows.append(("Differences of the losses", f"{errors}; allowed {allowed}"))
    for title, digests in (("Input", proof.input_sha256), ("Weights", proof.weights_sha256)):
        rows.append((f"{title} (SHA-256)", "; ".join(_digests(digests)) or "not known"))
    return facts([(name, text(words)) for name, words in rows])


def _digests(digests: dict[str, str]) -> Iterator[str]:
    by_digest: dict[str, list[str]] = {}
    for name, digest in digests.items():
        by_digest.setdefault(digest, []).append(name)
    for digest, names in by_digest.items():
        yield f"{digest[:DIGEST]} for {', '.join(names)}"


def _memory(cell: CellResult) -> Markup:
    known = {name: r.memory for name, r in cell.contenders.items() if r.memory is not None}
    if not known:
        return EMPTY
    rows = [(name, *row) for name, memory in known.items() for row in _sources(memory)]
    found = dict.fromkeys([*PHASES, *(key for _, _, figures in rows for key in figures)])
    keys = list(found)[:MOST_PHASES]
    words = [key.removesuffix("_mib").replace("_", " ") for key in keys]
    disagreements = [
        f"{name}: {memory.disagreement}" for name, memory in known.items() if memory.disagreement
    ]
    left_out = [f"The document has {len(found) - len(keys)} phases more."] * (
        found.keys() > {*keys}
    )
    return html_tables.table(
        Table(
            title="Memory by phase and source (MiB)",
            groups=(("", 2 + len(keys)),),
            headings=("contender", "source", *words),
            rows=[
                (name, source, *(f"{figures[key]:.0f}" if key in figures else "-" for key in keys))
                for name, source, figures in rows
            ],
            remarks=disagreements + left_out,
        )
    )


def _sources(memory: Memory) -> Iterator[tuple[str, dict[str, float]]]:
    """The primary source first."""
    yield f"{memory.primary} (primary)", {phase: getattr(memory, phase) for phase in PHASES}
    for source, figures in memory.sources.items():
        if source != memory.primary:
            yield source, figures


def _settings(cell: CellResult, common: Settings) -> Iterator[Markup]:
    """Only what the contender's other cells don't share."""
    for name, result in cell.contenders.items():
        shared = common.get(name, {})
        own = {key: value for key, value in result.settings.items() if key not in shared}
        if own:
            yield html_tables.pairs(f"Settings of {name} in this cell", nested.rows(own))
