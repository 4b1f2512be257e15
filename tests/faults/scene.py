"""A run in a folder of its own, with what a fault needs to reach it, and how it ended."""

import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import termios
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

import processes

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
END_LIMIT_S = 90.0
"""A run with a fault takes 3 to 10 s on two free cores; past this its parent counts as stuck."""

POLL_S = 0.02


@dataclass
class Ending:
    """How a run ended."""

    status: int | None
    """None if it had to be ended."""
    stdout: bytes
    stderr: str
    orphans: list[str]
    seconds: float


class Scene:
    """The folder, the environment and the process of one run."""

    def __init__(self, folder, paths=()):
        self.folder = folder
        self.mark = uuid.uuid4().hex
        self.process = None
        self.reader = None
        """The other end of a pipe that the command writes to."""
        self._mounted = []
        self._terminal = None
        for name in ("home", "state", "tmp", "out"):
            (folder / name).mkdir()
        shared = [ROOT, HERE, HERE / "plugin", ROOT / "tests/benchcore/plugin"]
        fakes = [ROOT / "tests/benchcore", HERE / "without_torch"]
        self.environment = {
            **os.environ,
            processes.MARK: self.mark,
            "HOME": str(folder / "home"),
            "XDG_STATE_HOME": str(folder / "state"),
            "TMPDIR": str(folder / "tmp"),
            "PYTHONPATH": os.pathsep.join(map(str, [*paths, *shared, *fakes])),
        }

    @property
    def document(self):
        return self.folder / "out" / "d.json"

    @property
    def rescued(self):
        return sorted((self.folder / "state").glob("benchcore/rescued/*.json"))

    def start(self, words, *, redirect="", prefix="", before_exec=None):
        """Begin the command; `redirect` and `prefix` are the shell's, around it."""

        def before():
            _hear_signals()
            if before_exec is not None:
                before_exec()

        line = f'{prefix} "$@" {redirect}; exit ${{PIPESTATUS[0]}}'
        if "|" not in redirect:
            line = f'{prefix} exec "$@" {redirect}'  # the process is then the command itself
        with (
            (self.folder / "stdout").open("wb") as stdout,
            (self.folder / "stderr").open("wb") as stderr,
        ):
            self._began_s = time.monotonic()
            self.process = subprocess.Popen(
                ["bash", "-c", line, "run", sys.executable, *words],
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                env=self.environment,
                preexec_fn=before,
                start_new_session=True,
                cwd=self.folder,
            )

    def start_on_terminal(self, words):
        """Begin the command on a terminal of its own, which `hang_up` closes."""

        def before():
            _hear_signals()
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)

        self._terminal, its_end = os.openpty()
        self._began_s = time.monotonic()
        self.process = subprocess.Popen(
            [sys.executable, *words],
            stdin=its_end,
            stdout=its_end,
            stderr=its_end,
            env=self.environment,
            preexec_fn=before,
            start_new_session=True,
            cwd=self.folder,
        )
        os.close(its_end)

    def hang_up(self):
        """The terminal is gone."""
        os.close(self._terminal)

    def wait_until(self, seen, what):
        """Until `seen()` is true, which it returns; a run that ends before is an error."""
        end_s = time.monotonic() + END_LIMIT_S
        while not (found := seen()):
            assert time.monotonic() < end_s, f"{what}: not within {END_LIMIT_S:g} s"
            assert self.process.poll() is None, f"{what}: the run ended before"
            time.sleep(POLL_S)
        return found

    def wait_for_cell(self):
        """Until a cell is over and kept, and the next has a worker."""
        self.wait_until(
            lambda: self.document.exists() or b"\n[1/" in self._read("stderr"), "the first cell"
        )
        self.wait_for_worker("steady")

    def wait_for_worker(self, contender):
        """The number of the contender's worker, once there is one."""
        return self.wait_until(
            lambda: processes.worker(self.mark, contender), f"a worker of {contender}"
        )

    def end(self):
        """Wait for the end, and for the end of every process."""
        try:
            status = self.process.wait(END_LIMIT_S)
        except subprocess.TimeoutExpired:
            status = None
        seconds = time.monotonic() - self._began_s
        left = processes.orphans(self.mark)
        self.process.wait()
        stderr = self._read("stderr").decode(errors="backslashreplace")
        return Ending(status, self._read("stdout"), stderr, left, seconds)

    def mount(self, name, options):
        """A file system of its own in place of a folder; raises PermissionError without rights."""
        target = self.folder / name
        done = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", options, "none", str(target)], capture_output=True
        )
        if done.returncode != 0:
            raise PermissionError("file systems can't be mounted here")
        self._mounted.append(target)
        return target

    def make_read_only(self, name):
        """The folder takes nothing any more: mounted over itself, as files are open in it."""
        target = self.folder / name
        for options in (["--bind", str(target)], ["-o", "remount,bind,ro"]):
            done = subprocess.run(["mount", *options, str(target)], capture_output=True)
            if done.returncode != 0:
                raise PermissionError("file systems can't be mounted here")
        self._mounted.append(target)

    def fill(self, name):
        """The file system that was mounted there has no room left."""
        with contextlib.suppress(OSError), (self.folder / name / "filler").open("wb") as file:
            while True:
                file.write(bytes(1 << 16))
                file.flush()

    def close(self):
        """End and unmount what is left."""
        if self.process is not None and self.process.poll() is None:
            processes.orphans(self.mark)
            self.process.wait()
        if self.reader is not None:
            self.reader.close()
        for target in self._mounted:
            subprocess.run(["umount", "-l", str(target)], check=True)

    def _read(self, name):
        path = self.folder / name
        return path.read_bytes() if path.exists() else b""


def _hear_signals():
    """Also where the tests don't: in the background of a shell, or below nohup."""
    for number in (signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
