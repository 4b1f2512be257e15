"""The memory of one cell's processes over time, as the samples tell it."""

from dataclasses import dataclass, field

from benchcore.events import Sampled

WHOLE_DEVICE = "device"
"""The series' name where only the device's growth is known."""

SOURCES = {
    "resident": "resident memory",
    "nvml_process": "GPU memory",
    "nvml_device_growth": "growth of the whole GPU's memory",
}

MOST_SAMPLES = 20_000
"""Over half an hour at ten a second; beyond it every other one is given up."""


@dataclass
class MemorySeries:
    """One contender's samples."""

    times_s: list[float] = field(default_factory=list)
    values_mib: list[float] = field(default_factory=list)


class MemoryHistory:
    """Samples and marks since the cell began."""

    def __init__(self) -> None:
        self.series: dict[str, MemorySeries] = {}
        self.marks: list[tuple[float, str]] = []
        self.source = SOURCES["resident"]
        self.from_s = 0.0
        self.until_s = 0.0

    def begin(self) -> None:
        """A new cell."""
        self.series = {}
        self.marks = []
        self.from_s = self.until_s

    def add(self, sample: Sampled) -> None:
        """One look at the machine."""
        self.until_s = sample.at_s
        self.source = SOURCES.get(sample.memory_source, sample.memory_source)
        for name, mib in sample.memory_mib.items():
            series = self.series.setdefault(name or WHOLE_DEVICE, MemorySeries())
            series.times_s.append(sample.at_s)
            series.values_mib.append(mib)
            if len(series.times_s) > MOST_SAMPLES:
                _halve(series)

    def mark(self, label: str) -> None:
        """Something begins now."""
        self.marks.append((self.until_s, label))


def _halve(series: MemorySeries) -> None:
    """Of each two samples the higher one stays: no peak is lost."""
    pairs = zip(series.values_mib[::2], series.values_mib[1::2], strict=False)
    series.values_mib = [max(pair) for pair in pairs]
    series.times_s = series.times_s[::2][: len(series.values_mib)]
