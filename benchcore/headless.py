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
from benchcore.claim import claimed
from benchcore.delivery import EventLines, deliver, rescue
from benchcore.errors import UsageError
from benchcore.plan import Plan, Request, make_plan
from benchcore.recorder import Recorder, checked_document_path, write
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
    target = None if output is None else checked_document_path(output)
    streams.check_room()
    plan = checked_plan(options.request(arguments)) if before is None else _plan_of(before)
    if before is not None and not before.cells:
        before = None  # it ended before anything was measured, so it is begun anew
    stop = Stop(plan.timeout_s)
    lines = EventLines(stop) if arguments.format == "jsonl" else None
    document, unwritten = measure(
        plan,
        stop=stop,
        target=target,
        before=before,
        lines=lines,
        allow_busy=arguments.allow_busy,
        command=words,
    )
    said = deliver(
        lines.check if lines is not None else lambda: _show(document, arguments.format),
        document,
        enough=unwritten is None or arguments.format in ("json", "jsonl"),
        safe=target is not None and unwritten is None,
    )
    return exit_status(document, strict=arguments.strict) if said and not unwritten else USAGE


def _show(document: Document, form: str) -> None:
    if form == "json":
        sys.stdout.buffer.write(result.encode(document))
        sys.stdout.buffer.flush()
    elif form == "text":
        terminal.show(document, sys.stdout)
    else:
        sys.stdout.write(RENDERERS[form](document))


def measure(
    plan: Plan,
    *,
    stop: Stop,
    target: Path | None,
    command: Sequence[str],
    before: Document | None = None,
    lines: EventLines | None = None,
    allow_busy: bool = False,
) -> tuple[Document, str | None]:
    """Run the plan with progress on standard error, and events to `lines`.

    The document is kept in `target` after every cell; the second value says why that failed.
    Raises UsageError if another run writes there.
    """
    recorder = Recorder()
    unwritten: str | None = None
    try:
        with claimed(target), signals_to(stop), progress.choose() as shown:
            for event in run(plan, stop, before=before, allow_busy=allow_busy, command=command):
                recorder.add(event)
                ends = isinstance(event, events.CellFinished | events.RunFinished)
                # First the file: whoever is told may be slow, or never read on.
                if target is not None and ends and _is_more(recorder.document(), before, target):
                    known, unwritten = unwritten, _keep(recorder.document(), target)
                    if unwritten is not None and unwritten != known:
                        print(f"benchcore: {unwritten}", file=sys.stderr)
                shown.show(event)
                if lines is not None:
                    lines.send(event)
    except BaseException:  # a bug, or a signal as soon as they interrupt again
        if recorder.begun and (target is None or unwritten is not None):
            rescue(recorder.document())
        raise
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
    if before.status == "complete" and len(before.cells) == before.plan.cell_count:
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


def _is_more(document: Document, before: Document | None, target: Path) -> bool:
    """Whether it may replace what is there: no result by nothing, no document by a part of it."""
    if document.cells:
        return before is None or len(document.cells) >= len(before.cells)
    try:
        return before is None and target.stat().st_size == 0
    except FileNotFoundError:
        return before is None
    except OSError:
        return False


def _keep(document: Document, path: Path) -> str | None:
    """Write the document; a failure is a sentence, as what was measured still goes to stdout."""
    try:
        write(document, path)
    except UsageError as error:
        return str(error)
    return None


@contextmanager
def signals_to(stop: Stop) -> Iterator[None]:
    """Ctrl-C, SIGTERM and a closed terminal ask the run to end; it then writes what it has."""

    def ask(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        stop.ask()

    # nohup has the hang-up ignored, and means the run to go on.
    heard = [
        number
        for number in END_SIGNALS
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
    ]
    before = {number: signal.signal(number, ask) for number in heard}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
