"""The memory pass: one contender, one cell, a process of its own that is never timed."""

from collections.abc import Callable, Mapping

from benchcore.contenders.base import Contender
from benchcore.memory import Source, cuda_free_mib, release_unused
from benchcore.samples import Memory

SEARCH_ITERATIONS = 3
"""dlib and cuDNN search for algorithms, and outgrow buffers, in the first three iterations."""

STEP_ITERATIONS = 3
"""Memory repeats from then on; three show that it does."""

AGREEMENT_MIB = 32.0
"""Two sources of one figure may differ by this: drivers hand memory out in blocks of 2 MiB, and
the two are read a moment apart."""


def measure(
    contender: Contender,
    source: Source,
    build: Callable[[], None],
    *,
    search_iterations: int,
    step_iterations: int,
) -> Memory:
    """Run the phases in order, reading `source` at each; `build` prepares the contender.

    The caller has loaded the framework and opened the device's context; `build` may leave nothing
    behind but the contender, in particular no copy of the weights.
    """
    runtime: dict[str, float] = {}
    free_at_start = cuda_free_mib()

    def note_runtime(phase: str) -> None:
        free = cuda_free_mib()
        if free is not None and free_at_start is not None:
            runtime[f"{phase}_mib"] = free_at_start - free

    release_unused()
    context_mib = source.now_mib()
    build()
    contender.synchronize()
    release_unused()
    model_mib = source.now_mib()
    note_runtime("model")

    def run(iterations: int) -> float:
        source.reset_peak()
        for _ in range(iterations):
            contender.enqueue()
        contender.synchronize()
        return source.peak_mib()

    search_peak_mib = run(search_iterations)
    note_runtime("search")
    step_peak_mib = run(step_iterations)
    release_unused()
    steady_mib = source.now_mib()
    note_runtime("steady")

    phases = {
        "context_mib": context_mib,
        "model_mib": model_mib,
        "search_peak_mib": search_peak_mib,
        "step_peak_mib": step_peak_mib,
        "steady_mib": steady_mib,
    }
    sources = {source.name: phases}
    if runtime:
        sources["cuda_driver_growth"] = runtime
    framework = contender.memory()
    if framework:
        sources["framework"] = {f"{name}_mib": value for name, value in framework.items()}
    return Memory(
        context_mib=context_mib,
        model_mib=model_mib,
        search_peak_mib=search_peak_mib,
        step_peak_mib=step_peak_mib,
        steady_mib=steady_mib,
        primary=source.name,
        sources=sources,
        disagreement=disagreement(phases, runtime, source.name),
    )


def disagreement(
    primary: Mapping[str, float], runtime: Mapping[str, float], name: str
) -> str | None:
    """A sentence if NVML and the CUDA runtime's free memory tell different growths, else None.

    Both are taken as growth over the context, since the runtime sees the whole device. Phases that
    end at rest are compared; within a phase the runtime is not asked.
    """
    for phase in ("model_mib", "steady_mib"):
        if phase not in runtime or not name.startswith("nvml"):
            continue
        grown = primary[phase] - primary["context_mib"]
        if abs(grown - runtime[phase]) > AGREEMENT_MIB:
            return (
                f"From context to {phase.removesuffix('_mib')} {name} grew by {grown:.0f} MiB, but "
                f"the runtime's free memory shrank by {runtime[phase]:.0f} MiB: another process, "
                "or memory that one of them doesn't count."
            )
    return None
