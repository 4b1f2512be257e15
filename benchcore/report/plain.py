"""Strings of a document as harmless text: nothing in them moves a cursor or turns a line around.

A document may come from anyone. What it says is shown, never obeyed.
"""

import re

_SPACES = re.compile("[\t\n\v\f\r\x1c-\x1f\x85\u2028\u2029]")
"""What would end a line or a table's cell."""

_ACTING = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 and C1, ESC among them
    # What Unicode has programs not show (Default_Ignorable_Code_Point): it turns a line around,
    # joins, selects a form, or hides words and the first character of a formula.
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
    "\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"  # no characters at all, and not valid in XML
    "]"
)

_MARKDOWN = re.compile(r"[\\`*_\[\]<>|~&$]|(?<=:)//|(?<=www)\.")
_REFERENCE = re.compile(r"@(?=[^\W_])|#(?=\d)|\bGH-(?=\d)", re.IGNORECASE)
"""What GitHub makes a mention or a link to an issue, whatever escape or entity it is written with:
it looks for them in the page that Markdown has become."""

_MARKDOWN_START = re.compile(r"^(\s*)([-+=#]|\d+(?=[.)](?:\s|$)))")

FORMULA_STARTS = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""With these, the wide ones too, a spreadsheet takes a cell for a formula."""


LONGEST = 1_000
"""Characters that are shown of one string: a reason has up to 300. Ten thousand notes of any length
are broken into lines in 3 s then, and that time grows by the square of a string's length."""


def plain(text: str) -> str:
    """One line in which each character that would act is a space or U+FFFD."""
    if len(text) > LONGEST:
        text = f"{text[: LONGEST - 1]}\u2026"
    if text.isascii() and text.isprintable():
        return text
    return _ACTING.sub("\ufffd", _SPACES.sub(" ", text))


def inert(line: str) -> str:
    """Not a workflow command: GitHub takes `::` at the start of a line for one, `##[` anywhere."""
    line = line.replace("##[", "## [")
    start = line.lstrip()
    return line.replace("::", ": :", 1) if start.startswith("::") else line


def shortened(text: str, width: int) -> str:
    """At most `width` characters, with an ellipsis where some are left out."""
    text = plain(text)
    return text if len(text) <= width else text[: width - 1] + "\u2026"


def markdown(text: str) -> str:
    """Text for the inside of a line, in which nothing is Markdown: no code, link, cell, HTML."""
    apart = _REFERENCE.sub(lambda found: f"{found[0]} ", plain(text))
    return _MARKDOWN.sub(lambda found: f"\\{found[0]}", apart)


def markdown_line(text: str) -> str:
    """Text for a line of its own, which is no list and no heading either."""
    return _MARKDOWN_START.sub(_escaped_start, markdown(text))


def _escaped_start(found: re.Match[str]) -> str:
    space, first = found.groups()
    # A number is a list's by the dot behind it, which the look-ahead left out: escape there.
    return f"{space}{first}\\" if first.isdecimal() else f"{space}\\{first}"


def spreadsheet(text: str) -> str:
    """Text that no spreadsheet computes: a formula gets a leading apostrophe."""
    text = plain(text)
    return f"'{text}" if text.lstrip().startswith(FORMULA_STARTS) else text
