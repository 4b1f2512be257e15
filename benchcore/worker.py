"""The child process: one contender, one cell, orders in and answers out.

`python -m benchcore.worker CONTENDER DEVICE --parent PID --orders FD --answers FD`. The two file
descriptors are private pipes. Standard output is sent to standard error, so that whatever native
code prints can't get into the answers. The worker ends when the orders end, and when its parent
dies.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
import numpy as np
from numpy.typing import NDArray

from benchcore import arrays, contenders, core_speed, memory, memory_pass, pinning, weights
from benchcore.clock import time_burst, time_iterations, time_stages
from benchcore.contenders.base import Cell, Contender
from benchcore.data import Inputs
from benchcore.device_events import DeviceEvents
from benchcore.errors import RefusedError, UsageError
from benchcore.kernels import capture
from benchcore.libraries import numerical_libraries
from benchcore.lifeline import die_with_parent
from benchcore.orders import (
    Answer,
    BurstMeasured,
    Failed,
    Hello,
    KernelsTraced,
    Measure,
    MeasureBurst,
    Measured,
    MeasureMemory,
    MeasureStages,
    MemoryTaken,
    Order,
    Prepare,
    Probed,
    Prove,
    Proved,
    Ready,
    RunOn,
    StagesMeasured,
    TraceKernels,
)


class InvalidError(Exception):
    """A measurement that can't be used, with the reason."""


class Worker:
    """Carries out orders, each by the method of its type."""

    def __init__(self, contender: Contender, device: str) -> None:
        self._contender = contender
        self._device = device
        self._training = False
        self._core: int | None = None
        self._events: DeviceEvents | None = None

    def obey(self, order: Order) -> Answer:
        """The answer to one order; raises whatever goes wrong."""
        match order:
            case Prepare():
                return self._prepare(order)
            case Prove():
                return self._prove(order)
            case RunOn():
                return self._run_on(order)
            case Measure():
                return self._measure(order)
            case MeasureBurst():
                return self._measure_burst(order)
            case MeasureStages():
                return self._measure_stages(order)
            case TraceKernels():
                return self._trace_kernels(order)
            case MeasureMemory():
                return self._measure_memory(order)

    def _prepare(self, order: Prepare) -> Ready:
        refusal = self._contender.refusal(order.spec)
        if refusal is not None:
            raise RefusedError(refusal)
        self._training = order.spec.mode == "train"
        inputs = Inputs(
            _read_array(order.images_path, order.buffers),
            _read_array(order.labels_path, order.buffers),
        )
        given = arrays.read_named(Path(order.weights_path))
        cell = Cell(
            spec=order.spec,
            device=order.device,
            threads=order.threads,
            learning_rate=order.learning_rate,
            weights=given,
            inputs=inputs,
        )
        prepared = self._contender.prepare(cell)
        return Ready(
            num_parameters=prepared.num_parameters,
            instantiate_ms=prepared.instantiate_ms,
            version=prepared.version,
            input_sha256=inputs.digest(),
            weights_sha256=weights.digest(given),
            precision=self._contender.precision,
            settings=self._contender.settings(),
            libraries=numerical_libraries(),
        )

    def _prove(self, order: Prove) -> Proved:
        outputs = []
        first_ms = 0.0
        for iteration in range(order.iterations):
            block = time_iterations(
                self._contender.enqueue, self._contender.synchronize, seconds=0, least=1, most=1
            )
            if iteration == 0:
                first_ms = block.wall_ms[0]
            if not self._training:
                outputs.append(self._contender.outputs())
        result = self._contender.outputs() if self._training else np.stack(outputs)
        return Proved(
            first_ms=first_ms,
            outputs=np.ascontiguousarray(result, dtype=np.float64).tobytes(),
            shape=result.shape,
        )

    def _run_on(self, order: RunOn) -> Probed:
        if order.core != self._core:
            pinning.pin(order.core)
            self._core = order.core
        return Probed(probe_us=core_speed.probe_us())

    def _measure(self, order: Measure) -> Measured:
        block = time_iterations(
            self._contender.enqueue,
            self._contender.synchronize,
            seconds=order.seconds,
            least=order.least,
            most=order.most,
            device=self._device_events(),
        )
        self._check_losses()
        return Measured(
            wall_ms=block.wall_ms, enqueue_ms=block.enqueue_ms, device_ms=block.device_ms
        )

    def _measure_burst(self, order: MeasureBurst) -> BurstMeasured:
        wall_ms, device_ms = time_burst(
            self._contender.enqueue,
            self._contender.synchronize,
            iterations=order.iterations,
            device=self._device_events(),
        )
        self._check_losses()
        return BurstMeasured(wall_ms=wall_ms, device_ms=device_ms)

    def _measure_stages(self, order: MeasureStages) -> StagesMeasured:
        stages_ms = time_stages(
            self._contender.stages, self._contender.synchronize, iterations=order.iterations
        )
        self._check_losses()
        return StagesMeasured(stages_ms=stages_ms)

    def _trace_kernels(self, order: TraceKernels) -> KernelsTraced:
        try:
            trace = capture.capture(
                self._contender.enqueue,
                self._contender.synchronize,
                device=self._device,
                iterations=order.iterations,
                seconds=order.seconds,
                least=order.least,
                most=order.most,
                usual_ms=order.usual_ms,
            )
        except capture.UntraceableError as error:
            return KernelsTraced(trace=None, unknown_because=str(error))
        self._check_losses()
        return KernelsTraced(trace=trace)

    def _device_events(self) -> DeviceEvents | None:
        """Made at the first block, after the proof: the context exists, and its cost is past."""
        if self._device != "cpu" and self._events is None:
            memory.open_context(self._device)
            self._events = DeviceEvents()
        return self._events

    def _check_losses(self) -> None:
        if self._training:
            losses = self._contender.outputs()
            if not np.isfinite(losses).all():
                step = int(np.flatnonzero(~np.isfinite(losses))[0])
                raise InvalidError(f"The loss of training step {step + 1} is not a finite number.")

    def _measure_memory(self, order: MeasureMemory) -> MemoryTaken:
        source = memory.open_source(self._device)
        memory.open_context(self._device)

        def build() -> None:
            self._prepare(order.prepare)

        try:
            taken = memory_pass.measure(
                self._contender,
                source,
                build,
                search_iterations=order.search_iterations,
                step_iterations=order.step_iterations,
            )
        except memory.UnknownError as error:
            return MemoryTaken(memory=None, unknown_because=str(error))
        finally:
            source.close()
        return MemoryTaken(memory=taken)


def _read_array(path: str, buffers: int) -> NDArray[Any]:
    """The first buffers of a file, as an array of this process's own."""
    return np.array(np.load(path, mmap_mode="r")[:buffers])


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error means that memory ran out, without importing any framework to ask."""
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError | ImportError | OSError) and any(
        words in text
        for words in ("out of memory", "allocate memory", "failed to map segment")  # the loader's
    )


def failure(error: Exception) -> Failed:
    """The answer that an exception becomes: its first line, with its type where that helps."""
    first_line = str(error).strip().partition("\n")[0]
    if isinstance(error, RefusedError | UsageError):
        return Failed(status="refused", reason=first_line)
    if isinstance(error, InvalidError | FloatingPointError):
        return Failed(status="invalid", reason=first_line)
    reason = f"{type(error).__name__}: {first_line}"
    return Failed(status="oom" if is_out_of_memory(error) else "crashed", reason=reason)


def serve(worker: Worker, orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer each line of `orders` until they end or one fails."""
    decoder: msgspec.json.Decoder[Order] = msgspec.json.Decoder(Order)
    for line in orders:
        try:
            answer = worker.obey(decoder.decode(line))
        except Exception as error:
            answer = failure(error)
        _say(answers, answer)
        if isinstance(answer, Failed):
            return


def _say(answers: BinaryIO, answer: Answer) -> None:
    answers.write(msgspec.json.encode(answer) + b"\n")
    answers.flush()


def main() -> None:
    """Entry point of the process."""
    parser = argparse.ArgumentParser(prog="python -m benchcore.worker")
    parser.add_argument("contender")
    parser.add_argument("device")
    parser.add_argument("--parent", type=int, required=True, metavar="PID")
    parser.add_argument("--orders", type=int, required=True, metavar="FD")
    parser.add_argument("--answers", type=int, required=True, metavar="FD")
    arguments = parser.parse_args()
    die_with_parent(arguments.parent)
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    with os.fdopen(arguments.orders, "rb") as orders, os.fdopen(arguments.answers, "wb") as answers:
        try:
            chosen = contenders.find(arguments.contender)
            reason = chosen.unavailable(arguments.device)
            if reason is not None:
                raise RefusedError(reason)
            worker = Worker(chosen(), arguments.device)
        except Exception as error:
            _say(answers, failure(error))
            return
        _say(answers, Hello(pid=os.getpid()))
        serve(worker, orders, answers)


if __name__ == "__main__":
    main()
