"""A GPU that NVML shows, until it doesn't: two blocks before and two after, on a fake device."""

import json
import os
import sys
import time
from types import SimpleNamespace

from fake_nvml import FakeNvml, NVMLError

from benchcore.machine import ThisMachine

SETTLE_S = 0.2
"""Some periods of the sampling thread."""


def block(machine):
    observation = machine.observe(os.getpid(), [], None)
    time.sleep(SETTLE_S)
    seen = observation.end()
    sample = machine.sample({"steady": os.getpid()})
    return [seen.sm_clock_mhz, seen.power_w, seen.energy_j, sample.power_w, machine.free_mib()]


def main():
    lost = SimpleNamespace(now=False)

    def fragile(value):
        def give():
            if lost.now:
                raise NVMLError("GPU is lost")
            return value

        return give

    fake = FakeNvml()
    fake.values = {name: fragile(value) for name, value in fake.values.items()}
    sys.modules["pynvml"] = fake
    machine = ThisMachine("cuda:0", 1)
    before = [block(machine) for _ in range(2)]
    lost.now = True
    time.sleep(SETTLE_S)
    after = [block(machine) for _ in range(2)]
    machine.close()
    print(json.dumps({"before": before, "after": after}))


if __name__ == "__main__":
    main()
