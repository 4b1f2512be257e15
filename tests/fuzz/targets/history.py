"""Folders of documents as the screens list, find and order them."""

from dataclasses import dataclass
from pathlib import Path

import bases
import commands
import damage
import mutation
import values
from guard import give
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from tui import documents, history_columns

CASES = 1500


@dataclass(frozen=True)
class Case:
    """Files by name."""

    files: dict[str, bytes]
    width: int
    words: str


def cases() -> SearchStrategy[Case]:
    """Up to three files."""
    texts = st.sampled_from(bases.documents())
    encoded = st.builds(str.encode, texts)
    content = st.one_of(
        st.builds(mutation.changed_json, texts, mutation.any_changes()),
        st.builds(mutation.changed_json, texts, mutation.changes(mutation.GENTLE)),
        st.builds(damage.damaged, encoded, damage.damages, encoded),
    )
    names = st.sampled_from(["a.json", "\x1b[2J.json", "[red]x.json", "=1+1.json", "\u202ea.json"])
    return st.builds(
        Case,
        files=st.dictionaries(names, content, max_size=3),
        width=st.sampled_from([1, 40, 80, 200]),
        words=st.sampled_from(values.WORDS),
    )


def check(case: Case, folder: Path) -> None:
    """Each file has its entry, in harmless words."""
    for name, content in case.files.items():
        give(folder / name, content)
    found = documents.listed(folder)
    assert len(found) == len(case.files) + 1
    shown = history_columns.columns(case.width)
    history_columns.widths(shown, found, case.width)
    for entry in found:
        for words in (entry.title, entry.machine, entry.device, entry.profile, entry.error or ""):
            commands.inert(words.replace("\n", "\x00"))
        commands.inert(documents.when(entry))
        documents.matches(entry, case.words)
        if entry.error is not None:
            commands.is_sentence(entry.error)
