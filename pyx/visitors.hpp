// What is done to a dlib network layer by layer: configuring it before its first pass, collecting
// its state and buffers by name after it, preparing its solvers.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "state.hpp"

namespace dlib_net {

struct visitor {
    template <unsigned long ID> void tag() {}
    template <typename D, typename L> void operator()(D&, L&) {}
};

// Before the first forward pass: what the networks differ in beyond their templates.
struct configure : visitor {
    bool dlib_variant;
    explicit configure(bool variant) : dlib_variant(variant) {}

    using visitor::operator();
    template <long n, long nr, long nc, int sy, int sx, int py, int px, typename L>
    void operator()(dlib::con_<n, nr, nc, sy, sx, py, px>& con, L&) {
        if (dlib_variant) return;
        con.disable_bias();
        // dlib's solver treats the last n numbers of a convolution as biases even when it has
        // none; equal multipliers make it treat all numbers as weights.
        con.set_bias_learning_rate_multiplier(1);
        con.set_bias_weight_decay_multiplier(1);
    }
    template <typename L>
    void operator()(batch_norm& bn, L&) {
        if (!dlib_variant) bn = batch_norm(9, 1e-5);  // 1/(9+1): PyTorch's momentum of 0.1
    }
    template <typename L>
    void operator()(dlib::affine_& affine, L&) {
        affine = dlib::affine_(dlib::CONV_MODE);  // the default keeps a factor per pixel
    }
};

// Where a layer's output and gradient lie. Layers that work in place share one buffer: going
// forward it ends up holding the last one's output, going backward the gradient with respect to
// the first one's.
struct slot {
    std::string output_name;
    std::string gradient_name;
    const dlib::tensor* output;
    std::function<dlib::tensor&()> gradient;
};

// After the set-up pass: the state and the buffers, by name.
struct collect : visitor {
    collect(bool variant, bool fused) : dlib_variant_(variant), fused_(fused) {}

    std::vector<std::unique_ptr<leaf>> leaves;  // output to input
    std::vector<batch_norm_leaf*> batch_norms;
    std::vector<slot> slots;

    template <unsigned long ID>
    void tag() {
        if (ID == 1) name_.block_ends();
        if (ID == 2) name_.shortcut_ends();
    }

    template <long n, long nr, long nc, int sy, int sx, int py, int px, typename L>
    void operator()(dlib::con_<n, nr, nc, sy, sx, py, px>& con, L& layer) {
        const auto name = record(layer_kind::convolution, layer, false);
        leaves.emplace_back(new conv_leaf(name, con.get_layer_params(), n, nr, dlib_variant_,
                                          fused_ ? affine_ : nullptr));
    }
    template <typename L>
    void operator()(batch_norm& bn, L& layer) {
        const auto name = record(layer_kind::normalisation, layer, false);
        batch_norms.push_back(new batch_norm_leaf(name, bn, !dlib_variant_));
        leaves.emplace_back(batch_norms.back());
    }
    template <typename L>
    void operator()(dlib::affine_& affine, L& layer) {
        const auto name = record(layer_kind::normalisation, layer, true);
        const long channels = static_cast<long>(layer.subnet().layer_details().num_filters());
        affine_ = new affine_leaf(name, affine, channels, dlib_variant_ ? 1e-4 : 1e-5);
        leaves.emplace_back(affine_);
    }
    template <unsigned long n, typename L>
    void operator()(dlib::fc_<n, dlib::FC_HAS_BIAS>& fc, L& layer) {
        leaves.emplace_back(
            new fc_leaf(record(layer_kind::fc, layer, false), fc.get_layer_params()));
    }
    template <typename L>
    void operator()(dlib::relu_&, L& layer) { record(layer_kind::relu, layer, true); }
    template <template <typename> class TAG, typename L>
    void operator()(dlib::add_prev_<TAG>&, L& layer) {
        record(layer_kind::addition, layer, false);
        if (dlib::tag_id<TAG>::id == 2) name_.shortcut_begins();
    }
    template <long nr, long nc, int sy, int sx, int py, int px, typename L>
    void operator()(dlib::max_pool_<nr, nc, sy, sx, py, px>&, L& layer) {
        record(layer_kind::max_pool, layer, false);
    }
    template <long nr, long nc, int sy, int sx, int py, int px, typename L>
    void operator()(dlib::avg_pool_<nr, nc, sy, sx, py, px>&, L& layer) {
        record(layer_kind::average_pool, layer, false);
    }

private:
    template <typename L>
    std::string record(layer_kind kind, L& layer, bool in_place) {
        const std::string name = name_(kind);
        if (!open_) {
            slots.push_back({name, "", &layer.get_output(),
                             [&layer]() -> dlib::tensor& { return layer.get_gradient_input(); }});
        }
        open_ = in_place;
        if (!open_) slots.back().gradient_name = name;
        return name;
    }

    bool dlib_variant_;
    bool fused_;
    namer name_;
    bool open_ = false;
    affine_leaf* affine_ = nullptr;
};

// Gives every solver its zeroed momentum now, so that no update can run out of memory half-way.
struct prepare_solvers : visitor {
    std::vector<dlib::sgd>& solvers;
    std::size_t index = 0;
    explicit prepare_solvers(std::vector<dlib::sgd>& s) : solvers(s) {}

    template <typename D, typename L>
    void operator()(D& details, L&) {
        dlib::sgd& solver = solvers.at(index++);
        const dlib::tensor& params = details.get_layer_params();
        if (params.size() == 0) return;
        dlib::resizable_tensor no_gradient;
        no_gradient.copy_size(params);
        no_gradient = 0;
        solver(0.0f, details, no_gradient);
    }
};

}  // namespace dlib_net
