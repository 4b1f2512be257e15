"""The command line of `python -m tui`."""

import math

from benchcore import options
from benchcore.parsing import Parser, convert, path_of, whole
from tui.settings import DEFAULT_FOLDER

LOOPBACK_PORT = 8000


def speed(text: str) -> float:
    """A number above 0; `inf` plays as fast as it can be read."""
    value = float(text)
    if not value > 0 or math.isnan(value):
        raise ValueError(text)
    return value


def port(text: str) -> int:
    """A TCP port."""
    value = whole(text)
    if not 1 <= value <= 65535:
        raise ValueError(text)
    return value


def parser() -> Parser:
    """`python -m tui`."""
    found = Parser(
        prog="python -m tui",
        description="Compare dlib and PyTorch interactively: choose, watch, read, compare, export.",
        epilog="Without a document the screen for choosing comes first; the options of a run are "
        "its defaults there.",
        allow_abbrev=False,
    )
    found.add_argument(
        "document",
        type=path_of("DOC"),
        nargs="?",
        metavar="DOC",
        help="open it, or 2020 for that year's",
    )
    found.add_argument(
        "--folder",
        type=path_of("--folder", "a directory"),
        default=DEFAULT_FOLDER,
        help=f"where documents are kept and looked for (default {DEFAULT_FOLDER})",
    )
    found.add_argument("--start", action="store_true", help="measure at once, without asking")
    found.add_argument(
        "--resume",
        type=path_of("--resume"),
        metavar="DOC",
        help="go on with an interrupted run",
    )
    found.add_argument(
        "--replay",
        type=path_of("--replay"),
        metavar="EVENTS.jsonl",
        help="play a recorded run",
    )
    found.add_argument(
        "--speed",
        type=convert("--speed", "a number above 0", speed),
        default=1.0,
        metavar="N",
        help="of the replay: 10 is ten times as fast (default 1)",
    )
    found.add_argument("--ascii", action="store_true", help="draw with ASCII characters only")
    found.add_argument(
        "--allow-busy", action="store_true", help="measure although others use the GPU"
    )
    found.add_argument("--web", action="store_true", help="serve the screens to a browser here")
    found.add_argument(
        "--port",
        type=convert("--port", "a port from 1 to 65535", port),
        default=LOOPBACK_PORT,
        help=f"of --web, on the loopback address (default {LOOPBACK_PORT})",
    )
    options.add_run_options(found)
    return found
