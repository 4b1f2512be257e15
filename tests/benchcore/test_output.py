"""What `--output` of a run may replace: nothing but a result, and a result only by a result."""

import pytest
from fake_machine import fake_plan
from sample_documents import small

from benchcore import headless, recorder, result
from benchcore.channel import Stop
from benchcore.cli import main
from benchcore.errors import UsageError


def test_only_a_result_document_is_replaced(tmp_path):
    other = tmp_path / "README.md"
    other.write_text("# Mine\n")
    with pytest.raises(UsageError, match=r"README\.md.*is no result document.*name another file"):
        recorder.checked_document_path(other)
    kept = tmp_path / "kept.json"
    recorder.write(small(), kept)
    empty = tmp_path / "empty"
    empty.touch()
    for path in (kept, empty, tmp_path / "new"):
        assert recorder.checked_document_path(path) == path


@pytest.mark.parametrize(
    "words",
    [
        ["--headless", "--device", "cpu"],
        ["profile", "--network", "resnet50", "--mode", "infer", "--batch", "1", "--device", "cpu"],
    ],
)
def test_a_run_leaves_any_other_file_alone(tmp_path, capsys, words):
    other = tmp_path / "README.md"
    other.write_text("# Mine\n")
    assert main([*words, "--output", str(other)]) == 2
    assert "name another file" in capsys.readouterr().err
    assert other.read_text() == "# Mine\n"


def test_a_run_that_measures_nothing_keeps_the_result_before(plugin, tmp_path):
    kept = tmp_path / "kept.json"
    before = small()
    recorder.write(before, kept)
    stop = Stop()
    stop.ask()
    found, unwritten = headless.measure(fake_plan("steady"), stop=stop, target=kept, command=[])
    assert (found.status, found.cells, unwritten) == ("interrupted", [], None)
    assert result.read(kept) == before
    found, _ = headless.measure(
        fake_plan("steady"), stop=stop, target=tmp_path / "new.json", command=[]
    )
    assert result.read(tmp_path / "new.json") == found


@pytest.mark.parametrize("form", ["html", "csv", "markdown", "text", "svg"])
def test_a_page_replaces_no_result_document(form, tmp_path, capsys):
    kept, link, page = tmp_path / "kept.json", tmp_path / "link", tmp_path / "page"
    recorder.write(small(), kept)
    link.symlink_to(kept)
    for path in (kept, link):
        assert main(["report", str(kept), "--format", form, "--output", str(path)]) == 2
        said = capsys.readouterr().err
        assert "a result document, whose samples would be lost; name another file." in said
    assert result.read(kept) == small()
    for _ in range(2):
        assert main(["report", str(kept), "--format", form, "--output", str(page)]) == 0


@pytest.mark.parametrize(
    "words",
    [
        ["selftest", "--device", "cpu"],
        ["profile", "--format", "html", "--batch", "1", "--device", "cpu"],
    ],
)
def test_other_commands_replace_none_either(words, tmp_path, capsys):
    kept = tmp_path / "kept.json"
    recorder.write(small(), kept)
    assert main([*words, "--output", str(kept)]) == 2
    assert "whose samples would be lost" in capsys.readouterr().err
    assert result.read(kept) == small()
