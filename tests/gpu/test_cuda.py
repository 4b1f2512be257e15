"""The CUDA backend on a real GPU: run with `pytest -m gpu` (scripts/gpu_check.sh does)."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
import torch
from torch.profiler import ProfilerActivity, profile

import dlib_net

pytestmark = pytest.mark.gpu


@pytest.fixture(autouse=True)
def strict_fp32():
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False


def make(network, mode, drawn, **options):
    net = dlib_net.ResNet50(network, mode, "cuda", **options)
    net.load_state_dict(drawn(network))
    return net


def relative_error(found, expected: torch.Tensor) -> float:
    found = torch.from_dlpack(found) if isinstance(found, dlib_net.Tensor) else found
    return float((found - expected).abs().max() / expected.abs().max())


def on_gpu(array: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(array).cuda()


@pytest.mark.parametrize("fused", [False, True])
@pytest.mark.parametrize("size", [(224, 224), (160, 192)])
def test_logits_agree(network, fused, size, drawn, twin, images):
    net, reference = make(network, "infer", drawn, fused=fused), twin(network).cuda()
    for count in (1, 2, 3, 8, 32):
        x = on_gpu(images(count, 3, *size))
        with torch.inference_mode():
            expected = reference(x)
        assert relative_error(net.forward(x), expected) < 1e-5
    state = net.state_dict()
    assert all(np.array_equal(state[k], v) for k, v in drawn(network).items())


def test_a_training_step_agrees(network, drawn, twin, images):
    net = make(network, "train", drawn)
    exact = twin(network, torch.float64).cuda().train()
    single = twin(network).cuda().train()
    x, labels = images(8, 3, 128, 128), torch.arange(8) * 100
    losses = []
    for module in (exact, single):
        optimizer = torch.optim.SGD(module.parameters(), lr=0.01)
        dtype = next(module.parameters()).dtype
        loss = torch.nn.functional.cross_entropy(module(on_gpu(x).to(dtype)), labels.cuda())
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    net_plain = make(network, "train", drawn, weight_decay=0.0, momentum=0.0)
    loss = net_plain.train_step(on_gpu(x), labels, lr=0.01)
    assert abs(loss - losses[0]) < 1e-4
    state = net_plain.state_dict()
    names = dict(exact.named_parameters())

    def distance(values):
        return sum(float(((values[n] - names[n].detach().cpu().numpy()) ** 2).sum()) for n in names)

    own = distance({n: p.detach().cpu().numpy() for n, p in single.named_parameters()})
    assert distance(state) <= 4 * own + 1e-12  # squared distances: twice as far
    assert np.isfinite(net.train_step(on_gpu(x), labels, lr=0.01))


def kernel_and_runtime_names(run) -> list[str]:
    torch.cuda.synchronize()
    activities = [ProfilerActivity.CPU, ProfilerActivity.CUDA]
    with profile(activities=activities, acc_events=True) as trace:
        run()
        torch.cuda.synchronize()
    return [event.name for event in trace.events()]


def test_twenty_steady_forwards_copy_nothing_and_wait_for_nothing(network, drawn, images):
    net, x = make(network, "infer", drawn), on_gpu(images(4, 3, 224, 224))
    t = net.to_tensor(x)
    for _ in range(5):
        net.forward(t)

    def run():
        for _ in range(20):
            net.forward(t)

    names = kernel_and_runtime_names(run)
    copies = [name for name in names if "memcpy" in name.lower() or "memset" in name.lower()]
    assert not [name for name in copies if "memcpy" in name.lower()], copies
    waits = [name for name in names if "ynchronize" in name]
    assert len(waits) <= 2, waits  # the one of this test, before the trace ends
    assert len([name for name in names if "conv" in name.lower() or "gemm" in name.lower()]) > 900


def test_device_memory_comes_in_without_touching_the_host(drawn, images):
    net, x = make("resnet50", "infer", drawn), on_gpu(images(4, 3, 224, 224))
    names = kernel_and_runtime_names(lambda: net.to_tensor(x))
    assert not [name for name in names if "memcpy" in name.lower() or "Malloc" in name]
    t = net.to_tensor(x)
    assert t.address == x.data_ptr()
    assert t.device == "cuda:0"
    y = net.forward(t)
    exported = torch.from_dlpack(y)
    assert exported.data_ptr() == y.address
    assert exported.is_cuda
    assert np.array_equal(exported.cpu().numpy(), y.numpy())
    assert torch.as_tensor(y, device="cuda").data_ptr() == y.address  # __cuda_array_interface__
    assert np.array_equal(y.copy().numpy(), y.numpy())


def test_host_arrays_and_images_are_brought_over(drawn, twin, images):
    net = make("resnet50", "infer", drawn)
    x = images(2, 3, 96, 96)
    expected = net.forward(on_gpu(x)).numpy()
    assert np.array_equal(net.forward(x).numpy(), expected)
    assert np.array_equal(net.forward(torch.from_numpy(x)).numpy(), expected)
    rgb = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    on_cpu = dlib_net.ResNet50().to_tensor(rgb).numpy()
    assert np.array_equal(net.to_tensor(rgb).numpy(), on_cpu)
    channels_last = on_gpu(x).to(memory_format=torch.channels_last)
    assert np.array_equal(net.forward(channels_last).numpy(), expected)


def test_devices_do_not_mix(images):
    x = on_gpu(images(1, 3, 64, 64))
    with pytest.raises(dlib_net.DlibError, match="cuda:0"):
        dlib_net.ResNet50().forward(x)
    with pytest.raises(dlib_net.DlibError, match="does not exist"):
        dlib_net.ResNet50(device="cuda:63")
    with pytest.raises(TypeError, match="float16"):
        dlib_net.ResNet50(device="cuda").forward(x.half())


def test_work_of_other_streams_is_waited_for(drawn, images):
    net, base = make("resnet50", "infer", drawn), on_gpu(images(4, 3, 224, 224))
    expected = net.forward(base * 2).numpy()
    side = torch.cuda.Stream()
    for _ in range(5):
        with torch.cuda.stream(side):
            torch.cuda._sleep(20_000_000)
            x = base * 2
            y = net.forward(x)
            on_side = torch.from_dlpack(y) + 0  # on the side stream, which must wait for dlib
        side.synchronize()
        assert np.array_equal(on_side.cpu().numpy(), expected)


def test_a_non_finite_loss_raises_and_changes_nothing(network, drawn, images):
    net = make(network, "train", drawn)
    x = on_gpu(images(2, 3, 64, 64))
    bad = x.clone()
    bad[0, 0, 3, 3] = float("nan")
    with pytest.raises(dlib_net.NonFiniteLossError):
        net.train_step(bad, [1, 2], lr=0.01)
    state = net.state_dict()
    assert all(np.array_equal(state[k], v) for k, v in drawn(network).items())
    assert np.isfinite(net.train_step(x, [1, 2], lr=0.01))
    with pytest.raises(dlib_net.ShapeError, match="single image"):
        net.train_step(x[:1], [1])


def test_layers(network, drawn, images):
    net = make(network, "infer", drawn)
    on_cpu = dlib_net.ResNet50(network)
    on_cpu.load_state_dict(drawn(network))
    x = images(2, 3, 96, 96)
    net.backward(x, [3, 4])
    on_cpu.backward(x, [3, 4])
    for found, expected, bound in (
        (net.layer_outputs(), on_cpu.layer_outputs(), 1e-5),
        (net.layer_gradients(), on_cpu.layer_gradients(), 1e-3),
    ):
        assert list(found) == list(expected)
        for name in ("layer1.0", "layer4.2", "relu", "layer3.0.conv2"):
            if name in found:
                other = torch.from_numpy(expected[name].numpy())
                assert relative_error(torch.from_numpy(found[name].numpy()), other) < bound, name


@pytest.mark.parametrize("order", ["import torch, dlib_net", "import dlib_net, torch"])
def test_both_orders_of_import_train_and_exit_with_one_copy_of_each_library(order):
    code = (
        f"{order}\nnet = dlib_net.ResNet50('resnet50', 'train', 'cuda')\n"
        "x = torch.randn(2, 3, 64, 64, device='cuda')\n"
        "torch.nn.Conv2d(3, 3, 3).cuda()(x)\n"
        "net.train_step(x, [1, 2]); y = net.forward(x)\n"
        "info = dlib_net.build_info()\n"
        "assert info['one_copy_each'], info['loaded']\n"
        "print(info['loaded'], info['backends']['cuda'])\n"
        "for name in ('libcudnn.so', 'libcublas.so'): assert len(info['loaded'][name]) == 1\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    print(done.stdout)


def test_contents_change_while_the_memory_stays():
    net = dlib_net.ResNet50("resnet50", "infer", "cuda")
    first, second = np.random.default_rng(0).normal(size=(2, 1, 3, 64, 64)).astype(np.float32)
    x = net.to_tensor(first)
    address = x.address
    for source in (second, torch.from_numpy(first), torch.from_numpy(second).cuda()):
        x.copy_from(source)
        assert x.address == address
        expected = source.cpu().numpy() if isinstance(source, torch.Tensor) else source
        assert (x.numpy() == expected).all()
