"""A short question to a process of its own, which may import frameworks: a line of JSON comes back.

The asking process stays light, and what the other one holds on a device is gone with it.
"""

import subprocess
import time
from collections.abc import Sequence

from benchcore import lifeline
from benchcore.channel import Stop, worker_environment

POLL_S = 0.1
"""How often it is seen whether the run was told to stop."""


class ChildError(Exception):
    """The process gave no answer, in words that go on a sentence."""


def last_line(
    module: str, words: Sequence[str], *, threads: int, limit_s: float, stop: Stop
) -> str:
    """What `python -m module words` prints last, with a worker's environment.

    Raises ChildError, and StoppedError; the process is gone either way.
    """
    try:
        child = subprocess.Popen(
            lifeline.command(module, *words),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=worker_environment(threads),
            start_new_session=True,
        )
    except OSError as error:
        raise ChildError(f"no process could be started: {error.strerror}") from None
    with child:
        try:
            deadline_s = time.monotonic() + limit_s
            while True:
                stop.check()
                try:
                    output, _ = child.communicate(timeout=POLL_S)
                    break
                except subprocess.TimeoutExpired:
                    if time.monotonic() > deadline_s:
                        raise ChildError(f"no answer within {limit_s:g} s") from None
        finally:
            child.kill()
    lines = output.decode(errors="replace").splitlines()
    if child.returncode != 0 or not lines:
        raise ChildError(f"the asked process ended with status {child.returncode}")
    return lines[-1]
