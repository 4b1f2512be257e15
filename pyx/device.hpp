// The few device operations the networks need besides dlib's own. On the CPU they are trivial.
#pragma once

#include <cstddef>
#include <memory>
#include <vector>

namespace dlib_net {

// Makes `device` current for this thread, as dlib allocates and launches on the current one, and
// gives the caller's device back at the end: PyTorch shares the thread.
class device_guard {
public:
    explicit device_guard(int device);
    ~device_guard();
    device_guard(const device_guard&) = delete;
    device_guard& operator=(const device_guard&) = delete;

private:
    int previous_ = 0;
};

// A copy of many small arrays, taken and given back in one operation each (on CUDA one kernel):
// the running statistics before a training step, in case the step fails. The arrays keep their
// number and sizes, but dlib may move them: they are named anew in each call.
class snapshot {
public:
    struct segment {
        float* data;
        std::size_t size;
        bool operator==(const segment& o) const { return data == o.data && size == o.size; }
    };
    explicit snapshot(const std::vector<segment>& segments);
    ~snapshot();
    snapshot(const snapshot&) = delete;
    snapshot& operator=(const snapshot&) = delete;

    void save(const std::vector<segment>& segments);
    void restore(const std::vector<segment>& segments);

private:
    struct state;
    std::unique_ptr<state> state_;
};

}  // namespace dlib_net
