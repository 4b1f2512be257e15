"""A simulated machine: workers that answer in simulated time, and conditions by script."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import msgspec
import numpy as np

from benchcore.cell_run import CellRun
from benchcore.cell_state import Setting
from benchcore.channel import Stop, WorkerError
from benchcore.events import CellFinished, Event, Sampled
from benchcore.kernels.trace import CallTotal, Span, Trace
from benchcore.materials import CellFiles
from benchcore.orders import (
    BurstMeasured,
    Hello,
    KernelsTraced,
    Measure,
    MeasureBurst,
    Measured,
    MeasureMemory,
    MeasureStages,
    MemoryTaken,
    Prepare,
    Probed,
    Prove,
    Proved,
    Ready,
    RunOn,
    StagesMeasured,
    TraceKernels,
)
from benchcore.plan import Plan, Request, make_plan
from benchcore.profiles import PROFILES, Budget
from benchcore.result import CellResult
from benchcore.samples import Conditions, Memory

FILES = CellFiles(Path("w"), "weights", Path("i"), Path("l"), "inputs")
IMPORT_S, BUILD_S = 3.0, 1.0


@dataclass
class Behaviour:
    """How the workers of one contender act."""

    iteration_ms: Callable[[int], float] = lambda n: 100.0
    """Of iteration n, counted over all launches."""
    peak_mib: float = 1000.0
    model_mib: float = 1.0
    outputs: float = 1.0
    libraries: tuple[str, ...] = ()
    dies_at: str | None = None
    """The type of an order that kills it."""
    hangs_at: str | None = None
    disagreement: str | None = None
    untraceable: str | None = None
    """Why its kernels can't be traced."""


@dataclass
class FakeMachine:
    """Time passes only when somebody waits or works."""

    behaviours: dict[str, Behaviour]
    free: float | None = 100_000.0
    conditions: Iterator[Conditions] | None = None
    cores: Iterator[int] | None = None
    probe_us: Callable[[int], float] = lambda core: 150.0
    time_s: float = 0.0
    log: list[tuple[float, str, str]] = field(default_factory=list)
    """(when, contender, what): starts, orders and ends."""
    alive: list[str] = field(default_factory=list)
    most_alive: int = 0
    iterations: dict[str, Iterator[int]] = field(default_factory=dict)
    pids: Iterator[int] = field(default_factory=lambda: count(100))
    observed_core: int | None = None
    settled_at_s: float = 0.0
    """When what was started for later has imported."""

    def now_s(self) -> float:
        return self.time_s

    def sleep(self, seconds: float) -> None:
        self.time_s += seconds

    def start(self, contender: str) -> "FakeWorker":
        self.iterations.setdefault(contender, count())
        self.alive.append(contender)
        self.most_alive = max(self.most_alive, len(self.alive))
        self.log.append((self.time_s, contender, "start"))
        return FakeWorker(self, contender, next(self.pids))

    def settled(self) -> bool:
        return self.time_s >= self.settled_at_s

    def observe(self, worker: int, idle: list[int], core: int | None) -> "FakeMachine":
        self.observed_core = core
        return self

    def end(self) -> Conditions:
        seen = Conditions() if self.conditions is None else next(self.conditions, Conditions())
        return msgspec.structs.replace(seen, core=self.observed_core)

    def choose_core(self) -> int | None:
        return None if self.cores is None else next(self.cores)

    def free_mib(self) -> float | None:
        return self.free

    def sample(self, pids: dict[str, int]) -> Sampled:
        return Sampled(at_s=self.time_s, memory_mib=dict.fromkeys(pids, 1.0), memory_source="fake")

    def orders(self, kind: str) -> list[str]:
        """The contenders that were given orders of a kind, in order."""
        return [name for _, name, what in self.log if what == kind]


class FakeWorker:
    """One process: its answer is ready once its time has passed."""

    def __init__(self, machine: FakeMachine, contender: str, pid: int) -> None:
        self.pid = pid
        self._machine = machine
        self._name = contender
        self._behaviour = machine.behaviours[contender]
        self._answer: object = Hello(pid=pid)
        self._ready_s = machine.time_s + IMPORT_S

    def send(self, order: object) -> None:
        kind = type(order).__name__
        self._machine.log.append((self._machine.time_s, self._name, kind))
        self._ready_s = self._machine.time_s
        if self._behaviour.dies_at == kind:
            self._answer = WorkerError("crashed", "The worker was killed by SIGKILL.")
        elif self._behaviour.hangs_at == kind:
            self._ready_s = float("inf")
        else:
            self._answer = self._obey(order)

    def poll(self, expected: type, within_s: float) -> object:
        if self._ready_s > self._machine.time_s + within_s:
            self._machine.time_s += within_s
            return None
        self._machine.time_s = max(self._machine.time_s, self._ready_s)
        if isinstance(self._answer, WorkerError):
            raise self._answer
        assert isinstance(self._answer, expected)
        return self._answer

    def close(self, *, gently: bool = True) -> None:
        self._machine.alive.remove(self._name)
        self._machine.log.append((self._machine.time_s, self._name, "end"))

    def _run(self, iterations: int) -> list[float]:
        numbers = self._machine.iterations[self._name]
        times = [self._behaviour.iteration_ms(next(numbers)) for _ in range(iterations)]
        self._ready_s += sum(times) / 1e3
        return times

    def _obey(self, order: object) -> object:
        behaviour = self._behaviour
        match order:
            case Prepare():
                self._ready_s += BUILD_S
                return Ready(
                    num_parameters=1,
                    instantiate_ms=1.0,
                    version="1",
                    input_sha256=FILES.input_sha256,
                    weights_sha256=FILES.weights_sha256,
                    precision="fp32",
                    settings={},
                    libraries=list(behaviour.libraries),
                )
            case Prove():
                self._run(order.iterations)
                outputs = np.full(order.iterations, behaviour.outputs)
                return Proved(first_ms=1.0, outputs=outputs.tobytes(), shape=outputs.shape)
            case RunOn():
                return Probed(probe_us=self._machine.probe_us(order.core))
            case Measure():
                times: list[float] = []
                while len(times) < order.most and not (
                    len(times) >= order.least and sum(times) >= order.seconds * 1e3
                ):
                    times += self._run(1)
                return Measured(wall_ms=times, enqueue_ms=times)
            case MeasureBurst():
                return BurstMeasured(wall_ms=sum(self._run(order.iterations)), device_ms=1.0)
            case MeasureStages():
                return StagesMeasured(stages_ms={"forward": self._run(order.iterations)})
            case TraceKernels() if behaviour.untraceable is not None:
                return KernelsTraced(trace=None, unknown_because=behaviour.untraceable)
            case TraceKernels():
                return KernelsTraced(trace=one_kernel(self._run(5), self._run(order.iterations)))
            case MeasureMemory():
                peak = behaviour.peak_mib
                return MemoryTaken(
                    memory=Memory(
                        context_mib=1.0,
                        model_mib=behaviour.model_mib,
                        search_peak_mib=peak,
                        step_peak_mib=peak,
                        steady_mib=1.0,
                        primary="fake",
                        sources={},
                        disagreement=behaviour.disagreement,
                    )
                )
        raise AssertionError(order)


def one_kernel(untraced_ms: list[float], traced_ms: list[float]) -> Trace:
    """A trace whose iterations are nine tenths convolution."""
    spans = [
        Span(0, round(1e6 * i * each_ms), round(9e5 * each_ms), 0, 0)
        for i, each_ms in enumerate(traced_ms)
    ]
    return Trace(
        source="cupti",
        untraced_ms=untraced_ms,
        traced_ms=traced_ms,
        names=["implicit_convolve_sgemm"],
        spans=spans,
        calls={"cudaLaunchKernel": CallTotal(calls=len(traced_ms), time_ns=1000)},
    )


def fake_plan(
    *names: str, device: str = "cpu", mode: str = "infer", batch: int = 4, traced: int = 0
) -> Plan:
    """One cell."""
    request = Request(
        networks=["resnet50"],
        modes=[mode],
        batch_sizes=[batch],
        train_batch_sizes=[batch],
        contenders=list(names),
        profile="quick",
        trace_iterations=traced,
    )
    return make_plan(request, device=device, contenders=names)


def simulate(
    machine: FakeMachine,
    plan: Plan,
    budget: Budget = PROFILES["quick"],
    noise_floor: float | None = None,
    stop: Stop | None = None,
) -> tuple[list[Event], CellResult]:
    """All events of the plan's only cell, and its result."""
    setting = Setting(
        plan=plan,
        budget=budget,
        threads=1,
        stop=Stop() if stop is None else stop,
        machine=machine,
        began_s=0.0,
        noise_floor=noise_floor,
    )
    events = list(CellRun(setting, 0, plan.cells()[0], FILES).events())
    assert isinstance(events[-1], CellFinished)
    assert machine.alive == []
    return events, events[-1].result
