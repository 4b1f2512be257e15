"""Small and large documents for the reports, with every number fixed."""

import msgspec

from benchcore.ceilings import BufferCopy, Ceilings, SquareProduct
from benchcore.plan import Plan
from benchcore.result import (
    CellResult,
    ContenderResult,
    Document,
    Factor,
    Interval,
    NoiseFloor,
    Proof,
    Tool,
    Verdict,
)
from benchcore.samples import Block, Memory, Summary, Throughput

PLAN = Plan(
    networks=("resnet50",),
    modes=("infer", "train"),
    batch_sizes=(1, 4, 8),
    train_batch_sizes=(2,),
    contenders=("dlib", "torch"),
    device="cuda:0",
    image_height_px=224,
    image_width_px=224,
    profile="default",
    seed=0,
)

ENVIRONMENT = {
    "threads": 16,
    "packages": {"torch": "2.11.0", "numpy": "2.5.2"},
    "cpu": {"model": "A processor", "governor": None, "features": ["avx", "avx2"]},
    "gpus": [{"name": "A graphics card", "memory_total_mib": 81559.0, "ecc": True}],
}

CEILINGS = Ceilings(
    created="2025-12-30T00:00:00+00:00",
    device="cuda:0",
    device_name="A graphics card",
    torch="2.11.0",
    threads=16,
    clock="device",
    fp32_tflop_per_s=50.0,
    tf32_tflop_per_s=400.0,
    copy_gb_per_s=2000.0,
    products=[
        SquareProduct(precision="fp32", side=4096, repeats=72, median_ms=2.75, tflop_per_s=50.0),
        SquareProduct(precision="tf32", side=4096, repeats=200, median_ms=0.34, tflop_per_s=400.0),
    ],
    copies=[BufferCopy(buffer_mib=1024, repeats=186, median_ms=1.07, gb_per_s=2000.0)],
)

REASON = "The factor is between 1.190 and 1.210, above 1 by more than 2%."


def summary(ms: float, count: int) -> Summary:
    return Summary(
        median_ms=ms,
        mean_ms=ms * 1.01,
        min_ms=ms * 0.9,
        max_ms=ms * 1.3,
        p25_ms=ms * 0.95,
        p75_ms=ms * 1.05,
        p90_ms=ms * 1.1,
        p95_ms=None,
        p99_ms=None,
        ci95_ms=(ms * 0.98, ms * 1.02),
        count=count,
    )


def contender(batch: int, ms: float, mib: float, **changes: object) -> ContenderResult:
    walls = [[ms * (0.9 + 0.02 * (i * i % 17)) for i in range(12)] for _ in range(2)]
    blocks = [
        Block(launch=0, round=i, position=0, started_s=1.0, wall_ms=wall, enqueue_ms=[ms / 4])
        for i, wall in enumerate(walls)
    ]
    spoilt = Block(
        launch=0,
        round=2,
        position=1,
        started_s=2.0,
        wall_ms=[9 * ms],
        enqueue_ms=[ms],
        tainted="throttled",
        superseded=True,
    )
    phases = {
        "context_mib": mib / 4,
        "model_mib": mib / 2,
        "search_peak_mib": mib * 1.5,
        "step_peak_mib": mib,
        "steady_mib": mib * 0.9,
    }
    rate = 1e3 * batch / ms
    result = ContenderResult(
        status="ok",
        num_parameters=25557032,
        instantiate_ms=700.5,
        first_ms=80.25,
        wall=summary(ms, 24),
        enqueue=summary(ms / 4, 24),
        images_per_s=rate,
        joules_per_image=1.25,
        throughput=Throughput(
            images_per_s=rate, ci95_images_per_s=(rate * 0.97, rate * 1.04), method="bursts"
        ),
        memory=Memory(
            primary="nvml_process",
            sources={"nvml_process": phases, "cuda_driver_growth": {"steady_mib": mib / 3}},
            **phases,
        ),
        settings={"convolution_math": "strict fp32", "algorithm_search": True, "threads": 16},
        samples=[*blocks, spoilt],
    )
    return msgspec.structs.replace(result, **changes)


def cell(batch: int, outcome: str = "SLOWER", **changes: object) -> CellResult:
    slower = 1.2 if outcome == "SLOWER" else 0.8
    result = CellResult(
        network="resnet50",
        mode="infer",
        batch=batch,
        image_height_px=224,
        image_width_px=224,
        precision="fp32",
        contenders={
            "dlib": contender(batch, (2.0 + batch) * slower, 300.0 + 20 * batch),
            "torch": contender(batch, 2.0 + batch, 600.0 + 15 * batch),
        },
        factors={
            "dlib": Factor(
                time=Interval(estimate=slower, low=slower - 0.01, high=slower + 0.01, method="m"),
                memory=Interval(estimate=0.5, low=None, high=None, method="m"),
            )
        },
        proof=Proof(
            held=True,
            bound=1e-3,
            max_rel_error=5e-7,
            loss_errors=None,
            input_sha256={"dlib": "a1" * 32, "torch": "a1" * 32},
            weights_sha256={"dlib": "b2" * 32, "torch": "b2" * 32},
        ),
        verdict={
            "dlib": Verdict(outcome=outcome, reason=REASON, next_step="Nothing.", margin=0.02)
        },
        flags=[],
        launches=3,
        duration_s=12.5,
    )
    return msgspec.structs.replace(result, **changes)


def small() -> Document:
    """Four cells: slower, faster, one out of memory, one training step."""
    alone = contender(8, 10.0, 720.0)
    lost = ContenderResult(status="oom", reason="It needs more than 80 GiB.")
    train = cell(2, "INCONCLUSIVE", mode="train", flags=["warmup_unstable"])
    return Document(
        schema_version="1.2",
        tool=Tool(name="benchcore", version="1"),
        created="2026-01-01T00:00:00+00:00",
        ended="2026-01-01T00:10:00+00:00",
        environment=ENVIRONMENT,
        plan=PLAN,
        cells=[
            cell(1),
            cell(4, "FASTER"),
            cell(8, contenders={"dlib": lost, "torch": alone}, factors={}, verdict={}, proof=None),
            train,
        ],
        notes=["A note with 5 < 6 & |pipes|."],
        status="complete",
        noise_floor=NoiseFloor(log_half_width=0.004, created="2025-12-31T00:00:00+00:00"),
        ceilings=CEILINGS,
        command=["benchcore", "--headless"],
    )


def large(count: int = 1000, groups: int = 4) -> Document:
    """`count` cells of two contenders in `groups` networks, each cell with its own records."""
    cells = [
        cell(1 + number // groups, network=f"network {number % groups}") for number in range(count)
    ]
    return msgspec.structs.replace(small(), cells=cells)


def named(text: str) -> Document:
    """The small document with `text` wherever a document has words of its own."""
    document = small()

    def renamed(found: CellResult) -> CellResult:
        dlib, torch = found.contenders.values()
        failed = ContenderResult(status="crashed", reason=text, settings={text: text})
        memory = (
            None
            if torch.memory is None
            else msgspec.structs.replace(
                torch.memory, primary=text, disagreement=text, sources={text: {text: 1.0}}
            )
        )
        return msgspec.structs.replace(
            found,
            network=text,
            mode=text,
            precision=text,
            contenders={
                text: msgspec.structs.replace(dlib, settings={text: [text, {text: text}]}),
                f"{text}+": failed,
                "torch": msgspec.structs.replace(torch, memory=memory, stages={text: torch.wall}),
            },
            factors={text: next(iter(cell(1).factors.values()))},
            proof=Proof(
                held=False,
                bound=1.0,
                max_rel_error=None,
                loss_errors=[1.0],
                input_sha256={text: text},
                weights_sha256={},
            ),
            verdict={text: Verdict(outcome="INVALID", reason=text, next_step=text)},
            flags=[text],
        )

    return msgspec.structs.replace(
        document,
        tool=Tool(name=text, version=text),
        created=text,
        ended=text,
        environment={text: text, "threads": text, "gpus": [{"name": text}], "x": {text: [[text]]}},
        plan=msgspec.structs.replace(
            PLAN, contenders=(text, f"{text}+", "torch"), profile=text, device=text, images=text
        ),
        cells=[renamed(found) for found in document.cells],
        notes=[text],
        noise_floor=NoiseFloor(log_half_width=0.1, created=text),
        ceilings=msgspec.structs.replace(
            CEILINGS,
            created=text,
            device=text,
            device_name=text,
            torch=text,
            unknown_because={text: text},
        ),
        command=[text],
    )
