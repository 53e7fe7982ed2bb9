#include "io/hdf5/dataset.hpp"

#include <algorithm>
#include <array>
#include <cstddef>

#include <fmt/format.h>

#include "hindcast/base/checked.hpp"
#include "hindcast/base/text.hpp"
#include "hindcast/tensor/half.hpp"

#include "io/hdf5/filters.hpp"

namespace hindcast::io::hdf5 {
namespace {

constexpr std::size_t kLongestFileName = 4096;

std::string external_file(hid_t creation) {
  std::array<char, kLongestFileName> name{};
  off_t offset = 0;
  hsize_t size = 0;
  if (H5Pget_external(creation, 0, name.size() - 1, name.data(), &offset, &size) < 0) {
    return "another file";
  }
  return printable(name.data());
}

// Why the values are outside of the file; empty if they are inside.
std::string outside_objection(hid_t creation) {
  if (H5Pget_external_count(creation) > 0) {
    return fmt::format("its values are stored in {}, which is not opened", external_file(creation));
  }
  if (H5Pget_layout(creation) == H5D_VIRTUAL) {
    return "a virtual dataset, its values are those of other files, which are not opened";
  }
  return {};
}

// For a virtual dataset whose extent follows its sources, libhdf5 opens them to tell the shape.
bool shape_depends_on_sources(hid_t creation) {
  std::size_t count = 0;
  if (H5Pget_layout(creation) != H5D_VIRTUAL || H5Pget_virtual_count(creation, &count) < 0) {
    return false;
  }
  for (std::size_t i = 0; i < count; ++i) {
    const Dataspace mapped(H5Pget_virtual_vspace(creation, i), "its virtual layout is corrupt");
    if (H5Sget_select_npoints(mapped.get()) == static_cast<hssize_t>(H5S_UNLIMITED)) {
      return true;
    }
  }
  return false;
}

std::vector<std::uint64_t> shape_of(hid_t space) {
  if (H5Sget_simple_extent_type(space) == H5S_NULL) {
    return {0};
  }
  const int rank = H5Sget_simple_extent_ndims(space);
  if (rank < 0) {
    throw Error(ErrorCode::malformed, "its dataspace is corrupt");
  }
  std::vector<hsize_t> extents(static_cast<std::size_t>(rank));
  if (rank > 0 && H5Sget_simple_extent_dims(space, extents.data(), nullptr) < 0) {
    throw Error(ErrorCode::malformed, "its dataspace is corrupt");
  }
  return {extents.begin(), extents.end()};
}

// The bytes of one decoded chunk, or 0 where the values are not stored in chunks.
std::uint64_t chunk_bytes(hid_t creation, std::size_t element_bytes) {
  if (H5Pget_layout(creation) != H5D_CHUNKED) {
    return 0;
  }
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Pget_chunk(creation, H5S_MAX_RANK, extents.data());
  if (rank < 0) {
    throw Error(ErrorCode::malformed, "its chunked layout is corrupt");
  }
  std::uint64_t bytes = element_bytes;
  for (const hsize_t extent : std::span(extents).first(static_cast<std::size_t>(rank))) {
    bytes = checked_mul(bytes, extent);
  }
  return bytes;
}

struct Demand {
  std::uint64_t values;
  std::uint64_t bytes;
};

// A few bytes of file can declare any shape, and any chunk around it.
std::string size_objection(hid_t dataset, std::size_t rank, const Demand& demand,
                           const Limits& limits) {
  if (rank > limits.rank) {
    return fmt::format("has {} axes, the limit is {}", rank, limits.rank);
  }
  if (demand.values > limits.tensor_values) {
    return fmt::format("declares {} values, the limit is {}", demand.values, limits.tensor_values);
  }
  if (demand.bytes <= limits.expansion_free_bytes) {
    return {};
  }
  const std::uint64_t stored = H5Dget_storage_size(dataset);
  if (demand.bytes / limits.expansion >= stored) {
    return fmt::format("declares {} bytes and stores {}, the limit is {} times as much",
                       demand.bytes, stored, limits.expansion);
  }
  return {};
}

std::string objection(hid_t dataset, hid_t creation, std::size_t element_bytes,
                      std::span<const std::uint64_t> shape, const Limits& limits) {
  const std::uint64_t values = element_count(shape);
  const std::uint64_t chunk = chunk_bytes(creation, element_bytes);
  const std::uint64_t bytes = std::max(checked_mul(values, element_bytes), chunk);
  const std::string too_large =
      size_objection(dataset, shape.size(), {.values = values, .bytes = bytes}, limits);
  return too_large.empty() ? filter_objection(creation, chunk) : too_large;
}

double from_bits(tensor::DType dtype, std::span<const std::byte> bits) {
  const auto byte = [&](std::size_t i) { return std::to_integer<std::uint8_t>(bits[i]); };
  switch (dtype) {
    case tensor::DType::float8_e4m3:
      return tensor::from_float8_e4m3(byte(0));
    case tensor::DType::float8_e5m2:
      return tensor::from_float8_e5m2(byte(0));
    default:
      return tensor::from_bfloat16(static_cast<std::uint16_t>(byte(0) | (byte(1) << 8U)));
  }
}

void read_as(hid_t dataset, hid_t type, void* out) {
  if (H5Dread(dataset, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, out) < 0) {
    throw Error(ErrorCode::malformed, "its values cannot be decoded, they are corrupt");
  }
}

void read_raw_bits(hid_t dataset, tensor::DType dtype, std::span<double> out) {
  const Datatype type(H5Dget_type(dataset), "its type is corrupt");
  const std::size_t width = H5Tget_size(type.get());
  std::vector<std::byte> raw(checked_mul(out.size(), width));
  read_as(dataset, type.get(), raw.data());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = from_bits(dtype, std::span(raw).subspan(i * width, width));
  }
}

}  // namespace

DatasetInfo describe(hid_t dataset, const Limits& limits) {
  const PropertyList creation(H5Dget_create_plist(dataset), "its properties are corrupt");
  const Datatype type(H5Dget_type(dataset), "its type is corrupt");
  DatasetInfo info;
  info.element = element_type(dataset, type.get(), limits);
  info.unreadable = outside_objection(creation.get());
  info.leaves_the_file = !info.unreadable.empty();
  if (shape_depends_on_sources(creation.get())) {
    info.shape = {0};
    return info;
  }
  const Dataspace space(H5Dget_space(dataset), "its dataspace is corrupt");
  info.shape = shape_of(space.get());
  if (!info.leaves_the_file && info.element.decoding != Decoding::none) {
    info.unreadable =
        objection(dataset, creation.get(), H5Tget_size(type.get()), info.shape, limits);
  }
  return info;
}

void read_values(hid_t dataset, const ElementType& element, std::span<double> out) {
  const Dataspace space(H5Dget_space(dataset), "its dataspace is corrupt");
  const std::uint64_t count = element_count(shape_of(space.get()));
  if (count != out.size()) {
    throw Error(ErrorCode::malformed,
                fmt::format("holds {} values, expected {}", count, out.size()));
  }
  if (out.empty()) {
    return;
  }
  if (element.decoding == Decoding::from_raw_bits) {
    read_raw_bits(dataset, element.dtype, out);
  } else {
    read_as(dataset, H5T_NATIVE_DOUBLE, out.data());
  }
}

}  // namespace hindcast::io::hdf5
