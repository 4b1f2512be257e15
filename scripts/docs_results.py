"""Renders docs/results/index.md, its plots, and what README.md and docs/ quote of documents.

Every page is made before one is written, and each is replaced at once: after an error all pages
are as they were.

    python scripts/docs_results.py
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchcore import recorder
from benchcore.errors import UsageError
from benchcore.report import svg
from docs_support import documents, quotations, results_page

ROOT = Path(__file__).resolve().parents[1]


def pages(root: Path) -> dict[Path, str]:
    """What each page is to hold, by its path from the root. Raises UsageError."""
    folder = Path(documents.FOLDER)
    runs, others = documents.read_all(root)
    found = {folder / "index.md": results_page.render(runs, others)}
    for run in runs:
        found[folder / results_page.PLOTS / f"{run.name}.svg"] = svg.render(run.document)
    for page in [root / "README.md", *sorted((root / "docs").glob("*.md"))]:
        name = page.relative_to(root)
        found[name] = quotations.renewed(page.read_text(encoding="utf-8"), str(name), root)
    return found


def outdated(root: Path) -> tuple[dict[Path, str], list[Path]]:
    """Pages to write, and plots whose document is gone, by their paths from the root."""
    wanted = pages(root)
    drawn = (root / documents.FOLDER / results_page.PLOTS).glob("*.svg")
    gone = [path.relative_to(root) for path in sorted(drawn)]
    return (
        {path: text for path, text in wanted.items() if _held(root / path) != text},
        [path for path in gone if path not in wanted],
    )


def _held(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def main() -> int:
    """Write what is not as it should be. The status is 2 after an error, which is one sentence."""
    argparse.ArgumentParser(description=__doc__.partition("\n")[0]).parse_args()
    try:
        changed, gone = outdated(ROOT)
        for path, text in changed.items():
            (ROOT / path).parent.mkdir(exist_ok=True)
            recorder.replace(ROOT / path, text.encode())
            print(f"{path} is written.")
        for path in gone:
            (ROOT / path).unlink()
            print(f"{path} is removed: its document is gone.")
    except UsageError as error:
        return _failed(str(error).removeprefix("--output: "))
    except OSError as error:
        return _failed(f"{error.filename} can't be read or changed: {error.strerror}.")
    return 0


def _failed(sentence: str) -> int:
    print(f"docs_results: {sentence}", file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
