"""What stands between the comments of a page."""

from pathlib import Path

import pytest

from benchcore.errors import UsageError
from benchcore.report import text
from docs_support import documents, quotations

ROOT = Path(__file__).parents[2]
RUNS, OTHERS = documents.read_all(ROOT)
RUN = RUNS[0]
TWO = f"{RUNS[0].path} and {RUNS[-1].path}"
OTHER = next(other for other in OTHERS if "batches" in other.content)


def renewed(content: str) -> str:
    return quotations.renewed(content, "page.md", ROOT)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_block_is_the_report_as_it_is_printed(run):
    page = f"Words.\n\n<!-- from {run.path}: summary; factors -->\n<!-- end -->\nMore.\n"
    before, fence, quoted = renewed(page).partition("```text\n")
    report, _, after = quoted.partition("\n```\n")
    assert (before, fence) == (page[: page.index("<!-- end")], "```text\n")
    assert after == "<!-- end -->\nMore.\n"
    assert text.render(run.document).startswith(f"{report}\n\n")
    assert "Throughput" not in report


def test_a_table_is_quoted_by_the_beginning_of_its_title():
    block = quotations.block(RUN, ["Once in"])
    assert block.startswith("```text\nOnce in a process")
    assert block.removeprefix("```text\n").removesuffix("\n```") in text.render(RUN.document)


def test_several_runs_have_one_table_with_a_row_a_cell():
    table = renewed(f"<!-- from {TWO}: cells -->\n<!-- end -->\n")
    for run in (RUNS[0], RUNS[-1]):
        for cell in run.document.cells:
            median_ms = cell.contenders["dlib"].wall.median_ms
            (row,) = [
                line
                for line in table.splitlines()
                if line.split()[0] == cell.network
                and line.split()[2] == str(cell.batch)
                and line.endswith(run.name[11:])
                and f" {cell.mode[:5]}" in line
            ]
            assert f"{median_ms:.3f}" in row or f"{median_ms:.0f}" in row
            assert cell.verdict["dlib"].outcome in row


def test_all_contenders_of_a_cell_stand_beside_each_other():
    run = next(run for run in RUNS if run.name.endswith("contenders-train-quick"))
    lines = quotations.block(run, ["contenders"]).splitlines()[4:-1]
    pairs = [(cell, name) for cell in run.document.cells for name in cell.contenders]
    assert len(lines) == len(pairs)
    for line, (cell, name) in zip(lines, pairs, strict=True):
        one, factor = cell.contenders[name], cell.factors.get(name)
        assert line.split()[:4] == [cell.network, cell.mode, str(cell.batch), name]
        assert line.split()[4] == (one.status if one.wall is None else f"{one.wall.median_ms:.3f}")
        if factor is not None and factor.time is not None:
            assert f" {factor.time.estimate:.3f} " in line
            assert f" {cell.verdict[name].outcome} " in line


def test_a_figure_stands_within_a_line():
    page = f"It was <!-- from {RUN.path}: profile -->x<!-- end -->, <!-- from {OTHER.path}: ratio "
    page += "--><!-- end -->.\n"
    ratio = quotations.figure(OTHER, "ratio")
    assert f": profile -->{RUN.document.plan.profile}<!-- end -->, " in renewed(page)
    assert f": ratio -->{ratio}<!-- end -->.\n" in renewed(page)
    assert ratio.startswith(f"{OTHER.content['batches'][0]['ratio']:.4f} (")


def test_renewing_twice_changes_nothing_more():
    page = f"<!-- from {RUN.path}: summary -->\n<!-- end -->\nIn <!-- from {RUN.path}: machine -->"
    page += "<!-- end -->.\n"
    once = renewed(page)
    assert once != page
    assert renewed(once) == once


def test_other_comments_stay():
    page = "<!-- a comment -->\n<!-- endless -->\n<!-- end of it -->\n<!-- fromage -->\n"
    assert renewed(page) == page


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ("\n<!-- from a: b -->", "line 2: <!-- from a: b --> has no <!-- end -->."),
        ("a <!-- from a: b --> <!-- from c: d --> <!-- end -->", "line 1: <!-- from a: b --> has"),
        ("a\nb <!-- end -->", "line 2: <!-- end --> has no <!-- from ... -->."),
        ("a <!-- from a --><!-- end -->", "line 1: '<!-- from a -->' is not <!-- from DOCUMENT"),
        (f"<!-- from {RUN.path}: profile -->x<!-- end -->", "begins a line makes all of it HTML"),
        (f"a <!-- from {RUN.path}: colour --><!-- end -->", "no figure 'colour'; it has machine,"),
        (f"<!-- from {RUN.path}: Colours -->\n<!-- end -->", "no part 'Colours'; it has summary;"),
        (f"<!-- from {OTHER.path}: ratio -->\n<!-- end -->", "is no run and has no report"),
        ("a <!-- from docs/results/x: y --><!-- end -->", "docs/results/x can't be read"),
        (
            f"<!-- from {TWO}: factors -->\n<!-- end -->",
            "several runs have no part 'factors' here;",
        ),
        (f"a <!-- from {TWO}: cells --><!-- end -->", "they have cells, on lines of their own"),
        (f"<!-- from {TWO} against {RUN.path}: cells -->\n<!-- end -->", "and against none."),
        (f"<!-- from {RUN.path} and {OTHER.path}: cells -->\n<!-- end -->", "is no run"),
    ],
)
def test_what_is_wrong_names_page_and_line(page, said):
    with pytest.raises(UsageError, match=r"^page\.md, line \d+: ") as raised:
        renewed(page)
    assert said in str(raised.value)
