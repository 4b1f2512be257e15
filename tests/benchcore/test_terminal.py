"""The report on a terminal: width, colour, and words that stay words."""

import io
import re

import msgspec
import pytest
import sample_documents

from benchcore.report import terminal, text


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def shown(monkeypatch):
    def show(document, **variables):
        for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "TERM"):
            monkeypatch.delenv(name, raising=False)
        for name, value in {"TERM": "xterm-256color", "COLUMNS": "80", **variables}.items():
            monkeypatch.setenv(name, value)
        stream = Terminal()
        terminal.show(document, stream)
        return stream.getvalue()

    return show


DOCUMENT = sample_documents.small()


def test_a_pipe_gets_plain_text():
    stream = io.StringIO()
    terminal.show(DOCUMENT, stream)
    assert stream.getvalue() == text.render(DOCUMENT)
    assert "\x1b" not in stream.getvalue()


def test_a_terminal_gets_the_same_words_in_colour(shown):
    found = shown(DOCUMENT)
    assert "\x1b[1;31mSLOWER\x1b[0m" in found
    assert "\x1b[1;32mFASTER\x1b[0m" in found


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_colour_can_be_off(shown, variables):
    found = shown(DOCUMENT, **variables)
    assert "\x1b[1;31m" not in found
    assert "SLOWER" in found


def test_without_colour_nothing_but_the_words_is_printed(shown):
    assert shown(DOCUMENT, TERM="dumb") == text.render(DOCUMENT)


def test_a_wide_terminal_shows_more_and_a_narrow_one_no_less(shown):
    wide = re.sub(r"\x1b\[[0-9;]*m", "", shown(DOCUMENT, COLUMNS="140"))
    assert "P90 (ms)" in wide
    assert max(map(len, wide.splitlines())) > 80
    assert "P90 (ms)" not in text.render(DOCUMENT)
    assert shown(DOCUMENT, TERM="dumb", COLUMNS="40") == text.render(DOCUMENT)


def test_markup_in_a_document_is_text(shown):
    noted = msgspec.structs.replace(DOCUMENT, notes=["[bold]x[/bold] [link=a]b[/link]"])
    assert "[bold]x[/bold] [link=a]b[/link]" in shown(noted)
