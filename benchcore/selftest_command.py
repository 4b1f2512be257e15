"""The command `benchcore selftest`: the findings as they come, and the noise floor that is kept."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from benchcore import device, environment, headless, noise, plan, recorder, streams
from benchcore.busy import busy_reason
from benchcore.channel import Stop, StoppedError
from benchcore.errors import InvalidRunError, UsageError
from benchcore.machine import ThisMachine
from benchcore.result import NoiseFloor
from benchcore.selftest import Finding, Selftest, conclude, default_batch, judge
from benchcore.status import INTERRUPTED, INVALID, OK, USAGE


def run(arguments: Namespace) -> int:
    """Run all parts, print the findings, keep the noise floor, and them where `--output` says."""
    target = None if arguments.output is None else recorder.checked_other_path(arguments.output)
    streams.check_room()
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
                for finding in _judged(machine, chosen, batch, stop):
                    findings.append(finding)
                    if not arguments.json:
                        streams.say(f"{finding.sentence}\n")
            finally:
                machine.close()
    except StoppedError:
        print("benchcore: interrupted; no noise floor is kept.", file=sys.stderr)
        return INTERRUPTED
    result = conclude(chosen, batch, findings)
    if result.passed and result.noise_floor is not None:
        _keep(result.noise_floor, str(found.get("fingerprint", "")), chosen)
    document = msgspec.json.format(msgspec.json.encode(result), indent=2).decode()
    # First the file: standard output may fail, and then it alone has what was found.
    written = target is None or _written(target, f"{document}\n")
    streams.say(f"{document if arguments.json else _conclusion(result)}\n")
    if not written:
        return USAGE
    return OK if result.passed else INVALID


def _judged(machine: ThisMachine, chosen: str, batch: int, stop: Stop) -> Iterator[Finding]:
    """The findings; raises UsageError where the temporary folder takes no inputs."""
    try:
        yield from judge(machine, chosen, batch, stop)
    except OSError as error:
        raise UsageError(
            f"the inputs can't be written: {error.strerror}; TMPDIR may name another folder."
        ) from None


def _written(target: Path, document: str) -> bool:
    """Whether the file took it; a failure is told."""
    try:
        recorder.replace(target, document.encode())
    except UsageError as error:
        print(f"benchcore: {error}", file=sys.stderr)
        return False
    return True


def _conclusion(result: Selftest) -> str:
    if result.noise_floor is None:
        return "No noise floor: the pairs gave no interval."
    floor = f"Noise floor: {result.noise_floor:.2%}"
    if not result.passed:
        return f"{floor}; not kept, since the instrument can't be trusted on this machine now."
    return (
        f"{floor} (half the width of the interval of PyTorch against itself); here a verdict calls "
        f"nothing under {3 * result.noise_floor:.1%} a difference."
    )


def _keep(floor: float, fingerprint: str, chosen: str) -> None:
    created = datetime.now(UTC).isoformat(timespec="seconds")
    try:
        noise.write(NoiseFloor(log_half_width=floor, created=created), fingerprint, chosen)
    except OSError as error:
        print(f"benchcore: the noise floor can't be kept: {error.strerror}.", file=sys.stderr)
