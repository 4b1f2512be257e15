"""Networks come and go, threads share them, processes end well."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import dlib_net


def python(code: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_logits_are_gone_after_the_next_pass(images):
    net = dlib_net.ResNet50()
    first = net.forward(images(1, 3, 32, 32))
    kept, values = first.copy(), first.numpy()
    net.forward(images(1, 3, 32, 32, seed=8))
    with pytest.raises(dlib_net.DlibError, match="copy"):
        first.numpy()
    assert np.array_equal(kept.numpy(), values)


def test_exported_logits_stay_readable_when_the_network_grows_or_goes(images):
    net = dlib_net.ResNet50()
    view = np.asarray(net.forward(images(1, 3, 32, 32)))
    before = view.copy()
    for count in (2, 5, 9):
        net.forward(images(count, 3, 32, 32))
    assert np.array_equal(view, before)  # the buffer it shows was replaced, not freed
    last = np.asarray(net.forward(images(2, 3, 32, 32)))
    before = last.copy()
    net.close()
    del net
    assert np.array_equal(last, before)


def test_a_closed_network_is_refused(images):
    x = images(2, 3, 32, 32)
    with dlib_net.ResNet50("resnet50", "train") as net:
        net.forward(x)
    net.close()
    for call in (lambda: net.forward(x), net.state_dict, net.layer_outputs, net.layer_gradients,
                 lambda: net.train_step(x, [1, 2]), lambda: net.to_tensor(x),
                 lambda: net.load_state_dict({}), lambda: net.backward(x, [1, 2])):  # fmt: skip
        with pytest.raises(dlib_net.DlibError):
            call()
    assert "closed" in repr(net)


def test_threads_take_turns_on_one_network(drawn, images):
    net = dlib_net.ResNet50("resnet50", "train")
    net.load_state_dict(drawn("resnet50"))
    alone = dlib_net.ResNet50("resnet50", "train")
    alone.load_state_dict(drawn("resnet50"))
    x = images(2, 3, 48, 48)
    failures = []

    def train():
        try:
            for _ in range(3):
                net.train_step(x, [1, 2], lr=0.001)
                net.forward(x[:1])
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=train) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    for _ in range(12):
        alone.train_step(x, [1, 2], lr=0.001)
    state, expected = net.state_dict(), alone.state_dict()
    assert all(np.array_equal(state[k], v) for k, v in expected.items())


def test_networks_created_at_once_have_the_weights_of_their_seeds():
    # dlib draws them from the C library's rand(), of which there is one
    alone = [dlib_net.ResNet50(seed=seed).state_dict() for seed in range(4)]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda seed: dlib_net.ResNet50(seed=seed), [*range(4)] * 2))
    for network, expected in zip(together, alone * 2, strict=True):
        state = network.state_dict()
        assert all(np.array_equal(state[name], value) for name, value in expected.items())


@pytest.mark.parametrize("read", [dlib_net.Tensor.numpy, dlib_net.Tensor.copy])
def test_logits_are_whole_while_another_thread_waits_for_a_pass(images, read):
    net, passed = dlib_net.ResNet50(), threading.Event()
    x, other = images(1, 3, 32, 32), images(1, 3, 32, 32, seed=8)
    logits = net.forward(x)
    expected = np.array(logits)
    other_pass = threading.Thread(target=lambda: (net.forward(other), passed.set()))

    class Slow:
        """The backend, but another thread asks for a pass before anything is copied."""

        def __getattr__(self, name):
            call = getattr(backend, name)
            return (lambda *arguments: late(call, *arguments)) if "copy" in name else call

    def late(call, *arguments):
        other_pass.start()
        assert not passed.wait(0.5)
        call(*arguments)

    backend = logits._backend
    logits._backend = Slow()
    found = read(logits)
    other_pass.join()
    assert passed.is_set()
    assert np.array_equal(np.asarray(found), expected)


def test_the_interpreter_is_free_while_dlib_computes(images):
    net, ticks, stop = dlib_net.ResNet50(), 0, threading.Event()
    x = images(8, 3, 160, 160)

    def tick():
        nonlocal ticks
        while not stop.wait(0.001):
            ticks += 1

    thread = threading.Thread(target=tick)
    thread.start()
    for _ in range(3):
        net.forward(x)
    stop.set()
    thread.join()
    assert ticks > 10


CREATE_AND_DESTROY = """
import ctypes, gc, numpy as np, dlib_net
from pathlib import Path
def resident_mib():
    ctypes.CDLL(None).malloc_trim(0)  # what is free goes back, so that what is left is held
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 2**20
x = np.random.default_rng(0).standard_normal((2, 3, 64, 64), dtype=np.float32)
sizes = []
for number in range(50):
    net = dlib_net.ResNet50(("resnet50", "resnet50-dlib")[number % 2], "train")
    assert np.isfinite(net.train_step(x, [1, 2], lr=0.01))
    net.forward(x); net.layer_outputs(["layer4.2"]); net.state_dict()
    if number % 3: net.close()
    del net
    gc.collect()
    sizes.append(resident_mib())
print(max(sizes[5:]) - max(sizes[:5]))
"""


def test_fifty_networks_leave_memory_flat_and_the_process_ends_well():
    # one network holds about 300 MiB here
    assert float(python(CREATE_AND_DESTROY)) < 3


@pytest.mark.parametrize("end", ["", "net.close()", "del net", "import sys; sys.exit(0)"])
def test_processes_end_well_with_networks_and_views_open(end):
    python(
        "import numpy as np, dlib_net\n"
        "net = dlib_net.ResNet50('resnet50', 'train')\n"
        "x = np.ones((2, 3, 32, 32), np.float32)\n"
        "net.train_step(x, [1, 2])\n"
        "view = np.asarray(net.forward(x)); other = np.from_dlpack(net.to_tensor(x))\n" + end
    )


def test_rand_of_the_program_is_not_disturbed():
    code = (
        "import ctypes, dlib_net\n"
        "c = ctypes.CDLL(None); c.srand(3); a = [c.rand() for _ in range(4)]\n"
        "c.srand(3); b = [c.rand() for _ in range(2)]\n"
        "dlib_net.ResNet50(seed=1)\n"
        "print(a == b + [c.rand() for _ in range(2)])\n"
    )
    assert python(code) == "True\n"


@pytest.mark.parametrize("order", ["import torch, dlib_net", "import dlib_net, torch"])
def test_both_orders_of_import_work_with_one_copy_of_each_library(order):
    code = (
        f"{order}\nimport numpy as np, torchvision\n"
        "net = dlib_net.ResNet50()\n"
        "module = torchvision.models.resnet50(weights=None).eval()\n"
        "module.load_state_dict({k: torch.from_numpy(v) for k, v in net.state_dict().items()})\n"
        "x = torch.randn(2, 3, 64, 64)\n"
        "with torch.inference_mode(): expected = module(x)\n"
        "error = (torch.from_dlpack(net.forward(x)) - expected).abs().max()\n"
        "assert error <= 1e-5 * expected.abs().max(), error\n"
        "info = dlib_net.build_info()\n"
        "assert info['one_copy_each'], info['loaded']\n"
        "assert len(info['loaded']['libscipy_openblas.so']) == 1\n"
    )
    python(code)
