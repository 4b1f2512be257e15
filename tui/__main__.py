"""`python -m tui`: from the command line to the first screen, and back to the shell."""

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from benchcore import reference
from benchcore.cli import sentence
from benchcore.errors import UsageError
from benchcore.options import request
from benchcore.plan import Request
from benchcore.status import OK, SOFTWARE, USAGE
from tui import arguments
from tui.run_process import fresh_document
from tui.settings import Settings

if TYPE_CHECKING:
    from tui.app import BenchApp


ASCII_TERMINALS = ("linux", "vt100", "vt102", "vt220")
"""Whose fonts have no braille."""


def main(words: Sequence[str] | None = None) -> int:
    """Show the screens and return the exit status."""
    given = list(sys.argv[1:] if words is None else words)
    try:
        options = arguments.parser().parse_args(given)
        first = _first_screen(options)
        if options.web:
            from tui.web import serve

            return serve(given, options.port)
        if not _has_terminal():
            raise UsageError("the screens need a terminal; use benchcore --headless without one.")
    except UsageError as error:
        print(f"tui: {sentence(error)}", file=sys.stderr)
        return USAGE
    # Nearly all that is made until the first screen is drawn stays; to look for garbage in it takes
    # a tenth of that time. The application begins with it afterwards.
    gc.disable()
    from tui.app import BenchApp

    settings = Settings(
        folder=options.folder,
        ascii=options.ascii or os.environ.get("TERM") in ASCII_TERMINALS,
        allow_busy=options.allow_busy,
    )
    app = BenchApp(settings, first)
    app.ending.listen()
    try:
        status = app.run()
    finally:
        gc.enable()
        app.end_runs()
    if app.return_code:  # Textual has printed what went wrong
        print("tui: a screen failed; finished cells are in the document.", file=sys.stderr)
        return SOFTWARE
    return OK if status is None else status


def _has_terminal() -> bool:
    """A terminal, or a driver that Textual was told to use in place of one (a browser's)."""
    return "TEXTUAL_DRIVER" in os.environ or (sys.stdin.isatty() and sys.stdout.isatty())


def _first_screen(options: Namespace) -> "Callable[[BenchApp], None]":
    """What to open first, with everything it needs already read. Raises UsageError."""
    asked = [
        name
        for name in ("document", "replay", "resume", "start")
        if getattr(options, name) not in (None, False)
    ]
    if len(asked) > 1:
        raise UsageError(f"{asked[0]} and {asked[1]} can't be given together; choose one.")
    wanted = request(options)
    if wanted != Request() and asked and asked != ["start"]:
        raise UsageError(f"options of a run mean nothing with {asked[0]}; leave them out.")
    if options.document is not None:
        document = reference.read(options.document)
        path = options.document if options.document.exists() else None
        return lambda app: app.open_document(document, path)
    if options.replay is not None:
        from tui.replay import Replay, read_recording

        recording = read_recording(options.replay)
        return lambda app: app.play(Replay(recording, options.speed))
    if options.resume is not None:
        before = reference.read(options.resume)
        if before.status == "complete" and len(before.cells) == before.plan.cell_count:
            raise UsageError(f"--resume: {options.resume} is complete; nothing is left to measure.")
        return lambda app: app.resume_run(options.resume)
    if options.start:
        fresh_document(options.folder)
        return lambda app: app.begin_run(wanted)
    return lambda app: app.open_setup(wanted)


if __name__ == "__main__":
    sys.exit(main())
