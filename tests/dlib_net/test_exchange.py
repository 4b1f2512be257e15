"""Arrays in and out: what is shared, what is copied, what is refused."""

from __future__ import annotations

import gc
import weakref

import numpy as np
import pytest
import torch

import dlib_net


@pytest.fixture(scope="module")
def net():
    return dlib_net.ResNet50()


@pytest.fixture
def x(images):
    return images(2, 3, 32, 40)


def test_numpy_and_torch_are_borrowed_without_a_copy(net, x):
    borrowed = net.to_tensor(x)
    assert np.shares_memory(borrowed.numpy(), x)
    source = torch.from_numpy(x.copy())
    assert net.to_tensor(source).address == source.data_ptr()
    assert net.to_tensor(source.requires_grad_()).address == source.data_ptr()


def test_exports_share_memory(net, x):
    t = net.to_tensor(x)
    assert torch.from_dlpack(t).data_ptr() == t.address
    assert np.shares_memory(np.from_dlpack(t), x)
    assert np.shares_memory(np.asarray(t), x)
    assert (t.shape, t.dtype, t.device) == ((2, 3, 32, 40), np.float32, "cpu")
    logits = net.forward(t)
    assert torch.from_dlpack(logits).data_ptr() == logits.address
    assert np.asarray(logits).ctypes.data == logits.address


def test_copies_where_asked(net, x):
    t = net.to_tensor(x)
    assert not np.shares_memory(t.copy().numpy(), x)
    assert np.array_equal(t.copy().numpy(), x)
    assert not np.shares_memory(np.array(t), x)
    assert torch.from_dlpack(t, copy=True).data_ptr() != t.address
    assert np.asarray(t, dtype=np.float64).dtype == np.float64
    with pytest.raises(ValueError, match="copy"):
        np.asarray(t, dtype=np.float64, copy=False)
    with pytest.raises(BufferError, match="device"):
        t.__dlpack__(dl_device=(2, 0))


class Owner:
    """Memory of numpy's whose end can be seen."""

    def __init__(self, array):
        self.array = array
        self.__array_interface__ = array.__array_interface__


def test_borrowed_memory_lives_as_long_as_it_is_used(net, images):
    expected = images(1, 3, 32, 32)
    source = Owner(expected.copy())
    gone = weakref.ref(source)
    exported = torch.from_dlpack(net.to_tensor(source))
    del source
    gc.collect()
    assert gone() is not None
    assert np.array_equal(exported.numpy(), expected)
    del exported
    gc.collect()
    assert gone() is None


def test_an_unconsumed_capsule_gives_its_memory_back(net, images):
    for version in (None, (1, 0)):
        source = Owner(images(1, 3, 8, 8))
        gone = weakref.ref(source)
        capsule = net.to_tensor(source).__dlpack__(max_version=version)
        del source
        gc.collect()
        assert gone() is not None
        del capsule
        gc.collect()
        assert gone() is None


def test_read_only_memory_stays_read_only(net, images):
    source = images(1, 3, 8, 8)
    source.flags.writeable = False
    t = net.to_tensor(source)
    assert not t.numpy().flags.writeable
    with pytest.raises(BufferError, match="read-only"):
        t.__dlpack__()
    assert net.forward(t).shape == (1, 1000)


def test_other_layouts_are_copied(net, x):
    expected = net.forward(x).numpy()
    channels_last = np.ascontiguousarray(x.transpose(0, 2, 3, 1)).transpose(0, 3, 1, 2)
    assert np.array_equal(net.forward(channels_last).numpy(), expected)
    tensor = torch.from_numpy(x).to(memory_format=torch.channels_last)
    assert np.array_equal(net.forward(tensor).numpy(), expected)
    assert np.array_equal(net.forward(x[::-1][::-1]).numpy(), expected)
    raw = np.zeros(x.nbytes + 1, np.uint8)
    unaligned = raw[1:].view(np.float32).reshape(x.shape)
    unaligned[:] = x
    assert np.array_equal(net.forward(unaligned).numpy(), expected)


def test_images_get_dlibs_normalisation(net):
    generator = np.random.default_rng(1)
    images = generator.integers(0, 256, (3, 20, 30, 3), dtype=np.uint8)
    # dlib computes (value - mean) in float and divides by a power of two: exact to the bit
    means = np.array([122.782, 117.001, 104.298], np.float32)
    expected = ((images.astype(np.float32) - means) / 256).transpose(0, 3, 1, 2)
    for given in (images, list(images), torch.from_numpy(images), images[:, ::-1][:, ::-1]):
        assert np.array_equal(net.to_tensor(given).numpy(), expected)
    assert net.to_tensor(images[0]).shape == (1, 3, 20, 30)


@pytest.mark.parametrize(
    ("data", "error", "words"),
    [
        (np.zeros((1, 3, 8, 8)), TypeError, "float64"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.bfloat16), TypeError, "bfloat16"),
        (torch.zeros(1, 3, 8, 8, dtype=torch.float64), TypeError, "float64"),
        (np.zeros((3, 8, 8), np.float32), dlib_net.ShapeError, "N x 3 x H x W"),
        (np.zeros((1, 1, 3, 8, 8), np.float32), dlib_net.ShapeError, "N x 3 x H x W"),
        (np.zeros((1, 4, 8, 8), np.float32), dlib_net.ShapeError, "4 channels"),
        (np.zeros((0, 3, 8, 8), np.float32), dlib_net.ShapeError, "empty batch"),
        (np.zeros((1, 3, 0, 8), np.float32), dlib_net.ShapeError, "at least 1x1"),
        (np.float32(1), dlib_net.ShapeError, "N x 3 x H x W"),
        ([], dlib_net.ShapeError, "empty"),
        ([np.zeros((8, 8, 3), np.uint8), np.zeros((8, 9, 3), np.uint8)], ValueError, "different"),
        ([np.zeros((8, 8, 3), np.float32)], TypeError, "uint8"),
        (np.zeros((8, 8, 4), np.uint8), dlib_net.ShapeError, "H x W x 3"),
        (np.zeros((8, 8), np.uint8), dlib_net.ShapeError, "H x W x 3"),
        (np.zeros((0, 8, 8, 3), np.uint8), dlib_net.ShapeError, "empty"),
        (np.zeros((2, 0, 8, 3), np.uint8), dlib_net.ShapeError, "at least 1x1"),
        ("words", TypeError, "dtype"),
        (None, TypeError, "dtype"),
        (["words"], TypeError, "uint8"),
        (np.array([object()]), TypeError, "object"),
        (np.broadcast_to(np.float32(0), (2**20, 3, 224, 224)), dlib_net.ShapeError, "elements"),
    ],
)
def test_refusals(net, data, error, words):
    with pytest.raises(error, match=words) as caught:
        net.to_tensor(data)
    assert isinstance(caught.value, dlib_net.DlibError)
    assert "\n" not in str(caught.value)


def test_small_images_are_refused_where_the_network_does_not_pad(images):
    net = dlib_net.ResNet50("resnet50-dlib")
    assert net.forward(images(1, 3, 55, 55)).shape == (1, 1000)
    with pytest.raises(dlib_net.ShapeError, match="at least 55x55"):
        net.forward(images(1, 3, 54, 224))


def test_foreign_devices_are_refused(net):
    class OnGpu:
        dtype = np.dtype(np.float32)

        def __dlpack_device__(self):
            return (2, 0)

        def __dlpack__(self, **_):
            raise AssertionError("a refused array must not be exported")

    with pytest.raises(dlib_net.DlibError, match="cuda:0"):
        net.to_tensor(OnGpu())


def test_contents_change_while_the_memory_stays():
    net = dlib_net.ResNet50("resnet50", "infer")
    first = np.random.default_rng(0).normal(size=(1, 3, 32, 32)).astype(np.float32)
    second = np.random.default_rng(1).normal(size=(1, 3, 32, 32)).astype(np.float32)
    x = net.to_tensor(first.copy())
    address = x.address
    for source in (second, torch.from_numpy(first), torch.from_numpy(second)[:, :, ::1]):
        x.copy_from(source)
        assert x.address == address
        assert (x.numpy() == np.asarray(source)).all()
    expected = net.forward(second).copy().numpy()
    assert (net.forward(x).numpy() == expected).all()


def test_what_can_not_be_copied_into_is_one_sentence():
    net = dlib_net.ResNet50("resnet50", "infer")
    x = net.to_tensor(np.zeros((1, 3, 32, 32), np.float32))
    with pytest.raises(dlib_net.ShapeError, match=r"shape \(1, 3, 33, 32\); give \(1, 3, 32, 32\)"):
        x.copy_from(np.zeros((1, 3, 33, 32), np.float32))
    with pytest.raises(dlib_net.DlibError, match="float32"):
        x.copy_from(np.zeros((1, 3, 32, 32)))
    with pytest.raises(dlib_net.DlibError, match="can't be written"):
        net.forward(x).copy_from(np.zeros((1, 1000), np.float32))
    constant = np.zeros((1, 3, 32, 32), np.float32)
    constant.flags.writeable = False
    with pytest.raises(dlib_net.DlibError, match="can't be written"):
        net.to_tensor(constant).copy_from(np.ones_like(constant))
