"""The command `benchcore selftest`: the findings as they come, and the noise floor that is kept."""

import json
import sys
from argparse import Namespace
from datetime import UTC, datetime

import msgspec

from benchcore import device, environment, headless, noise, plan
from benchcore.busy import busy_reason
from benchcore.channel import Stop, StoppedError
from benchcore.errors import InvalidRunError
from benchcore.machine import ThisMachine
from benchcore.result import NoiseFloor
from benchcore.selftest import Finding, Selftest, conclude, default_batch, judge
from benchcore.status import INTERRUPTED, INVALID, OK


def run(arguments: Namespace) -> int:
    """Run all parts, print the findings, keep the noise floor."""
    chosen, sentence = device.choose("--device", arguments.device, ("dlib", "torch"))
    asked = arguments.batch_size
    batch = plan.batches("--batch-size", [default_batch(chosen) if asked is None else asked])[0]
    print(sentence, file=sys.stderr)
    busy = None if arguments.allow_busy else busy_reason(chosen)
    if busy is not None:
        raise InvalidRunError(f"{busy}, so nothing measured would count; --allow-busy insists.")
    stop = Stop()
    findings: list[Finding] = []
    try:
        with headless.signals_to(stop):
            threads = environment.cpu_threads()
            found = environment.collect_in_child(threads, stop)
            machine = ThisMachine(chosen, threads)
            try:
                for finding in judge(machine, chosen, batch, stop):
                    findings.append(finding)
                    if not arguments.json:
                        print(finding.sentence, flush=True)
            finally:
                machine.close()
    except StoppedError:
        print("benchcore: interrupted; no noise floor is kept.", file=sys.stderr)
        return INTERRUPTED
    result = conclude(chosen, batch, findings)
    if result.passed and result.noise_floor is not None:
        _keep(result.noise_floor, str(found.get("fingerprint", "")), chosen)
    if arguments.json:
        print(json.dumps(msgspec.to_builtins(result), indent=2))
    else:
        print(_conclusion(result))
    return OK if result.passed else INVALID


def _conclusion(result: Selftest) -> str:
    if result.noise_floor is None:
        return "No noise floor: the pairs gave no interval."
    floor = f"Noise floor: {result.noise_floor:.2%}"
    if not result.passed:
        return f"{floor}; not kept, since the instrument can't be trusted on this machine now."
    return (
        f"{floor} (half the width of the wider interval of a contender against itself); verdicts "
        f"here use a margin of at least {3 * result.noise_floor:.1%}."
    )


def _keep(floor: float, fingerprint: str, chosen: str) -> None:
    created = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        noise.write(NoiseFloor(log_half_width=floor, created=created), fingerprint, chosen)
    except OSError as error:
        print(f"benchcore: the noise floor can't be kept: {error.strerror}.", file=sys.stderr)
