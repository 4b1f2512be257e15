// The layers of a dlib network by torchvision's names, and access to what they hold.
//
// dlib nests layers from the output down to the input, so a walk meets them in the reverse of
// torchvision's order; `namer` follows that walk.
#pragma once

#include <array>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "resnet50.hpp"

namespace dlib_net {

// ---- private members of dlib's batch normalisation -------------------------------------------
// bn_ has no accessor for its running statistics. Serialising, editing and reading back works but
// copies everything; an explicit instantiation may name private members, so it reaches them
// directly, and a dlib that renames one fails to compile instead of misbehaving.
using batch_norm = dlib::bn_<dlib::CONV_MODE>;

template <typename TAG, typename TAG::type MEMBER>
struct expose {
    friend typename TAG::type member(TAG) { return MEMBER; }
};
struct means_tag { using type = dlib::resizable_tensor batch_norm::*; friend type member(means_tag); };
struct invstds_tag { using type = dlib::resizable_tensor batch_norm::*; friend type member(invstds_tag); };
struct running_means_tag { using type = dlib::resizable_tensor batch_norm::*; friend type member(running_means_tag); };
struct running_variances_tag { using type = dlib::resizable_tensor batch_norm::*; friend type member(running_variances_tag); };
struct num_updates_tag { using type = unsigned long batch_norm::*; friend type member(num_updates_tag); };
template struct expose<means_tag, &batch_norm::means>;
template struct expose<invstds_tag, &batch_norm::invstds>;
template struct expose<running_means_tag, &batch_norm::running_means>;
template struct expose<running_variances_tag, &batch_norm::running_variances>;
template struct expose<num_updates_tag, &batch_norm::num_updates>;

// ---- names --------------------------------------------------------------------------------
enum class layer_kind { convolution, normalisation, relu, addition, max_pool, average_pool, fc };

class namer {
public:
    std::string operator()(layer_kind kind) {
        switch (kind) {
            case layer_kind::fc: return "fc";
            case layer_kind::max_pool: return "maxpool";
            case layer_kind::average_pool:
                if (!in_block_) return "avgpool";
                return block() + ".downsample";
            case layer_kind::addition: return block() + ".add";
            case layer_kind::relu:
                if (index_ == blocks_.size()) return "relu";
                if (!in_block_) { in_block_ = true; conv_ = 3; return block(); }
                return block() + ".relu" + std::to_string(conv_);
            case layer_kind::normalisation:
                if (index_ == blocks_.size()) return "bn1";
                return block() + (shortcut_ ? ".downsample.1" : ".bn" + std::to_string(conv_));
            case layer_kind::convolution:
                if (index_ == blocks_.size()) return "conv1";
                if (shortcut_) return block() + ".downsample.0";
                return block() + ".conv" + std::to_string(conv_--);
        }
        throw std::logic_error("unknown layer kind");
    }

    void shortcut_begins() { shortcut_ = true; }
    void shortcut_ends() { shortcut_ = false; }
    void block_ends() { ++index_; in_block_ = false; }

private:
    const std::string& block() const { return blocks_.at(index_); }

    static std::vector<std::string> last_to_first() {
        std::vector<std::string> names;
        const std::array<int, 4> blocks_of_stage{3, 4, 6, 3};
        for (int stage = 4; stage >= 1; --stage)
            for (int block = blocks_of_stage[stage - 1] - 1; block >= 0; --block)
                names.push_back("layer" + std::to_string(stage) + "." + std::to_string(block));
        return names;
    }

    std::vector<std::string> blocks_ = last_to_first();
    std::size_t index_ = 0;
    int conv_ = 0;
    bool in_block_ = false;
    bool shortcut_ = false;
};

// ---- the walk -----------------------------------------------------------------------------
// Calls visit(details, layer) for every computational layer from the output to the input, and
// visit.tag<ID>() and visit.skip() for what delimits a block. The order is the one in which dlib
// hands solvers to layers.
template <typename V, typename D, typename SUBNET, typename E>
void walk(V& visit, dlib::add_layer<D, SUBNET, E>& layer);
template <typename V, unsigned long ID, typename SUBNET, typename E>
void walk(V& visit, dlib::add_tag_layer<ID, SUBNET, E>& layer);
template <typename V, template <typename> class TAG, typename SUBNET>
void walk(V& visit, dlib::add_skip_layer<TAG, SUBNET>& layer);
template <typename V, std::size_t N, template <typename> class L, typename SUBNET>
void walk(V& visit, dlib::repeat<N, L, SUBNET>& layers);
template <typename V>
void walk(V&, dlib::input_rgb_image&) {}
template <typename V>
void walk(V&, dlib::impl::repeat_input_layer&) {}

template <typename V, typename D, typename SUBNET, typename E>
void walk(V& visit, dlib::add_layer<D, SUBNET, E>& layer) {
    visit(layer.layer_details(), layer);
    walk(visit, layer.subnet());
}

template <typename V, unsigned long ID, typename SUBNET, typename E>
void walk(V& visit, dlib::add_tag_layer<ID, SUBNET, E>& layer) {
    visit.template tag<ID>();
    walk(visit, layer.subnet());
}

template <typename V, template <typename> class TAG, typename SUBNET>
void walk(V& visit, dlib::add_skip_layer<TAG, SUBNET>& layer) {
    walk(visit, layer.subnet());
}

template <typename V, std::size_t N, template <typename> class L, typename SUBNET>
void walk(V& visit, dlib::repeat<N, L, SUBNET>& layers) {
    for (std::size_t i = 0; i < layers.num_repetitions(); ++i)
        walk(visit, layers.get_repeated_layer(i));
    walk(visit, layers.subnet());
}

}  // namespace dlib_net
