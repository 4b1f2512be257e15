"""Colours and shapes of contenders: no two that meet share both, and no hue carries it alone.

The hues are told apart by colour-blind eyes; each is at least 3:1 against its paper.
"""

from dataclasses import dataclass

LIGHT = ("#0068b5", "#c24a00", "#007a5c", "#a83c82", "#7a6200", "#5a5f66", "#5b3fb0", "#8c1d1d")
DARK = ("#63b8f2", "#ff9a4d", "#35c79d", "#e493c4", "#e0cc4a", "#b4bac2", "#b3a1f5", "#ff8f8f")

LIGHT_INK = {
    "paper": "#ffffff",
    "ink": "#1b1f24",
    "muted": "#59626d",
    "grid": "#dfe3e8",
    "edge": "#cdd3da",
    "panel": "#f5f7f9",
    "link": "#0b5cad",
    "better": "#00694f",
    "worse": "#a33c00",
    "wrong": "#b3001b",
}
DARK_INK = {
    "paper": "#14171b",
    "ink": "#e6e9ed",
    "muted": "#a3acb7",
    "grid": "#333a43",
    "edge": "#3d454f",
    "panel": "#1d2127",
    "link": "#7ab8f5",
    "better": "#4fd1a5",
    "worse": "#ffab70",
    "wrong": "#ff8a96",
}


@dataclass(frozen=True)
class Shape:
    """A marker: a path relative to its centre, and matplotlib's name of the same."""

    path: str
    matplotlib: str


SHAPES = (
    Shape("m-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0-7 0z", "o"),
    Shape("m-3.2-3.2h6.4v6.4h-6.4z", "s"),
    Shape("m0-4.4l4 7h-8z", "^"),
    Shape("m0-4.6l4.6 4.6-4.6 4.6-4.6-4.6z", "D"),
    Shape("m0 4.4l4-7h-8z", "v"),
    Shape("m-4.4 0l7-4v8z", "<"),
    Shape("m4.4 0l-7-4v8z", ">"),
)
"""One fewer than the colours, so that a pair of both returns only after 56 contenders."""


def shape(number: int) -> Shape:
    """The marker of the contender at this place in the document."""
    return SHAPES[number % len(SHAPES)]


def colour(number: int) -> int:
    """Which of the colours is this contender's."""
    return number % len(LIGHT)


def variables(dark: bool) -> str:
    """The palette as declarations of CSS variables."""
    ink, colours = (DARK_INK, DARK) if dark else (LIGHT_INK, LIGHT)
    named = [f"--{name}:{value}" for name, value in ink.items()]
    numbered = [f"--c{number}:{value}" for number, value in enumerate(colours)]
    return ";".join(named + numbered)


THEME = (
    f":root{{color-scheme:light dark;{variables(dark=False)}}}\n"
    f"@media (prefers-color-scheme:dark){{:root{{{variables(dark=True)}}}}}\n"
)
"""The style sheet's rules that follow the reader's choice of light or dark."""
