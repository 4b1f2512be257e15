"""`benchcore info`: the environment, with `--ceilings` also what the device can do at best."""

import json
import sys
from argparse import Namespace
from typing import Any

import msgspec

from benchcore import device, environment, headless, known_ceilings
from benchcore.busy import busy_reason, cpu_busy_reason
from benchcore.ceilings import Ceilings, in_words
from benchcore.channel import Stop, StoppedError
from benchcore.child import ChildError
from benchcore.errors import InvalidRunError, UsageError
from benchcore.status import INTERRUPTED, INVALID, OK


def run(arguments: Namespace) -> int:
    """Print JSON: the environment's groups, after `ceilings` where they were asked for."""
    if not arguments.ceilings and arguments.device is not None:
        raise UsageError(
            f"--device is {arguments.device!r}, but only --ceilings looks at one device; add it."
        )
    if not arguments.ceilings and arguments.allow_busy:
        raise UsageError("--allow-busy is given, but only --ceilings measures anything; add it.")
    stop = Stop()
    try:
        with headless.signals_to(stop):
            if arguments.ceilings:
                return _with_ceilings(arguments.device or "auto", arguments.allow_busy, stop)
            found = environment.collect_in_child(environment.cpu_threads(), stop)
    except StoppedError:
        print("benchcore: interrupted.", file=sys.stderr)
        return INTERRUPTED
    print(json.dumps(found, indent=2))
    return INVALID if "unknown_because" in found else OK


def _with_ceilings(asked: str, allow_busy: bool, stop: Stop) -> int:
    chosen, told = device.choose("--device", asked, ("torch",))
    print(told, file=sys.stderr)
    busy = cpu_busy_reason() if chosen == "cpu" else busy_reason(chosen)
    if busy is not None and not allow_busy:
        raise InvalidRunError(f"{busy}, so nothing measured would count; --allow-busy insists.")
    threads = environment.cpu_threads()
    found = environment.collect_in_child(threads, stop)
    try:
        ceilings = known_ceilings.measure(chosen, threads, stop)
    except ChildError as error:
        raise InvalidRunError(f"the ceilings could not be measured: {error}.") from None
    print(f"Ceilings of {chosen}: {in_words(ceilings)}.", file=sys.stderr)
    _keep(ceilings, chosen, found, busy)
    print(json.dumps({"ceilings": msgspec.to_builtins(ceilings), **found}, indent=2))
    return INVALID if "unknown_because" in found else OK


def _keep(ceilings: Ceilings, chosen: str, found: dict[str, Any], busy: str | None) -> None:
    """For later runs, or a sentence why not."""
    reason: str | None
    if busy is not None:
        reason = busy
    elif "fingerprint" not in found:
        reason = f"the environment is not known ({found.get('unknown_because')})"
    else:
        try:
            kept = known_ceilings.write(ceilings, found["fingerprint"], chosen)
            reason = None if kept is not None else "none was measured"
        except OSError as error:
            reason = str(error.strerror)
    if reason is not None:
        print(f"benchcore: the ceilings are not kept: {reason}.", file=sys.stderr)
