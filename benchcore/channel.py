"""The runner's end of a worker: start it, ask it, and be sure that it is gone."""

import os
import selectors
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Literal, Self, TypeVar

import msgspec

import benchcore
from benchcore import python
from benchcore.orders import Answer, Failed, Order
from benchcore.report.plain import plain
from benchcore.result import Status

LONGEST_ANSWER_BYTES = 1 << 28
"""The longest answer is the proof's logits: 4 x 4096 x 1000 float64 in base64, 175 MB."""

QUIT_LIMIT_S = 2.0
"""For a worker to leave by itself, which lets it destroy its network, before it is killed."""

KILL_LIMIT_S = 5.0
"""For the kernel to end a killed process: one that is stuck in a driver is left to it, or a run
would wait for ever."""

LAST_WORDS_BYTES = 1 << 16
"""The end of what a worker printed, which may be long, is searched for its last line."""

MOST_PRINTED_BYTES = 1 << 28
"""What a worker prints is a file in the temporary folder, which others need too."""

THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""Read when the libraries load, so they have to be set before the process starts."""

StopReason = Literal["interrupted", "timeout"]
AnswerT = TypeVar("AnswerT", bound=Answer)


class Stop:
    """Whether a run should end early: because someone asked, or because its time is up."""

    def __init__(self, timeout_s: float | None = None) -> None:
        # No Event: its lock would wait for itself where one signal interrupts another's handler.
        self._asked = False
        self._deadline = None if timeout_s is None else time.monotonic() + timeout_s

    def ask(self) -> None:
        """End the run soon; may be called from a signal handler or another thread."""
        self._asked = True

    @property
    def reason(self) -> StopReason | None:
        """Why the run should end, or None to go on."""
        if self._asked:
            return "interrupted"
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return "timeout"
        return None

    def check(self) -> None:
        """Raise StoppedError if the run should end."""
        reason = self.reason
        if reason is not None:
            raise StoppedError(reason)


class StoppedError(Exception):
    """The run was told to end; raised out of whatever was being waited for."""

    def __init__(self, reason: StopReason) -> None:
        super().__init__(reason)
        self.reason: StopReason = reason


class WorkerError(Exception):
    """A worker failed; `status` and `reason` are what the document says of its contender.

    A worker's last words may hold anything; the reason is one line of plain text.
    """

    def __init__(self, status: Status, reason: str) -> None:
        super().__init__(reason)
        self.status: Status = status
        self.reason = plain(reason)


def signal_name(number: int) -> str:
    """`SIGKILL`, or `signal 40` for one of the real-time signals, most of which have no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def worker_environment(threads: int) -> dict[str, str]:
    """The environment of a worker: ours, the thread counts, and the way to this very package."""
    environment = dict(os.environ)
    environment.update(dict.fromkeys(THREAD_VARIABLES, str(threads)))
    # CUDA's own order is the fastest first; NVML, which is asked about the same number, knows this.
    environment["CUDA_DEVICE_ORDER"] = "PCI_BUS_ID"
    here = str(Path(benchcore.__file__).resolve().parent.parent)
    rest = environment.get("PYTHONPATH")
    environment["PYTHONPATH"] = here if not rest else f"{here}{os.pathsep}{rest}"
    return environment


def _exit_of(pid: int) -> int | None:
    """A descriptor that is ready when the process ends; None where the kernel has none."""
    try:
        return os.pidfd_open(pid)
    except OSError:
        return None


class WorkerProcess:
    """A running worker. Leaving its `with` block ends the process, whatever state it is in.

    Raises OSError where the system gives no process, no pipe or no file for what it prints.
    """

    def __init__(self, contender: str, device: str, environment: Mapping[str, str]) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  (closed in close)
        orders_read, orders_write = os.pipe()
        answers_read, answers_write = os.pipe()
        try:
            self._process = subprocess.Popen(
                [
                    *python.command("benchcore.worker", contender, device),
                    *("--parent", str(os.getpid())),
                    *("--orders", str(orders_read), "--answers", str(answers_write)),
                ],
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env=dict(environment),
                pass_fds=(orders_read, answers_write),
                # A session of its own: Ctrl-C in the terminal reaches the runner alone.
                start_new_session=True,
            )
        except OSError:
            os.close(orders_write)
            os.close(answers_read)
            self._log.close()
            raise
        finally:
            os.close(orders_read)
            os.close(answers_write)
        self._orders = os.fdopen(orders_write, "wb", buffering=0)
        self._answers = answers_read
        self._exit = _exit_of(self._process.pid)
        self._pending = bytearray()
        self._searched = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close(gently=kind is None)

    @property
    def pid(self) -> int:
        """The process's number."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the process has not ended."""
        return self._process.poll() is None

    @property
    def has_answer(self) -> bool:
        """Whether `poll` would not have to wait: for an answer, or because the process ended."""
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            return bool(selector.select(0)) or not self.running

    def send(self, order: Order) -> None:
        """Send an order; its answer is to be polled for."""
        # A worker that died shows in its answers; writing to it must not raise before.
        with suppress(BrokenPipeError):
            self._orders.write(msgspec.json.encode(order) + b"\n")

    def poll(self, expected: type[AnswerT], within_s: float) -> AnswerT | None:
        """The answer to the last order (or the Hello) if it comes within `within_s`, else None.

        Raises WorkerError when the worker refuses, fails, dies or babbles.
        """
        line = self._read_line(within_s)
        if os.fstat(self._log.fileno()).st_size > MOST_PRINTED_BYTES:
            raise WorkerError("crashed", "The worker prints without end.")
        if line is None:
            return None
        try:
            answer = msgspec.json.decode(line, type=Answer)
        except msgspec.MsgspecError:
            raise WorkerError("crashed", "The worker's answer could not be understood.") from None
        if isinstance(answer, Failed):
            raise WorkerError(answer.status, answer.reason)
        if not isinstance(answer, expected):
            raise WorkerError("crashed", f"The worker answered {type(answer).__name__} unasked.")
        return answer

    def _read_line(self, within_s: float) -> bytes | None:
        deadline_s = time.monotonic() + within_s
        late = False
        with selectors.DefaultSelector() as selector:
            selector.register(self._answers, selectors.EVENT_READ)
            if self._exit is not None:
                selector.register(self._exit, selectors.EVENT_READ)
            while (end := self._pending.find(b"\n", self._searched)) < 0:
                self._searched = len(self._pending)
                left_s = deadline_s - time.monotonic()
                # A worker that never ends a line must not keep whoever asked from looking up.
                ready = [] if late else [key.fd for key, _ in selector.select(max(left_s, 0))]
                if not ready:
                    return None
                late = left_s <= 0
                # Its end alone: what it left behind may hold its pipe open.
                chunk = os.read(self._answers, 1 << 20) if self._answers in ready else b""
                if not chunk:
                    raise WorkerError("crashed", self._last_words())
                self._take(chunk)
        line = bytes(self._pending[:end])
        del self._pending[: end + 1]
        self._searched = 0
        return line

    def _take(self, chunk: bytes) -> None:
        """Keep a part of an answer; raises WorkerError for one that is too long to be any."""
        try:
            self._pending += chunk
            endless = len(self._pending) > LONGEST_ANSWER_BYTES
        except MemoryError:
            endless = True
        if endless:
            self._pending = bytearray()
            raise WorkerError("crashed", "The worker's answer has no end.")

    def _last_words(self) -> str:
        """How the process ended, with the last line that it printed."""
        try:
            code = self._process.wait(QUIT_LIMIT_S)
        except subprocess.TimeoutExpired:
            return "The worker closed its answers without a word."
        if code < 0:
            how = f"The worker was killed by {signal_name(-code)}"
            if -code == signal.SIGKILL:
                how += ", which somebody sent, or the kernel since memory ran out"
        else:
            how = f"The worker ended with status {code}"
        size = self._log.seek(0, os.SEEK_END)
        self._log.seek(max(size - LAST_WORDS_BYTES, 0))
        lines = self._log.read().decode(errors="replace").split("\n")
        said = [line.strip() for line in lines if line.strip()]
        return f"{how}; its last line was: {said[-1]}" if said else f"{how}."

    def close(self, *, gently: bool = True) -> None:
        """End the process and everything it started: by the end of its orders, else by force."""
        self._orders.close()
        if gently:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(QUIT_LIMIT_S)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_LIMIT_S)
        os.close(self._answers)
        if self._exit is not None:
            os.close(self._exit)
        self._log.close()
