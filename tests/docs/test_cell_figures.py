"""Figures and tables of cells that a page may quote."""

from pathlib import Path
from statistics import median

import msgspec
import pytest

from benchcore.errors import UsageError
from docs_support import cell_words, documents, quotations, run_tables, two_runs

ROOT = Path(__file__).parents[2]
RUNS = {run.name: run for run in documents.read_all(ROOT)[0]}
TRACED = RUNS["2026-11-26-h100-profile-train"]
REPEATED = RUNS["2026-11-26-h100-b-default"]
RELEASE = RUNS["2026-11-26-h100-profile-infer"]
CURED = RUNS["2026-11-26-h100-cured-quick"]


def found(run):
    return cell_words.figures(run.document)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS.keys())
def test_no_two_figures_of_a_run_share_a_name(run):
    prefixes = [
        f"{cell.network} {cell.mode} {cell.batch} {name} "
        for cell in run.document.cells
        for name in cell.contenders
    ]
    assert len(prefixes) == len(set(prefixes))
    assert all(any(name.startswith(prefix) for prefix in prefixes) for name in found(run))


def test_figures_of_a_cell_are_the_document_s():
    cell = TRACED.document.cells[0]
    dlib, figures = cell.contenders["dlib"], found(TRACED)
    assert figures["resnet50 train 2 dlib median"] == f"{dlib.wall.median_ms:.3g} ms"
    assert figures["resnet50 train 2 dlib search"] == f"{dlib.memory.search_peak_mib:.0f} MiB"
    assert figures["resnet50 train 2 dlib stage loss"] == f"{dlib.stages['loss'].median_ms:.3g} ms"
    assert figures["resnet50 train 2 dlib setting input_gradient"] == "True"
    assert figures["resnet50 train 2 dlib factor"] == f"{cell.factors['dlib'].time.estimate:.2f}"
    assert "resnet50 train 2 torch factor" not in figures


def test_figures_of_a_traced_cell_are_the_profile_s():
    cell, figures = TRACED.document.cells[0], found(TRACED)
    one, gap = cell.profile.contenders["dlib"], cell.profile.gaps["dlib"]
    prefix = "resnet50 train 2 dlib "
    assert figures[f"{prefix}busy"] == f"{one.busy_ms:.3g} ms"
    assert figures[f"{prefix}untraced"] == f"{one.untraced_ms:.3g} ms"
    assert figures[f"{prefix}fill"] == f"{one.rows['fill'].time_ms:.3g} ms"
    assert figures[f"{prefix}optimiser launches"] == "215"
    assert figures[f"{prefix}algorithm direct"] == f"{one.algorithms['direct'].time_ms:.3g} ms"
    assert figures[f"{prefix}gap convolution"] == f"{gap.rows_ms['convolution']:.3g} ms"
    # One kernel that serves two classes stands in each.
    assert figures[f"{prefix}addition kernel dlib::cuda::_cuda_add1 launches"] == "48"
    assert figures[f"{prefix}optimiser kernel dlib::cuda::_cuda_add1 launches"] == "107"
    # Instances of one template are one kernel here.
    assert figures[f"{prefix}convolution kernel implicit_convolve_sgemm launches"] == "45"


def test_medians_of_launches_leave_repeated_blocks_out():
    result = REPEATED.document.cells[0].contenders["dlib"]
    medians = cell_words.launch_medians_ms(result)
    assert len(medians) == 8
    first = [block for block in result.samples if block.launch == 0]
    assert medians[0] == median(time for block in first for time in block.wall_ms)
    slow = msgspec.structs.replace(first[0], wall_ms=[1e4] * 1000, superseded=True)
    more = msgspec.structs.replace(result, samples=[*result.samples, slow])
    assert cell_words.launch_medians_ms(more) == medians
    figures = found(REPEATED)
    assert figures["resnet50 infer 32 dlib fastest process"] == f"{min(medians):.3g} ms"
    assert figures["resnet50 infer 32 dlib slowest process"] == f"{max(medians):.3g} ms"
    interval = REPEATED.document.cells[0].factors["dlib"].time
    words = f"{interval.low:.2f} to {interval.high:.2f}"
    assert figures["resnet50 infer 32 dlib factor interval"] == words


def test_seconds_have_no_decimals():
    assert [cell_words.ms(value) for value in (0.0474, 16.57, 999.4, 999.6, 3012.4)] == [
        *("0.0474 ms", "16.6 ms", "999 ms", "1000 ms", "3012 ms"),
    ]


def test_processes_have_a_column_each():
    table = run_tables.processes(RUNS["2026-11-26-h100-a-default"].document)
    assert table.headings[-1] == "9"
    assert table.rows[0][-1] == "-"
    assert all(len(row) == len(table.headings) for row in table.rows)


def test_classes_add_up_as_the_document_says():
    table = run_tables.classes(RELEASE.document)
    rows = {
        kind: [float(value) for value in row] for kind, *row in table.rows[:-1] if "-" not in row
    }
    for column, cell in enumerate(RELEASE.document.cells):
        gap = cell.profile.gaps["dlib"]
        assert rows["measured"][column] == pytest.approx(gap.measured_ms, abs=5e-4)
        assert rows["all rows"][column] == pytest.approx(sum(gap.rows_ms.values()), abs=1e-3)
    busy = RELEASE.document.cells[0].profile.contenders["dlib"].busy_ms
    assert table.rows[-1][1].startswith(f"{busy:.3f} / ")


def test_what_is_kept_and_the_rest_are_what_was_measured():
    table = run_tables.kept(CURED.document)
    assert {row[3] for row in table.rows} == {"dlib", "dlib-fused"}
    for row in table.rows:
        *_, both, measured, rest = map(float, row[4:])
        assert both + rest == pytest.approx(measured, abs=1)


def test_a_run_stands_beside_an_earlier_one():
    table = two_runs.change(RELEASE.document, CURED.document)
    rows = {row[2:4]: row[4:] for row in table.rows}
    for cell in CURED.document.cells:
        fused = rows[str(cell.batch), "dlib-fused"]
        assert fused[::2] == ("-", "-", "-")
        assert rows[str(cell.batch), "torch"][2:4] == ("-", "-")
        assert fused[3] == f"{cell.factors['dlib-fused'].time.estimate:.3f}"
    assert [row[2] for row in table.rows[::3]] == ["1", "8", "32", "128"]


def test_what_is_closed_is_of_the_difference_to_the_reference():
    gaps = []
    for run in (RELEASE, CURED):
        walls = next(c for c in run.document.cells if c.batch == 8).contenders
        gaps.append(walls["dlib"].wall.median_ms - walls["torch"].wall.median_ms)
    words = two_runs.closed(RELEASE.document, CURED.document)
    assert f"{100 * (1 - gaps[1] / gaps[0]):.0f} % at batch 8" in words
    assert two_runs.closed(RELEASE.document, RELEASE.document).startswith("0 % at batch 1, 0 %")


def test_what_only_one_of_two_runs_has_is_left_open():
    alone = two_runs.change(TRACED.document, CURED.document)
    assert {row[4] for row in alone.rows} == {"-"}
    assert two_runs.closed(TRACED.document, CURED.document) == ""


@pytest.mark.parametrize("part", run_tables.TABLES)
def test_a_page_quotes_these_tables(part):
    page = f"\n<!-- from {RELEASE.path}: {part} -->\n<!-- end -->\n"
    title = run_tables.TABLES[part](RELEASE.document).title
    assert f"```text\n{title}\n" in quotations.renewed(page, "page.md", ROOT)


def test_a_page_quotes_two_runs():
    opening = f"from {CURED.path} against {RELEASE.path}"
    page = f"\n<!-- {opening}: change -->\n<!-- end -->\nIt closed <!-- {opening}: closed -->"
    renewed = quotations.renewed(f"{page}<!-- end -->.\n", "page.md", ROOT)
    assert "```text\nBefore and after\n" in renewed
    assert f"closed -->{two_runs.closed(RELEASE.document, CURED.document)}<!-- end -->" in renewed


@pytest.mark.parametrize(
    ("quoted", "said"),
    [
        ("\n<!-- from {0} against {1}: factors -->\n<!-- end -->", "has no part 'factors'; it has"),
        ("a <!-- from {0} against {1}: ratio --><!-- end -->", "has no figure 'ratio'; it has"),
        ("a <!-- from {0} against {2}: closed --><!-- end -->", "is no run and has no report"),
        ("\n<!-- from {0} against {2}: change -->\n<!-- end -->", "is no run and has no report"),
    ],
)
def test_what_two_runs_do_not_have_is_one_sentence(quoted, said):
    other = "docs/results/2026-11-26-h100-overhead.json"
    with pytest.raises(UsageError, match=r"^page\.md, line \d+: ") as raised:
        quotations.renewed(quoted.format(CURED.path, RELEASE.path, other), "page.md", ROOT)
    assert said in str(raised.value)
