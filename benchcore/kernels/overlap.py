"""Time that several spans take together, divided among them so that it is counted once."""

from collections.abc import Sequence

from benchcore.kernels.trace import Span


def shares_ns(spans: Sequence[Span]) -> list[float]:
    """What of the time belongs to each span; the sum is the time in which any is at work.

    At any moment the streams at work share alike, and of a stream's spans the one that began last
    has it: an operator's time is then without that of the operators that it calls.
    """
    bounds = [(span.start_ns, 1, place) for place, span in enumerate(spans)]
    # Of equal times the ends come first, so that neighbours don't overlap.
    bounds += [(span.end_ns, 0, place) for place, span in enumerate(spans)]
    bounds.sort()
    found = [0.0] * len(spans)
    at_work: dict[int, list[int]] = {}
    before_ns = 0
    for now_ns, begins, place in bounds:
        if now_ns > before_ns:
            for stack in at_work.values():
                found[stack[-1]] += (now_ns - before_ns) / len(at_work)
        before_ns = now_ns
        stream = spans[place].stream
        if begins:
            if spans[place].duration_ns:
                at_work.setdefault(stream, []).append(place)
        elif spans[place].duration_ns:
            at_work[stream].remove(place)
            if not at_work[stream]:
                del at_work[stream]
    return found


def enclosing(spans: Sequence[Span]) -> list[int | None]:
    """The place of the span that each one is called by, in the same stream; None for outermost.

    The spans are in the order of their start, of equal starts the longest first.
    """
    found: list[int | None] = []
    open_: dict[int, list[int]] = {}
    for place, span in enumerate(spans):
        stack = open_.setdefault(span.stream, [])
        while stack and spans[stack[-1]].end_ns < span.end_ns:
            stack.pop()
        found.append(stack[-1] if stack else None)
        stack.append(place)
    return found
