"""`python -m benchcore` is the command `benchcore`; what ends it early is no traceback."""

import signal
import sys

INTERRUPTED = 130
"""As in `status`, which would be another import."""


def main() -> int:
    """Run the command line and return its exit status."""
    try:
        _listen()
        from benchcore.cli import main as command_line

        return command_line()
    except KeyboardInterrupt:
        print("benchcore: interrupted.", file=sys.stderr)
        return INTERRUPTED


def _listen() -> None:
    """Outside of a run, which has its own way, SIGTERM and SIGHUP are as Ctrl-C.

    Else they would end the process where a document is on its way.
    """
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) == signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)
    # A caller that ignores it would hide how workers end.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
