"""A real terminal for the tests: a pty whose output is kept without its escape sequences."""

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

ESCAPES = re.compile(
    rb"\x1b\[[0-9;:?<>=]*[a-zA-Z]|\x1b\][^\x07\x1b]*(\x07|\x1b\\)|\x1b[()=>P][^\x1b]?"
)


class Terminal:
    """Runs Python with some words in a terminal of its own."""

    def __init__(self, words, columns=100, rows=30):
        self.pid, self._descriptor = pty.fork()
        if self.pid == 0:
            environment = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor"}
            os.execve(sys.executable, [sys.executable, *words], environment)
        self.resize(columns, rows)
        self.drawn = b""

    def resize(self, columns, rows):
        size = struct.pack("HHHH", rows, columns, 0, 0)
        fcntl.ioctl(self._descriptor, termios.TIOCSWINSZ, size)

    def _read(self):
        ready, _, _ = select.select([self._descriptor], [], [], 0.05)
        if ready:
            try:
                self.drawn += os.read(self._descriptor, 1 << 16)
            except OSError:  # the other end is closed
                time.sleep(0.05)

    def wait_for(self, text, limit_s=90.0):
        """Until the text is drawn; what was drawn before it is forgotten."""
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s:
            plain = ESCAPES.sub(b"", self.drawn)
            if text.encode() in plain:
                self.drawn = b""
                return
            self._read()
        raise AssertionError(f"{text!r} was not drawn: {ESCAPES.sub(b'', self.drawn)[-3000:]!r}")

    def wait_for_screen(self, limit_s=90.0):
        """Until the alternate screen is asked for, before anything is drawn on it."""
        end_s = time.monotonic() + limit_s
        while b"\x1b[?1049h" not in self.drawn:
            assert time.monotonic() < end_s
            self._read()

    def flood(self):
        """Have all drawn so often, while nobody reads, that nothing more can be written."""
        for turn in range(80):
            self.resize(120 + turn % 2, 40)
            time.sleep(0.05)

    def press(self, keys):
        os.write(self._descriptor, keys.encode())

    def kill(self, number):
        os.kill(self.pid, number)

    def status(self, limit_s=60.0):
        """The exit status, once it has ended; negative for a signal."""
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            self._read()
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        raise AssertionError("it did not end")

    def status_unread(self, limit_s):
        """The same while nobody reads what it draws."""
        end_s = time.monotonic() + limit_s
        while time.monotonic() < end_s:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            time.sleep(0.05)
        raise AssertionError("it did not end")

    def close(self):
        """The terminal is gone; SIGHUP tells the program."""
        os.close(self._descriptor)
