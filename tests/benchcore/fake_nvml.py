"""A pynvml that says what a test wants, and fails where it wants."""

from types import SimpleNamespace


class NVMLError(Exception):
    pass


class FakeNvml:
    """Stands in for the module; `values` maps a function's name to its value or an exception."""

    NVMLError = NVMLError
    NVML_CLOCK_SM = 1
    NVML_CLOCK_MEM = 2
    NVML_TEMPERATURE_GPU = 0

    def __init__(self, **values):
        self.values = {
            "nvmlDeviceGetClockInfo": 1900,
            "nvmlDeviceGetPowerUsage": 350_000,
            "nvmlDeviceGetTotalEnergyConsumption": 1_000_000,
            "nvmlDeviceGetTemperature": 50,
            "nvmlDeviceGetUtilizationRates": SimpleNamespace(gpu=0),
            "nvmlDeviceGetCurrentClocksEventReasons": 0,
            "nvmlDeviceGetMemoryInfo": SimpleNamespace(used=2**30, free=2**34, total=2**35),
            "nvmlDeviceGetComputeRunningProcesses": [],
            **values,
        }

    def nvmlInit(self):
        self._give("nvmlInit")

    def nvmlDeviceGetHandleByIndex(self, index):
        self._give("nvmlDeviceGetHandleByIndex")
        return index

    def nvmlDeviceGetHandleByUUID(self, uuid):
        return uuid

    def __getattr__(self, name):
        if not name.startswith("nvml") or name not in self.values:
            raise AttributeError(name)
        return lambda *_: self._give(name)

    def _give(self, name):
        value = self.values.get(name)
        if isinstance(value, Exception):
            raise value
        return value() if callable(value) else value
