"""Every fault that a run must withstand, and what comes of each."""

import ctypes
import os
import signal
import subprocess
import sys

from fault import HANG_LIMIT_S, Fault
from scene import HERE

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
"""From <linux/prctl.h> and <linux/capability.h>."""

SMALL_DISK = "size=2m"
"""Holds a document and none of a network's weights."""

FULL_SOON_MIB = 230
"""Address space in which the command starts, but finds no room for a network's weights."""


def kill(number):
    """A signal to the command while the second cell is under way."""

    def disturb(scene):
        scene.wait_for_cell()
        scene.process.send_signal(number)

    return disturb


def kill_worker(scene):
    scene.wait_for_cell()
    os.kill(scene.wait_for_worker("slower"), signal.SIGKILL)


def kill_and_resume(scene):
    kill(signal.SIGKILL)(scene)
    scene.process.wait()
    driver = fault_named("nothing happens").words(scene)[:2]
    done = subprocess.run(
        [sys.executable, *driver, "--headless", "--resume", str(scene.document)],
        env=scene.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, f"the resumed run ended with {done.returncode}: {done.stderr}"


def hang_up(scene):
    scene.wait_for_cell()
    scene.hang_up()


def fill_output(scene):
    scene.wait_for_cell()
    scene.fill("out")


def protect_output(scene):
    scene.wait_for_cell()
    scene.make_read_only("out")


def second_run(scene):
    scene.wait_for_cell()
    words = fault_named("nothing happens").words(scene)
    done = subprocess.run(
        [sys.executable, *words], env=scene.environment, capture_output=True, text=True
    )
    assert done.returncode == 2, f"the second run ended with {done.returncode}"
    assert "another run is writing" in done.stderr, done.stderr


def small_output(scene):
    scene.mount("out", SMALL_DISK)


def full_output(scene):
    scene.mount("out", SMALL_DISK)
    scene.fill("out")


def protected_output(scene):
    scene.make_read_only("out")


def small_temporary(scene):
    scene.mount("tmp", SMALL_DISK)


def forbidden_output(scene):
    (scene.folder / "out").chmod(0o555)


def obey_permissions():
    """Also where the tests are root's, whom permissions don't stop."""
    ctypes.CDLL(None).prctl(PR_CAPBSET_DROP, CAP_DAC_OVERRIDE)


def fault_named(name):
    """The row."""
    return next(fault for fault in FAULTS if fault.name == name)


WORKERS = (
    Fault(
        name="worker killed in a block",
        contenders="killed,steady",
        status=6,
        reason="SIGKILL, which somebody sent, or .* memory ran out; .* a last word",
        prints="document",
        quick=True,
    ),
    Fault(
        name="worker killed from outside",
        batches="1,2,3",
        disturb=kill_worker,
        status=6,
        cells=3,
        says="slower crashed: .*SIGKILL",
    ),
    Fault(
        name="worker aborts",
        contenders="aborting,steady",
        status=6,
        reason="killed by SIGABRT; its last line was: terminate called",
        quick=True,
    ),
    Fault(
        name="worker reads address 0",
        contenders="segfaulting,steady",
        status=6,
        reason="killed by SIGSEGV",
    ),
    Fault(
        name="worker killed by a signal without a name",
        contenders="real-time,steady",
        status=6,
        reason="killed by signal 40",
    ),
    Fault(
        name="worker hangs and blocks every signal",
        contenders="deaf,steady",
        order_limit_s=HANG_LIMIT_S,
        status=6,
        reason="no answer for 3 s",
        quick=True,
    ),
    Fault(
        name="worker prints garbage",
        contenders="loud,steady",
        status=0,
        prints="document",
    ),
    Fault(
        name="worker prints garbage, then dies",
        contenders="loud-and-dead,steady",
        status=6,
        reason="SIGABRT; its last line was: .*red last word",
    ),
    Fault(
        name="worker answers with garbage",
        contenders="garbage,steady",
        status=6,
        reason="could not be understood",
        quick=True,
    ),
    Fault(
        name="worker answers with an empty block",
        contenders="empty-block,steady",
        status=6,
        reason="could not be understood",
    ),
    Fault(
        name="worker answers with a line that never ends",
        contenders="huge-line,steady",
        status=6,
        reason="answer has no end",
    ),
    Fault(
        name="worker answers with half a line and dies",
        contenders="half-line,steady",
        status=6,
        reason="ended with status 0",
    ),
    Fault(
        name="worker answers with half a line and hangs",
        contenders="half-line-hanging,steady",
        order_limit_s=HANG_LIMIT_S,
        status=6,
        reason="no answer for 3 s",
    ),
    Fault(
        name="worker ends with status 0 and no answer",
        contenders="leaving,steady",
        status=6,
        reason="ended with status 0",
    ),
    Fault(
        name="worker closes its answers and stays",
        contenders="closing,steady",
        status=6,
        reason="closed its answers without a word",
    ),
    Fault(
        name="worker leaves a process behind",
        contenders="parent,steady",
        status=0,
    ),
    Fault(
        name="GPU lost in the middle",
        contenders="gpu-lost,gpu-lost-too",
        batches="1,2,3",
        status=6,
        cells=3,
        nothing_measured=True,
        reason="RuntimeError: CUDA error: unspecified launch failure",
    ),
    Fault(
        name="device out of memory",
        contenders="device-full,steady",
        status=6,
        reason="CUDA out of memory",
        says="device-full oom",
    ),
    Fault(
        name="worker under an address-space limit",
        contenders="host-full,steady",
        status=6,
        reason="MemoryError",
        says="host-full oom",
        quick=True,
    ),
)

PARENTS = (
    Fault(
        name="nothing happens",
        status=0,
        prints="document",
    ),
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

STREAMS = (
    Fault(
        name="standard output to /dev/full",
        redirect=">/dev/full",
        status=2,
        document=None,
        says="standard output can't be written: No space left on device",
        quick=True,
    ),
    Fault(
        name="standard output closed",
        redirect=">&-",
        status=2,
        document=None,
        says="standard output is closed",
    ),
    Fault(
        name="standard output's disk fills up",
        batches="1,2,3,4",
        output=False,
        stage=small_output,
        redirect=">out/printed",
        disturb=fill_output,
        status=2,
        cells=4,
        says="can't be written: No space left on device.\nbenchcore: the document is kept in ",
        rescued=True,
    ),
    Fault(
        name="reader leaves before the document",
        output=False,
        redirect="| true",
        status=0,
        says="the document is kept in ",
        rescued=True,
        quick=True,
    ),
    Fault(
        name="reader of a failed run leaves",
        contenders="killed,steady",
        options=(),
        redirect="| true",
        status=6,
    ),
    Fault(
        name="reader takes one line of the tables",
        options=(),
        redirect="| head -1",
        status=0,
        prints="[^\n]*\n$",
    ),
    Fault(
        name="reader takes one line of the document",
        redirect="| head -1",
        status=0,
        prints="{\n$",
    ),
    Fault(
        name="reader takes one event",
        options=("--jsonl",),
        redirect="| head -1",
        status=130,
        document="interrupted",
        cells=0,
        prints='{"type":"run_started"[^\n]*\n$',
        quick=True,
    ),
    Fault(
        name="events to a disk that fills up",
        batches="1,2,3,4",
        options=("--jsonl",),
        output=False,
        stage=small_output,
        redirect=">out/printed",
        disturb=fill_output,
        status=2,
        says="can't be written: No space left on device.\nbenchcore: the document is kept in ",
        rescued=True,
    ),
    Fault(name="standard error closed", redirect="2>&-", status=0, prints="document"),
    Fault(name="standard error to /dev/full", redirect="2>/dev/full", status=0, prints="document"),
    Fault(name="standard input closed", redirect="<&-", status=0, prints="document", quick=True),
)

FILES = (
    Fault(
        name="document's disk is full before the run",
        stage=full_output,
        status=2,
        document=None,
        says="--output: .* can't be written: No space left on device",
        leaves_files=True,
        quick=True,
    ),
    Fault(
        name="document's disk fills up",
        batches="1,2,3,4",
        stage=small_output,
        disturb=fill_output,
        options=(),
        status=2,
        document="running",
        says="can't be written: No space left on device.\n(.*\n)*.*the document is kept in ",
        rescued=True,
    ),
    Fault(
        name="document's disk turns read-only",
        batches="1,2,3,4",
        disturb=protect_output,
        status=2,
        document="running",
        says="can't be written: Read-only file system",
        prints="document",
        leaves_files=True,
    ),
    Fault(
        name="document's folder is read-only",
        stage=protected_output,
        status=2,
        document=None,
        says="--output: .* can't be written: Read-only file system",
        quick=True,
    ),
    Fault(
        name="document's folder is forbidden",
        stage=forbidden_output,
        before_exec=obey_permissions,
        status=2,
        document=None,
        says="--output: .* can't be written: Permission denied",
        quick=True,
    ),
    Fault(
        name="temporary folder's disk is full",
        stage=small_temporary,
        status=6,
        nothing_measured=True,
        reason="No space left on device",
    ),
    Fault(
        name="run under an address-space limit",
        prefix=f"export OPENBLAS_NUM_THREADS=2; ulimit -v $((1024 * {FULL_SOON_MIB}));",
        status=6,
        nothing_measured=True,
        reason="inputs of this cell can't be made",
    ),
)

FAULTS = (*WORKERS, *PARENTS, *STREAMS, *FILES)
