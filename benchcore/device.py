"""Which device a run uses, and why, without importing a framework where that can be avoided."""

import ctypes
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

import msgspec

from benchcore import lifeline
from benchcore.channel import worker_environment
from benchcore.environment import cpu_threads
from benchcore.errors import UsageError
from benchcore.plan import device_name

FIRST_GPU = "cuda:0"
PROBE_LIMIT_S = 180.0
OTHERS_LIMIT_S = 60.0
"""For a contender of another package, asked alone."""
PROBE_PERIOD_S = 0.1
"""How often it is seen whether the answer is still wanted."""


class Standing(msgspec.Struct, frozen=True):
    """What a contender says of itself and a device."""

    reason: str | None
    """Why it can't run there, in words, or None if it can."""
    description: str | None = None
    """What it is; None if its class can't be imported."""


def choose(option: str, text: str, contenders: Sequence[str]) -> tuple[str, str]:
    """(device, a sentence that says which it is and why), for `auto`, `cpu` or `cuda:N`.

    `auto` is the first GPU if every contender can use it, else the CPU.
    """
    asked = device_name(option, text)
    if asked == "cpu":
        return asked, "Running on the CPU, as asked."
    count, missing = _gpus()
    if asked != "auto":
        if missing is not None:
            raise UsageError(f"{option} is {text!r}, but {missing}; choose cpu.")
        if int(asked.partition(":")[2]) >= count:
            raise UsageError(f"{option} is {text!r}; the driver shows cuda:0 to cuda:{count - 1}.")
        return asked, f"Running on {asked}, as asked."
    if missing is not None:
        return "cpu", f"Running on the CPU: {missing}."
    for name, standing in probe(FIRST_GPU, contenders).items():
        if standing.reason is not None:
            return "cpu", f"Running on the CPU: {name} can't use {FIRST_GPU}. {standing.reason}"
    return FIRST_GPU, f"Running on {FIRST_GPU}: every contender can use it."


def _gpus() -> tuple[int, str | None]:
    """How many GPUs the driver shows, and why there is none to speak of."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0, "this machine has no NVIDIA driver"
    count = ctypes.c_int()
    if driver.cuInit(0) != 0 or driver.cuDeviceGetCount(ctypes.byref(count)) != 0:
        return 0, "the NVIDIA driver does not start"
    return count.value, None if count.value else "the NVIDIA driver finds no GPU"


def probe(
    device: str, contenders: Sequence[str], *, unwanted: Callable[[], bool] = lambda: False
) -> dict[str, Standing]:
    """Where each contender stands, asked in processes that may import frameworks.

    The built-in ones share one; those of other packages have one each, so that none can take
    another's answer away. A process is ended, and what it would have said is "not asked", once
    `unwanted` says so.
    """
    from benchcore.contenders import BUILT_IN

    own = [name for name in contenders if name in BUILT_IN]
    found = _asked(device, own, PROBE_LIMIT_S, unwanted) if own else {}
    for name in contenders:
        if name not in BUILT_IN:
            found |= _asked(device, [name], OTHERS_LIMIT_S, unwanted)
    return {name: found[name] for name in contenders}


def _asked(
    device: str, contenders: Sequence[str], limit_s: float, unwanted: Callable[[], bool]
) -> dict[str, Standing]:
    command = lifeline.command("benchcore.device", device, *contenders)
    try:
        child = subprocess.Popen(
            command,
            env=worker_environment(cpu_threads()),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError as error:
        return _all(contenders, f"Asking it failed: {error.strerror}.")
    with child:
        try:
            end_s = time.monotonic() + limit_s
            while time.monotonic() < end_s:
                if unwanted():
                    return _all(contenders, "It was not asked.")
                try:
                    said, _ = child.communicate(timeout=PROBE_PERIOD_S)
                except subprocess.TimeoutExpired:
                    continue
                found = msgspec.json.decode(said.splitlines()[-1], type=dict[str, Standing])
                return {name: found[name] for name in contenders}
        except (IndexError, KeyError, msgspec.MsgspecError):
            return _all(contenders, f"Asking it failed: it ended with {child.returncode}.")
        finally:
            child.kill()
    return _all(contenders, f"Asking it failed: no answer within {limit_s:.0f} s.")


def _all(contenders: Sequence[str], reason: str) -> dict[str, Standing]:
    return dict.fromkeys(contenders, Standing(reason))


def reasons(device: str, names: Sequence[str]) -> dict[str, str | None]:
    """Why each contender can't run on the device, or None; imports their frameworks."""
    from benchcore.contenders import find

    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = find(name).unavailable(device)
        except UsageError as error:
            found[name] = str(error)
        except (Exception, SystemExit) as error:  # one package's mistake must not hide the others
            said = ": ".join([type(error).__name__, *filter(None, [" ".join(str(error).split())])])
            found[name] = f"Asking it failed: {said}."
    return found


def standings(device: str, names: Sequence[str]) -> dict[str, Standing]:
    """The reasons with each class's description; imports their frameworks."""
    from benchcore.contenders import find

    found = {}
    for name, reason in reasons(device, names).items():
        try:
            described = find(name).description
            description = None if described is None else str(described)
        except (Exception, SystemExit):  # its reason says already what is wrong with it
            description = None
        found[name] = Standing(reason, description)
    return found


def main() -> None:
    """Answer on standard output alone: what a package prints there when it is imported goes to
    standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    with answers:
        answers.write(msgspec.json.encode(standings(sys.argv[1], sys.argv[2:])) + b"\n")


if __name__ == "__main__":
    main()
