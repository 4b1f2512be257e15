#include "device.hpp"

#include <algorithm>
#include <cstring>

#include "net.hpp"

namespace dlib_net {

device_guard::device_guard(int) {}
device_guard::~device_guard() = default;

struct snapshot::state {
    std::vector<float> copy;
};

snapshot::snapshot(const std::vector<segment>& segments) : state_(new state) {
    std::size_t total = 0;
    for (const auto& s : segments) total += s.size;
    state_->copy.resize(total);
}
snapshot::~snapshot() = default;

void snapshot::save(const std::vector<segment>& segments) {
    float* to = state_->copy.data();
    for (const auto& s : segments) to = std::copy_n(s.data, s.size, to);
}

void snapshot::restore(const std::vector<segment>& segments) {
    const float* from = state_->copy.data();
    for (const auto& s : segments) {
        std::copy_n(from, s.size, s.data);
        from += s.size;
    }
}

void copy_from_host(int, float* destination, const float* source, std::size_t count) {
    std::memcpy(destination, source, count * sizeof(float));
}
void copy_to_host(int, float* destination, const float* source, std::size_t count) {
    std::memcpy(destination, source, count * sizeof(float));
}
void copy_within(int, float* destination, const float* source, std::size_t count) {
    std::memcpy(destination, source, count * sizeof(float));
}

int device_count() { return 1; }
std::string device_name(int) { return "cpu"; }
void synchronize(int) {}
void make_stream_wait(int, std::size_t) {}

}  // namespace dlib_net
