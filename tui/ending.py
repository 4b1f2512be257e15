"""An end that a signal asked for comes, also where the screens can't draw their own any more.

A terminal that is gone, or takes no output (Ctrl-S, a stalled line), leaves Textual waiting for
room in its queue of output, and its event loop with it. So a thread sees to it that the run ends
with its document, and then that the process does.
"""

import os
import signal
import sys
import termios
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any

from benchcore.status import INTERRUPTED

ENDING_SIGNALS = (signal.SIGTERM, signal.SIGHUP)

GRACE_S = 3.0
"""For Textual to give the terminal back, once no run is left; it takes a tenth of it."""


class SignalledEnd:
    """`finish` ends what runs and waits for it; any thread calls it, and more than once.

    Made before the screens are, so that it knows the terminal as the shell left it.
    """

    def __init__(self, finish: Callable[[], object]) -> None:
        self._finish = finish
        self._ask: Callable[[], object] | None = None
        self._asked = False
        self._before: dict[signal.Signals, Any] = {}
        self._terminal: list[Any] | None = None
        with suppress(OSError, ValueError, termios.error):
            self._terminal = termios.tcgetattr(sys.stdin)

    def listen(self, ask: Callable[[], object] | None = None) -> None:
        """From now on a signal calls `ask`, which returns at once; from the main thread.

        Without it a signal is kept until there is one.
        """
        self._ask = ask
        if not self._before:
            self._before = {n: signal.signal(n, self._heard) for n in ENDING_SIGNALS}
        elif self._asked and ask is not None:
            ask()

    def forget(self) -> None:
        """Each signal does again what it did before, unless one has been heard."""
        while self._before and not self._asked:
            signal.signal(*self._before.popitem())

    def _heard(self, number: int, frame: FrameType | None) -> None:
        # Python calls this in the main thread even while that waits for the queue.
        if not self._asked:
            self._asked = True
            threading.Thread(target=self._see_to_it, name="ending", daemon=True).start()
            if self._ask is not None:
                self._ask()

    def _see_to_it(self) -> None:
        try:
            self._finish()
            time.sleep(GRACE_S)
            self._finish()  # what began just before the signal was heard
        finally:
            if self._terminal is not None:
                with suppress(OSError, ValueError, termios.error):
                    termios.tcsetattr(sys.stdin, termios.TCSANOW, self._terminal)
            os._exit(INTERRUPTED)
