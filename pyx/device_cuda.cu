#include "device.hpp"

#include <cublas_v2.h>
#include <cuda_runtime.h>
#include <cudnn.h>

#include "net.hpp"

namespace dlib_net {
namespace {

void check(cudaError_t status, const char* what) {
    if (status == cudaSuccess) return;
    cudaGetLastError();  // a sticky copy of it would fail the next, innocent call
    const auto kind =
        status == cudaErrorMemoryAllocation ? error_kind::memory : error_kind::refused;
    throw error(kind, std::string(what) + ": " + cudaGetErrorString(status));
}

struct copy_job {
    float* live;
    float* kept;
    unsigned long long size;
};

__global__ void copy_all(const copy_job* jobs, bool save) {
    const copy_job job = jobs[blockIdx.x];
    const float* from = save ? job.live : job.kept;
    float* to = save ? job.kept : job.live;
    for (unsigned long long i = threadIdx.x; i < job.size; i += blockDim.x) to[i] = from[i];
}

}  // namespace

device_guard::device_guard(int device) {
    check(cudaGetDevice(&previous_), "the current CUDA device can't be read");
    if (previous_ != device) check(cudaSetDevice(device), "the CUDA device can't be selected");
}
device_guard::~device_guard() { cudaSetDevice(previous_); }

struct snapshot::state {
    std::vector<segment> segments;  // what the table on the device describes
    float* copy = nullptr;
    copy_job* jobs = nullptr;

    // Uploads the table again only if dlib moved an array.
    void describe(const std::vector<segment>& now) {
        if (now == segments) return;
        std::vector<copy_job> table;
        float* kept = copy;
        for (const auto& s : now) {
            table.push_back({s.data, kept, s.size});
            kept += s.size;
        }
        segments.clear();
        check(cudaMemcpy(jobs, table.data(), table.size() * sizeof(copy_job),
                         cudaMemcpyHostToDevice),
              "the snapshot's table can't be copied");
        segments = now;
    }
    ~state() {
        cudaFree(copy);
        cudaFree(jobs);
    }
};

snapshot::snapshot(const std::vector<segment>& segments) : state_(new state) {
    std::size_t total = 0;
    for (const auto& s : segments) total += s.size;
    check(cudaMalloc(&state_->copy, total * sizeof(float)), "memory for the running statistics");
    check(cudaMalloc(&state_->jobs, segments.size() * sizeof(copy_job)),
          "memory for the running statistics");
}
snapshot::~snapshot() = default;

void snapshot::save(const std::vector<segment>& segments) {
    state_->describe(segments);
    copy_all<<<static_cast<unsigned>(segments.size()), 256>>>(state_->jobs, true);
}
void snapshot::restore(const std::vector<segment>& segments) {
    state_->describe(segments);
    copy_all<<<static_cast<unsigned>(segments.size()), 256>>>(state_->jobs, false);
}

void copy_from_host(int device, float* destination, const float* source, std::size_t count) {
    device_guard guard(device);
    check(cudaMemcpyAsync(destination, source, count * sizeof(float), cudaMemcpyHostToDevice, 0),
          "copy to the device");
}
void copy_to_host(int device, float* destination, const float* source, std::size_t count) {
    device_guard guard(device);
    check(cudaMemcpy(destination, source, count * sizeof(float), cudaMemcpyDeviceToHost),
          "copy to the host");
}
void copy_within(int device, float* destination, const float* source, std::size_t count) {
    device_guard guard(device);
    check(cudaMemcpyAsync(destination, source, count * sizeof(float), cudaMemcpyDeviceToDevice, 0),
          "copy on the device");
}

int device_count() {
    int count = 0;
    check(cudaGetDeviceCount(&count), "no usable NVIDIA driver or GPU was found");
    return count;
}

std::string device_name(int device) {
    cudaDeviceProp properties;
    check(cudaGetDeviceProperties(&properties, device), "the device's properties can't be read");
    return properties.name;
}

void synchronize(int device) {
    device_guard guard(device);
    check(cudaDeviceSynchronize(), "the device reports an error of earlier work");
}

void make_stream_wait(int device, std::size_t stream) {
    device_guard guard(device);
    cudaEvent_t done;
    check(cudaEventCreateWithFlags(&done, cudaEventDisableTiming), "an event can't be created");
    const auto recorded = cudaEventRecord(done, 0);
    const auto waits = cudaStreamWaitEvent(reinterpret_cast<cudaStream_t>(stream), done, 0);
    cudaEventDestroy(done);
    check(recorded, "an event can't be recorded");
    check(waits, "the stream can't wait");
}

std::vector<std::pair<std::string, std::string>> library_versions() {
    int runtime = 0, driver = 0;
    cudaRuntimeGetVersion(&runtime);
    cudaDriverGetVersion(&driver);
    int cublas[3] = {0, 0, 0};
    const libraryPropertyType parts[3] = {MAJOR_VERSION, MINOR_VERSION, PATCH_LEVEL};
    for (int i = 0; i < 3; ++i) cublasGetProperty(parts[i], &cublas[i]);
    const std::size_t cudnn = cudnnGetVersion();
    const auto dotted = [](std::size_t a, std::size_t b, std::size_t c) {
        return std::to_string(a) + "." + std::to_string(b) + "." + std::to_string(c);
    };
    return {
        {"cuda_runtime", dotted(runtime / 1000, runtime % 1000 / 10, runtime % 10)},
        {"cuda_driver", dotted(driver / 1000, driver % 1000 / 10, driver % 10)},
        {"cudnn", dotted(cudnn / 10000, cudnn % 10000 / 100, cudnn % 100)},
        {"cublas", dotted(cublas[0], cublas[1], cublas[2])},
    };
}

}  // namespace dlib_net
