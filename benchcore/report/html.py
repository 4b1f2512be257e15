"""The report as one HTML file that loads nothing and runs nothing."""

from collections.abc import Iterator
from itertools import groupby

import msgspec

from benchcore.report import (
    distance,
    html_cells,
    html_tables,
    nested,
    profile_tables,
    sheet,
    summary,
    svg,
)
from benchcore.report.charts import Chart, charts
from benchcore.report.markup import EMPTY, Markup, element, join, text
from benchcore.report.page_style import STYLE
from benchcore.report.tables import headline, tables
from benchcore.result import Document

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""Even if markup got in, the browser would neither run nor fetch anything."""

MOST_DETAILS = 250
"""Cells that unfold; a run of both networks on a GPU has 28."""


def render(document: Document) -> str:
    """The whole page."""
    every = list(tables(document))
    factors = [table for table in every if "verdict" in table.headings]
    others = [table for table in every if "verdict" not in table.headings and table.rows]
    sections = [
        ("factors", "Factors", [html_tables.table(table) for table in factors]),
        ("kernels", "Kernels by class", list(_profiles(document))),
        ("charts", "Charts", list(_charts(document))),
        ("figures", "Other figures", [html_tables.table(table) for table in others]),
        ("cells", "Cells", list(_cells(document))),
        ("settings", "Settings", list(_settings(document))),
        ("environment", "Environment", list(_environment(document))),
        ("notes", "Notes", [element("blockquote", text(note)) for note in document.notes]),
    ]
    filled = [section for section in sections if section[2]]
    links = [
        element("li", element("a", text(title), href=f"#{identity}"))
        for identity, title, _ in filled
    ]
    body = element(
        "body",
        element("header", element("h1", text(sheet.TITLE)), *_summary(document), _facts(document)),
        element("nav", element("ul", *links), aria_label="Contents") if links else EMPTY,
        element("main", *(_section(*section) for section in filled)),
    )
    return f"<!DOCTYPE html>\n{element('html', _head(document), body, lang='en')}\n"


def _head(document: Document) -> Markup:
    title = f"{sheet.TITLE}: {document.plan.device}, {document.created[:10]}"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=POLICY),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", text(title)),
        element("style", Markup(STYLE)),
    )


def _section(identity: str, title: str, content: list[Markup]) -> Markup:
    heading = element("h2", text(title), id=identity)
    return element("section", heading, join(content, "\n"), aria_labelledby=identity)


def _summary(document: Document) -> Iterator[Markup]:
    for sentence in summary.findings(document):
        yield element("p", text(sentence), class_="summary")
    for sentence in (*summary.limits(document), *headline(document)[1:]):
        yield element("p", text(sentence), class_="muted")


def _facts(document: Document) -> Markup:
    """What a reader asks first: where, when, how thoroughly."""
    plan = document.plan
    ended = "" if document.ended is None else f" to {document.ended}"
    rows = {
        "Device": ", ".join([plan.device, *_device_names(document)]),
        "Contenders": ", ".join(plan.contenders),
        "Profile": plan.profile,
        "Measured": f"{document.created}{ended}",
        "Status": document.status,
        "Program": f"{document.tool.name} {document.tool.version}",
        "Command": " ".join(document.command),
    }
    if document.noise_floor is not None:
        half = f"{100 * document.noise_floor.log_half_width:.2f} %"
        rows["Noise floor"] = f"{half}, found {document.noise_floor.created}"
    if document.ceilings is not None:
        rows["Ceilings"] = distance.origin(document.ceilings)
    return html_cells.facts([(name, text(words)) for name, words in rows.items() if words])


def _device_names(document: Document) -> list[str]:
    """The processor's or the graphics card's name, where the environment has it."""
    if document.plan.device == "cpu":
        found = [document.environment.get("cpu")]
    else:
        gpus = document.environment.get("gpus")
        found = gpus if isinstance(gpus, list) else []
    names = [
        device.get("model", device.get("name")) for device in found if isinstance(device, dict)
    ]
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def _charts(document: Document) -> Iterator[Markup]:
    every = list(charts(document))
    number = 0
    for group, members in groupby(every[: sheet.MOST_CHARTS], key=lambda chart: chart.group):
        drawn: list[Chart] = list(members)
        figures = [svg.figure(chart, f"chart{number + i}") for i, chart in enumerate(drawn)]
        number += len(drawn)
        yield element("h3", text(group))
        yield element("div", *figures, class_="charts")
    if every:
        yield element(
            "p",
            text(
                "Times are means over the processes, whose medians the tables have. Vertical bars "
                "are 95 % intervals. A bar without a cap goes on beyond what is "
                "drawn, and a line breaks where a contender has no figure."
            ),
            class_="muted",
        )
    left_out = len(every) - number
    if left_out:
        words = f"{left_out} more charts are not drawn here; the tables have their figures."
        yield element("p", text(words))


def _profiles(document: Document) -> Iterator[Markup]:
    for table in profile_tables.tables(document):
        yield html_tables.table(table)


def _cells(document: Document) -> Iterator[Markup]:
    names = dict.fromkeys(name for cell in document.cells for name in cell.contenders)
    numbers = {name: number for number, name in enumerate(names)}
    common = html_cells.common_settings(document)
    for cell in document.cells[:MOST_DETAILS]:
        yield html_cells.details(cell, numbers, common)
    left_out = len(document.cells) - MOST_DETAILS
    if left_out > 0:
        words = (
            f"These are the first {MOST_DETAILS} cells; the details of {left_out} more are in the "
            "document, and the tables above have all of them."
        )
        yield element("p", text(words))


def _settings(document: Document) -> Iterator[Markup]:
    for name, shared in html_cells.common_settings(document).items():
        if shared:
            caption = f"Settings of {name} in all its cells"
            drawn = html_tables.pairs(caption, nested.rows(shared))
            yield element("details", element("summary", text(name)), drawn)


def _environment(document: Document) -> Iterator[Markup]:
    plan = msgspec.to_builtins(document.plan)
    for name, rows in {
        "plan": list(nested.rows(plan)),
        **nested.groups(document.environment),
    }.items():
        yield element(
            "details",
            element("summary", text(name)),
            html_tables.pairs(f"Environment: {name}", rows),
        )
