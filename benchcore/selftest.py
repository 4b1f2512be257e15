"""`benchcore selftest`: the instrument measures what is known beforehand.

A contender against itself must be the same, and how far the interval reaches is the machine's noise
floor; one that is slowed by 3 % must be found slower by 3 %; 256 MiB more must be 256 MiB more.
"""

import sys
from collections.abc import Iterator
from math import log

import msgspec

from benchcore import environment
from benchcore.cell_run import CellRun
from benchcore.cell_state import Setting
from benchcore.channel import Stop
from benchcore.events import CellFinished, ContenderFailed, Event, MemoryMeasured
from benchcore.known import HOARDED_MIB, SLOWED_BY
from benchcore.machine import Machine
from benchcore.materials import Materials
from benchcore.plan import Plan, Request, make_plan
from benchcore.profiles import Budget
from benchcore.result import CellResult
from benchcore.samples import Record
from benchcore.scratch import scratch
from benchcore.statistics import log_half_width
from benchcore.verdict import margin_for

HOARDED_WITHIN_MIB = 2.0
SLOWED_WITHIN = 0.01
"""How far the slow-down that is found may be from the known one, or twice the half-width."""

CPU_BUDGET = Budget(
    launches=5,
    max_launches=5,
    rounds=16,
    block_s=0.25,
    block_min_iterations=2,
    block_max_iterations=200,
    warmup_s=0.5,
    warmup_min_iterations=3,
    warmup_cap_s=3.0,
    cell_s=300.0,
    order_limit_s=120.0,
    bursts=False,
)
"""Short blocks, many rounds: on two shared cores the ratio of two blocks of a contender and itself
scatters by 3 to 8 %, that of launches of 16 rounds by 0.9 %, so that five of them see 3 %."""

GPU_BUDGET = msgspec.structs.replace(CPU_BUDGET, launches=3, rounds=6)
"""On an H100 such a ratio scatters by 0.2 to 0.4 % at batch 8 and 32. Three launches do where their
interval is within 0.5 %, of which three times is less than the margin of a verdict anyway."""

MACHINES_OWN = "same torch"
"""The finding that gives the noise floor."""


class Finding(Record, frozen=True, kw_only=True):
    """One thing that was known beforehand, and what the instrument said."""

    what: str
    passed: bool
    estimate: float | None
    low: float | None = None
    high: float | None = None
    sentence: str


class Selftest(Record, frozen=True, kw_only=True):
    """All findings, and the noise floor (log half-width) where PyTorch's pair gave one."""

    device: str
    batch: int
    findings: list[Finding]
    noise_floor: float | None
    passed: bool


def default_batch(chosen: str) -> int:
    """One where the device decides the time, and where a contender has one speed.

    At batch 1 on an H100 PyTorch's blocks alternated between 3.05 and 4.35 ms with the core that
    its process happened to run on, so that nothing under 11 % could be seen. At batch 32 dlib's
    processes take 12.7 or 16.6 ms; of fifteen at batch 64 (docs/results/, g and h) one differed.
    """
    return 64 if chosen.startswith("cuda") else 1


def conclude(chosen: str, batch: int, findings: list[Finding]) -> Selftest:
    """Passed when all are, with the half-width of PyTorch against itself.

    That is the machine's. dlib's processes differ among themselves on a GPU, as each searches for
    its algorithms anew; its intervals hold that already, wherever it is measured.
    """
    floor = next((_half_width(one) for one in findings if one.what == MACHINES_OWN), None)
    return Selftest(
        device=chosen,
        batch=batch,
        findings=findings,
        noise_floor=floor,
        passed=all(finding.passed for finding in findings),
    )


def _half_width(finding: Finding) -> float | None:
    if finding.low is None or finding.high is None:
        return None
    return log(finding.high / finding.low) / 2


def judge(machine: Machine, chosen: str, batch: int, stop: Stop) -> Iterator[Finding]:
    """Each finding as soon as it is measured. Raises StoppedError."""
    # One PyTorch serves both comparisons: to start its processes takes longer than to time them.
    names = ("selftest-torch", "selftest-slowed", "torch")
    cell = _timed(_plan(chosen, batch, *names), machine, stop)
    yield _same("torch", cell)
    yield _slowed(cell)
    yield _same("dlib", _timed(_plan(chosen, batch, "selftest-dlib", "dlib"), machine, stop))
    yield from _hoarded(_plan(chosen, batch, "selftest-hoarding"), machine, stop)


def _plan(chosen: str, batch: int, *names: str) -> Plan:
    request = Request(
        networks=["resnet50"],
        modes=["infer"],
        batch_sizes=[batch],
        contenders=list(names),
        profile="quick",
    )
    return make_plan(request, device=chosen, contenders=names)


def _timed(chosen: Plan, machine: Machine, stop: Stop) -> CellResult | None:
    """The finished cell, or None as soon as failures leave nothing to compare."""
    left = set(chosen.contenders)
    for event in _events(chosen, machine, stop, memory_only=False):
        if isinstance(event, ContenderFailed):
            left.discard(event.contender)
            if chosen.reference not in left or len(left) < 2:
                return None
        if isinstance(event, CellFinished):
            return event.result
    return None


def _events(chosen: Plan, machine: Machine, stop: Stop, *, memory_only: bool) -> Iterator[Event]:
    """What happens in the plan's only cell; failures are told."""
    print(f"measuring {' and '.join(chosen.contenders)}", file=sys.stderr)
    with scratch() as folder:
        spec = chosen.cells()[0]
        setting = Setting(
            plan=chosen,
            budget=CPU_BUDGET if chosen.device == "cpu" else GPU_BUDGET,
            threads=environment.cpu_threads(),
            stop=stop,
            machine=machine,
            began_s=machine.now_s(),
        )
        cell = CellRun(setting, 0, spec, Materials(chosen, folder).cell(spec))
        for event in cell.memory() if memory_only else cell.timing():
            if isinstance(event, ContenderFailed):
                print(f"{event.contender} {event.status}: {event.reason}", file=sys.stderr)
            yield event


def _same(name: str, cell: CellResult | None) -> Finding:
    other = f"selftest-{name}"
    factor = cell.factors.get(other) if cell else None
    if cell is None or factor is None or factor.time is None:
        return _not_measured(f"same {name}", f"{name} against itself")
    time = factor.time
    # As far from 1 as the noise that the pair itself shows would let a verdict overlook.
    margin = margin_for(cell.batch, log_half_width(time))
    low, high = time.low, time.high
    passed = low is not None and high is not None and 1 - margin < low and high < 1 + margin
    return Finding(
        what=f"same {name}",
        passed=passed,
        estimate=time.estimate,
        low=time.low,
        high=time.high,
        sentence=f"{name} against itself: {_span(time.estimate, time.low, time.high)}: "
        f"{'' if passed else 'NOT '}SAME within {margin:.1%}.",
    )


def _slowed(cell: CellResult | None) -> Finding:
    factor = cell.factors.get("selftest-slowed") if cell else None
    if factor is None or factor.time is None or factor.time.low is None:
        return _not_measured("slowed", "a contender slowed by 3 %")
    time = factor.time
    half = log_half_width(time) or 0.0
    near = abs(time.estimate - (1 + SLOWED_BY)) <= max(SLOWED_WITHIN, 2 * half)
    above = time.low is not None and time.low > 1
    found = near and above
    return Finding(
        what="slowed",
        passed=found,
        estimate=time.estimate,
        low=time.low,
        high=time.high,
        sentence=f"torch slowed by {SLOWED_BY:.0%}: {_span(time.estimate, time.low, time.high)}: "
        + ("found." if found else "NOT found; the machine is too noisy or too busy."),
    )


def _hoarded(chosen: Plan, machine: Machine, stop: Stop) -> Iterator[Finding]:
    """By every source that has both phases: NVML and the runtime on CUDA, resident on the CPU."""
    events = _events(chosen, machine, stop, memory_only=True)
    measured = [event.memory for event in events if isinstance(event, MemoryMeasured)]
    if not measured:
        yield _not_measured("hoarded", "a known allocation")
        return
    memory = measured[0]
    grown = {memory.primary: memory.model_mib - memory.context_mib}
    runtime = memory.sources.get("cuda_driver_growth", {}).get("model_mib")
    if runtime is not None:
        grown["cuda_driver_growth"] = runtime
    for source, mib in grown.items():
        found = abs(mib - HOARDED_MIB) <= HOARDED_WITHIN_MIB
        yield Finding(
            what=f"hoarded {source}",
            passed=found,
            estimate=mib,
            sentence=f"{HOARDED_MIB:.0f} MiB allocated: {mib:.2f} MiB by {source}: "
            + ("found." if found else f"NOT within {HOARDED_WITHIN_MIB:.0f} MiB."),
        )


def _not_measured(what: str, words: str) -> Finding:
    return Finding(
        what=what, passed=False, estimate=None, sentence=f"{words}: could not be measured."
    )


def _span(estimate: float, low: float | None, high: float | None) -> str:
    if low is None or high is None:
        return f"factor {estimate:.4f}"
    return f"factor {estimate:.4f}, 95 % interval {low:.4f} to {high:.4f}"
