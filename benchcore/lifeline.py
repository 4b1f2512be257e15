"""No process of a run outlives the one that started it, even if that is killed.

`python -m benchcore.lifeline PARENT MODULE WORDS...` is `python -m MODULE WORDS...` that ends with
the process PARENT.
"""

import ctypes
import os
import runpy
import signal
import sys

from benchcore import python

PR_SET_PDEATHSIG = 1
"""From <linux/prctl.h>: a signal for this process when its parent dies."""


def die_with_parent(parent: int) -> None:
    """Ask the kernel for SIGKILL when the process `parent` dies; leave at once if it has."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def command(module: str, *words: str) -> list[str]:
    """The command of a module as a child of this process that ends with it."""
    return python.command("benchcore.lifeline", str(os.getpid()), module, *words)


if __name__ == "__main__":
    die_with_parent(int(sys.argv[1]))
    sys.argv = sys.argv[2:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
