import csv
import io
import json
import tomllib
from importlib import resources
from pathlib import Path

import msgspec
import pytest
import test_document

from benchcore import cli, reference, result
from benchcore.compare import compare

ROOT = Path(reference.__file__).parents[2]
HEADING = {"infer": "Inference,", "train": "Training ("}
RUN = ROOT / "docs" / "results" / "2026-11-24-h100-quick.json"


def published_rows(mode):
    """The table in docs/history.md, as words."""
    text = (ROOT / "docs" / "history.md").read_text()
    lines = text[text.index(HEADING[mode]) :].splitlines()[4:]
    for line in lines:
        if not line.startswith("|"):
            return
        yield [word.strip() for word in line.strip("|").split("|")]


ROWS = [(mode, *row) for mode in HEADING for row in published_rows(mode)]


@pytest.fixture(scope="module")
def document():
    return reference.published()


def cell_of(document, mode, batch):
    [found] = [c for c in document.cells if (c.mode, c.batch) == (mode, int(batch))]
    return found


def test_every_row_is_there(document):
    assert [(c.mode, str(c.batch)) for c in document.cells] == [row[:2] for row in ROWS]
    assert [c.batch for c in document.cells if c.mode == "infer"] == [1, 2, 4, 8, 16, 32, 64, 128]
    assert [c.batch for c in document.cells if c.mode == "train"] == [1, 2, 4, 8, 16, 32]
    assert [(s.mode, s.batch) for s in document.plan.cells()] == [
        (c.mode, c.batch) for c in document.cells
    ]


@pytest.mark.parametrize(
    ("mode", "batch", "dlib_mib", "torch_mib", "memory", "dlib_ms", "torch_ms", "time"),
    ROWS,
    ids=["-".join(row[:2]) for row in ROWS],
)
def test_figures_and_factors_are_the_published_ones(
    document, mode, batch, dlib_mib, torch_mib, memory, dlib_ms, torch_ms, time
):
    cell = cell_of(document, mode, batch)
    for name, mib, ms in (("dlib", dlib_mib, dlib_ms), ("torch", torch_mib, torch_ms)):
        published = cell.contenders[name].published
        assert (published.memory_mib, published.mean_ms) == (float(mib), float(ms))
    factor = cell.factors["dlib"]
    assert f"{factor.time.estimate:.3f}" == time
    assert f"{factor.memory.estimate:.3f}" == memory
    assert factor.time.estimate == float(dlib_ms) / float(torch_ms)
    assert factor.memory.estimate == float(dlib_mib) / float(torch_mib)


def test_the_swapped_columns_are_put_right_and_it_is_said(document):
    first = cell_of(document, "infer", 1)
    assert first.contenders["dlib"].published.mean_ms == 6.886
    assert first.contenders["torch"].published.mean_ms == 10.048
    assert "headings of the two time columns are swapped" in " ".join(document.notes)


def test_nothing_is_claimed_that_was_not_published(document):
    for cell in document.cells:
        assert (cell.proof, cell.verdict, cell.flags) == (None, {}, [])
        factor = cell.factors["dlib"]
        assert {factor.time.low, factor.time.high, factor.memory.low, factor.throughput} == {None}
        for contender in cell.contenders.values():
            assert contender.status == "ok"
            assert (contender.wall, contender.memory, contender.samples) == (None, None, [])
            assert (contender.images_per_s, contender.first_ms) == (None, None)
    assert "fingerprint" not in document.environment
    assert document.environment["gpus"] == [{"name": "NVIDIA GeForce GTX 1080 Ti"}]
    assert "3.25 GMAC" in " ".join(document.notes)
    assert "arrufat/dlib-pytorch-benchmark" in document.notes[0]


def test_it_is_a_valid_document_of_this_version(document):
    content = json.loads(resources.files(reference).joinpath(reference.FILE).read_bytes())
    schema = result.json_schema()
    assert test_document._conforms(content, schema, schema)
    assert content["schema_version"] == result.SCHEMA_VERSION
    assert result.decode(result.encode(document), "again") == document

    def known(part, whole):
        if isinstance(part, dict):
            return all(key in whole and known(value, whole[key]) for key, value in part.items())
        if isinstance(part, list):
            return len(part) == len(whole) and all(map(known, part, whole))
        return part == whole

    assert known(content, json.loads(result.encode(document)))


def test_packages_and_the_document_are_installed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    folders = {path.parent for path in (ROOT / "benchcore").rglob("__init__.py")}
    names = {".".join(folder.relative_to(ROOT).parts) for folder in folders}
    assert names <= set(settings["packages"])
    assert settings["package-data"]["benchcore.reference"] == ["*.json"]


def test_the_word_stands_for_it_unless_a_file_has_that_name(document, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert reference.read(Path("2020")) == document
    other = msgspec.structs.replace(document, notes=["Another."])
    Path("2020").write_bytes(result.encode(other))
    assert reference.read(Path("2020")) == other


def test_a_report_of_it(capsys):
    assert cli.main(["report", "2020"]) == 0
    text = capsys.readouterr().out
    assert "    1   638    721   0.885    6.886   10.048   0.685     -        -" in text
    assert "Note: In the page's first table the headings" in text
    for title in ("Throughput", "Memory by phase", "Once in a process"):
        assert title not in text
    assert cli.main(["report", "2020", "--format", "csv"]) == 0
    [first, *_] = csv.DictReader(io.StringIO(capsys.readouterr().out))
    assert (first["published_mean_ms"], first["published_mib"]) == ("6.886", "638.0")
    assert (first["median_ms"], first["step_peak_mib"]) == ("", "")


def shown_factors(text, title):
    """Batch size and first factor of each row of a table."""
    lines = iter(text[text.index(f"{title}\n") :].splitlines()[3:])
    while (line := next(lines)).strip() and not line.startswith("  B"):
        batch, _, factor, *_ = line.split()
        yield batch, factor


def test_then_and_now(capsys):
    assert cli.main(["compare", "2020", str(RUN)]) == 0
    text = capsys.readouterr().out
    assert max(map(len, text.splitlines())) <= 80
    for words, mode in (("inference", "infer"), ("training step", "train")):
        times = dict(shown_factors(text, f"resnet50, {words}, 224x224, dlib"))
        memory = dict(shown_factors(text, f"resnet50, {words}, 224x224, dlib, memory"))
        for batch, _, _, memory_factor, _, _, time_factor in published_rows(mode):
            assert (times[batch], memory[batch]) == (time_factor, memory_factor)
    assert "    1    6.886   0.685   7.265   1.966   +187%     -" in text
    assert "The machines differ (system, gpus)" in text
    assert "A: Two different networks were timed" in text
    assert "No change could be tested for having regressed." in text
    assert "REGRESSION" not in text
    assert cli.main(["compare", str(RUN), "2020"]) == 0
    assert "B: Two different networks were timed" in capsys.readouterr().out


def test_nothing_is_found_against_published_means(document):
    run = result.read(RUN)
    for comparison in (compare(document, run), compare(run, document), compare(document, document)):
        found = {c.finding for cell in comparison.cells for c in cell.contenders.values()}
        assert found <= {"INCONCLUSIVE", "NOT_COMPARABLE"}
        assert comparison.tested == 0
        changes = [c for cell in comparison.cells for c in cell.contenders.values() if c.time]
        assert changes
        for change in changes:
            assert "Published means have no samples" in change.reason
            assert (change.time.low, change.memory) == (None, None)
    then = compare(document, run).cells[0].contenders
    assert then["dlib"].factor.estimate == pytest.approx(1.966320 / 0.685311, rel=1e-5)
    assert then["torch"].time.estimate == pytest.approx(3.722466 / 10.048, rel=1e-5)
    assert then["torch"].factor is None
