"""The run itself is interrupted or killed, or its surroundings change."""

import signal

from disturbances import NOTHING, hang_up, kill, kill_and_resume, second_run
from fault import Fault
from scene import HERE

PARENTS = (
    NOTHING,
    Fault(
        name="run interrupted (SIGINT)",
        batches="1,2,3,4",
        disturb=kill(signal.SIGINT),
        status=130,
        document="interrupted",
        prints="document",
        quick=True,
    ),
    Fault(
        name="run terminated (SIGTERM)",
        batches="1,2,3,4",
        disturb=kill(signal.SIGTERM),
        status=130,
        document="interrupted",
        prints="document",
    ),
    Fault(
        name="run hung up (SIGHUP)",
        batches="1,2,3,4",
        disturb=kill(signal.SIGHUP),
        status=130,
        document="interrupted",
        prints="document",
    ),
    Fault(
        name="run hung up under nohup",
        batches="1,2,3",
        prefix="trap '' HUP;",
        disturb=kill(signal.SIGHUP),
        status=0,
        cells=3,
        prints="document",
    ),
    Fault(
        name="terminal gone",
        batches="1,2,3,4",
        options=(),
        on_terminal=True,
        disturb=hang_up,
        status=2,
        document="interrupted",
        quick=True,
    ),
    Fault(
        name="run killed (SIGKILL)",
        batches="1,2,3,4",
        disturb=kill(signal.SIGKILL),
        status=-signal.SIGKILL,
        document="running",
        leaves_files=True,
        quick=True,
    ),
    Fault(
        name="killed run is resumed",
        batches="1,2,3,4",
        disturb=kill_and_resume,
        status=-signal.SIGKILL,
        cells=4,
        leaves_files=True,
    ),
    Fault(
        name="Ctrl-C while the command is imported",
        path="interrupted_import",
        command=("-m", "benchcore", "--version"),
        status=130,
        document=None,
        says="^benchcore: interrupted.\n$",
        quick=True,
    ),
    Fault(
        name="second run with the same output",
        batches="1,2,3,4",
        disturb=second_run,
        status=0,
        cells=4,
        prints="document",
    ),
    Fault(
        name="clock goes back",
        path="clock_goes_back",
        batches="1,2",
        status=0,
        cells=2,
        prints="document",
    ),
    Fault(
        name="NVML fails in the middle",
        command=(str(HERE / "nvml_failing.py"),),
        output=False,
        document=None,
        status=0,
        prints=r'{"before": \[\[1900.0, 350.0, 0.0, 350.0, 16384.0\], .*\], '
        r'"after": \[\[null, null, null, null, null\], \[null, null, null, null, null\]\]}',
        quick=True,
    ),
)
