"""`python -m benchcore` is the command `benchcore`; what ends it early is no traceback."""

import signal
import sys
from types import FrameType

INTERRUPTED = 130
"""As in `status`, which would be another import."""


END_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def main() -> int:
    """Run the command line and return its exit status."""
    try:
        _listen()
        from benchcore.cli import main as command_line

        return command_line()
    except KeyboardInterrupt:
        print("benchcore: interrupted.", file=sys.stderr)
        return INTERRUPTED
    finally:
        # The status is decided, and a signal while Python shuts down would be another one.
        for number in END_SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def _listen() -> None:
    """Outside of a run, which has its own way, each of the signals is as Ctrl-C, once.

    Else they would end the process where a document is on its way; and a second one, as a closing
    terminal may send, would interrupt what keeps it.
    """
    usual = {signal.SIG_DFL, signal.default_int_handler}
    heard = [number for number in END_SIGNALS if signal.getsignal(number) in usual]

    def interrupt(signum: int, frame: FrameType | None) -> None:
        del signum, frame
        for number in heard:
            signal.signal(number, lambda *_: None)
        raise KeyboardInterrupt

    for number in heard:
        signal.signal(number, interrupt)
    # A caller that ignores it would hide how workers end.
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)


if __name__ == "__main__":
    sys.exit(main())
