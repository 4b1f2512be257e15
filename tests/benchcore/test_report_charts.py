"""What is drawn, and where the axes begin and end."""

from itertools import pairwise

import msgspec
import pytest
import sample_documents
from hypothesis import given
from hypothesis import strategies as st

from benchcore.report import axes, charts, sheet
from benchcore.report.charts import Chart, Point, Series


def chart(*values: float, log_y: bool = False) -> Chart:
    points = tuple(Point(1 << place, value) for place, value in enumerate(values))
    return Chart("group", "Title", "ms", log_y, (Series("dlib", 0, points),))


def test_three_charts_for_each_network_and_mode():
    found = list(charts.charts(sample_documents.small()))
    assert [(one.group, one.title, one.unit) for one in found] == [
        (group, title, unit)
        for group in ("resnet50, inference", "resnet50, training step")
        for title, unit in (
            ("Time", "ms"),
            ("Throughput", "images/s"),
            ("Peak memory of a step", "MiB"),
        )
    ]


def test_points_are_the_documents_own_figures_and_intervals():
    document = sample_documents.small()
    time, rate, memory = list(charts.charts(document))[:3]
    result = document.cells[0].contenders["dlib"]
    first = [one.series[0].points[0] for one in (time, rate, memory)]
    assert first[0] == Point(1, result.wall.median_ms, *result.wall.ci95_ms)
    assert first[1] == Point(1, result.images_per_s, *result.throughput.ci95_images_per_s)
    assert first[2] == Point(1, result.memory.step_peak_mib)


def test_a_contender_without_a_figure_has_a_gap():
    time = next(charts.charts(sample_documents.small()))
    dlib, torch = time.series
    assert [point is None for point in dlib.points] == [False, False, True]
    assert len(torch.known) == 3
    assert "torch: 3 ms at batch 1, 10 ms at batch 8" in time.description


def test_a_chart_without_points_is_left_out():
    lost = msgspec.structs.replace(
        sample_documents.contender(1, 1.0, 1.0), wall=None, throughput=None, images_per_s=None
    )
    cell = sample_documents.cell(1, contenders={"dlib": lost})
    document = msgspec.structs.replace(sample_documents.small(), cells=[cell])
    assert [one.unit for one in charts.charts(document)] == ["MiB"]


def test_a_contender_keeps_its_look_in_every_chart():
    document = sample_documents.small()
    alone = sample_documents.cell(1, network="other")
    alone = msgspec.structs.replace(alone, contenders={"torch": alone.contenders["torch"]})
    document = msgspec.structs.replace(document, cells=[*document.cells, alone])
    last = list(charts.charts(document))[-1]
    assert [(series.name, series.number) for series in last.series] == [("torch", 1)]


@pytest.mark.parametrize(
    ("least", "step"), [(0.9, 1), (1, 1), (1.1, 2), (2.2, 2.5), (3, 5), (6, 10), (40, 50)]
)
def test_nice_steps(least, step):
    assert axes.nice_step(least) == pytest.approx(step)


@given(st.lists(st.floats(*charts.DRAWABLE), min_size=1, max_size=8), st.booleans())
def test_every_axis_holds_its_points_and_has_few_ticks(values, log_y):
    drawn = chart(*values, log_y=log_y)
    horizontal, vertical = sheet.axes(drawn)
    for point in drawn.series[0].known:
        assert vertical.low <= point.value <= vertical.high
        assert horizontal.low <= point.batch <= horizontal.high
    for axis in (horizontal, vertical):
        assert 1 <= len(axis.ticks) <= 9
        assert all(axis.low <= tick <= axis.high for tick in axis.ticks)
        places = [axis.at(tick) for tick in axis.ticks]
        assert all(
            min(axis.start, axis.end) <= place <= max(axis.start, axis.end) for place in places
        )


def test_a_linear_axis_begins_at_zero_and_ends_above_the_highest():
    axis = axes.y_axis(chart(3, 37), 100, 0)
    assert axis.ticks == (0, 10, 20, 30, 40)
    assert (axis.at(0), axis.at(40), axis.at(99)) == (100, 0, 0)


def test_a_logarithmic_axis_has_equal_steps():
    axis = axes.y_axis(chart(1, 100, log_y=True), 300, 0)
    assert axis.at(1) - axis.at(10) == pytest.approx(axis.at(10) - axis.at(100))


def test_an_interval_stretches_the_axis_only_so_far():
    point = Point(1, 10.0, -5.0, 1e9)
    assert axes.limited(point) == (pytest.approx(10 / 3), 30.0)
    wide = Chart("g", "t", "ms", True, (Series("dlib", 0, (point,)),))
    _, vertical = sheet.axes(wide)
    lines = list(sheet.whisker(point, 100, vertical))
    assert len(lines) == 1, "an end that is cut off has no cap"
    assert len(list(sheet.whisker(Point(1, 10.0, 9.0, 11.0), 100, vertical))) == 3
    assert not list(sheet.whisker(Point(1, 10.0), 100, vertical))


def test_labels_of_batch_sizes_never_touch():
    points = tuple(Point(batch, 1.0) for batch in range(1, 513))
    horizontal, _ = sheet.axes(Chart("g", "t", "ms", False, (Series("dlib", 0, points),)))
    assert {1, 2, 4, 8, 256, 512} <= set(horizontal.ticks)
    ends = [
        (horizontal.at(tick) - 3.1 * len(f"{tick}"), horizontal.at(tick) + 3.1 * len(f"{tick}"))
        for tick in horizontal.ticks
    ]
    assert all(right < left for (_, right), (left, _) in pairwise(ends))


def test_what_a_sheet_leaves_out_it_says():
    many = sample_documents.large(count=40, groups=40)
    layout = sheet.sheet(many)
    assert len(layout.places) == sheet.MOST_CHARTS
    assert layout.words[-1].startswith(f"{3 * 40 - sheet.MOST_CHARTS} more charts are not drawn")
    empty = msgspec.structs.replace(many, cells=[])
    assert sheet.sheet(empty).words[-1] == "No figure in this document can be drawn."


def test_a_long_legend_is_cut_and_says_so():
    series = tuple(Series(f"{n}", n, (Point(1, 1.0),)) for n in range(30))
    drawn = Chart("g", "t", "ms", False, series)
    assert len(list(sheet.legend(drawn))) == sheet.MOST_SERIES
    assert sheet.left_out(drawn) == "and 6 more contenders, not drawn here"
    few = Chart("g", "t", "ms", False, series[:3])
    assert sheet.left_out(few) == ""
    assert sheet.height(drawn) > sheet.height(few)
