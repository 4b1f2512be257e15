"""A gate's verdict as text, and as annotations of GitHub's checks."""

from collections.abc import Iterator
from textwrap import wrap

from benchcore.gate import Gate, Remark
from benchcore.report.plain import inert, plain
from benchcore.report.text import GAP, WIDTH

LEVELS = {"PASSED": "notice", "INCONCLUSIVE": "warning"}
"""The other outcomes are errors."""


def render(gate: Gate) -> str:
    """The sentence first, then what it rests on."""
    lines = wrap(plain(gate.sentence), WIDTH)
    if len(gate.remarks) > 1:
        for remark in gate.remarks:
            text = f"{remark.outcome.replace('_', ' ')}: {_place(remark)}{remark.sentence}"
            lines += wrap(plain(text), WIDTH, initial_indent=GAP, subsequent_indent=2 * GAP)
    return "\n".join(map(inert, lines)) + "\n"


def annotations(gate: Gate) -> str:
    """One workflow command a remark, or one for a gate that has none.

    The form and its escapes are GitHub's, "Workflow commands for GitHub Actions".
    """
    return "".join(f"{line}\n" for line in _annotations(gate))


def _annotations(gate: Gate) -> Iterator[str]:
    if not gate.remarks:
        yield _command("notice", "benchcore gate", gate.sentence)
    for remark in gate.remarks:
        level = LEVELS.get(remark.outcome, "error")
        title = " in ".join(filter(None, (remark.contender, remark.cell))) or "benchcore gate"
        yield _command(level, f"{remark.outcome}: {title}", remark.sentence)


def _command(level: str, title: str, message: str) -> str:
    escaped = _escaped(title).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={escaped}::{_escaped(message)}"


def _escaped(text: str) -> str:
    return "%0A".join(plain(line).replace("%", "%25") for line in text.splitlines())


def _place(remark: Remark) -> str:
    return f"{remark.contender} in {remark.cell}: " if remark.cell else ""
