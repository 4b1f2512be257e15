"""README.md, docs/ and docs/results/ as `make docs-results` makes them."""

import shutil
from pathlib import Path

import pytest

from docs_support import documents
from scripts import docs_results

ROOT = Path(__file__).parents[2]
RUNS, OTHERS = documents.read_all(ROOT)

QUOTED = "before <!-- from docs/results/{}: profile -->old<!-- end --> after\n"


@pytest.fixture
def root(tmp_path, monkeypatch) -> Path:
    """A repository with one run, one other document and a page that quotes."""
    (tmp_path / "docs" / "results").mkdir(parents=True)
    for document in (RUNS[-1], OTHERS[-1]):
        shutil.copy(ROOT / document.path, tmp_path / document.path)
    (tmp_path / "README.md").write_text(QUOTED.format(f"{RUNS[-1].name}.json"))
    (tmp_path / "docs" / "page.md").write_text("Nothing is quoted.\n")
    monkeypatch.setattr(docs_results, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["docs_results.py"])
    return tmp_path


def contents(root: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_every_page_is_as_the_documents_say():
    changed, gone = docs_results.outdated(ROOT)
    pages = ", ".join(map(str, [*changed, *gone]))
    assert not pages, f"run `make docs-results`, which changes {pages}"


def test_it_writes_what_is_outdated_and_then_nothing(root, capsys):
    assert docs_results.main() == 0
    assert (root / "README.md").read_text() == QUOTED.format(f"{RUNS[-1].name}.json").replace(
        "old", RUNS[-1].document.plan.profile
    )
    written = contents(root)
    assert f"docs/results/plots/{RUNS[-1].name}.svg is written.\n" in capsys.readouterr().out
    assert f"]({OTHERS[-1].name}.json)" in (root / "docs/results/index.md").read_text()
    assert docs_results.main() == 0
    assert capsys.readouterr().out == ""
    assert contents(root) == written


def test_another_document_is_all_that_a_new_section_needs(root):
    docs_results.main()
    shutil.copy(root / RUNS[-1].path, root / "docs/results/2027-01-01-new.json")
    assert {str(path) for path in docs_results.outdated(root)[0]} == {
        "docs/results/index.md",
        "docs/results/plots/2027-01-01-new.svg",
    }


def test_a_plot_goes_with_its_document(root, capsys):
    docs_results.main()
    (root / RUNS[-1].path).unlink()
    (root / "README.md").write_text("Nothing is quoted.\n")
    assert docs_results.main() == 0
    assert not list((root / "docs/results/plots").iterdir())
    assert "its document is gone" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("path", "content", "said"),
    [
        ("README.md", "a <!-- from docs/results/x.json: profile --> b\n", "has no <!-- end -->."),
        ("docs/page.md", QUOTED.format("x.json"), "docs/results/x.json can't be read: No such"),
        ("docs/results/x.json", "{", "docs/results/x.json is not JSON"),
        ("docs/results/x.json", "[]", "docs/results/x.json is no document"),
        ("docs/results/x.json", "{}", "docs/results/x.json is no document"),
        ("docs/results/x.json", '{"schema_version": "1.0"}', "is not a result document"),
        ("docs/results/x.json", '{"schema_version": "9.0"}', "has schema version 9.0"),
    ],
)
def test_after_an_error_nothing_has_changed(root, capsys, path, content, said):
    (root / path).write_text(content)
    before = contents(root)
    assert docs_results.main() == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert error.startswith(f"docs_results: {path}")
    assert contents(root) == before


def test_what_can_not_be_written_is_one_sentence(root, capsys):
    (root / "docs/results/index.md").mkdir()
    assert docs_results.main() == 2
    assert capsys.readouterr().err == (
        f"docs_results: {root}/docs/results/index.md can't be read or changed: Is a directory.\n"
    )
