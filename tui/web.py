"""The same screens in a browser: textual-serve runs them, on this machine's loopback address."""

import shlex
import socket
import sys
from collections.abc import Sequence

from benchcore import python
from benchcore.errors import UsageError
from benchcore.status import OK

LOOPBACK = "127.0.0.1"
TITLE = "dlib-pytorch-benchmark"


def serve(words: Sequence[str], port: int) -> int:
    """Serve until Ctrl-C; each browser window has screens of its own.

    Raises UsageError where textual-serve is not installed or the port is taken.
    """
    try:
        from aiohttp import web
        from textual_serve.server import Server
    except ImportError:
        raise UsageError("--web needs textual-serve: pip install '.[web]'.") from None

    class LoopbackServer(Server):
        """Answers to its own pages only: any other page in the browser could reach this port."""

        async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
            """Screens for a page, if it is ours."""
            if not is_own(request.headers.get("Origin"), request.headers.get("Host"), port):
                raise web.HTTPForbidden(text="This is for pages that were served here.")
            return await super().handle_websocket(request)

    _check_port(port)
    command = python.command("tui", *without_web(words))
    print(f"http://{LOOPBACK}:{port} shows the screens; Ctrl-C ends this.", file=sys.stderr)
    LoopbackServer(shlex.join(command), host=LOOPBACK, port=port, title=TITLE).serve()
    return OK


def _check_port(port: int) -> None:
    """Refuse a port that can't be used, before anything is printed."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError as error:
            raise UsageError(f"--port is {port}, which can't be used: {error.strerror}.") from None


def is_own(origin: str | None, host: str | None, port: int) -> bool:
    """Whether a request names this server as where it goes, and as where its page came from.

    A program that is no browser sends no origin.
    """
    here = {f"{name}:{port}" for name in (LOOPBACK, "localhost")}
    return host in here and origin in (None, f"http://{host}")


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
