"""Command lines: every option of every sub-command, parsed and checked; nothing is measured."""

import argparse
import string
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import commands
import values
from guard import BrokenError
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from benchcore import contenders, document_options, options, plan, profile_command, verify_command
from benchcore.errors import UsageError
from benchcore.plan import make_plan
from tui import __main__ as screens
from tui import arguments as screen_arguments

CASES = 5000

Check = Callable[[argparse.Namespace], object]


def _planned(found: argparse.Namespace) -> object:
    return make_plan(options.request(found), device="cpu", contenders=contenders.names())


def _profiled(found: argparse.Namespace) -> object:
    request = profile_command._request(found)
    return make_plan(request, device="cpu", contenders=contenders.names())


def _device(found: argparse.Namespace) -> object:
    return plan.device_name("--device", found.device or "auto")


def _selftest(found: argparse.Namespace) -> object:
    if found.batch_size is not None:
        plan.batches("--batch-size", [found.batch_size])
    return _device(found)


def _screens(found: argparse.Namespace) -> object:
    if found.start:
        return options.request(found)  # what follows would make the folder of documents
    return screens._first_screen(found)


PARSERS: dict[str, tuple[Callable[[], argparse.ArgumentParser], Check]] = {
    "": (options.run_parser, _planned),
    "plan": (options.plan_parser, _planned),
    "verify": (options.verify_parser, verify_command._checked),
    "profile": (options.profile_parser, _profiled),
    "selftest": (options.selftest_parser, _selftest),
    "info": (options.info_parser, _device),
    "contenders": (options.contenders_parser, _device),
    "report": (document_options.report_parser, vars),
    "compare": (document_options.compare_parser, vars),
    "gate": (document_options.gate_parser, vars),
    "schema": (lambda: options.bare_parser("schema", "The schema."), vars),
    "screens": (screen_arguments.parser, _screens),
}

PRINTING = ("report", "compare", "gate", "schema")
"""These only read files, so the whole command is run with whatever is given."""

GOOD = (
    *("resnet50", "infer", "train", "1", "1,2,4", "dlib", "dlib,torch", "cpu", "cuda:0", "auto"),
    *("224", "96x128", "quick", "default", "0", "0.05", "5%", "2020", "text", "json", "csv", "8"),
)

BAD = (
    *("", " ", ",", ",,1", "1,", "-1", "--", "-", "=", "0x10", "1e3", "1e999", "nan", "inf"),
    *(
        "9" * 5000,
        "-" + "9" * 5000,
        "1" + "0" * 30,
        "\u0661",
        "\u00b2",
        "1_0",
        "%",
        "nan%",
        "1e-400",
    ),
    *(
        "cuda:",
        "cuda:99999",
        "cuda:-1",
        "CPU",
        "0x0",
        "224x",
        "x224",
        "224x224x3",
        "\x00",
        "a\x00b",
    ),
    *("\ud800", "/dev/null", "/", ".", "..", "/nowhere/file", "~", "w" * 300_000, "1," * 50_000),
    *("a/" * 3000, "x" * 300, "resnet50," * 1000, "[red]x[/]", "\x1b[2J"),
)


@dataclass(frozen=True)
class Case:
    """A sub-command and its words."""

    command: str
    words: tuple[str, ...]


def cases() -> SearchStrategy[Case]:
    """Options of the sub-command with good and bad values, and words out of place."""
    return st.sampled_from(sorted(PARSERS)).flatmap(_of)


def _of(command: str) -> SearchStrategy[Case]:
    parser = PARSERS[command][0]()
    names = [name for action in parser._actions for name in action.option_strings]
    value = st.one_of(
        st.sampled_from(GOOD),
        st.sampled_from(GOOD),
        st.sampled_from(BAD),
        st.sampled_from(values.WORDS),
        st.text(max_size=8),
        st.text(alphabet=string.digits + ",.x-%e", max_size=6),
        st.integers().map(str),
        st.floats().map(str),
    )
    option = st.sampled_from([*names, "--nothing", "-x"])
    both = st.tuples(option, value)
    joined = st.builds("{}={}".format, option, value).map(lambda word: (word,))
    alone = option.map(lambda word: (word,)) | value.map(lambda word: (word,))
    words = st.lists(st.one_of(both, both, joined, alone), max_size=4)
    return words.map(lambda groups: Case(command, tuple(w for group in groups for w in group)))


def check(case: Case, folder: Path) -> None:
    """Arguments that make sense, or a sentence."""
    parse, further = PARSERS[case.command]
    if case.command in PRINTING:
        output = ["--output", *case.words] if case.command == "report" else []
        if not output or not _writes(case.words):
            answer = commands.command([case.command, *case.words])
            commands.check(answer, 0, 1, 6)
            if "--format=png" not in case.words and "png" not in case.words:
                commands.inert(answer.out)
        return
    try:
        further(parse().parse_args(list(case.words)))
    except UsageError as error:
        commands.refused(error)
    except SystemExit as error:
        if error.code not in (0, None):
            raise BrokenError(f"it left with {error.code}") from None


def _writes(words: tuple[str, ...]) -> bool:
    """Whether a report would go to a file of any name."""
    return any(word.startswith("--output") for word in words)
