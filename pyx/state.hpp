// The network's state (parameters, running statistics) as torchvision names and lays it out,
// read from and written to dlib's tensors.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "device.hpp"
#include "layers.hpp"
#include "net.hpp"

namespace dlib_net {

using floats = std::vector<float>;

// A dlib layer with state. `part` counts its entries in the order in which `declare` lists them.
class leaf {
public:
    virtual ~leaf() = default;
    virtual void declare(std::vector<state_entry>& entries) const = 0;
    virtual void read(std::size_t part, void* to) = 0;
    virtual void write(std::size_t part, const void* from) = 0;
    virtual void commit() = 0;

protected:
    // After a write by the host: move it now, not in the first timed call.
    static void bring_to_device(const dlib::tensor& t) {
#ifdef DLIB_USE_CUDA
        t.device();
#else
        (void)t;
#endif
    }
    static void copy(float* to, const float* from, std::size_t n) {
        std::memcpy(to, from, n * sizeof(float));
    }
};

class norm_leaf : public leaf {
public:
    static constexpr std::size_t counter_part = 4;

    norm_leaf(std::string name, long channels) : name_(std::move(name)), channels_(channels) {}

    void declare(std::vector<state_entry>& entries) const override {
        for (const char* part : {".weight", ".bias", ".running_mean", ".running_var"})
            entries.push_back({name_ + part, {channels_}, false});
        entries.push_back({name_ + ".num_batches_tracked", {}, true});
    }

protected:
    std::string name_;
    long channels_;
};

// Batch normalisation of a training network.
class batch_norm_leaf : public norm_leaf {
public:
    // With constant_factor the running statistics move by 1/(window+1) from the first batch on
    // (PyTorch's momentum); otherwise by dlib's own rule 1/(n+1), n batches so far, at most window.
    batch_norm_leaf(std::string name, batch_norm& bn, bool constant_factor)
        : norm_leaf(std::move(name), static_cast<long>(bn.get_layer_params().size() / 2)),
          bn_(bn), constant_factor_(constant_factor) {
        set_batches(0);
    }

    void read(std::size_t part, void* to) override {
        if (part == counter_part) { std::memcpy(to, &batches_, sizeof batches_); return; }
        const dlib::tensor& source = tensor(part);
        copy(static_cast<float*>(to), source.host() + offset(part), channels_);
    }
    void write(std::size_t part, const void* from) override {
        if (part == counter_part) {
            long long batches;
            std::memcpy(&batches, from, sizeof batches);
            set_batches(batches);
            return;
        }
        copy(tensor(part).host() + offset(part), static_cast<const float*>(from), channels_);
    }
    void commit() override {
        for (std::size_t part : {0, 2, 3}) bring_to_device(tensor(part));
    }

    long long batches() const { return batches_; }
    void set_batches(long long batches) {
        batches_ = batches;
        const long long window = bn_.get_running_stats_window_size();
        const long long updates = constant_factor_ ? window : std::min(batches, window);
        bn_.*member(num_updates_tag{}) = static_cast<unsigned long>(updates);
        // dlib checks these against the running statistics as soon as num_updates is not zero,
        // and leaves them empty until the first batch; only their size matters.
        for (auto tensor : {&(bn_.*member(means_tag{})), &(bn_.*member(invstds_tag{}))})
            if (tensor->size() == 0) tensor->set_size(1, channels_);
    }
    // Whether the last batch's statistics, and the running ones with it, are numbers. dlib computes
    // a variance in double, so one too large for float shows in the running variance alone.
    bool statistics_are_finite() const {
        const auto finite = [](const dlib::tensor& t) {
            return std::all_of(t.begin(), t.end(), [](float v) { return std::isfinite(v); });
        };
        return finite(bn_.*member(means_tag{})) && finite(bn_.*member(invstds_tag{})) &&
               finite(bn_.*member(running_means_tag{})) &&
               finite(bn_.*member(running_variances_tag{}));
    }
    const std::string& name() const { return name_; }
    void append_statistics(std::vector<snapshot::segment>& segments) {
        for (std::size_t part : {2, 3}) {
            dlib::tensor& t = tensor(part);
#ifdef DLIB_USE_CUDA
            segments.push_back({t.device(), t.size()});
#else
            segments.push_back({t.host(), t.size()});
#endif
        }
    }

private:
    dlib::tensor& tensor(std::size_t part) {
        if (part == 2) return bn_.*member(running_means_tag{});
        if (part == 3) return bn_.*member(running_variances_tag{});
        return bn_.get_layer_params();
    }
    std::size_t offset(std::size_t part) const { return part == 1 ? channels_ : 0; }

    batch_norm& bn_;
    bool constant_factor_;
    long long batches_ = 0;
};

// The affine layer that stands for a batch normalisation in an inference network. It holds only
// the product; the factors are kept here (a few hundred KiB) so that the state can be read back.
class affine_leaf : public norm_leaf {
public:
    affine_leaf(std::string name, dlib::affine_& layer, long channels, double eps)
        : norm_leaf(std::move(name), channels), layer_(layer), eps_(eps) {
        for (auto& p : parts_) p.assign(channels, 0.0f);
        parts_[0].assign(channels, 1.0f);
        parts_[3].assign(channels, 1.0f);
    }

    void read(std::size_t part, void* to) override {
        if (part == counter_part) std::memcpy(to, &batches_, sizeof batches_);
        else copy(static_cast<float*>(to), parts_[part].data(), channels_);
    }
    void write(std::size_t part, const void* from) override {
        if (part == counter_part) std::memcpy(&batches_, from, sizeof batches_);
        else copy(parts_[part].data(), static_cast<const float*>(from), channels_);
    }
    void commit() override {
        if (layer_.is_disabled()) return;
        auto gamma = layer_.get_gamma();
        auto beta = layer_.get_beta();
        float* g = gamma.host();
        float* b = beta.host();
        for (long c = 0; c < channels_; ++c) {
            g[c] = static_cast<float>(scale(c));
            b[c] = static_cast<float>(shift(c));
        }
        bring_to_device(gamma);
    }

    // y = scale * x + shift
    double scale(long c) const { return parts_[0][c] / std::sqrt(parts_[3][c] + eps_); }
    double shift(long c) const { return parts_[1][c] - scale(c) * parts_[2][c]; }

private:
    dlib::affine_& layer_;
    double eps_;
    floats parts_[4];
    long long batches_ = 0;
};

class conv_leaf : public leaf {
public:
    // with_bias: the network itself has biases here. A fused layer always has a bias in dlib; it
    // then holds the products with `norm`, and the factors stay here to be read back.
    conv_leaf(std::string name, dlib::tensor& params, long filters, long size, bool with_bias,
              const affine_leaf* fused_norm)
        : name_(std::move(name)), params_(params), filters_(filters), side_(size),
          with_bias_(with_bias), norm_(fused_norm) {
        const bool has_bias = with_bias_ || norm_;
        weights_ = static_cast<long>(params.size()) - (has_bias ? filters_ : 0);
        if (norm_) {
            kept_.assign(params.host(), params.host() + weights_);
            kept_.resize(weights_ + filters_, 0.0f);
        }
    }

    void declare(std::vector<state_entry>& entries) const override {
        const long channels = weights_ / (filters_ * side_ * side_);
        entries.push_back({name_ + ".weight", {filters_, channels, side_, side_}, false});
        if (with_bias_) entries.push_back({name_ + ".bias", {filters_}, false});
    }
    void read(std::size_t part, void* to) override {
        const float* from = norm_ ? kept_.data() : static_cast<const dlib::tensor&>(params_).host();
        copy(static_cast<float*>(to), from + offset(part), count(part));
    }
    void write(std::size_t part, const void* from) override {
        float* to = norm_ ? kept_.data() : params_.host();
        copy(to + offset(part), static_cast<const float*>(from), count(part));
    }
    void commit() override {
        if (norm_) fold();
        bring_to_device(params_);
    }

private:
    std::size_t offset(std::size_t part) const { return part == 0 ? 0 : weights_; }
    std::size_t count(std::size_t part) const { return part == 0 ? weights_ : filters_; }

    // scale * (w x + b) + shift. dlib's own fuse_layers forgets to scale b, so it only prepares
    // the structure and the numbers come from here.
    void fold() {
        float* to = params_.host();
        const long each = weights_ / filters_;
        for (long f = 0; f < filters_; ++f) {
            const double scale = norm_->scale(f);
            for (long i = f * each; i < (f + 1) * each; ++i)
                to[i] = static_cast<float>(kept_[i] * scale);
            to[weights_ + f] = static_cast<float>(kept_[weights_ + f] * scale + norm_->shift(f));
        }
    }

    std::string name_;
    dlib::tensor& params_;
    long filters_;
    long side_;
    bool with_bias_;
    const affine_leaf* norm_;
    long weights_ = 0;
    floats kept_;
};

// dlib keeps weights as inputs x outputs, PyTorch as outputs x inputs; the biases follow.
class fc_leaf : public leaf {
public:
    fc_leaf(std::string name, dlib::tensor& params)
        : name_(std::move(name)), params_(params),
          inputs_(static_cast<long>(params.size()) / num_classes - 1) {}

    void declare(std::vector<state_entry>& entries) const override {
        entries.push_back({name_ + ".weight", {num_classes, inputs_}, false});
        entries.push_back({name_ + ".bias", {num_classes}, false});
    }
    void read(std::size_t part, void* to) override {
        const float* from = static_cast<const dlib::tensor&>(params_).host();
        float* out = static_cast<float*>(to);
        if (part == 1) { copy(out, from + inputs_ * num_classes, num_classes); return; }
        for (long i = 0; i < inputs_; ++i)
            for (long o = 0; o < num_classes; ++o) out[o * inputs_ + i] = from[i * num_classes + o];
    }
    void write(std::size_t part, const void* from) override {
        float* to = params_.host();
        const float* in = static_cast<const float*>(from);
        if (part == 1) { copy(to + inputs_ * num_classes, in, num_classes); return; }
        for (long i = 0; i < inputs_; ++i)
            for (long o = 0; o < num_classes; ++o) to[i * num_classes + o] = in[o * inputs_ + i];
    }
    void commit() override { bring_to_device(params_); }

private:
    std::string name_;
    dlib::tensor& params_;
    long inputs_;
};

}  // namespace dlib_net
