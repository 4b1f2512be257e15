"""The same screens in a browser: textual-serve runs them, on this machine's loopback address."""

import shlex
import sys
from collections.abc import Sequence

from benchcore.errors import UsageError
from benchcore.status import OK

LOOPBACK = "127.0.0.1"
TITLE = "dlib-pytorch-benchmark"


def serve(words: Sequence[str], port: int) -> int:
    """Serve until Ctrl-C; each browser window has screens of its own.

    Raises UsageError where textual-serve is not installed or the port is taken.
    """
    try:
        from textual_serve.server import Server
    except ImportError:
        raise UsageError("--web needs textual-serve: pip install '.[web]'.") from None
    command = [sys.executable, "-m", "tui", *without_web(words)]
    print(f"http://{LOOPBACK}:{port} shows the screens; Ctrl-C ends this.", file=sys.stderr)
    try:
        Server(
            shlex.join(command), host=LOOPBACK, port=port, title="dlib-pytorch-benchmark"
        ).serve()
    except OSError as error:
        raise UsageError(f"--port is {port}, which can't be used: {error.strerror}.") from None
    return OK


def without_web(words: Sequence[str]) -> list[str]:
    """The command line of what is served."""
    kept: list[str] = []
    skip = False
    for word in words:
        if skip or word == "--web" or word.startswith("--port="):
            skip = False
        elif word == "--port":
            skip = True
        else:
            kept.append(word)
    return kept
