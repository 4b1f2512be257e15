# The declarations of net.hpp, and nothing else.
from libc.stddef cimport size_t
from libcpp cimport bool
from libcpp.memory cimport shared_ptr
from libcpp.pair cimport pair
from libcpp.string cimport string
from libcpp.vector cimport vector


cdef extern from "python_errors.hpp" namespace "dlib_net":
    void raise_python_error()


cdef extern from "net.hpp" namespace "dlib_net" nogil:
    cdef cppclass shape4:
        shape4()
        long long n, k, nr, nc
        long long size()

    cdef cppclass state_entry:
        string name
        vector[long long] shape
        bool counter

    cdef cppclass named_view:
        string name
        const float* data
        shape4 shape

    cdef cppclass lease:
        pass

    cdef cppclass logits_view:
        const float* data
        shape4 shape
        shared_ptr[lease] keep

    cdef cppclass settings:
        settings()
        bool resnet50_dlib, train, fused
        int device
        unsigned seed
        float momentum, weight_decay

    cdef cppclass network:
        logits_view forward(const float*, shape4) except +raise_python_error
        void train_forward(const float*, shape4) except +raise_python_error
        double train_loss(const long long*) except +raise_python_error
        void train_backward() except +raise_python_error
        void train_update(double) except +raise_python_error
        void class_gradients(const float*, shape4, const long long*) except +raise_python_error
        vector[state_entry] entries()
        void read(size_t, void*) except +raise_python_error
        void write(size_t, const void*) except +raise_python_error
        void commit() except +raise_python_error
        vector[named_view] outputs() except +raise_python_error
        vector[named_view] gradients() except +raise_python_error

    shared_ptr[network] make_network(const settings&) except +raise_python_error

    cdef cppclass storage:
        float* data() except +raise_python_error

    shared_ptr[storage] allocate(int, shape4) except +raise_python_error
    shared_ptr[storage] images_to_tensor(int, const unsigned char*, shape4) except +raise_python_error
    void copy_from_host(int, float*, const float*, size_t) except +raise_python_error
    void copy_to_host(int, float*, const float*, size_t) except +raise_python_error
    void copy_within(int, float*, const float*, size_t) except +raise_python_error

    int device_count() except +raise_python_error
    string device_name(int) except +raise_python_error
    void c_synchronize "dlib_net::synchronize"(int) except +raise_python_error
    void c_make_stream_wait "dlib_net::make_stream_wait"(int, size_t) except +raise_python_error
    vector[pair[string, string]] c_library_versions "dlib_net::library_versions"() except +raise_python_error


cdef extern from "build_facts.hpp" namespace "dlib_net":
    const char* build_facts
    const bool has_cuda
