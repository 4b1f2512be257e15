// The facade's network over one dlib template.
#pragma once

#include <stdlib.h>

#include <cmath>
#include <exception>
#include <thread>

#include "borrowed.hpp"
#include "sizes.hpp"
#include "visitors.hpp"

namespace dlib_net {

// Runs in a thread of its own: dlib keeps the cuDNN handle, the workspace and the table of chosen
// algorithms per thread, and the set-up pass must not fill the caller's table with algorithms that
// were timed for its tiny image.
template <typename F>
void in_own_thread(F&& work) {
    std::exception_ptr failure;
    std::thread([&] {
        try { work(); } catch (...) { failure = std::current_exception(); }
    }).join();
    if (failure) std::rethrow_exception(failure);
}

// dlib draws initial weights from rand(). This seeds it for a scope and gives the program its own
// sequence back.
class seeded_rand {
public:
    explicit seeded_rand(unsigned seed) : previous_(initstate(seed, state_, sizeof state_)) {}
    ~seeded_rand() { setstate(previous_); }

private:
    char state_[128] = {};
    char* previous_;
};

// ---- the network --------------------------------------------------------------------------
template <typename NET, bool dlib_variant, bool train>
class instance final : public network {
public:
    explicit instance(const settings& s) : device_(s.device), fused_(s.fused) {
        guarded([&] {
            in_own_thread([&] {
                device_guard guard(device_);
                set_up(s);
            });
        });
    }

    ~instance() override {
        try {
            device_guard guard(device_);
            net_.reset();
            snapshot_.reset();
        } catch (...) {
            // A destructor has nobody to tell; the driver frees the rest with the process.
        }
    }

    logits_view forward(const float* x, shape4 shape) override {
        logits_view view;
        guarded([&] {
            const bool moves_statistics = train && shape.n > 1;
            if (moves_statistics) save_statistics();
            run_forward(x, shape);
            if (moves_statistics) count_batch();
            step_open_ = false;
            view = logits();
        });
        return view;
    }

    void train_forward(const float* x, shape4 shape) override {
        guarded([&] {
            save_statistics();
            run_forward(x, shape);
        });
    }

    double train_loss(const long long* labels) override {
        double loss = 0;
        guarded([&] {
            refuse_hidden_nan();
            dlib::dimpl::subnet_wrapper<typename NET::subnet_type> head(net_->subnet());
            loss = net_->loss_details().compute_loss_value_and_gradient(input_, labels, head);
            if (!std::isfinite(loss))
                throw error(error_kind::not_finite,
                            "the loss is not a finite number; the images or the parameters hold "
                            "NaN or infinite values, or grew out of range");
        });
        return loss;
    }

    // Without clearing the gradients afterwards: they can be looked at, and the next forward pass
    // marks them as stale anyway.
    void train_backward() override {
        guarded([&] { net_->back_propagate_error(input_, dlib::zero_gradients::no); });
    }

    void train_update(double learning_rate) override {
        guarded([&] {
            net_->update_parameters(solvers_, learning_rate);
            count_batch();
            step_open_ = false;
        });
    }

    void class_gradients(const float* x, shape4 shape, const long long* classes) override {
        guarded([&] {
            save_statistics();
            run_forward(x, shape);
            dlib::tensor& gradient = net_->subnet().get_gradient_input();
            gradient = 0;
            float* g = gradient.host();
            for (long long i = 0; i < shape.n; ++i) g[i * num_classes + classes[i]] = 1;
            net_->back_propagate_error(input_, dlib::zero_gradients::no);
            restore_statistics();
        });
    }

    const std::vector<state_entry>& entries() const override { return entries_; }
    void read(std::size_t i, void* to) override {
        guarded([&] { places_.at(i).first->read(places_.at(i).second, to); });
    }
    void write(std::size_t i, const void* from) override {
        guarded([&] { places_.at(i).first->write(places_.at(i).second, from); });
    }
    void commit() override {
        guarded([&] { for (auto& leaf : leaves_) leaf->commit(); });
    }

    std::vector<named_view> outputs() override {
        return views([](slot& s) -> std::pair<std::string, const dlib::tensor*> {
            return {s.output_name, s.output};
        });
    }
    std::vector<named_view> gradients() override {
        return views([](slot& s) -> std::pair<std::string, const dlib::tensor*> {
            return {s.gradient_name, &s.gradient()};
        });
    }

private:
    // Runs `work` on the device. If it fails, whatever step was under way is undone, all buffers
    // are freed (dlib leaves sized but empty tensors behind when memory runs out), and the error
    // leaves as one sentence.
    template <typename F>
    void guarded(F&& work) {
        try {
            device_guard guard(device_);
            try {
                work();
            } catch (...) {
                recover();
                throw;
            }
        } catch (...) {
            rethrow_as_error();
        }
    }

    void recover() noexcept {
        try {
            if (step_open_) restore_statistics();
            if (!net_) return;
            retire_logits();
            net_->clean();
            shape_ = {};
            capacity_ = 0;
        } catch (...) {
            // The error in flight is the one to report.
        }
    }

    void set_up(const settings& s) {
        net_.reset(new NET);
        configure settings_of_layers(dlib_variant);
        walk(settings_of_layers, net_->subnet());

        // One tiny image makes dlib allocate and draw the parameters.
        dlib::matrix<dlib::rgb_pixel> image(64, 64);
        dlib::assign_all_pixels(image, dlib::rgb_pixel(0, 0, 0));
        dlib::resizable_tensor x;
        {
            seeded_rand rand(s.seed);
            net_->to_tensor(&image, &image + 1, x);
            net_->subnet().forward(x);
        }
        if (fused_) fuse();
        collect found(dlib_variant, fused_);
        walk(found, net_->subnet());
        leaves_ = std::move(found.leaves);
        slots_ = std::move(found.slots);
        batch_norms_ = std::move(found.batch_norms);
        for (auto leaf = leaves_.rbegin(); leaf != leaves_.rend(); ++leaf) {
            const std::size_t before = entries_.size();
            (*leaf)->declare(entries_);
            for (std::size_t i = before; i < entries_.size(); ++i)
                places_.emplace_back(leaf->get(), i - before);
        }
        check_sizes(64, 64);
        if (train) {
            solvers_.assign(NET::num_computational_layers,
                            dlib::sgd(s.weight_decay, s.momentum));
            prepare_solvers zero(solvers_);
            walk(zero, net_->subnet());
            snapshot_.reset(new snapshot(statistics()));
        }
        for (auto& leaf : leaves_) leaf->commit();
        net_->clean();
    }

    void fuse() {
        if constexpr (!train) dlib::fuse_layers(*net_);
    }

    void run_forward(const float* x, shape4 shape) {
        if (shape.n > capacity_) retire_logits();
        input_.borrow(x, shape);
        net_->subnet().forward(input_);
        capacity_ = std::max(capacity_, shape.n);
        if (shape.nr != shape_.nr || shape.nc != shape_.nc) check_sizes(shape.nr, shape.nc);
        shape_ = shape;
    }

    // dlib's ReLU for the CPU turns NaN into 0, so the loss would not show it; the statistics do.
    // On CUDA NaN reaches the loss, and looking here would make the host wait.
    void refuse_hidden_nan() {
#ifndef DLIB_USE_CUDA
        for (auto bn = batch_norms_.rbegin(); bn != batch_norms_.rend(); ++bn)
            if (!(*bn)->statistics_are_finite())
                throw error(error_kind::not_finite,
                            "the batch statistics of layer " + (*bn)->name() + " are not finite "
                            "numbers; the images or the parameters hold NaN or infinite values");
#endif
    }

    void check_sizes(long long nr, long long nc) {
        const auto sizes = layer_sizes(dlib_variant, nr, nc);
        for (const auto& s : slots_) {
            const map_size found{s.output->k(), s.output->nr(), s.output->nc()};
            if (!(sizes.at(s.output_name) == found))
                throw error(error_kind::refused,
                            "dlib built layer " + s.output_name + " with another output size than "
                            "the network's definition has");
        }
    }

    logits_view logits() {
        auto keep = lease_.lock();
        if (!keep) lease_ = keep = std::make_shared<lease>();
        const dlib::tensor& y = net_->subnet().get_output();
        return {data(y), {y.num_samples(), y.k(), 1, 1}, keep};
    }

    // Before dlib frees the logits' buffer: hand it to whoever still looks at it.
    void retire_logits() {
        if (auto holder = lease_.lock()) {
            const dlib::tensor& y = net_->subnet().get_output();
            auto old = std::make_shared<dlib::resizable_tensor>();
            old->swap(const_cast<dlib::resizable_tensor&>(
                dynamic_cast<const dlib::resizable_tensor&>(y)));
            holder->retired = old;
            lease_.reset();
        }
    }

    // dlib gives running statistics new memory when a batch replaces them altogether.
    std::vector<snapshot::segment> statistics() {
        std::vector<snapshot::segment> segments;
        for (auto bn : batch_norms_) bn->append_statistics(segments);
        return segments;
    }
    void save_statistics() {
        if (!train) return;
        snapshot_->save(statistics());
        step_open_ = true;
    }
    void restore_statistics() {
        if (!train) return;
        step_open_ = false;
        snapshot_->restore(statistics());
        for (auto bn : batch_norms_) bn->set_batches(bn->batches());
    }
    void count_batch() {
        for (auto bn : batch_norms_) bn->set_batches(bn->batches() + 1);
    }

    template <typename F>
    std::vector<named_view> views(F&& select) {
        std::vector<named_view> all;
        guarded([&] {
            for (auto slot = slots_.rbegin(); slot != slots_.rend(); ++slot) {
                const auto [name, t] = select(*slot);
                if (t->size() != 0)
                    all.push_back(
                        {name, data(*t), {t->num_samples(), t->k(), t->nr(), t->nc()}});
            }
        });
        return all;
    }

    static const float* data(const dlib::tensor& t) {
#ifdef DLIB_USE_CUDA
        return t.device();
#else
        return t.host();
#endif
    }

    const int device_;
    const bool fused_;
    std::unique_ptr<NET> net_;
    std::vector<dlib::sgd> solvers_;
    std::unique_ptr<snapshot> snapshot_;
    std::vector<std::unique_ptr<leaf>> leaves_;
    std::vector<batch_norm_leaf*> batch_norms_;
    std::vector<slot> slots_;
    std::vector<state_entry> entries_;
    std::vector<std::pair<leaf*, std::size_t>> places_;
    borrowed_tensor input_;
    std::weak_ptr<lease> lease_;
    shape4 shape_;
    long long capacity_ = 0;
    bool step_open_ = false;
};

}  // namespace dlib_net
