// One of the four networks; the build compiles this file once for each pair of
//   DLIB_NET_VARIANT  0 resnet50, 1 resnet50-dlib
//   DLIB_NET_TRAIN    0 inference, 1 training
// so that four compilations can share the cores, each with a quarter of the memory.
#include "instance.hpp"

namespace dlib_net {

template <bool dlib_variant, bool train>
std::shared_ptr<network> make_instance(const settings&);

template <>
std::shared_ptr<network> make_instance<DLIB_NET_VARIANT, DLIB_NET_TRAIN>(const settings& s) {
#if DLIB_NET_TRAIN
#define DLIB_NET_NORM dlib::bn_con
#else
#define DLIB_NET_NORM dlib::affine
#endif
#if DLIB_NET_VARIANT
    using net_type = resnet50_dlib<DLIB_NET_NORM>;
#else
    using net_type = resnet50<DLIB_NET_NORM>;
#endif
    return std::make_shared<instance<net_type, DLIB_NET_VARIANT, DLIB_NET_TRAIN>>(s);
}

}  // namespace dlib_net
