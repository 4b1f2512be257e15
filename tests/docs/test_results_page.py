"""The page of all documents, and what each kind of document says."""

import re
from pathlib import Path

import msgspec
import pytest

from benchcore import ceilings, selftest
from benchcore.report import markdown, svg
from benchmarks.endurance.flat import Slope
from benchmarks.endurance.part import Part
from docs_support import documents, other_words, results_page, run_words
from docs_support.documents import Other, Run

ROOT = Path(__file__).parents[2]
RUNS, OTHERS = documents.read_all(ROOT)


def again(run: Run, name: str, day: int, **changes: object) -> Run:
    """The same run in the default profile on a day of January 2027."""
    plan = msgspec.structs.replace(run.document.plan, profile="default")
    made = {"plan": plan, "created": f"2027-01-{day:02}T00:00:00+00:00", **changes}
    return Run(f"docs/results/{name}.json", msgspec.structs.replace(run.document, **made))


def test_runs_and_others_are_told_apart_by_content():
    assert {run.document.schema_version[0] for run in RUNS} == {"1"}
    assert not [other for other in OTHERS if "schema_version" in other.content]
    names = [path.stem for path in (ROOT / "docs/results").glob("*.json")]
    assert sorted(document.name for document in [*RUNS, *OTHERS]) == sorted(names)


def test_the_newest_run_comes_first():
    created = [run.document.created for run in RUNS]
    assert created == sorted(created, reverse=True)


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_a_run_is_shown_as_its_markdown_report_shows_it(run):
    page = results_page.render([run], [])
    report = markdown.render(run.document)
    first, last = (report.index(words) for words in ("- ", "### Throughput"))
    assert report[first:last].strip() in page
    assert f"![Plots of {run.name}: " in page
    assert f"(plots/{run.name}.svg)" in page
    assert f"benchcore report {run.path}\n" in page
    assert f"({run.name}.json)" in page


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.name)
def test_plots_are_small(run):
    assert len(svg.render(run.document).encode()) < 1 << 17


def test_links_of_the_overview_lead_to_headings():
    runs = [*RUNS, again(RUNS[0], "2027-01-01-Torch-2.14", 1)]
    page = results_page.render(runs, OTHERS)
    links = re.findall(r"\]\(#(.+?)\)", page)
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    assert links == [heading.lower().replace(".", "") for heading in headings[: len(runs)]]
    assert links[-1] == "2027-01-01-torch-214"


def test_links_to_files_lead_somewhere():
    page = results_page.render(RUNS, OTHERS)
    folder = ROOT / "docs/results"
    targets = re.findall(r"\]\(([^#)]+)\)", page)
    assert len(targets) > len(RUNS)
    assert [target for target in targets if not (folder / target).exists()] == []


def test_two_default_runs_of_one_kind_of_machine_are_compared():
    run = RUNS[0]
    earlier, later = again(run, "a", 1), again(run, "b", 2)
    assert list(results_page.comparable([later, earlier])) == [(earlier, later)]
    page = results_page.render([later, earlier], [])
    assert "### a and b\n" in page
    told = " ".join(page[page.index("### a and b") :].split())
    assert "docs/results/b.json against docs/results/a.json: a change above 0 is slower" in told
    assert re.search(r"0 % is within the 95 % interval of (\d+) of \1 changes of a factor", told)
    assert "benchcore compare docs/results/a.json docs/results/b.json" in told


def test_others_are_not_compared():
    run = RUNS[0]
    one = again(run, "a", 1)
    quick = again(run, "b", 2, plan=msgspec.structs.replace(one.document.plan, profile="quick"))
    without = again(run, "c", 3, cells=[])
    elsewhere = again(run, "d", 4, environment={**run.document.environment, "threads": 99})
    assert not list(results_page.comparable([elsewhere, without, quick, one]))
    assert "## Again" not in results_page.render([quick, one], [])


def test_a_run_without_a_cell_has_a_section():
    run = again(RUNS[0], "a", 1, cells=[])
    assert "![Plot of a: no figure can be drawn](plots/a.svg)" in results_page.render([run], [])
    assert "- Nothing was measured." in results_page.render([run], [])


@pytest.mark.parametrize("other", OTHERS, ids=lambda other: other.name)
def test_published_documents_are_of_known_kinds(other):
    assert not isinstance(other_words.kind(other.content), other_words.Unknown)


WARM = Part(
    name="forwards",
    did="9 forward passes",
    seconds=2.4,
    slopes=[Slope("resident memory", "bytes a forward", 3.14159, 256.0)],
    wrong=["It is warm."],
)

KINDS = [
    (
        {
            "device": "cuda:0",
            "batches": [
                {"batch": 1, "ratio": 1.25, "low": 1.0, "high": 1.5, "added_us": 12.4},
                {"batch": 8, "ratio": 1.0, "low": 0.5, "high": 2.0, "added_us": 13.6},
            ],
        },
        "(cuda:0): 1.2500 (1.0000 to 1.5000) at batch 1, 1.0000 (0.5000 to 2.0000) at batch 8; in "
        "the same pass Python adds 12 and 14 microseconds.",
    ),
    (
        {
            "size": "80x24",
            "cpu_share_of_one_core": [0.01, 0.03, 0.02],
            "cells": [{"cell": "a cell, dlib", "ratio": 1.0, "low": 0.9, "high": 1.1}],
        },
        "The screens take 2.0 % of one core (median of 3 runs, at most 3.0 %) at 80x24. Times with "
        "them / without them: a cell, dlib: 1.000 (0.900 to 1.100).",
    ),
    (
        {"machine": {"cpu": "A", "threads": 2}, "samples_ms": {"80x24": [1000.0, 3000.0, 2000.0]}},
        "The first screen is there after 2.00 s (1.00 to 3.00, 3 runs) at 80x24, on A, 2 threads.",
    ),
    (
        {
            "device": "cpu",
            "findings": [{"what": "slowed", "sentence": "It was found."}],
            "noise_floor": None,
            "passed": False,
        },
        "The selftest on cpu did not pass. It was found.",
    ),
    (
        {"device": "cpu", "endurance": [WARM.record()], "passed": WARM.passed},
        "The endurance run on cpu did not pass. forwards: 9 forward passes in 2 s; resident memory "
        "+3.14 bytes a forward, at most 256; It is warm.",
    ),
    (
        {
            "ceilings": {
                "device": "cpu",
                "fp32_tflop_per_s": 0.51234,
                "tf32_tflop_per_s": None,
                "copy_gb_per_s": 20.0,
                "unknown_because": {"tf32_tflop_per_s": "a CPU has none."},
            }
        },
        "The ceilings of cpu: FP32 matrix product 0.5123 TFLOP/s, TF32 not known (a CPU has none), "
        "copy 20 GB/s, read plus written.",
    ),
    (
        {"what": "new", "median_ms": 1.5, "values": dict.fromkeys("abcdefg", 1)},
        "what new, median_ms 1.5, values.a 1, values.b 1, values.c 1, values.d 1, and 3 more.",
    ),
]


@pytest.mark.parametrize(("content", "said"), KINDS, ids=[said[:20] for _, said in KINDS])
def test_every_kind_has_a_sentence_of_its_figures(content, said):
    assert other_words.kind(content).sentence().endswith(said)
    page = results_page.render([], [Other("docs/results/x.json", content)])
    assert "- [x](x.json): " in page


def test_records_of_the_tool_are_of_known_kinds():
    finding = selftest.Finding(what="slowed", passed=True, estimate=1.03, sentence="It was found.")
    tested = selftest.Selftest(
        device="cpu", batch=1, findings=[finding], noise_floor=0.01, passed=True
    )
    peaks = ceilings.Ceilings(
        created="2027-01-01T00:00:00+00:00",
        device="cpu",
        device_name=None,
        torch="2.14",
        threads=2,
        clock="wall",
        fp32_tflop_per_s=1.0,
        tf32_tflop_per_s=None,
        copy_gb_per_s=20.0,
    )
    for content, form in (
        (msgspec.to_builtins(tested), other_words.Selftest),
        ({"ceilings": msgspec.to_builtins(peaks), "threads": 2}, other_words.Ceilings),
    ):
        assert isinstance(other_words.kind(content), form)


def test_a_document_says_where_it_was_measured():
    environment = {"cpu": {"model": "A"}, "threads": 2, "gpus": [{"name": "G"}]}
    assert other_words.machine({"environment": environment}) == "A, 2 threads"
    assert other_words.machine({"environment": environment, "device": "cuda:0"}) == (
        "G; A, 2 threads"
    )
    assert other_words.machine({"ceilings": {"device": "cuda:0"}, **environment}) == (
        "G; A, 2 threads"
    )
    assert other_words.machine({"samples_ms": {}}) is None


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "dlib 20.0.1, PyTorch 2.11.0, CUDA 13.0, cuDNN 9.19.0, driver 580"),
        ({"dlib_origin": "folder"}, "dlib 20.0.1 (folder), PyTorch"),
        ({"libraries": {"cudnn": "9.20.1"}}, "cuDNN 9.20.1 and 9.19.0,"),
        ({"libraries": {}}, "cuDNN 9.19.0,"),
    ],
)
def test_versions_of_a_gpu_run(changes, said):
    build = {"dlib": "20.0.1", "dlib_origin": "release 20.0.1", "libraries": {"cudnn": "9.19.0"}}
    environment = {
        "packages": {"torch": "2.11.0"},
        "torch": {"cuda": "13.0", "cudnn": 91900},
        "gpus": [{"name": "G", "driver": "580"}],
        "dlib": {"backends": {"cuda": {**build, **changes}}},
    }
    assert said in run_words.versions(environment, "cuda:0")


def test_an_environment_that_could_not_be_collected_is_no_error():
    unknown = {"unknown_because": "no answer within 180 s"}
    assert run_words.machine(unknown, "cuda:0") == "CPU not stated"
    assert run_words.versions(unknown, "cuda:0") == (
        "dlib not stated, PyTorch not stated, CUDA not stated, cuDNN not stated, driver not stated"
    )
    assert run_words.versions(unknown, "cpu") == "dlib not stated, PyTorch not stated"
