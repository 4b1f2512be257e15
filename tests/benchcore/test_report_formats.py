"""What holds for every format: golden files, hostile words, many cells.

To renew the golden files, run this file with the variable BENCHCORE_RENEW_GOLDEN=1 and
read what `git diff` shows of them before committing it.
"""

import csv
import io
import os
import re
import time
import xml.etree.ElementTree as ET
from html.parser import HTMLParser
from pathlib import Path

import msgspec
import pytest
import sample_documents
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchcore import compare_command, document_options, report
from benchcore.compare import compare
from benchcore.report import comparison, plain

GOLDEN = Path(__file__).parent / "golden"
SUFFIXES = {"text": "txt", "markdown": "md", "csv": "csv", "html": "html", "svg": "svg"}

HOSTILE = (
    "",
    " ",
    "<script>alert(1)</script>",
    "</style><img src=x onerror=alert(1)>",
    "</title></svg>&lt;b>\"'`",
    "]]><!--",
    "\x1b[31mred\x1b]0;title\x07",
    "a\x00b\x9b2Jc\x7f",
    "\u202eesrever\u2066\u2069",
    "line\nline\r\n\u2028| cell | `code`",
    "[link](javascript:alert(1)) https://example.org www.example.org",
    "- list",
    "1. list",
    "=cmd|' /C calc'!A0",
    "\t@SUM(1)",
    "$x_1$ _hidden %s {0}",
    "\ud800\uffff",
    "\u4e2d\u6587 \U0001f600",
    "n" * 5000,
)

OURS = frozenset(
    [
        "html",
        "head",
        "meta",
        "title",
        "style",
        "body",
        "header",
        "nav",
        "main",
        "section",
        "h1",
        "h2",
        "h3",
        "h4",
        "p",
        "ul",
        "li",
        "a",
        "dl",
        "dt",
        "dd",
        "div",
        "table",
        "caption",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "span",
        "figure",
        "figcaption",
        "blockquote",
        "svg",
        "g",
        "path",
        "text",
        "desc",
        "rect",
    ]
)
ATTRIBUTES = frozenset(
    [
        "lang",
        "charset",
        "http-equiv",
        "content",
        "name",
        "id",
        "class",
        "role",
        "tabindex",
        "scope",
        "colspan",
        "href",
        "d",
        "x",
        "y",
        "width",
        "height",
        "viewbox",
        "preserveaspectratio",
        "transform",
        "xmlns",
        "aria-label",
        "aria-labelledby",
    ]
)


class Page(HTMLParser):
    """Every start tag, with the open elements checked."""

    VOID = frozenset({"meta"})

    def __init__(self, content: str) -> None:
        super().__init__()
        self.counts: dict[str, int] = {}
        self.links: list[str] = []
        self.ids: list[str] = []
        self._open: list[str] = []
        self.feed(content)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag, attrs):
        self.handle_startendtag(tag, attrs)
        self._open.append(tag)

    def handle_startendtag(self, tag, attrs):
        assert tag in OURS, tag
        names = [name for name, _ in attrs]
        assert set(names) <= ATTRIBUTES, names
        self.counts[tag] = self.counts.get(tag, 0) + 1
        self.links += [value for name, value in attrs if name == "href"]
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self._open.pop() == tag

    def handle_comment(self, data):
        raise AssertionError("a comment")


def check_text(content: str) -> None:
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", content)


def check_markdown(content: str) -> None:
    check_text(content)
    bare = re.sub(r"\\.", "", content)
    assert "<" not in bare
    assert "`" not in bare
    assert "[" not in bare
    for block in re.findall(r"(?:^\|.*\n)+", bare, re.MULTILINE):
        assert len({line.count("|") for line in block.splitlines()}) == 1


def check_csv(content: str) -> None:
    check_text(content)
    rows = list(csv.reader(io.StringIO(content)))
    assert len({len(row) for row in rows}) == 1
    assert not [field for row in rows for field in row if field.lstrip().startswith(("=", "@"))]


def check_html(content: str) -> None:
    check_text(content)
    page = Page(content)
    assert page.counts["style"] == page.counts["h1"] == page.counts["main"] == 1
    assert all(link.startswith("#") for link in page.links)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links} <= set(page.ids)


def check_svg(content: str) -> None:
    check_text(content)
    root = ET.fromstring(content)
    for element in root.iter():
        assert element.tag.removeprefix("{http://www.w3.org/2000/svg}") in OURS
        assert not [name for name in element.attrib if "href" in name or name.startswith("on")]


CHECKS = {
    "text": check_text,
    "markdown": check_markdown,
    "csv": check_csv,
    "html": check_html,
    "svg": check_svg,
}


def test_every_format_of_the_command_line_has_a_renderer():
    assert (*report.RENDERERS, "png") == document_options.REPORT_FORMATS
    assert set(CHECKS) == set(report.RENDERERS)


@pytest.mark.parametrize("form", CHECKS)
def test_golden(form):
    path = GOLDEN / f"report.{SUFFIXES[form]}"
    content = report.RENDERERS[form](sample_documents.small())
    CHECKS[form](content)
    if os.environ.get("BENCHCORE_RENEW_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content.encode())
    assert content.encode() == path.read_bytes()


@pytest.mark.parametrize("form", CHECKS)
@pytest.mark.parametrize("words", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_words_stay_text(form, words):
    CHECKS[form](report.RENDERERS[form](sample_documents.named(words)))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.text(max_size=40))
def test_any_words_stay_text(words):
    document = sample_documents.named(words)
    for form, check in CHECKS.items():
        check(report.RENDERERS[form](document))


numbers = st.floats(allow_nan=False, allow_infinity=False)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(numbers, numbers, numbers, st.integers(), st.integers(min_value=0, max_value=5))
def test_any_numbers_are_drawn_or_left_out(value, low, high, batch, keep):
    document = sample_documents.small()
    wall = msgspec.structs.replace(
        sample_documents.summary(1.0, 1), median_ms=value, ci95_ms=(low, high)
    )
    rate = msgspec.structs.replace(
        document.cells[0].contenders["dlib"].throughput,
        images_per_s=value,
        ci95_images_per_s=(low, high),
    )
    blocks = [
        msgspec.structs.replace(block, wall_ms=[value, low, high][:keep])
        for block in document.cells[0].contenders["dlib"].samples
    ]
    odd = sample_documents.contender(1, 1.0, 1.0, wall=wall, throughput=rate, samples=blocks)
    cells = [
        sample_documents.cell(batch, contenders={"dlib": odd}),
        *document.cells[: keep // 2],
    ]
    changed = msgspec.structs.replace(document, cells=cells)
    for form, check in CHECKS.items():
        check(report.RENDERERS[form](changed))


environments = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(st.sampled_from(["cpu", "gpus", "threads", "", "x"]), environments))
def test_any_environment_is_shown(environment):
    for device in ("cpu", "cuda:0"):
        plan = msgspec.structs.replace(sample_documents.PLAN, device=device)
        document = msgspec.structs.replace(
            sample_documents.small(), environment=environment, plan=plan, cells=[]
        )
        for form, check in CHECKS.items():
            check(report.RENDERERS[form](document))


@pytest.mark.parametrize("form", CHECKS)
def test_without_cells_and_without_contenders(form):
    plan = msgspec.structs.replace(sample_documents.PLAN, contenders=())
    for cells in ([], [sample_documents.cell(1, contenders={}, factors={}, verdict={})]):
        document = msgspec.structs.replace(sample_documents.small(), plan=plan, cells=cells)
        CHECKS[form](report.RENDERERS[form](document))


@pytest.mark.parametrize("groups", [4, 1000])
@pytest.mark.parametrize("form", CHECKS)
def test_a_thousand_cells_take_less_than_two_seconds(form, groups):
    document = sample_documents.large(groups=groups)
    began = time.process_time()
    report.RENDERERS[form](document)
    assert time.process_time() - began < 2.0


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("plain", "plain"),
        ("a\tb\nc", "a b c"),
        ("\x1b[0m", "\ufffd[0m"),
        ("\u202ex", "\ufffdx"),
        ("\u200d=1+1", "\ufffd=1+1"),
        *(
            (f"{hidden}=1", "\ufffd=1")
            for hidden in "\u115f\u1160\u3164\uffa0\ufe0f\u034f\U000e0100"
        ),
        ("\u00e9\u4e2d", "\u00e9\u4e2d"),
    ],
)
def test_plain(given_text, shown):
    assert plain.plain(given_text) == shown


@pytest.mark.parametrize(
    ("given_text", "shown"),
    [
        ("a|b", r"a\|b"),
        ("1. x", r"1\. x"),
        ("- x", r"\- x"),
        ("# x", r"\# x"),
        ("1.19-1.21", "1.19-1.21"),
        ("https://x", r"https:\//x"),
        ("www.x", r"www\.x"),
        ("@name and a@b.c, x@ y", "@ name and a@ b.c, x@ y"),
        ("#1, o/r#23, GH-4 and C#", r"\# 1, o/r# 23, GH- 4 and C#"),
    ],
)
def test_markdown(given_text, shown):
    assert plain.markdown_line(given_text) == shown


@pytest.mark.parametrize("form", ["text", "markdown", "csv"])
def test_no_line_is_a_command_of_githubs_runner(form):
    document = sample_documents.small()
    hostile = "::error::x ##[error]y"
    cells = [msgspec.structs.replace(document.cells[0], network=hostile, batch=900)]
    notes = [hostile, f"{'z' * 74} {hostile}"]
    found = msgspec.structs.replace(document, cells=[*document.cells, *cells], notes=notes)
    for shown in (
        report.RENDERERS[form](found),
        comparison.render(compare(found, found), hostile, hostile),
        compare_command.rendered([found] * 3, [hostile] * 3, 80),
    ):
        assert "error" in shown
        assert not re.search(r"^\s*::", shown, re.MULTILINE)
        assert "##[" not in shown


def test_spreadsheets_compute_nothing():
    assert plain.spreadsheet("=1") == "'=1"
    assert plain.spreadsheet(" +1") == "' +1"
    assert plain.spreadsheet("\t-1") == "' -1"
    assert plain.spreadsheet("resnet50-dlib") == "resnet50-dlib"


def test_shortened_says_that_it_is():
    assert plain.shortened("abcdef", 6) == "abcdef"
    assert plain.shortened("abcdefg", 6) == "abcde\u2026"
