// What the facade needs outside the templates: choosing an instance, memory, errors.
#include "net.hpp"

#include <dlib/dnn/input.h>
#include <dlib/error.h>
#include <dlib/pixel.h>
#include <dlib/cuda/tensor.h>
#ifdef DLIB_USE_CUDA
#include <dlib/cuda/cuda_errors.h>
#endif

#include <cstring>
#include <new>

#include "device.hpp"

namespace dlib_net {

// ---- errors -------------------------------------------------------------------------------
namespace {

// dlib's assertions say file, line and function of its own source before what went wrong.
std::string essence(const std::string& what) {
    const std::string marker = "Failing expression was ";
    std::string text = what;
    const auto at = text.find(marker);
    if (at != std::string::npos) text = text.substr(at + marker.size());
    std::string line;
    bool space = false;
    for (const char c : text) {
        if (c == '\n' || c == '\t' || c == ' ') { space = !line.empty(); continue; }
        if (space) line += ' ';
        space = false;
        line += c;
    }
    return line;
}

bool says_out_of_memory(const std::string& what) {
    return what.find("out of memory") != std::string::npos ||
           what.find("ALLOC_FAILED") != std::string::npos;
}

}  // namespace

void rethrow_as_error() {
    try {
        throw;
    } catch (const error&) {
        throw;
    } catch (const std::bad_alloc&) {
        throw error(error_kind::memory, "out of memory on the host");
    } catch (const std::exception& e) {
        const std::string what = essence(e.what());
        if (says_out_of_memory(what)) throw error(error_kind::memory, "out of memory: " + what);
        throw error(error_kind::refused, "dlib refused: " + what);
    } catch (...) {
        throw error(error_kind::refused, "dlib failed without saying why");
    }
}

// ---- networks -----------------------------------------------------------------------------
template <bool dlib_variant, bool train>
std::shared_ptr<network> make_instance(const settings&);
template <> std::shared_ptr<network> make_instance<false, false>(const settings&);
template <> std::shared_ptr<network> make_instance<false, true>(const settings&);
template <> std::shared_ptr<network> make_instance<true, false>(const settings&);
template <> std::shared_ptr<network> make_instance<true, true>(const settings&);

std::shared_ptr<network> make_network(const settings& s) {
    if (s.resnet50_dlib)
        return s.train ? make_instance<true, true>(s) : make_instance<true, false>(s);
    return s.train ? make_instance<false, true>(s) : make_instance<false, false>(s);
}

// ---- memory -------------------------------------------------------------------------------
namespace {

class tensor_storage final : public storage {
public:
    explicit tensor_storage(int device) : device_(device) {}
    ~tensor_storage() override {
        try {
            device_guard guard(device_);
            tensor.clear();
        } catch (...) {
            // A destructor has nobody to tell.
        }
    }

    float* data() override {
#ifdef DLIB_USE_CUDA
        device_guard guard(device_);
        return tensor.device();
#else
        return tensor.host();
#endif
    }

    dlib::resizable_tensor tensor;

private:
    const int device_;
};

template <typename F>
std::shared_ptr<storage> make_storage(int device, F&& fill) {
    try {
        device_guard guard(device);
        auto made = std::make_shared<tensor_storage>(device);
        fill(made->tensor);
        return made;
    } catch (...) {
        rethrow_as_error();
    }
}

}  // namespace

std::shared_ptr<storage> allocate(int device, shape4 shape) {
    return make_storage(device, [&](dlib::resizable_tensor& t) {
        t.set_size(shape.n, shape.k, shape.nr, shape.nc);
    });
}

std::shared_ptr<storage> images_to_tensor(int device, const unsigned char* rgb, shape4 shape) {
    return make_storage(device, [&](dlib::resizable_tensor& t) {
        static_assert(sizeof(dlib::rgb_pixel) == 3, "rgb_pixel is three bytes without padding");
        std::vector<dlib::matrix<dlib::rgb_pixel>> images(shape.n);
        const std::size_t bytes = static_cast<std::size_t>(shape.nr * shape.nc) * 3;
        for (auto& image : images) {
            image.set_size(shape.nr, shape.nc);
            std::memcpy(&image(0, 0), rgb, bytes);
            rgb += bytes;
        }
        dlib::input_rgb_image().to_tensor(images.begin(), images.end(), t);
        t.async_copy_to_device();
    });
}

#ifndef DLIB_USE_CUDA
extern "C" char* scipy_openblas_get_config();

std::vector<std::pair<std::string, std::string>> library_versions() {
    return {{"openblas", scipy_openblas_get_config()}};
}
#endif

}  // namespace dlib_net
