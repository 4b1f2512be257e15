# cython: language_level=3, embedsignature=True, freethreading_compatible=False
"""One backend of dlib_net: dlib's networks as Python sees them.

Compiled once for the CPU and once for CUDA. It trusts its caller: dlib_net checks every argument
before it comes here. Addresses are plain integers: of host memory in the CPU backend, of device
memory in the CUDA backend, unless a name says host.
"""
import json

from cython.operator cimport dereference as deref
from libc.stdint cimport uintptr_t
from libcpp.memory cimport shared_ptr
from libcpp.string cimport string
from libcpp.vector cimport vector
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from net cimport *


cdef long long now_ns() noexcept nogil:
    """The clock that time.perf_counter_ns reads on Linux."""
    cdef timespec now
    clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1000000000LL + now.tv_nsec


cdef shape4 to_shape4(shape):
    cdef shape4 s
    s.n, s.k, s.nr, s.nc = shape
    return s


cdef tuple from_shape4(shape4 s):
    return (s.n, s.k, s.nr, s.nc)


cdef class Memory:
    """Owns an array of float32; the memory goes with the last reference."""
    cdef shared_ptr[storage] held
    cdef readonly int device

    @property
    def address(self):
        return <uintptr_t>deref(self.held).data()


def allocate_memory(int device, shape):
    cdef Memory memory = Memory()
    cdef shape4 s = to_shape4(shape)
    memory.device = device
    with nogil:
        memory.held = allocate(device, s)
    return memory


def images_to_memory(int device, uintptr_t host_rgb, shape):
    """dlib's input layer: N x H x W x 3 bytes at host_rgb to normalised N x 3 x H x W floats."""
    cdef Memory memory = Memory()
    cdef shape4 s = to_shape4(shape)
    memory.device = device
    with nogil:
        memory.held = images_to_tensor(device, <const unsigned char*>host_rgb, s)
    return memory


def copy_in(int device, uintptr_t destination, uintptr_t host_source, size_t count):
    with nogil:
        copy_from_host(device, <float*>destination, <const float*>host_source, count)


def copy_out(int device, uintptr_t host_destination, uintptr_t source, size_t count):
    with nogil:
        copy_to_host(device, <float*>host_destination, <const float*>source, count)


def copy(int device, uintptr_t destination, uintptr_t source, size_t count):
    with nogil:
        copy_within(device, <float*>destination, <const float*>source, count)


cdef class Lease:
    """Keeps a network's logits readable as long as something looks at them."""
    cdef shared_ptr[network] owner
    cdef shared_ptr[lease] held


cdef class Network:
    """One of dlib's networks. Not thread-safe; the caller holds a lock."""
    cdef shared_ptr[network] net
    cdef int device

    def __init__(self, *, bint resnet50_dlib, bint train, bint fused, int device, unsigned seed,
                 float momentum, float weight_decay):
        cdef settings s
        s.resnet50_dlib = resnet50_dlib
        s.train = train
        s.fused = fused
        s.device = device
        s.seed = seed
        s.momentum = momentum
        s.weight_decay = weight_decay
        self.device = device
        with nogil:
            self.net = make_network(s)

    def forward(self, uintptr_t x, shape):
        """Returns (address, shape, lease) of the logits."""
        cdef shape4 s = to_shape4(shape)
        cdef logits_view view
        cdef Lease keep = Lease()
        with nogil:
            view = deref(self.net).forward(<const float*>x, s)
        keep.owner = self.net
        keep.held = view.keep
        return <uintptr_t>view.data, (view.shape.n, view.shape.k), keep

    def time_forwards(self, uintptr_t x, shape, int count):
        """Nanoseconds of each of `count` forward passes, each synchronised, in one native loop.

        What these passes cost without Python: benchmarks/overhead.py compares it.
        """
        cdef shape4 s = to_shape4(shape)
        cdef vector[long long] times
        cdef long long start
        cdef int i
        times.reserve(count)
        with nogil:
            c_synchronize(self.device)
            for i in range(count):
                start = now_ns()
                deref(self.net).forward(<const float*>x, s)
                c_synchronize(self.device)
                times.push_back(now_ns() - start)
        return times

    def train_forward(self, uintptr_t x, shape):
        cdef shape4 s = to_shape4(shape)
        with nogil:
            deref(self.net).train_forward(<const float*>x, s)

    def train_loss(self, uintptr_t host_labels):
        cdef double loss
        with nogil:
            loss = deref(self.net).train_loss(<const long long*>host_labels)
        return loss

    def train_backward(self):
        with nogil:
            deref(self.net).train_backward()

    def train_update(self, double learning_rate):
        with nogil:
            deref(self.net).train_update(learning_rate)

    def class_gradients(self, uintptr_t x, shape, uintptr_t host_classes):
        cdef shape4 s = to_shape4(shape)
        with nogil:
            deref(self.net).class_gradients(<const float*>x, s, <const long long*>host_classes)

    def entries(self):
        """The state's arrays: (name, shape, is_counter), in torchvision's order."""
        return [(e.name.decode(), tuple(e.shape), e.counter) for e in deref(self.net).entries()]

    def read(self, size_t entry, uintptr_t host_destination):
        with nogil:
            deref(self.net).read(entry, <void*>host_destination)

    def write(self, size_t entry, uintptr_t host_source):
        with nogil:
            deref(self.net).write(entry, <const void*>host_source)

    def commit(self):
        with nogil:
            deref(self.net).commit()

    def outputs(self):
        """(name, address, shape) of what every layer holds after a forward pass."""
        return [(v.name.decode(), <uintptr_t>v.data, from_shape4(v.shape))
                for v in deref(self.net).outputs()]

    def gradients(self):
        return [(v.name.decode(), <uintptr_t>v.data, from_shape4(v.shape))
                for v in deref(self.net).gradients()]


def count_devices():
    return device_count()


def name_of_device(int device):
    return device_name(device).decode()


def synchronize(int device):
    with nogil:
        c_synchronize(device)


def make_stream_wait(int device, uintptr_t stream):
    with nogil:
        c_make_stream_wait(device, stream)


def library_versions():
    return {v.first.decode(): v.second.decode() for v in c_library_versions()}


BUILD = json.loads(build_facts)

if has_cuda:
    try:
        usable = device_count() > 0
        reason = "no NVIDIA GPU was found"
    except Exception as failure:
        usable = False
        reason = str(failure)
    if not usable:
        raise ImportError(f"dlib_net's CUDA backend can't run here: {reason}")
