// The size of every layer's output for an image size, from the networks' definitions alone.
//
// dlib never complains about sizes that do not fit together: add_prev fills with zeros. So what
// the network produced is compared with this.
#pragma once

#include <algorithm>
#include <map>
#include <string>

namespace dlib_net {

struct map_size {
    long long k, nr, nc;
    bool operator==(const map_size& o) const { return k == o.k && nr == o.nr && nc == o.nc; }
};

inline std::map<std::string, map_size> layer_sizes(bool dlib_variant, long long nr, long long nc) {
    std::map<std::string, map_size> sizes;
    const long long pad = dlib_variant ? 0 : 1;
    const auto windowed = [](map_size in, long long k, long long window, long long stride,
                             long long padding) {
        const auto along = [&](long long n) { return (n + 2 * padding - window) / stride + 1; };
        return map_size{k, along(in.nr), along(in.nc)};
    };

    map_size at = windowed({3, nr, nc}, 64, 7, 2, 3 * pad);
    sizes["conv1"] = sizes["bn1"] = sizes["relu"] = at;
    at = sizes["maxpool"] = windowed(at, 64, 3, 2, pad);

    const int blocks[] = {3, 4, 6, 3};
    for (int stage = 0; stage < 4; ++stage) {
        const long long filters = 64LL << stage;
        for (int block = 0; block < blocks[stage]; ++block) {
            const std::string name =
                "layer" + std::to_string(stage + 1) + "." + std::to_string(block);
            const bool down = block == 0 && stage > 0;
            const map_size narrow = windowed(at, filters, 1, 1, 0);
            sizes[name + ".conv1"] = sizes[name + ".bn1"] = sizes[name + ".relu1"] = narrow;
            const map_size middle = windowed(narrow, filters, 3, down ? 2 : 1, down ? pad : 1);
            sizes[name + ".conv2"] = sizes[name + ".bn2"] = sizes[name + ".relu2"] = middle;
            const map_size wide = windowed(middle, 4 * filters, 1, 1, 0);
            sizes[name + ".conv3"] = sizes[name + ".bn3"] = wide;

            map_size shortcut = at;
            if (dlib_variant && down) {
                shortcut = sizes[name + ".downsample"] = windowed(at, at.k, 2, 2, 0);
            } else if (!dlib_variant && block == 0) {
                shortcut = windowed(at, 4 * filters, 1, down ? 2 : 1, 0);
                sizes[name + ".downsample.0"] = sizes[name + ".downsample.1"] = shortcut;
            }
            at = {std::max(wide.k, shortcut.k), std::max(wide.nr, shortcut.nr),
                  std::max(wide.nc, shortcut.nc)};
            sizes[name + ".add"] = sizes[name] = at;
        }
    }
    sizes["avgpool"] = {at.k, 1, 1};
    sizes["fc"] = {1000, 1, 1};
    return sizes;
}

}  // namespace dlib_net
