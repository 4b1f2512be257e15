"""`benchcore --headless`: a run for scripts, its document, and its exit status."""

import signal
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from benchcore import config, contenders, device, events, options, progress, result, streams
from benchcore.channel import Stop
from benchcore.errors import UsageError
from benchcore.plan import Plan, Request, make_plan
from benchcore.recorder import Recorder, checked_path, write
from benchcore.report import RENDERERS, terminal
from benchcore.result import Document
from benchcore.runner import run
from benchcore.status import USAGE, exit_status

END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def checked_plan(request: Request) -> Plan:
    """The checked plan; the device that was chosen is told on standard error."""
    # Everything else is checked first: asking frameworks about a GPU takes seconds.
    make_plan(request, device="cpu", contenders=contenders.names())
    names = ("dlib", "torch") if request.contenders is None else request.contenders
    chosen, sentence = device.choose("--device", request.device or "auto", names)
    print(sentence, file=sys.stderr)
    return make_plan(request, device=chosen, contenders=contenders.names())


def run_command(arguments: Namespace, words: Sequence[str]) -> int:
    """Run what the options say, or what is left of `--resume`; `words` is the command line."""
    before = None if arguments.resume is None else _resumed(arguments)
    output = arguments.output
    if output is None and arguments.resume is not None:
        output = arguments.resume
    target = None if output is None else checked_path(output)
    plan = checked_plan(options.request(arguments)) if before is None else _plan_of(before)
    if before is not None and not before.cells:
        before = None  # it ended before anything was measured, so it is begun anew
    document, unwritten = measure(
        plan,
        target=target,
        before=before,
        lines=arguments.format == "jsonl",
        allow_busy=arguments.allow_busy,
        command=words,
    )
    if arguments.format == "json":
        sys.stdout.buffer.write(result.encode(document))
        sys.stdout.buffer.flush()
    elif arguments.format == "text":
        terminal.show(document, sys.stdout)
        sys.stdout.flush()
    elif arguments.format != "jsonl":
        sys.stdout.write(RENDERERS[arguments.format](document))
        sys.stdout.flush()
    return USAGE if unwritten else exit_status(document, strict=arguments.strict)


def measure(
    plan: Plan,
    *,
    target: Path | None,
    command: Sequence[str],
    before: Document | None = None,
    lines: bool = False,
    allow_busy: bool = False,
) -> tuple[Document, str | None]:
    """Run the plan with progress on standard error; `lines` sends each event to standard output.

    The document is kept in `target` after every cell; the second value says why that failed.
    """
    recorder = Recorder()
    stop = Stop(plan.timeout_s)
    unwritten: str | None = None
    with signals_to(stop), progress.choose() as shown:
        for event in run(plan, stop, before=before, allow_busy=allow_busy, command=command):
            recorder.add(event)
            shown.show(event)
            if lines:
                _send_event(events.encode(event), stop)
            ends = isinstance(event, events.CellFinished | events.RunFinished)
            # While an old document is replayed it is not replaced by a part of itself.
            whole = before is None or len(recorder.document().cells) >= len(before.cells)
            if target is not None and ends and whole:
                known, unwritten = unwritten, _keep(recorder.document(), target)
                if unwritten is not None and unwritten != known:
                    print(f"benchcore: {unwritten}", file=sys.stderr)
    return recorder.document(), unwritten


def _resumed(arguments: Namespace) -> Document:
    """The document to go on with; options of the plan are in it already."""
    asked = options.request(arguments)
    for name in Request.__struct_fields__:
        if getattr(asked, name) is not None:
            option = name.replace("_", "-")
            raise UsageError(
                f"--{option} can't be given with --resume: {arguments.resume} holds the plan."
            )
    before = result.read(arguments.resume)
    if before.status == "complete" and len(before.cells) == len(before.plan.cells()):
        raise UsageError(f"--resume: {arguments.resume} is complete; nothing is left to measure.")
    return before


def _plan_of(before: Document) -> Plan:
    """The document's plan, checked like any other. Raises UsageError."""
    request = config.to_request(before.plan)
    chosen, sentence = device.choose("--resume", before.plan.device, before.plan.contenders)
    print(sentence, file=sys.stderr)
    plan = make_plan(request, device=chosen, contenders=contenders.names())
    if plan != before.plan:
        raise UsageError("--resume: this version can't follow the document's plan; begin anew.")
    return plan


def _keep(document: Document, path: Path) -> str | None:
    """Write the document; a failure is a sentence, as what was measured still goes to stdout."""
    try:
        write(document, path)
    except UsageError as error:
        return str(error)
    return None


def _send_event(line: bytes, stop: Stop) -> None:
    """To whoever follows the run; if they have left, the run ends as if interrupted."""
    try:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()
    except BrokenPipeError:
        streams.drop_stdout()
        stop.ask()


@contextmanager
def signals_to(stop: Stop) -> Iterator[None]:
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
