"""Contenders that fail as native code and devices fail; each is in order until it is timed."""

import ctypes
import os
import resource
import signal
import subprocess
import sys
import time
from dataclasses import replace

from fake_contenders import Steady, Troubled

MIB = 1 << 20
GARBAGE_LINE = b"\x00\xff not an answer \x1b[2J\n"


def answers_fd():
    """The worker's private pipe, which native code could write to by mistake."""
    return int(sys.argv[sys.argv.index("--answers") + 1])


class Aborting(Troubled):
    def trouble(self):
        print("terminate called without an active exception", flush=True)
        os.abort()


class Segfaulting(Troubled):
    def trouble(self):
        ctypes.string_at(0)


class RealTime(Troubled):
    def trouble(self):
        os.kill(os.getpid(), signal.SIGRTMIN + 6)


class Deaf(Troubled):
    """Hangs as in a driver: no signal that can be blocked ends it."""

    def trouble(self):
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        time.sleep(3600)


class Leaving(Troubled):
    def trouble(self):
        os._exit(0)


class Closing(Troubled):
    def trouble(self):
        os.close(answers_fd())
        time.sleep(3600)


class HalfLine(Troubled):
    def trouble(self):
        os.write(answers_fd(), b'{"type": "measured", "wall_ms": [1.0')
        os._exit(0)


class HalfLineHanging(Troubled):
    def trouble(self):
        os.write(answers_fd(), b'{"type": "measured", "wall_ms": [1.0')
        time.sleep(3600)


class HugeLine(Troubled):
    def trouble(self):
        while True:
            os.write(answers_fd(), b"x" * MIB)


class Garbage(Troubled):
    def trouble(self):
        os.write(answers_fd(), GARBAGE_LINE)


class EmptyBlock(Troubled):
    """An answer in good order, about a block without an iteration."""

    def trouble(self):
        os.write(answers_fd(), b'{"type":"measured","wall_ms":[],"enqueue_ms":[]}\n')


class NoTime(Troubled):
    """An answer in good order, about iterations that took none."""

    def trouble(self):
        os.write(answers_fd(), b'{"type":"measured","wall_ms":[0.0],"enqueue_ms":[0.0]}\n')


class FailedWell(Troubled):
    """Says that it failed, and that all is well."""

    def trouble(self):
        os.write(answers_fd(), b'{"type":"failed","status":"ok","reason":"nothing"}\n')


class Negative(Steady):
    """A figure that no document may hold."""

    def prepare(self, cell):
        return replace(super().prepare(cell), num_parameters=-5)


class Endowed(Steady):
    """More settings than a document may hold."""

    def settings(self):
        return {str(number): number for number in range(300_000)}


class Loud(Steady):
    """16 MiB of what nobody can read, on both streams, and still in order."""

    def prepare(self, cell):
        for descriptor in (1, 2):
            for _ in range(8):
                os.write(descriptor, os.urandom(MIB))
        return super().prepare(cell)


class LoudAndDead(Loud):
    def prepare(self, cell):
        super().prepare(cell)
        os.write(2, b"\n\x1b]0;title\x07\x1b[31mred last word\n")
        os.abort()


class Endless(Troubled):
    """Prints until it is ended."""

    def trouble(self):
        while True:
            os.write(1, b"again and again\n" * 4096)


class GpuLost(Steady):
    """In order at batch 1; the device is gone from batch 2 on, in every process."""

    def prepare(self, cell):
        if cell.spec.batch > 1:
            raise RuntimeError("CUDA error: unspecified launch failure\nCompile with ...")
        return super().prepare(cell)


class GpuLostToo(GpuLost):
    pass


class DeviceFull(Troubled):
    def trouble(self):
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB.")


class HostFull(Troubled):
    """Under a limit of its address space, as `ulimit -v` or a batch system sets it."""

    def trouble(self):
        soft = 4 << 30
        resource.setrlimit(resource.RLIMIT_AS, (soft, soft))
        self.kept = bytearray(8 << 30)


class Forked(Troubled):
    """Aborts beside a copy of itself, which holds its answers open."""

    def trouble(self):
        if os.fork() == 0:
            time.sleep(3600)
        os.abort()


class Parent(Steady):
    """Starts a process of its own and forgets it."""

    def prepare(self, cell):
        subprocess.Popen(["sleep", "3600"])
        return super().prepare(cell)
