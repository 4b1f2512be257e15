"""What every command line here shares: a parser of one sentence, converters that name options."""

import argparse
import re
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

from benchcore.errors import UsageError


class Parser(argparse.ArgumentParser):
    """Raises one sentence instead of printing a usage block and leaving."""

    def parse_known_args(  # type: ignore[override]
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """As ever, but for `--output=--`: argparse drops that value and hands on an empty list."""
        given = sys.argv[1:] if args is None else list(args)
        for word in given[: given.index("--") if "--" in given else None]:
            if re.fullmatch(r"--[^=]+=--", word):
                raise UsageError(f"{word.removesuffix('=--')} is '--'; it takes another value.")
        return super().parse_known_args(given, namespace)

    def error(self, message: str) -> NoReturn:
        """Turn argparse's message into a UsageError."""
        raise UsageError(f"{message.rstrip('.')}; see `{self.prog} --help`.")


def listed(text: str) -> list[str]:
    """`a,b` as a list; empty entries are dropped, so that `,` names nothing."""
    return [entry.strip() for entry in text.split(",") if entry.strip()]


def whole(text: str) -> int:
    """A whole number, in plain digits (Python reads those of every script)."""
    digits = text.strip().removeprefix("-")
    if not (digits.isascii() and digits.isdecimal()):
        raise ValueError(text)
    return int(text)


def whole_numbers(text: str) -> list[int]:
    """`1,2,4` as numbers; a gap between them is none, and `,` alone names nothing."""
    return [whole(entry) for entry in text.split(",")] if listed(text) else []


def share(text: str) -> float:
    """`0.05` or `5%`, above 0 and below 1."""
    number = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if not 0 < number < 1:
        raise ValueError(text)
    return number


def convert(option: str, kind: str, function: Callable[[str], Any]) -> Callable[[str], Any]:
    """A converter whose error names the option, the value and what would be right."""

    def converted(text: str) -> Any:
        try:
            return function(text)
        except ValueError:
            raise UsageError(f"{option} is {text!r}; it takes {kind}.") from None

    return converted


def named_path(text: str) -> Path:
    """A path with a name; an empty one would be the current directory."""
    if not text:
        raise ValueError(text)
    return Path(text)


def path_of(option: str, kind: str = "a file") -> Callable[[str], Any]:
    """The converter of an option that names a file or something else on disk."""
    return convert(option, kind, named_path)
