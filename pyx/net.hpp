// The facade between dlib's templates and the Python extension: no dlib type leaks through it.
//
// All sizes are element counts. Pointers are device pointers in the CUDA backend and host pointers
// in the CPU backend, unless a name says host. Every function may throw `error`.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

namespace dlib_net {

enum class error_kind { refused, memory, not_finite };

struct error : std::runtime_error {
    error(error_kind k, const std::string& message) : std::runtime_error(message), kind(k) {}
    error_kind kind;
};

// Turns the exception in flight, whatever dlib threw, into an `error` of one sentence.
[[noreturn]] void rethrow_as_error();

struct shape4 {
    long long n = 0, k = 0, nr = 0, nc = 0;
    bool operator==(const shape4& o) const {
        return n == o.n && k == o.k && nr == o.nr && nc == o.nc;
    }
    long long size() const { return n * k * nr * nc; }
};

// One named array of the network's state, in torchvision's order and layout.
struct state_entry {
    std::string name;
    std::vector<long long> shape;  // empty for a counter
    bool counter = false;          // an int64 scalar (num_batches_tracked) instead of float32 data
};

// A named tensor inside the network: valid until the next call that changes the network.
struct named_view {
    std::string name;
    const float* data = nullptr;
    shape4 shape;
};

// Keeps logits readable for views that outlive the buffer they were made of: when the network must
// replace the buffer, the old one moves in here.
struct lease {
    std::shared_ptr<void> retired;
};

struct logits_view {
    const float* data = nullptr;
    shape4 shape;
    std::shared_ptr<lease> keep;
};

struct settings {
    bool resnet50_dlib = false;
    bool train = false;
    bool fused = false;
    int device = 0;
    unsigned seed = 0;
    float momentum = 0.9f;
    float weight_decay = 5e-4f;
};

class network {
public:
    virtual ~network() = default;

    virtual logits_view forward(const float* x, shape4 shape) = 0;

    // The four stages of a training step, in this order. `forward` of the step is
    // train_forward; a step that fails before `update` leaves parameters and running statistics
    // as they were.
    virtual void train_forward(const float* x, shape4 shape) = 0;
    virtual double train_loss(const long long* labels) = 0;  // error_kind::not_finite for NaN, inf
    virtual void train_backward() = 0;
    virtual void train_update(double learning_rate) = 0;

    // Forward, then the gradient of the sum over images of the logit of class classes[i].
    virtual void class_gradients(const float* x, shape4 shape, const long long* classes) = 0;

    virtual const std::vector<state_entry>& entries() const = 0;
    virtual void read(std::size_t entry, void* host_destination) = 0;
    virtual void write(std::size_t entry, const void* host_source) = 0;
    virtual void commit() = 0;  // after the last write: fold, and bring all to the device

    virtual std::vector<named_view> outputs() = 0;
    virtual std::vector<named_view> gradients() = 0;
};

std::shared_ptr<network> make_network(const settings&);

// Memory that Python owns through this object.
class storage {
public:
    virtual ~storage() = default;
    virtual float* data() = 0;
};

std::shared_ptr<storage> allocate(int device, shape4 shape);
// dlib's own input layer: uint8 RGB images, interleaved, to normalised float32 planes.
std::shared_ptr<storage> images_to_tensor(int device, const unsigned char* rgb, shape4 shape);
void copy_from_host(int device, float* destination, const float* host_source, std::size_t count);
void copy_to_host(int device, float* host_destination, const float* source, std::size_t count);
void copy_within(int device, float* destination, const float* source, std::size_t count);

int device_count();
std::string device_name(int device);
void synchronize(int device);
// Makes the given CUDA stream wait for the work queued so far on dlib's (the legacy default).
void make_stream_wait(int device, std::size_t stream);
// Name and version of each library this backend computes with, as it reports itself at run time.
std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace dlib_net
