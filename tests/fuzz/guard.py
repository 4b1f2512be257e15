"""What one case may do: so long, so much memory, and no trace outside of its folder.

Python tells an audit hook of every file that it opens and every process that it starts, wherever
they are; what native code writes shows in the listing of the folder.
"""

import faulthandler
import os
import resource
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

LIMIT_S = 5.0
"""Of processor time, which others on the machine don't lengthen."""

HANG_S = 20.0
"""By the clock, for a case that waits."""

LIMIT_MIB = 1024
HEADROOM_MIB = 4096
"""Of address space above what the frameworks have mapped: a case that asks for more gets a
MemoryError instead of the machine."""

WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND

CHANGES_PATHS = {
    "os.mkdir": 1,
    "os.rmdir": 1,
    "os.remove": 1,
    "os.truncate": 1,
    "os.chmod": 1,
    "os.rename": 2,
    "os.link": 2,
    "os.symlink": 2,
}
"""How many of the hook's arguments are paths that change."""

NEVER = frozenset(
    {
        *("subprocess.Popen", "os.system", "os.exec", "os.fork", "os.forkpty", "os.posix_spawn"),
        *("os.spawn", "pty.spawn", "socket.connect", "socket.bind", "webbrowser.open"),
        *("urllib.Request", "http.client.connect", "pickle.find_class"),
    }
)


class TooSlowError(BaseException):
    """Raised into a case at its limit; no handler of the program's catches it."""


class BrokenError(AssertionError):
    """A case did what none may do, or gave no right answer."""


class Guard:
    """Watches one case at a time in this process, where `scratch` is the folder of all of them.

    The program may write in `out` below it and nowhere else.
    """

    def __init__(self, scratch: Path) -> None:
        self.scratch = scratch.resolve()
        self.out = self.scratch / "out"
        self.peak_mib = 0.0
        self._seen: list[str] = []
        sys.dont_write_bytecode = True
        sys.addaudithook(self._hear)
        signal.signal(signal.SIGALRM, _too_slow)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        limit = (_status_mib("VmSize") + HEADROOM_MIB) * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (int(limit), resource.RLIM_INFINITY))

    @contextmanager
    def watch(self) -> Iterator[None]:
        """A case; raises BrokenError for what it did beside its answer."""
        self._seen.clear()
        _given.clear()
        before = self._listing()
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        # Native code, which hears no signal, and what swallows the exception end with the process.
        faulthandler.dump_traceback_later(2 * HANG_S, exit=True)
        signal.setitimer(signal.ITIMER_REAL, HANG_S)
        _watching[0] = True
        began_s = time.process_time()
        try:
            yield
        except TooSlowError:
            raise BrokenError(f"it took over {HANG_S:g} s") from None
        finally:
            _watching[0] = False
            signal.setitimer(signal.ITIMER_REAL, 0)
            faulthandler.cancel_dump_traceback_later()
        took_s = time.process_time() - began_s
        peak_mib = _status_mib("VmHWM")
        self.peak_mib = max(self.peak_mib, peak_mib)
        if peak_mib > LIMIT_MIB:
            raise BrokenError(f"it took {peak_mib:.0f} MiB")
        if took_s > LIMIT_S:
            raise BrokenError(f"it took {took_s:.1f} s of processor time")
        if self._seen:
            raise BrokenError(f"it did: {'; '.join(self._seen)}")
        given = {path: stamp for path, stamp in _given.items() if not self._is_output(Path(path))}
        if self._listing() != {**before, **given}:
            raise BrokenError("it left something outside of its output folder")

    def _listing(self) -> dict[str, tuple[int, int]]:
        """Every file but those of the output folder, with its size and time."""
        return {
            str(path): _stamp(path)
            for path in self.scratch.rglob("*")
            if not self._is_output(path) and not path.is_dir()
        }

    def _is_output(self, path: Path) -> bool:
        return self.out in (path, *path.parents)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not _watching[0]:
            return
        if event in NEVER:
            self._refuse(f"{event} {arguments!r:.200}")
        elif event == "open" and isinstance(arguments[0], str | bytes):
            if arguments[2] & WRITING:
                self._check(event, arguments[0])
        elif event in CHANGES_PATHS:
            for path in arguments[: CHANGES_PATHS[event]]:
                self._check(event, path)

    def _check(self, event: str, path: Any) -> None:
        found = Path(os.fsdecode(path)).absolute()
        if not self._is_output(found) and str(found) not in (os.devnull, "/dev/tty"):
            self._refuse(f"{event} {found}")

    def _refuse(self, what: str) -> None:
        self._seen.append(what)
        raise PermissionError(1, f"a case may not: {what}")


_watching = [False]
_given: dict[str, tuple[int, int]] = {}


def give(path: Path, content: bytes) -> Path:
    """Write an input of the case under way, which is no writing of the program's."""
    watching, _watching[0] = _watching[0], False
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        _given[str(path.resolve())] = _stamp(path)
    finally:
        _watching[0] = watching
    return path


def _stamp(path: Path) -> tuple[int, int]:
    state = path.lstat()
    return state.st_size, state.st_mtime_ns


def _too_slow(number: int, frame: FrameType | None) -> None:
    raise TooSlowError


def _status_mib(key: str) -> float:
    """A figure of this process, such as VmHWM, the most resident memory since it was reset."""
    for line in Path("/proc/self/status").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0]) / 1024
    raise KeyError(key)
