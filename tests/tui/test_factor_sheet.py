"""Factor tables as sheets: what each metric and filter shows, live and final."""

import csv
import io

import pytest
import samples
from hypothesis import given, settings
from hypothesis import strategies as st

from benchcore import reference
from benchcore.events import BlockFinished
from tui.factor_sheet import Options, document_sheet, live_sheet
from tui.live import LiveRun
from tui.metrics import METRICS
from tui.sheet import Cell, Column, Row, Section, Sheet, sorted_by
from tui.sheet_export import as_csv, as_markdown, as_text


def texts(sheet):
    return [
        line.title if isinstance(line, Section) else [cell.text for cell in line.cells]
        for line in sheet.lines
    ]


def test_the_published_tables_come_out_as_they_were_printed():
    sheet = document_sheet(reference.published(), Options(mode="infer"))
    section, first, *_ = texts(sheet)
    assert section == "resnet50, inference, dlib / torch"
    assert [column.heading for column in sheet.columns] == [
        *("batch", "dlib", "torch", "factor", "dlib", "torch", "factor", "95 %", "verdict"),
    ]
    cell = reference.published().cells[0]
    ours, theirs = cell.contenders["dlib"], cell.contenders["torch"]
    assert first[:3] == ["1", f"{ours.peak_mib:.0f}", f"{theirs.peak_mib:.0f}"]
    assert first[4:6] == [f"{ours.typical_ms:.2f}", f"{theirs.typical_ms:.2f}"]


def test_a_real_run(recording):
    live = LiveRun()
    for event in recording:
        live.take(event, 0.0)
    document = live.recorder.document()
    final = document_sheet(document, Options())
    assert live_sheet(live.cells, "torch", document.plan.contenders) == final
    (refused,) = [row for row in final.rows if row.key[1:3] == ("train", 1)]
    assert [cell.text for cell in refused.cells][4] == "refused"
    for row, cell in zip(final.rows, document.cells, strict=True):
        verdict = cell.verdict.get("dlib")
        assert row.cells[-1].text == (verdict.outcome if verdict else "-")
        factor = cell.factors.get("dlib")
        if factor is not None and factor.time is not None:
            assert row.cells[6].text == f"{factor.time.estimate:.3f}"


def test_what_is_provisional_is_told_by_a_word(recording):
    live = LiveRun()
    blocks = 0
    for event in recording:
        live.take(event, 0.0)
        blocks += isinstance(event, BlockFinished)
        if blocks == 2:
            break
    assert live.plan is not None
    sheet = live_sheet(live.cells, "torch", live.plan.contenders)
    first, *others = sheet.rows
    assert first.cells[-1].text == "so far"
    assert {cell.role for cell in first.cells} == {"provisional"}
    ours, theirs = (live.cells[0].typical_ms(name) for name in ("dlib", "torch"))
    assert first.cells[6].text == f"{ours / theirs:.3f}"
    assert {row.cells[-1].text for row in others} == {"waiting"}


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric.name)
def test_every_metric(recording, metric):
    live = LiveRun()
    for event in recording:
        live.take(event, 0.0)
    document = live.recorder.document()
    sheet = document_sheet(document, Options(metric=metric))
    for row, cell in zip(sheet.rows, document.cells, strict=True):
        for place, name in ((4, "dlib"), (5, "torch")):
            value = metric.value(cell.contenders[name])
            shown = row.cells[place].text
            if value is None:
                assert shown in ("-", "refused")
            else:
                assert shown == f"{value:.{metric.decimals}f}"
        assert metric.judged or row.cells[-1].text == "-"


def test_a_rate_without_a_factor_of_its_own_is_compared_as_time():
    document = samples.small()
    (metric,) = (each for each in METRICS if each.name == "images/s")
    for row in document_sheet(document, Options(metric=metric)).rows:
        ours, theirs, factor = (row.cells[n].text for n in (4, 5, 6))
        if factor != "-":
            assert (float(factor) > 1) == (float(ours) < float(theirs))


def test_filters_and_an_empty_sheet(recording):
    live = LiveRun()
    for event in recording:
        live.take(event, 0.0)
    document = live.recorder.document()
    assert len(document_sheet(document, Options(mode="train")).rows) == 2
    assert document_sheet(document, Options(network="resnet50-dlib")).rows == []
    assert document_sheet(document, Options(contender="dlib")).rows


def test_a_contender_alone_has_no_factor():
    document = samples.small()
    alone = [
        samples.changed(
            cell, contenders={"torch": cell.contenders["torch"]}, factors={}, verdict={}
        )
        for cell in document.cells
    ]
    sheet = document_sheet(samples.changed(document, cells=alone), Options())
    assert [column.heading for column in sheet.columns] == ["batch", "torch", "torch"]


def test_long_names_are_whole_where_there_is_room():
    document = samples.small()
    name = "torch-channels-last"
    cells = [
        samples.changed(cell, contenders={name: cell.contenders["dlib"]}, factors={}, verdict={})
        for cell in document.cells
    ]
    renamed = samples.changed(document, cells=cells)
    narrow = document_sheet(renamed, Options()).columns
    # No wider than their figures need: else the verdict's end would not fit into 80 columns.
    assert [narrow[at].heading for at in (1, 4)] == ["torch.", "torch-c."]
    assert all(len(column.heading) <= column.least for column in narrow[1:6])
    assert document_sheet(renamed, Options(wide=True)).columns[1].heading == name


@given(
    st.lists(st.one_of(st.none(), st.floats(allow_nan=False), st.text(max_size=3)), max_size=12),
    st.booleans(),
)
@settings(max_examples=50, deadline=None)
def test_sorting_keeps_every_row_and_puts_gaps_last(values, descending):
    rows = tuple(Row(n, (Cell(str(v), order=v),)) for n, v in enumerate(values))
    sheet = Sheet((Column("x"),), (Section("s"), *rows))
    result = sorted_by(sheet, 0, descending=descending)
    assert result.lines[0] == Section("s")
    assert sorted(row.key for row in result.rows) == list(range(len(values)))
    orders = [row.cells[0].order for row in result.rows]
    gaps = orders.count(None)
    assert orders[len(orders) - gaps :] == [None] * gaps
    numbers = [order for order in orders if isinstance(order, float)]
    assert numbers == sorted(numbers, reverse=descending)


def test_sections_are_sorted_by_themselves():
    rows = [Row(n, (Cell(str(n), order=n),)) for n in (2, 1, 4, 3)]
    lines = (Section("a"), *rows[:2], Section("b"), *rows[2:])
    result = sorted_by(Sheet((Column("x"),), lines), 0, descending=False)
    assert [getattr(line, "key", None) for line in result.lines] == [None, 1, 2, None, 3, 4]


def test_exports_hold_what_the_sheet_holds():
    sheet = Sheet(
        (Column("batch"), Column("dlib", "Time (ms)")),
        (
            Section("a | b"),
            Row(1, (Cell("1"), Cell("=2.50"))),
            Section("c"),
            Row(2, (Cell("2"), Cell("-"))),
        ),
    )
    rows = list(csv.reader(io.StringIO(as_csv(sheet))))
    assert rows == [
        ["table", "batch", "Time (ms) dlib"],
        ["a | b", "1", "'=2.50"],
        ["c", "2", ""],
    ]
    assert "### a \\| b\n\n| batch | Time (ms) dlib |\n| ---: | ---: |\n| 1 | " in as_markdown(
        sheet
    )
    assert as_text(sheet).splitlines()[2:4] == ["a | b", "    1           =2.50"]
    assert as_text(Sheet()) == "\n"
