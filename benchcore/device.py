"""Which device a run uses, and why, without importing a framework where that can be avoided."""

import ctypes
import json
import subprocess
import sys
from collections.abc import Sequence

from benchcore.channel import worker_environment
from benchcore.environment import cpu_threads
from benchcore.errors import UsageError
from benchcore.plan import device_name

FIRST_GPU = "cuda:0"
PROBE_LIMIT_S = 180.0


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
    for name, reason in _probe(FIRST_GPU, contenders).items():
        if reason is not None:
            return "cpu", f"Running on the CPU: {name} can't use {FIRST_GPU}. {reason}"
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


def _probe(device: str, contenders: Sequence[str]) -> dict[str, str | None]:
    """Each contender's reason against the device, asked in a process that may import frameworks."""
    command = [sys.executable, "-m", "benchcore.device", device, *contenders]
    try:
        answer = subprocess.run(
            command,
            env=worker_environment(cpu_threads()),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_LIMIT_S,
            check=True,
        )
    except subprocess.SubprocessError as error:
        return dict.fromkeys(contenders, f"Asking it failed: {type(error).__name__}.")
    found: dict[str, str | None] = json.loads(answer.stdout.splitlines()[-1])
    return found


def reasons(device: str, names: Sequence[str]) -> dict[str, str | None]:
    """Why each contender can't run on the device, or None; imports their frameworks."""
    from benchcore.contenders import find

    found: dict[str, str | None] = {}
    for name in names:
        try:
            found[name] = find(name).unavailable(device)
        except UsageError as error:
            found[name] = str(error)
        except Exception as error:  # one package's mistake must not hide the others
            found[name] = f"Asking it failed: {type(error).__name__}: {error}."
    return found


if __name__ == "__main__":
    print(json.dumps(reasons(sys.argv[1], sys.argv[2:])))
