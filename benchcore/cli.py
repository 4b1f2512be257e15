"""The command `benchcore`: what is printed where, and with which status it ends.

Standard output carries the result and nothing else; progress and diagnostics go to standard error.
"""

import importlib.util
import json
import mmap
import os
import sys
import traceback
from collections.abc import Callable, Sequence

from benchcore import __version__, document_options, options, python, streams
from benchcore.errors import InvalidRunError, UsageError
from benchcore.report.plain import inert, shortened
from benchcore.status import FAILED, INTERRUPTED, INVALID, OK, SOFTWARE, USAGE

DOCUMENT_COMMANDS = ("report", "compare", "gate")
"""They compute little, and one thread of OpenBLAS needs the least address space."""

LEAST_ROOM_BYTES = 100 * 2**20
"""Of address space, without which no document is read. Where OpenBLAS finds too little it ends the
process itself, with status 1, which is a regression's: with one thread, in less than 75 MiB."""

LONGEST_SENTENCE = 2000
"""Characters of an error, which may quote a word of any length."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = COMMANDS.get(words[0]) if words else None
    try:
        if command and words[0] in DOCUMENT_COMMANDS and "numpy" not in sys.modules:
            os.environ["OPENBLAS_NUM_THREADS"] = "1"
            _check_room()
        streams.prepare()
        status = command(words[1:]) if command else _run(words)
        streams.say("")
        return status
    except UsageError as error:
        print(f"benchcore: {sentence(error)}", file=sys.stderr)
        return USAGE
    except InvalidRunError as error:
        print(f"benchcore: {sentence(error)}", file=sys.stderr)
        return INVALID
    except KeyboardInterrupt:
        streams.drop_stdout()  # the last flush would wait for a reader who takes nothing
        print("benchcore: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        streams.drop_stdout()
        return OK
    except OSError as error:
        if error.filename is not None:
            print(f"benchcore: {error.filename} can't be used: {error.strerror}.", file=sys.stderr)
            return USAGE
        streams.drop_stdout()
        print(f"benchcore: {streams.unwritable(error)}", file=sys.stderr)
        return USAGE
    except MemoryError:
        print("benchcore: memory ran out.", file=sys.stderr)
        return FAILED
    except Exception:
        # Python's own status for it is 1, which would tell a script of a regression.
        traceback.print_exc()
        return SOFTWARE


def _check_room() -> None:
    try:
        mmap.mmap(-1, LEAST_ROOM_BYTES, flags=mmap.MAP_PRIVATE).close()
    except OSError:
        raise MemoryError from None


def sentence(error: UsageError | InvalidRunError) -> str:
    """What went wrong, of a bearable length; names of files and documents in it are plain text."""
    return inert(shortened(str(error), LONGEST_SENTENCE))


def _run(words: list[str]) -> int:
    if words and not words[0].startswith("-"):
        known = ", ".join(COMMANDS)
        raise UsageError(f"there is no sub-command {words[0]!r}; there are {known}.")
    arguments = options.run_parser().parse_args(words)
    if arguments.version:
        print(f"benchcore {__version__}")
        return OK
    if not arguments.headless:
        return _open_screens(words)
    from benchcore import headless

    return headless.run_command(arguments, ["benchcore", *words])


def _open_screens(words: list[str]) -> int:
    if importlib.util.find_spec("tui") is None:
        raise UsageError("the interactive screens are not installed; use --headless.")
    os.execv(sys.executable, python.command("tui", *words))


def _show_plan(words: list[str]) -> int:
    from benchcore.config import to_toml
    from benchcore.headless import checked_plan

    arguments = options.plan_parser().parse_args(words)
    plan = checked_plan(options.request(arguments))
    if arguments.toml:
        sys.stdout.write(to_toml(plan))
        return OK
    for cell in plan.cells():
        print(f"{cell.label}: {', '.join(plan.contenders)}")
    return OK


def _verify(words: list[str]) -> int:
    arguments = options.verify_parser().parse_args(words)
    from benchcore import verify_command

    return verify_command.run(arguments)


def _profile(words: list[str]) -> int:
    arguments = options.profile_parser().parse_args(words)
    from benchcore import profile_command

    return profile_command.run(arguments, ["benchcore", "profile", *words])


def _report(words: list[str]) -> int:
    from benchcore import recorder, reference, report
    from benchcore.report import terminal

    arguments = document_options.report_parser().parse_args(words)
    target = None if arguments.output is None else recorder.checked_other_path(arguments.output)
    if target is None and arguments.format == "png" and sys.stdout.isatty():
        raise UsageError("a PNG picture is nothing for a terminal; name a file with --output.")
    document = reference.read(arguments.document)
    if target is not None:
        recorder.replace(target, report.encoded(document, arguments.format))
    elif arguments.format in report.SELF_ENCODED:
        sys.stdout.buffer.write(report.encoded(document, arguments.format))
        sys.stdout.buffer.flush()
    elif arguments.format == "text":
        terminal.show(document, sys.stdout)
    else:
        sys.stdout.write(report.RENDERERS[arguments.format](document))
    return OK


def _compare(words: list[str]) -> int:
    from benchcore import compare_command

    return compare_command.run(document_options.compare_parser().parse_args(words))


def _gate(words: list[str]) -> int:
    import msgspec

    from benchcore import gate, result
    from benchcore.report import judgement

    arguments = document_options.gate_parser().parse_args(words)
    verdict = gate.judge(
        result.read(arguments.document),
        result.read(arguments.baseline),
        threshold=arguments.threshold,
        strict=arguments.strict,
        force=arguments.force,
    )
    annotations = judgement.annotations(verdict) if arguments.annotations else ""
    if arguments.json:
        streams.say(json.dumps(msgspec.to_builtins(verdict), indent=2) + "\n")
        sys.stderr.write(annotations)
    else:
        streams.say(judgement.render(verdict) + annotations)
    return verdict.exit_status


def _contenders(words: list[str]) -> int:
    from benchcore import contenders, device
    from benchcore.report.plain import plain

    arguments = options.contenders_parser().parse_args(words)
    names = contenders.names()
    chosen, sentence = device.choose("--device", arguments.device, ("dlib", "torch"))
    print(sentence, file=sys.stderr)
    for name, standing in device.probe(chosen, names).items():
        said = standing.description or "it doesn't describe itself"
        if standing.reason is not None:
            said = f"not here. {standing.reason or 'It gives no reason.'}"
        print(plain(f"{name}: {said}"))
    return OK


def _info(words: list[str]) -> int:
    arguments = options.info_parser().parse_args(words)
    from benchcore import info_command

    return info_command.run(arguments)


def _selftest(words: list[str]) -> int:
    arguments = options.selftest_parser().parse_args(words)
    from benchcore import selftest_command

    return selftest_command.run(arguments)


def _schema(words: list[str]) -> int:
    from benchcore.result import json_schema

    options.bare_parser("schema", "Print the JSON Schema of the document.").parse_args(words)
    print(json.dumps(json_schema(), indent=2))
    return OK


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "profile": _profile,
    "verify": _verify,
    "selftest": _selftest,
    "plan": _show_plan,
    "report": _report,
    "compare": _compare,
    "gate": _gate,
    "contenders": _contenders,
    "info": _info,
    "schema": _schema,
}
