"""What a document may state in place of its own: words that would act, numbers at the ends."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

WORDS = (
    "",
    " ",
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)><a href='javascript:x'>",
    "</style></title></svg>]]><!-- <svg onload=x>",
    "&lt;b&gt; &#60;i&#62;",
    "\x1b[2J\x1b]0;title\x07\x9b31m",
    "[red]bold[/red] [@click=app.quit]x[/] [/",
    "[link=https://example.org]x[/link] \\[",
    "=cmd|' /C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\t=1",
    "\r@1",
    "line\nline\r\n\u2028line",
    "\u202eturned\u2066\u200b\ufeff",
    "a\x00b\x7f",
    "| cell | `code` [x](y) **b**",
    "../../../etc/passwd",
    "%s %n {0} {x!r} $HOME `id`",
    "\u4e2d\u6587\U0001f600e\u0301",
    "nan",
    "n" * 5000,
    "\U0001f600" * 3000,
)

HUGE_WORDS = ("w" * 1_000_000, "a b " * 250_000, "<" * 300_000, "\x1b" * 300_000)

NUMBERS = (
    *(0, -1, 1, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 2**64, 10**30),
    *(0.0, -0.0, 0.5, -0.5, 5e-324, 1e-300, 1e-6, 1e9, 1e16, 1e100, 1.7e308, -1.7e308),
)


@dataclass(frozen=True)
class Raw:
    """JSON text that Python's own writer would not write."""

    text: str


RAW = (
    Raw("NaN"),
    Raw("-Infinity"),
    Raw("1e999"),
    Raw("1" * 5000),
    Raw("-0"),
    Raw('"\\ud800"'),
    Raw('"\\udc00\\ud800x"'),
    Raw('{"a":1,"a":2}'),
    Raw("[" * 60 + "]" * 60),
    Raw('{"a":' * 60 + "1" + "}" * 60),
    Raw("[" * 100_000 + "]" * 100_000),
    Raw('{"a":' * 100_000 + "1" + "}" * 100_000),
    Raw("[" + "0," * 200_000 + "0]"),
    Raw("[" + "{}," * 200_000 + "{}]"),
    Raw("01"),
    Raw("'x'"),
)

small_values: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4)
    ),
    max_leaves=8,
)

any_values: SearchStrategy[Any] = st.one_of(
    st.sampled_from(NUMBERS),
    st.sampled_from(WORDS),
    small_values,
    st.sampled_from([None, True, False, [], {}, [[]], [{}]]),
    st.sampled_from(RAW),
    st.sampled_from(HUGE_WORDS),
)
