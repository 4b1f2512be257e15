# cython: language_level=3, embedsignature=True
"""DLPack capsules, made and taken apart, for float32 arrays. Knows nothing of dlib."""
from cpython.mem cimport PyMem_Free, PyMem_Malloc
from cpython.pycapsule cimport (PyCapsule_GetName, PyCapsule_GetPointer, PyCapsule_IsValid,
                                PyCapsule_New, PyCapsule_SetName)
from cpython.ref cimport Py_DECREF, Py_INCREF
from libc.stdint cimport int64_t, uintptr_t

from dlpack cimport *

cdef extern from "Python.h":
    int Py_IsInitialized() noexcept nogil

DEVICE_NAMES = {CPU: "cpu", CUDA: "cuda", CUDA_HOST: "cpu", CUDA_MANAGED: "cuda"}


cdef struct Exported:
    int64_t shape[4]
    int64_t strides[4]
    void* owner


cdef void release(void* context, void* tensor) noexcept with gil:
    cdef Exported* exported = <Exported*>context
    Py_DECREF(<object>exported.owner)
    PyMem_Free(exported)
    PyMem_Free(tensor)


# A consumer may call these from any thread, and after the interpreter has ended; then there is
# nothing left to give back.
cdef void delete_legacy(DLManagedTensor* tensor) noexcept nogil:
    if Py_IsInitialized():
        release(tensor.manager_ctx, tensor)


cdef void delete_versioned(DLManagedTensorVersioned* tensor) noexcept nogil:
    if Py_IsInitialized():
        release(tensor.manager_ctx, tensor)


# A consumer renames the capsule and takes over the deleter; one that nobody consumed frees itself.
cdef void forget_capsule(object capsule) noexcept:
    cdef DLManagedTensor* legacy
    cdef DLManagedTensorVersioned* versioned
    if PyCapsule_IsValid(capsule, "dltensor"):
        legacy = <DLManagedTensor*>PyCapsule_GetPointer(capsule, "dltensor")
        legacy.deleter(legacy)
    elif PyCapsule_IsValid(capsule, "dltensor_versioned"):
        versioned = <DLManagedTensorVersioned*>PyCapsule_GetPointer(capsule, "dltensor_versioned")
        versioned.deleter(versioned)


cdef Exported* describe(DLTensor* tensor, object owner, uintptr_t address, tuple shape,
                        bint cuda, int device) except NULL:
    cdef Exported* exported = <Exported*>PyMem_Malloc(sizeof(Exported))
    cdef int64_t stride = 1
    cdef Py_ssize_t i
    if exported == NULL:
        raise MemoryError
    for i in reversed(range(len(shape))):
        exported.shape[i] = shape[i]
        exported.strides[i] = stride
        stride *= shape[i]
    tensor.data = <void*>address
    tensor.device.device_type = CUDA if cuda else CPU
    tensor.device.device_id = device
    tensor.ndim = len(shape)
    tensor.dtype.code = FLOAT
    tensor.dtype.bits = 32
    tensor.dtype.lanes = 1
    tensor.shape = exported.shape
    tensor.strides = exported.strides
    tensor.byte_offset = 0
    Py_INCREF(owner)
    exported.owner = <void*>owner
    return exported


def make_capsule(owner, uintptr_t address, tuple shape, *, bint cuda, int device,
                 bint versioned, bint read_only, bint copied):
    """A capsule over float32, C-contiguous memory of at most 4 dimensions, which `owner` keeps."""
    cdef DLManagedTensor* legacy
    cdef DLManagedTensorVersioned* tensor
    if not versioned:
        legacy = <DLManagedTensor*>PyMem_Malloc(sizeof(DLManagedTensor))
        if legacy == NULL:
            raise MemoryError
        try:
            legacy.manager_ctx = describe(&legacy.dl_tensor, owner, address, shape, cuda, device)
        except BaseException:
            PyMem_Free(legacy)
            raise
        legacy.deleter = delete_legacy
        return PyCapsule_New(legacy, "dltensor", forget_capsule)
    tensor = <DLManagedTensorVersioned*>PyMem_Malloc(sizeof(DLManagedTensorVersioned))
    if tensor == NULL:
        raise MemoryError
    try:
        tensor.manager_ctx = describe(&tensor.dl_tensor, owner, address, shape, cuda, device)
    except BaseException:
        PyMem_Free(tensor)
        raise
    tensor.version.major = 1
    tensor.version.minor = 0
    tensor.deleter = delete_versioned
    tensor.flags = (FLAG_READ_ONLY if read_only else 0) | (FLAG_IS_COPIED if copied else 0)
    return PyCapsule_New(tensor, "dltensor_versioned", forget_capsule)


cdef class Imported:
    """What a consumed capsule described; its memory is given back with this object."""
    cdef DLManagedTensor* legacy
    cdef DLManagedTensorVersioned* versioned
    cdef readonly object address, shape, strides, device_type, device_id, read_only, is_float32

    def __dealloc__(self):
        if self.legacy != NULL and self.legacy.deleter != NULL:
            self.legacy.deleter(self.legacy)
        if self.versioned != NULL and self.versioned.deleter != NULL:
            self.versioned.deleter(self.versioned)


def take_capsule(capsule):
    """Consumes a capsule of either protocol version and says what it holds.

    Raises BufferError for something that is no DLPack capsule or was consumed before.
    """
    cdef Imported taken = Imported()
    cdef DLTensor* tensor
    cdef Py_ssize_t i
    cdef int64_t stride = 1
    if PyCapsule_IsValid(capsule, "dltensor_versioned"):
        taken.versioned = <DLManagedTensorVersioned*>PyCapsule_GetPointer(
            capsule, "dltensor_versioned")
        PyCapsule_SetName(capsule, "used_dltensor_versioned")
        tensor = &taken.versioned.dl_tensor
        taken.read_only = bool(taken.versioned.flags & FLAG_READ_ONLY)
        if taken.versioned.version.major != 1:
            raise BufferError(f"DLPack version {taken.versioned.version.major} is not understood; "
                              "1 is")
    elif PyCapsule_IsValid(capsule, "dltensor"):
        taken.legacy = <DLManagedTensor*>PyCapsule_GetPointer(capsule, "dltensor")
        PyCapsule_SetName(capsule, "used_dltensor")
        tensor = &taken.legacy.dl_tensor
        taken.read_only = False
    else:
        raise BufferError("not a DLPack capsule, or one that was consumed before")
    taken.address = <uintptr_t>tensor.data + tensor.byte_offset
    taken.shape = tuple(tensor.shape[i] for i in range(tensor.ndim))
    if tensor.strides != NULL:
        taken.strides = tuple(tensor.strides[i] for i in range(tensor.ndim))
    else:
        strides = []
        for i in reversed(range(tensor.ndim)):
            strides.insert(0, stride)
            stride *= tensor.shape[i]
        taken.strides = tuple(strides)
    taken.device_type = tensor.device.device_type
    taken.device_id = tensor.device.device_id
    taken.is_float32 = (tensor.dtype.code == FLOAT and tensor.dtype.bits == 32
                        and tensor.dtype.lanes == 1)
    return taken
