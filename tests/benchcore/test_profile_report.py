"""Profiles in every report: golden text, words at the edges, hostile names.

To renew the golden file, run this file with the variable BENCHCORE_RENEW_GOLDEN=1.
"""

import os
import re
from pathlib import Path

import msgspec
import pytest
import recorded_traces
import sample_documents
from test_report_formats import HOSTILE, Page

from benchcore import report, result
from benchcore.kernels.cell import cell_profile
from benchcore.report import profile_tables, profile_text, profile_words
from benchcore.report.profile_rows import gap_rows
from benchcore.report.profile_tables import short_name
from docs_support import quotations, results_page
from docs_support.documents import Run

GOLDEN = Path(__file__).parent / "golden" / "profile.txt"


@pytest.fixture(scope="module")
def document():
    return recorded_traces.document(
        recorded_traces.cell("infer", 32, "dlib", "dlib-fused"),
        recorded_traces.cell("train", 32, "dlib"),
    )


def test_the_golden_file(document):
    text = profile_text.render(document)
    if os.environ.get("BENCHCORE_RENEW_GOLDEN") == "1":
        GOLDEN.write_text(text)
    assert text == GOLDEN.read_text()
    assert max(map(len, text.splitlines())) <= 80


def test_every_report_of_a_traced_document_shows_it(document):
    tables = [table.title for table in profile_tables.tables(document)]
    assert len(tables) == 2 + 1 + 1 + 1 + 3 + 2 + 2
    for form in ("text", "markdown", "html"):
        shown = report.RENDERERS[form](document)
        flat = " ".join(shown.split())
        assert all(title in flat for title in tables), form
        assert "FFT" in shown
    page = Page(report.RENDERERS["html"](document))
    assert "kernels" in page.ids


def test_the_page_of_all_documents_has_the_gaps_and_a_page_may_quote_them(document):
    run = Run("docs/results/x.json", document)
    page = results_page.render([run], [])
    gaps = [table.title for table in profile_tables.tables(document) if "time goes" in table.title]
    assert len(gaps) == 3
    assert re.findall(r"^### (.+ time goes.+)$", page, re.MULTILINE) == gaps
    assert "FFT" not in page
    assert gaps[0][:60] in quotations.block(run, [gaps[0][:40]])


def test_a_document_without_profiles_has_no_table_of_them():
    document = sample_documents.small()
    assert list(profile_tables.tables(document)) == []
    assert "kernels" not in Page(report.RENDERERS["html"](document)).ids


def test_a_document_with_profiles_is_read_back_whole(document):
    assert result.decode(result.encode(document), "x") == document


def test_rows_add_up_to_the_last_but_one_line(document):
    profile = document.cells[0].profile
    for contender, gap in profile.gaps.items():
        rows = gap_rows(profile, contender)
        assert sum(row.difference_ms for row in rows) == pytest.approx(gap.sum_ms)
        assert sum(row.share for row in rows) == pytest.approx(gap.sum_ms / gap.measured_ms)
        for row in rows:
            assert row.difference_ms == pytest.approx(row.contender_ms - row.reference_ms)


def changed(profile, **changes):
    """With another gap of dlib's."""
    gap = msgspec.structs.replace(profile.gaps["dlib"], **changes)
    return msgspec.structs.replace(profile, gaps={"dlib": gap})


def test_the_words_follow_the_numbers(document):
    profile = document.cells[0].profile
    first, second = profile_words.sentences(profile, "dlib")
    assert first == "dlib takes 4.945 ms longer than torch; convolution 94 % of that."
    assert second == "The rows add up to 100.0 % of the measured difference."
    rough = changed(profile, adds_up=False, measured_ms=6.0)
    assert "82.4 % of the measured difference, which is more than 5 % off" in " ".join(
        profile_words.sentences(rough, "dlib")
    )
    same = changed(profile, told_apart=False, measured_ms=0.01, adds_up=False)
    assert profile_words.sentences(same, "dlib") == [
        "The measured difference between dlib and torch, 0.010 ms, is within its interval: there "
        "is nothing to explain."
    ]
    assert {row.share for row in gap_rows(same, "dlib")} == {None}
    faster = changed(
        profile,
        measured_ms=-2.0,
        sum_ms=-2.0,
        rows_ms={"convolution": -3.0, "addition": 0.5, "idle": 0.5},
    )
    assert profile_words.sentences(faster, "dlib")[:2] == [
        "dlib takes 2.000 ms less than torch; convolution 150 % of that.",
        "Against it: addition 25 %, idle 25 %.",
    ]


def with_profile(document, profile):
    cell = msgspec.structs.replace(document.cells[0], profile=profile)
    return msgspec.structs.replace(document, cells=[cell, *document.cells[1:]])


@pytest.mark.parametrize("form", ["text", "markdown", "csv", "html", "svg"])
@pytest.mark.parametrize("zero_ms", [0.0, -0.0])
def test_equal_medians_leave_nothing_to_divide(document, form, zero_ms):
    profile = changed(document.cells[0].profile, measured_ms=zero_ms)
    assert profile.gaps["dlib"].told_apart
    (sentence,) = profile_words.sentences(profile, "dlib")
    assert sentence == (
        "The medians of dlib and torch are equal, though the factor's interval excludes 1: there "
        "is no difference to divide."
    )
    assert {row.share for row in gap_rows(profile, "dlib")} == {None}
    edited = with_profile(document, profile)
    shown = " ".join(report.RENDERERS[form](edited).split())
    assert ("no difference to divide" in shown) == (form in ("text", "markdown", "html"))
    assert "no difference to divide" in " ".join(profile_text.render(edited).split())


def test_a_gap_to_what_was_not_traced_has_no_table(document):
    profile = changed(document.cells[0].profile, reference="nobody")
    titles = [table.title for table in profile_tables.tables(with_profile(document, profile))]
    where = "resnet50, inference, batch 32: where the time goes"
    assert [title for title in titles if where in title] == [
        f"{where}, {name}" for name in ("dlib", "dlib-fused", "torch")
    ]
    assert len([title for title in titles if "dlib - torch" in title]) == 1


def test_a_contender_alone_has_its_classes(document):
    cell = document.cells[0]
    dlib = cell.profile.contenders["dlib"]
    profile = msgspec.structs.replace(cell.profile, contenders={"dlib": dlib}, gaps={})
    table, *others = profile_tables.cell_tables(cell, profile)
    assert [row[0] for row in table.rows] == [*dlib.rows, "all rows"]
    assert sum(float(row[2]) for row in table.rows[:-1]) == pytest.approx(100, abs=1)
    assert table.remarks[0] == "There is no gap to explain: dlib is held against nothing here."
    assert len(others) == 3


def test_without_a_device_nothing_is_said_of_cuda(document):
    cell = document.cells[1]
    on_cpu = {
        name: msgspec.structs.replace(one, source="operators", host=None)
        for name, one in cell.profile.contenders.items()
    }
    profile = msgspec.structs.replace(cell.profile, contenders=on_cpu)
    table = profile_tables.host(cell, profile)
    assert table.headings == ("contender", "untraced", "traced")
    assert {len(row) for row in table.rows} == {3}
    assert not [remark for remark in table.remarks if "CUDA" in remark]


def test_traced_iterations_that_are_shorter_are_told(document):
    one = document.cells[0].profile.contenders["dlib"]
    shorter = msgspec.structs.replace(one, traced_ms=0.8 * one.untraced_ms)
    words = " ".join(profile_words.alone("dlib", shorter))
    assert "Traced iterations of dlib were 20 % shorter than untraced ones" in words


def test_what_tracing_cost_and_what_is_missing_is_said():
    cell = recorded_traces.cell("infer", 1, "dlib")
    words = " ".join(profile_words.sentences(cell.profile, "dlib"))
    assert "Against it: idle 12 %." in words
    # dlib waits for its kernels, so tracing its launches did not lengthen it by 2 %.
    assert "Tracing lengthened an iteration of torch by 30 %; idle is free of it" in words
    lonely = msgspec.structs.replace(
        cell,
        profile=cell_profile(
            {},
            {"dlib": "No CUPTI.", "torch": "No CUPTI."},
            reference="torch",
            results=cell.contenders,
            factors={},
        ),
    )
    (table,) = profile_tables.tables(recorded_traces.document(lonely))
    assert table.remarks == ["dlib was not traced. No CUPTI.", "torch was not traced. No CUPTI."]


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("void f<float, g<int>, (T)8>(int, h<3>)", "f"),
        ("std::enable_if<!(false), void>::type internal::gemvx::kernel<int>(P)",
         "internal::gemvx::kernel"),
        ("void (anonymous namespace)::softmax_warp_forward<float>(float*)",
         "softmax_warp_forward"),
        ("dlib::cuda::_cuda_add1(float*)", "dlib::cuda::_cuda_add1"),
        ("Memcpy HtoD (Pageable -> Device)", "Memcpy HtoD"),
        ("void cut::off<float, at::native::x", "cut::off"),
        ("sm80_xmma_gemm_f32", "sm80_xmma_gemm_f32"),
        ("sm80_xmma_fprop_implicit_gemm_indexed_f32f32_f32f32_f32_nchwkcrs_nchw_tilesize32x32x8"
         "_stage3_warpsize1x2x1_g1_ffma_execute_kernel__5x_cudnn",
         "sm80_xmma_fprop_implicit_gemm_indexed 32x32x8"),
        ("<", "<"),
        ("", ""),
    ],
)  # fmt: skip
def test_short_names(name, short):
    assert short_name(name) == short


@pytest.mark.parametrize("text", HOSTILE)
def test_words_of_a_document_stay_words(document, text):
    cell = document.cells[1]
    dlib = cell.profile.contenders["dlib"]
    kernel = msgspec.structs.replace(dlib.kernels[0], name=text, kind=text, algorithm=text)
    share = dlib.rows["convolution"]
    named = msgspec.structs.replace(
        dlib,
        kernels=[kernel],
        rows={**dlib.rows, text: share},
        algorithms={text: share},
        remark=text,
        traffic_unknown_because=text,
    )
    gap = cell.profile.gaps["dlib"]
    gap = msgspec.structs.replace(gap, rows_ms={**gap.rows_ms, text: 1.0})
    profile = msgspec.structs.replace(
        cell.profile,
        contenders={text: named, "torch": cell.profile.contenders["torch"]},
        gaps={text: gap},
        unknown_because={text: text},
    )
    hostile = recorded_traces.document(msgspec.structs.replace(cell, profile=profile))
    plain = profile_text.render(hostile)
    assert "\x1b" not in plain
    assert "\u202e" not in plain
    page = report.RENDERERS["html"](hostile)
    assert Page(page).counts.keys() <= Page(report.RENDERERS["html"](document)).counts.keys()
    assert "<script" not in page
