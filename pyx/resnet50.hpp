// The two ResNet-50 networks as dlib templates.
//
// resnet50       torchvision's v1.5: padded strides, 1x1 projection shortcuts, no convolution bias.
// resnet50-dlib  the network of dlib's own ImageNet example: unpadded strides, average-pool
//                shortcuts whose missing channels, rows and columns add_prev fills with zeros.
//
// NORM is bn_con for training and affine for inference, as in dlib's examples.
#pragma once

#include <dlib/dnn.h>

namespace dlib_net {

constexpr long num_classes = 1000;

namespace detail {

template <long filters, long size, int stride, int padding, typename SUBNET>
using padded_con =
    dlib::add_layer<dlib::con_<filters, size, size, stride, stride, padding, padding>, SUBNET>;

// 1x1, 3x3, 1x1 with four times the channels out. The 3x3 carries the stride; dlib's own padding
// rule gives a strided convolution no padding, torchvision's gives it one.
template <template <typename> class NORM, long filters, int stride, int padding, typename SUBNET>
using bottleneck = NORM<padded_con<
    4 * filters, 1, 1, 0,
    dlib::relu<NORM<padded_con<
        filters, 3, stride, padding,
        dlib::relu<NORM<padded_con<filters, 1, 1, 0, SUBNET>>>>>>>>;

template <template <typename> class NORM, long filters, typename SUBNET>
using identity_block =
    dlib::relu<dlib::add_prev1<bottleneck<NORM, filters, 1, 1, dlib::tag1<SUBNET>>>>;

template <template <typename> class NORM, long filters, int stride, typename SUBNET>
using projection_block = dlib::relu<dlib::add_prev2<NORM<padded_con<
    4 * filters, 1, stride, 0,
    dlib::skip1<dlib::tag2<bottleneck<NORM, filters, stride, 1, dlib::tag1<SUBNET>>>>>>>>;

template <template <typename> class NORM, long filters, typename SUBNET>
using pooled_block = dlib::relu<dlib::add_prev2<dlib::avg_pool<
    2, 2, 2, 2,
    dlib::skip1<dlib::tag2<bottleneck<NORM, filters, 2, 0, dlib::tag1<SUBNET>>>>>>>;

// repeat<> takes templates of one argument, so each stage's identity block needs a name of its own.
template <template <typename> class NORM>
struct stage {
    template <typename SUBNET> using i64 = identity_block<NORM, 64, SUBNET>;
    template <typename SUBNET> using i128 = identity_block<NORM, 128, SUBNET>;
    template <typename SUBNET> using i256 = identity_block<NORM, 256, SUBNET>;
    template <typename SUBNET> using i512 = identity_block<NORM, 512, SUBNET>;
};

template <typename BODY>
using classifier =
    dlib::loss_multiclass_log<dlib::fc<num_classes, dlib::avg_pool_everything<BODY>>>;

template <template <typename> class NORM, int padding>
using stem = dlib::add_layer<
    dlib::max_pool_<3, 3, 2, 2, padding, padding>,
    dlib::relu<NORM<padded_con<64, 7, 2, 3 * padding, dlib::input_rgb_image>>>>;

}  // namespace detail

template <template <typename> class NORM>
using resnet50 = detail::classifier<
    dlib::repeat<2, detail::stage<NORM>::template i512, detail::projection_block<NORM, 512, 2,
    dlib::repeat<5, detail::stage<NORM>::template i256, detail::projection_block<NORM, 256, 2,
    dlib::repeat<3, detail::stage<NORM>::template i128, detail::projection_block<NORM, 128, 2,
    dlib::repeat<2, detail::stage<NORM>::template i64, detail::projection_block<NORM, 64, 1,
    detail::stem<NORM, 1>>>>>>>>>>;

template <template <typename> class NORM>
using resnet50_dlib = detail::classifier<
    dlib::repeat<2, detail::stage<NORM>::template i512, detail::pooled_block<NORM, 512,
    dlib::repeat<5, detail::stage<NORM>::template i256, detail::pooled_block<NORM, 256,
    dlib::repeat<3, detail::stage<NORM>::template i128, detail::pooled_block<NORM, 128,
    dlib::repeat<3, detail::stage<NORM>::template i64,
    detail::stem<NORM, 0>>>>>>>>>;

}  // namespace dlib_net
