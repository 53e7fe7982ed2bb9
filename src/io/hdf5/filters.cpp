#include "io/hdf5/filters.hpp"

#include <array>
#include <span>
#include <string_view>

#include <fmt/format.h>

#include "io/hdf5/lzf_filter.hpp"

namespace hindcast::io::hdf5 {
namespace {

struct KnownFilter {
  H5Z_filter_t id;
  std::string_view name;
};

// https://github.com/HDFGroup/hdf5_plugins/blob/master/docs/RegisteredFilterPlugins.md
constexpr std::array kKnownFilters = {
    KnownFilter{H5Z_FILTER_DEFLATE, "gzip"},
    KnownFilter{H5Z_FILTER_SZIP, "szip"},
    KnownFilter{305, "lzo"},
    KnownFilter{307, "bzip2"},
    KnownFilter{kLzfFilter, "lzf"},
    KnownFilter{32001, "blosc"},
    KnownFilter{32004, "lz4"},
    KnownFilter{32008, "bitshuffle"},
    KnownFilter{32013, "zfp"},
    KnownFilter{32015, "zstd"},
    KnownFilter{32017, "sz"},
    KnownFilter{32024, "sz3"},
    KnownFilter{32026, "blosc2"},
};

std::string described(H5Z_filter_t id) {
  for (const KnownFilter& known : kKnownFilters) {
    if (known.id == id) {
      return fmt::format("filter {} ({})", id, known.name);
    }
  }
  return fmt::format("filter {}", id);
}

bool can_decode(H5Z_filter_t id) {
  unsigned flags = 0;  // Szip may be there as a compressor, a decompressor, both or neither.
  return H5Zfilter_avail(id) > 0 && H5Zget_filter_info(id, &flags) >= 0 &&
         (flags & H5Z_FILTER_CONFIG_DECODE_ENABLED) != 0;
}

std::string objection_to(hid_t creation, unsigned index, std::uint64_t chunk_bytes) {
  unsigned flags = 0;
  unsigned config = 0;
  std::array<unsigned, 32> parameters{};
  std::size_t count = parameters.size();
  const H5Z_filter_t id =
      H5Pget_filter2(creation, index, &flags, &count, parameters.data(), 0, nullptr, &config);
  if (id < 0) {
    return "its list of filters is corrupt";
  }
  if (!can_decode(id)) {
    return described(id) + " is not supported";
  }
  const std::size_t known = std::min(count, parameters.size());
  return id == kLzfFilter ? lzf_objection(std::span(parameters).first(known), chunk_bytes)
                          : std::string();
}

}  // namespace

std::string filter_objection(hid_t creation, std::uint64_t chunk_bytes) {
  const int count = H5Pget_nfilters(creation);
  for (int i = 0; i < count; ++i) {
    std::string objection = objection_to(creation, static_cast<unsigned>(i), chunk_bytes);
    if (!objection.empty()) {
      return objection;
    }
  }
  return count < 0 ? "its list of filters is corrupt" : "";
}

}  // namespace hindcast::io::hdf5
