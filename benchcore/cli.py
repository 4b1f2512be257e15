"""The command `benchcore`: what is printed where, and with which status it ends.

Standard output carries the result and nothing else; progress and diagnostics go to standard error.
"""

import importlib.util
import json
import os
import signal
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from benchcore import __version__, options, streams
from benchcore.channel import Stop
from benchcore.errors import UsageError
from benchcore.plan import Plan
from benchcore.status import INTERRUPTED, INVALID, OK, USAGE, exit_status

if TYPE_CHECKING:
    from benchcore.result import Document

END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line and return its exit status."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = COMMANDS.get(words[0]) if words else None
    try:
        streams.prepare()
        status = command(words[1:]) if command else _run(words)
        sys.stdout.flush()
        return status
    except UsageError as error:
        print(f"benchcore: {error}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        print("benchcore: interrupted.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        streams.drop_stdout()
        return OK
    except OSError as error:
        streams.drop_stdout()
        print(f"benchcore: standard output can't be written: {error.strerror}.", file=sys.stderr)
        return USAGE


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
    return _run_headless(arguments)


def _open_screens(words: list[str]) -> int:
    if importlib.util.find_spec("tui") is None:
        raise UsageError("the interactive screens are not installed; use --headless.")
    os.execv(sys.executable, [sys.executable, "-m", "tui", *words])


def _plan(arguments: Namespace) -> Plan:
    """The checked plan; the device that was chosen is told on standard error."""
    from benchcore import contenders, device
    from benchcore.plan import make_plan

    request = options.request(arguments)
    # Everything else is checked first: asking frameworks about a GPU takes seconds.
    make_plan(request, device="cpu", contenders=contenders.names())
    names = ("dlib", "torch") if request.contenders is None else request.contenders
    chosen, sentence = device.choose("--device", request.device or "auto", names)
    print(sentence, file=sys.stderr)
    return make_plan(request, device=chosen, contenders=contenders.names())


def _run_headless(arguments: Namespace) -> int:
    from benchcore import events, progress, result
    from benchcore.recorder import Recorder, checked_path, write
    from benchcore.report import RENDERERS
    from benchcore.runner import run

    output = None if arguments.output is None else checked_path(arguments.output)
    plan = _plan(arguments)
    recorder = Recorder()
    stop = Stop(plan.timeout_s)
    unwritten: str | None = None
    with _signals_to(stop), progress.choose() as shown:
        for event in run(plan, stop):
            recorder.add(event)
            shown.show(event)
            if arguments.format == "jsonl":
                _send_event(events.encode(event), stop)
            if output is not None and isinstance(event, events.CellFinished | events.RunFinished):
                try:
                    write(recorder.document(), output)
                    unwritten = None
                except UsageError as error:  # what was measured still goes to standard output
                    unwritten = str(error)
    if unwritten is not None:
        print(f"benchcore: {unwritten}", file=sys.stderr)
    document = recorder.document()
    if arguments.format == "json":
        sys.stdout.buffer.write(result.encode(document))
        sys.stdout.buffer.flush()
    elif arguments.format != "jsonl":
        sys.stdout.write(RENDERERS[arguments.format](document))
        sys.stdout.flush()
    return exit_status(document) if unwritten is None else USAGE


def _send_event(line: bytes, stop: Stop) -> None:
    """To whoever follows the run; if they have left, the run ends as if interrupted."""
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        streams.drop_stdout()
        stop.ask()


@contextmanager
def _signals_to(stop: Stop) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal ask the run to end; it then writes what it has."""

    def ask(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        stop.ask()

    before = {number: signal.signal(number, ask) for number in END_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _show_plan(words: list[str]) -> int:
    from benchcore.config import to_toml

    arguments = options.plan_parser().parse_args(words)
    plan = _plan(arguments)
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


def _report(words: list[str]) -> int:
    from benchcore.report import RENDERERS

    arguments = options.report_parser().parse_args(words)
    text = RENDERERS[arguments.format](_document(arguments.document))
    if arguments.output is None:
        sys.stdout.write(text)
        return OK
    try:
        arguments.output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--output: {arguments.output}: {error.strerror}.") from None
    return OK


def _document(path: Path) -> "Document":
    from benchcore import result

    try:
        content = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.") from None
    return result.decode(content, str(path))


def _compare(words: list[str]) -> int:
    from benchcore.compare import compare
    from benchcore.report import comparison

    arguments = options.compare_parser().parse_args(words)
    paths = [arguments.before, *arguments.after]
    before, *others = [_document(path) for path in paths]
    texts = [
        comparison.render(compare(before, after), str(arguments.before), str(path))
        for path, after in zip(arguments.after, others, strict=True)
    ]
    sys.stdout.write("\n".join(texts))
    return OK


def _contenders(words: list[str]) -> int:
    from benchcore import contenders, device

    arguments = options.contenders_parser().parse_args(words)
    names = contenders.names()
    chosen, sentence = device.choose("--device", arguments.device, ("dlib", "torch"))
    print(sentence, file=sys.stderr)
    for name, reason in device.reasons(chosen, names).items():
        description = "" if reason is not None else contenders.find(name).description
        print(f"{name}: {description if reason is None else f'not here. {reason}'}")
    return OK


def _info(words: list[str]) -> int:
    from benchcore import environment

    options.bare_parser("info", "Print versions, hardware and settings.").parse_args(words)
    found = environment.collect_in_child(environment.cpu_threads(), Stop())
    print(json.dumps(found, indent=2))
    return INVALID if "unknown_because" in found else OK


def _schema(words: list[str]) -> int:
    from benchcore.result import json_schema

    options.bare_parser("schema", "Print the JSON Schema of the document.").parse_args(words)
    print(json.dumps(json_schema(), indent=2))
    return OK


COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "verify": _verify,
    "plan": _show_plan,
    "report": _report,
    "compare": _compare,
    "contenders": _contenders,
    "info": _info,
    "schema": _schema,
}
