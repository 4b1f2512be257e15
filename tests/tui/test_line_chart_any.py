"""A document's charts in characters, for any figures, names and sizes."""

import drawing
from hypothesis import given
from hypothesis import strategies as st

from benchcore.report.charts import Chart, Point, Series
from tui.canvas import Canvas
from tui.widgets.line_chart import LineChart, draw_chart

value = st.one_of(st.floats(1e-3, 1e6), st.floats(allow_nan=True, allow_infinity=True))
some_point = st.builds(Point, st.integers(0, 1 << 50), value, value, value)
some_chart = st.builds(
    Chart,
    drawing.names,
    drawing.names,
    drawing.names,
    st.booleans(),
    st.lists(
        st.builds(
            Series,
            drawing.names,
            st.integers(0, 300),
            st.lists(st.none() | some_point, max_size=6).map(tuple),
        ),
        max_size=5,
    ).map(tuple),
)


@drawing.steady
@given(some_chart, st.integers(0, 90), st.integers(0, 30), st.booleans())
def test_any_chart_at_any_size(shown, columns, rows, ascii):
    chart = LineChart()
    chart.show(shown)
    canvas = Canvas(columns, rows, ascii)
    chart.draw(canvas)
    drawing.check(canvas)


@drawing.steady
@given(
    st.lists(st.floats(0.01, 1e5), min_size=1, max_size=6),
    st.integers(20, 90),
    st.integers(5, 30),
    st.booleans(),
)
def test_every_point_is_in_the_plot_and_labels_are_whole(values, columns, rows, log_y):
    points = tuple(Point(1 << 2 * place, value) for place, value in enumerate(values))
    chart = Chart("g", "t", "ms", log_y, (Series("s", 0, points),))
    canvas = Canvas(columns, rows, ascii=True)
    draw_chart(canvas, chart)
    lines = drawing.rows(canvas)
    axis = lines[1].index("+") if "+" in lines[1] else lines[1].index("|")
    below = next(row for row, line in enumerate(lines) if row and line[axis : axis + 1] not in "+|")
    assert any("*" in line for line in lines[1:below])
    assert set(lines[below].split()) <= {f"{1 << 2 * place:,}" for place in range(6)}
