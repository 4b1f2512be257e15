"""Two lines over a minute, and how the tests draw them."""

from tui.canvas import Canvas
from tui.widgets.time_graph import GraphView, Mark, Series, draw_graph

TIMES = [0.5 * place for place in range(121)]
"""A minute with two samples a second."""

STEP = Series("dlib", 0, TIMES, [100.0 if at_s < 30 else 900.0 for at_s in TIMES])
RAMP = Series("torch", 1, TIMES, [10 * at_s for at_s in TIMES])
MARKS = (Mark(0, "dlib: load"), Mark(30, "dlib: warm-up"))


def view(*series: Series, marks: tuple[Mark, ...] = (), until_s: float = 60, **more: object):
    return GraphView(series, marks, 0, until_s, "MiB", **more)


def drawn(seen: GraphView, columns: int, rows: int, ascii: bool = False) -> Canvas:
    canvas = Canvas(columns, rows, ascii)
    draw_graph(canvas, seen)
    return canvas


WHOLE = view(STEP, RAMP, marks=MARKS)
