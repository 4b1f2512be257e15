"""The HTML page."""

import re
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
import sample_documents

from benchcore.report import RENDERERS, html, nested
from benchcore.report.markup import element, text
from docs_support import documents


@pytest.fixture(scope="module")
def page() -> str:
    return RENDERERS["html"](sample_documents.small())


def test_it_loads_nothing_and_runs_nothing(page):
    assert "default-src 'none'" in page.replace("&#x27;", "'")
    assert not re.search(r"<script|<link|<img|<iframe|url\(|@import|https?://|\bon\w+=", page)


def test_it_says_light_and_dark_and_fits_a_phone(page):
    assert '<meta name="color-scheme" content="light dark"/>' in page
    assert '<meta name="viewport" content="width=device-width, initial-scale=1"/>' in page
    assert "prefers-color-scheme:dark" in page
    assert page.count("<table") == page.count('<div class="scroll" role="region"')


def test_headings_go_down_one_level_at_a_time(page):
    levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_tables_have_captions_and_scopes(page):
    assert page.count("<table") == page.count("<caption")
    assert all("scope=" in heading for heading in re.findall(r"<th[ >][^>]*>?", page))
    assert '<th scope="colgroup" colspan="3">Memory (MiB)</th>' in page


def test_a_verdict_is_a_word_and_a_colour(page):
    assert '<td class="worse">SLOWER</td>' in page
    assert '<td class="better">FASTER</td>' in page
    assert "<td>INCONCLUSIVE</td>" in page


def test_a_cell_unfolds_into_all_that_is_known(page):
    first = page[page.index("<details") : page.index("</details>")]
    for words in (
        sample_documents.REASON,
        "Next: Nothing.",
        "24 iterations in 2 blocks",
        "5e-07 of the largest logit, allowed 0.001",
        "a1a1a1a1a1a1 for dlib, torch",
        "nvml_process (primary)",
        "cuda_driver_growth",
        "launches: 3",
    ):
        assert words in first, words
    assert "<h3>resnet50, inference, batch 8</h3>: dlib oom</summary>" in page
    assert "dlib: oom. It needs more than 80 GiB." in page
    assert "warmup unstable" in page


def test_settings_are_said_once_and_only_exceptions_again():
    document = sample_documents.small()
    cell = document.cells[1]
    odd = msgspec.structs.replace(cell.contenders["dlib"], settings={"threads": 1})
    cell = msgspec.structs.replace(cell, contenders={**cell.contenders, "dlib": odd})
    changed = msgspec.structs.replace(document, cells=[document.cells[0], cell])
    page = RENDERERS["html"](changed)
    assert page.count("Settings of torch in all its cells</span>") == 1
    assert "Settings of torch in this cell" not in page
    assert page.count("Settings of dlib in this cell</span>") == 2


def test_environment_and_notes_are_there(page):
    for words in ("A graphics card", "avx, avx2", "A note with 5 &lt; 6", "0.40 %", "--headless"):
        assert words in page


def test_what_is_cut_is_said():
    page = RENDERERS["html"](sample_documents.large(count=html.MOST_DETAILS + 7, groups=30))
    assert f"These are the first {html.MOST_DETAILS} cells; the details of 7 more" in page
    assert "30 more charts are not drawn here" in page


RUNS, _ = documents.read_all(Path(__file__).parents[2])


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_real_documents_stay_small(run):
    for form, render in RENDERERS.items():
        assert 0 < len(render(run.document).encode()) < 1 << 20, form


def test_nested_values_are_rows():
    values = {"a": 1, "b": {"c": [1, 2], "d": {"e": None}}, "f": [{"g": True}, {}], "h": {}}
    assert nested.groups(values) == {
        "general": [("a", "1"), ("h", "none")],
        "b": [("c", "1, 2"), ("d.e", "none")],
        "f": [("0.g", "yes"), ("1", "none")],
    }


def test_depth_is_no_danger():
    deep: dict = {}
    for _ in range(5000):
        deep = {"a": deep}
    assert len(list(nested.rows(deep))) == 1


def test_elements_escape_everything():
    assert element("p", text("<&>"), class_='"x"') == '<p class="&quot;x&quot;">&lt;&amp;&gt;</p>'
    assert element("path", d="M0 0", aria_label=None) == '<path d="M0 0"/>'
