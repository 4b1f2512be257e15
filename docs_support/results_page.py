"""docs/results/index.md: every document of that folder, newest first."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain, combinations
from textwrap import shorten

from benchcore.compare import compare, key_of
from benchcore.report import comparison, markdown, profile_tables
from benchcore.report.charts import charts
from benchcore.report.plain import markdown as escaped
from benchcore.report.plain import markdown_line
from benchcore.report.summary import sentences
from benchcore.report.tables import factor_tables, headline
from docs_support import other_words, run_words
from docs_support.documents import Other, Run

PLOTS = "plots"
"""The folder of the plots, beside the page."""

COMPARED = "default"
"""Runs of this profile are held against each other: one launch says nothing of the next."""

INTRO = """\
# Results

Every document of this folder, newest first. This page and its plots are made from them by \
`make docs-results`, and a test keeps them so. A factor is contender / reference: below 1 the \
contender is better. [How a number is born](../method.md) says what an interval covers and what a \
verdict means."""

OTHERS = """\
## Other documents

What else was measured, each in one sentence that is computed from its document."""

COMPARISONS = f"""\
## Again on the same kind of machine

Runs of the {COMPARED} profile that share cells, the later one against the earlier one, as \
`benchcore compare` sees them; it prints the tables of every change as well."""


def render(runs: Sequence[Run], others: Sequence[Other]) -> str:
    """The whole page, ending in a newline."""
    parts = [INTRO, "\n".join(_overview(runs))]
    parts += ["\n".join(_run(run)) for run in runs]
    pairs = list(comparable(runs))
    if pairs:
        parts += [COMPARISONS, *("\n".join(_comparison(*pair)) for pair in pairs)]
    if others:
        parts += [OTHERS, "\n".join(_other(other) for other in others)]
    return "\n\n".join(parts) + "\n"


def _overview(runs: Sequence[Run]) -> Iterator[str]:
    yield "| document | date | machine | profile | contenders | cells |"
    yield "|---|---|---|---|---|---:|"
    for run in runs:
        said = run_words.figures(run.document)
        words = (said["date"], said["machine"], said["profile"], said["contenders"])
        cells = " | ".join(map(escaped, words))
        yield f"| [{run.name}](#{_anchor(run.name)}) | {cells} | {len(run.document.cells)} |"


def _anchor(heading: str) -> str:
    """The name that GitHub gives a heading without spaces."""
    return re.sub(r"[^\w-]", "", heading.lower())


def _run(run: Run) -> Iterator[str]:
    document, said = run.document, run_words.figures(run.document)
    yield f"## {run.name}"
    yield ""
    yield from (markdown_line(line) for line in headline(document))
    yield ""
    yield f"| machine | {escaped(said['machine'])} |"
    yield "|---|---|"
    yield f"| versions | {escaped(said['versions'])} |"
    yield f"| date | {escaped(said['date'])}, {said['duration']} of measuring |"
    yield f"| profile | {escaped(said['profile'])} |"
    yield f"| contenders | {escaped(said['contenders'])} |"
    yield f"| document | [{run.name}.json]({run.name}.json) |"
    yield ""
    yield from (f"- {escaped(sentence)}" for sentence in sentences(document))
    gaps = (
        profile_tables.gap_tables(cell, cell.profile)
        for cell in document.cells
        if cell.profile is not None
    )
    for table in chain(factor_tables(document), *gaps):
        yield ""
        yield from markdown.table_lines(table)
    yield ""
    yield f"![{_seen(run)}]({PLOTS}/{run.name}.svg)"
    yield ""
    yield "All tables; everything on one page with charts; the same in the terminal:"
    yield ""
    yield "```sh"
    yield f".venv/bin/benchcore report {run.path}"
    yield f".venv/bin/benchcore report {run.path} --format html --output {run.name}.html"
    yield f".venv/bin/python -m tui {run.path}"
    yield "```"


def _seen(run: Run) -> str:
    """What the plot shows, for whoever can't see it; the tables above have every figure."""
    drawn = list(charts(run.document))
    titles = dict.fromkeys(chart.title.lower() for chart in drawn)
    groups = dict.fromkeys(chart.group for chart in drawn)
    names = dict.fromkeys(series.name for chart in drawn for series in chart.series)
    if not drawn:
        return f"Plot of {run.name}: no figure can be drawn"
    words = f"{', '.join(titles)} against the batch size; {'; '.join(groups)}; {', '.join(names)}"
    return escaped(shorten(f"Plots of {run.name}: {words}", 400, placeholder=" ..."))


def comparable(runs: Sequence[Run]) -> Iterator[tuple[Run, Run]]:
    """Earlier and later of each two runs that measured the same cells on one kind of machine."""
    settled = [run for run in runs if run.document.plan.profile == COMPARED]
    for later, earlier in combinations(settled, 2):
        kinds = {_kind_of_machine(run) for run in (earlier, later)}
        cells = [{key_of(cell) for cell in run.document.cells} for run in (earlier, later)]
        if len(kinds) == 1 and cells[0] & cells[1]:
            yield earlier, later


def _kind_of_machine(run: Run) -> str:
    return run_words.machine(run.document.environment, run.document.plan.device)


def _comparison(earlier: Run, later: Run) -> Iterator[str]:
    compared = compare(earlier.document, later.document)
    yield f"### {earlier.name} and {later.name}"
    yield ""
    yield "```text"
    yield comparison.render(compared, earlier.path, later.path, in_short=True).rstrip("\n")
    yield "```"
    yield ""
    yield "```sh"
    yield f".venv/bin/benchcore compare {earlier.path} {later.path}"
    yield "```"


def _other(other: Other) -> str:
    # Sentence by sentence: of a single string only so much is shown.
    said = ". ".join(map(escaped, other_words.kind(other.content).sentence().split(". ")))
    where = other_words.machine(other.content)
    place = "" if where is None else f" {escaped(where)}."
    return f"- [{other.name}]({other.name}.json): {said}{place}"
