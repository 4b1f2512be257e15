"""The graph of memory over time, for any values, names and sizes."""

import drawing
from graphs import STEP, drawn, view
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.time_graph import GraphView, Mark, Series

sample = st.one_of(st.floats(0, 1e5), st.floats(allow_nan=True, allow_infinity=True), st.just(0.0))
some_series = st.builds(
    lambda name, pen, samples: Series(
        name, pen, sorted(at_s for at_s, _ in samples), [value for _, value in samples]
    ),
    drawing.names,
    st.integers(0, 300),
    st.lists(st.tuples(st.floats(-10, 200), sample), max_size=30),
)
some_view = st.builds(
    GraphView,
    st.lists(some_series, max_size=4).map(tuple),
    st.lists(st.builds(Mark, sample, drawing.names), max_size=5).map(tuple),
    sample,
    sample,
    drawing.names,
    drawing.names,
)


@drawing.steady
@given(some_view, st.integers(0, 90), st.integers(0, 30), st.booleans())
def test_any_view_at_any_size(seen, columns, rows, ascii):
    drawing.check(drawn(seen, columns, rows, ascii))


@drawing.steady
@given(st.lists(drawing.names.filter(bool), min_size=1, max_size=6), st.integers(20, 90))
def test_labels_of_marks_are_never_cut_in_the_middle(names, columns):
    labels = [f"<{''.join(c for c in name if c.isalnum() and c.isascii())}>" for name in names]
    marks = tuple(Mark(60 * place / len(labels), label) for place, label in enumerate(labels))
    row = drawing.rows(drawn(view(STEP, marks=marks), columns, 6))[-1]
    shown = row.split()
    assert all(word in labels or word.endswith("…") for word in shown)
    assert shown[-1] == labels[-1] or shown[-1].endswith("…")


@drawing.steady
@given(
    st.lists(st.tuples(st.floats(0, 100), st.floats(0, 1e6)), min_size=1, max_size=60),
    st.integers(20, 80),
    st.integers(5, 20),
)
def test_every_peak_is_seen_in_its_column(samples, columns, rows):
    samples.sort()
    times, values = zip(*samples, strict=True)
    lines = drawing.whole_rows(
        drawn(view(Series("s", 0, times, values), until_s=100), columns, rows, ascii=True)
    )
    gutter = lines[1].index("+") + 1
    plot = lines[1 : rows - (3 if rows >= 8 else 2)]
    top = float(lines[1][: gutter - 1].replace(",", ""))
    for at_s, value in samples:
        column = gutter + min(int(at_s / 100 * (columns - gutter)), columns - gutter - 1)
        row = len(plot) - 1 - round(value / top * (len(plot) - 1))
        # A moment on the border of two columns may be in either.
        near = range(max(column - 1, gutter), min(column + 2, columns))
        assert any(line[place] == "*" for line in plot[: row + 1] for place in near)
