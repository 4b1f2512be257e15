"""What is done before a run or while it goes on, so that a fault is there."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import termios
import time

from fault import Fault

PR_CAPBSET_DROP, CAP_DAC_OVERRIDE = 24, 1
"""From <linux/prctl.h> and <linux/capability.h>."""

SMALL_DISK = "size=2m"
"""Holds a document and none of a network's weights."""

STUCK_S = 5.0
"""A run that writes nothing for so long, where it has much to tell, waits for its reader."""

NOTHING = Fault(name="nothing happens", status=0, prints="document")


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
    driver = NOTHING.words(scene)[:2]
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
    words = NOTHING.words(scene)
    done = subprocess.run(
        [sys.executable, *words], env=scene.environment, capture_output=True, text=True
    )
    assert done.returncode == 2, f"the second run ended with {done.returncode}"
    assert "another run is writing" in done.stderr, done.stderr


def narrow_pipe(scene):
    """A pipe of a page, whose reader never reads."""
    path = scene.folder / "narrow"
    os.mkfifo(path)
    scene.reader = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")
    fcntl.fcntl(scene.reader, fcntl.F_SETPIPE_SZ, 4096)


def full_pipe(scene):
    """The same, with no room left in it."""
    narrow_pipe(scene)
    with (scene.folder / "narrow").open("wb") as pipe:
        pipe.write(bytes(4096))


def terminate_once_stuck(scene):
    _wait_until_stuck(scene)
    scene.process.terminate()


def hang_up_twice_once_stuck(scene):
    """As the kernel and a shell may do."""
    _wait_until_stuck(scene)
    for _ in range(2):
        scene.process.send_signal(signal.SIGHUP)


def _wait_until_stuck(scene):
    def stuck():
        before = _waiting_bytes(scene.reader)
        time.sleep(STUCK_S)
        return 0 < before == _waiting_bytes(scene.reader)

    scene.wait_until(stuck, "a full pipe")


def _waiting_bytes(reader):
    count = bytearray(4)
    fcntl.ioctl(reader, termios.FIONREAD, count)
    return int.from_bytes(count, sys.byteorder)


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
