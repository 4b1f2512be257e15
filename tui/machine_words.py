"""The state of the machine in one line."""

from benchcore.events import Sampled

UNKNOWN = "not available"


def machine_line(sample: Sampled | None, device: str) -> str:
    """Clock, power, temperature, utilisation and throttling, as far as the hardware tells."""
    if device == "cpu":
        return "CPU run: clocks, power and temperature are not read."
    if sample is None:
        return "No look at the GPU yet."
    figures = [
        _figure(sample.sm_clock_mhz, "MHz"),
        _figure(sample.power_w, "W"),
        _figure(sample.temperature_c, "°C"),
        _figure(sample.utilization_percent, "% busy"),
    ]
    if figures == [UNKNOWN] * len(figures):
        return "GPU: clocks, power and temperature are not available here."
    names = "clock", "power", "temperature", "utilisation"
    words = [
        f"{name} {figure}" if figure == UNKNOWN else figure
        for name, figure in zip(names, figures, strict=True)
    ]
    if sample.throttle_reasons:
        reasons = ", ".join(reason.replace("_", " ") for reason in sample.throttle_reasons)
        # First, since a narrow line is cut at its end.
        words.insert(0, f"THROTTLED ({reasons})")
    else:
        words.append("not throttled")
    return "GPU  " + "   ".join(words)


def _figure(value: float | None, unit: str) -> str:
    return UNKNOWN if value is None else f"{value:.0f} {unit}"
