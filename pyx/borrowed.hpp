// A dlib tensor over memory that somebody else owns: dlib reads a PyTorch or numpy array in place.
#pragma once

#include <dlib/dnn.h>

#include <stdexcept>

#include "net.hpp"

namespace dlib_net {

// Read only: the first layer never writes its input, and everything that would is refused.
class borrowed_tensor final : public dlib::tensor {
public:
    void borrow(const float* data, shape4 shape) {
        data_ = data;
        m_n = shape.n;
        m_k = shape.k;
        m_nr = shape.nr;
        m_nc = shape.nc;
        m_size = shape.size();
#ifdef DLIB_USE_CUDA
        descriptor_.set_size(static_cast<int>(m_n), static_cast<int>(m_k),
                             static_cast<int>(m_nr), static_cast<int>(m_nc));
#endif
    }

#ifdef DLIB_USE_CUDA
    const float* host() const override { return refuse(); }
    const float* device() const override { return data_; }
    const dlib::cuda::tensor_descriptor& get_cudnn_tensor_descriptor() const override {
        return descriptor_;
    }
#else
    const float* host() const override { return data_; }
    const float* device() const override { return refuse(); }
#endif
    float* host() override { return refuse(); }
    float* host_write_only() override { return refuse(); }
    float* device() override { return refuse(); }
    float* device_write_only() override { return refuse(); }
    const dlib::any& annotation() const override { return annotation_; }
    dlib::any& annotation() override { return annotation_; }

private:
    [[noreturn]] static float* refuse() {
        throw std::logic_error("dlib asked for access to its input that borrowed memory can't give");
    }
    dlib::gpu_data& data() override { return none_; }
    const dlib::gpu_data& data() const override { return none_; }

    const float* data_ = nullptr;
    dlib::gpu_data none_;
    dlib::any annotation_;
#ifdef DLIB_USE_CUDA
    dlib::cuda::tensor_descriptor descriptor_;
#endif
};

}  // namespace dlib_net
