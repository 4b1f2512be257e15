"""A table as rows of words, for every format to lay out, and how a number becomes a word."""

from dataclasses import dataclass

MODE_TITLES = {"infer": "inference", "train": "training step"}
TRAINING_PARTS = "transfer + forward + loss + backward + update"
NOTHING = "-"


@dataclass(frozen=True)
class Table:
    """A title, two levels of headings, rows, and sentences to print below."""

    title: str
    groups: tuple[tuple[str, int], ...]
    """Upper headings, each with the number of columns that it spans."""
    headings: tuple[str, ...]
    rows: list[tuple[str, ...]]
    remarks: list[str]


def number(value: float | None) -> str:
    """Three decimals below 1000, none above; `-` for what is not known."""
    return NOTHING if value is None else f"{value:.3f}" if value < 1000 else f"{value:.0f}"
