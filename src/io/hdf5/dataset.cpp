#include "io/hdf5/dataset.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <new>

#include <fmt/format.h>

#include "base/checked.hpp"
#include "base/text.hpp"
#include "io/hdf5/filters.hpp"
#include "io/hdf5/library.hpp"
#include "io/hdf5/pieces.hpp"
#include "io/limit_options.hpp"
#include "tensor/half.hpp"

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

// Empty where the values are not stored in chunks.
std::vector<std::uint64_t> chunk_extents(hid_t creation) {
  if (H5Pget_layout(creation) != H5D_CHUNKED) {
    return {};
  }
  std::array<hsize_t, H5S_MAX_RANK> extents{};
  const int rank = H5Pget_chunk(creation, H5S_MAX_RANK, extents.data());
  if (rank < 0) {
    throw Error(ErrorCode::malformed, "its chunked layout is corrupt");
  }
  return {extents.begin(), extents.begin() + rank};
}

// The bytes of one decoded chunk, or 0 where the values are not stored in chunks.
std::uint64_t chunk_bytes(hid_t creation, std::size_t element_bytes) {
  const std::vector<std::uint64_t> extents = chunk_extents(creation);
  std::uint64_t bytes = extents.empty() ? 0 : element_bytes;
  for (const std::uint64_t extent : extents) {
    bytes = checked_mul(bytes, extent);
  }
  return bytes;
}

// A few bytes of file can declare any shape.
std::string size_objection(std::size_t rank, std::uint64_t values, const Limits& limits) {
  if (rank > limits.rank) {
    return fmt::format("has {} axes, the limit is {}{}", rank, limits.rank, kRaiseAxes);
  }
  if (values > limits.tensor_values) {
    return fmt::format("declares {} values, the limit is {}{}", values, limits.tensor_values,
                       kRaiseTensorValues);
  }
  return {};
}

void object(hid_t dataset, hid_t creation, std::size_t element_bytes, const Allowance& allowance,
            DatasetInfo& info) {
  const std::vector<std::uint64_t>& shape = info.shape;
  const std::uint64_t values = element_count(shape);
  const std::size_t chunk_rank = chunk_extents(creation).size();
  if (chunk_rank != 0 && chunk_rank != shape.size()) {
    info.unreadable = fmt::format("has {} axes and chunks of {}", shape.size(), chunk_rank);
    return;
  }
  const std::uint64_t chunk = chunk_bytes(creation, element_bytes);
  const std::uint64_t stored = H5Dget_storage_size(dataset);
  info.unreadable =
      allowance.expansion.objection(std::max(bytes_of_doubles(values), chunk), stored);
  // No honest writer makes so much of nothing; of a little, a sparse one may.
  info.implausible = !info.unreadable.empty() && stored == 0;
  if (info.unreadable.empty()) {
    info.unreadable = size_objection(shape.size(), values, allowance.limits);
  }
  if (info.unreadable.empty()) {
    info.unreadable = filter_objection(creation, chunk);
  }
}

bool is_plain_float(hid_t type, tensor::DType dtype) {
  return (dtype == tensor::DType::float32 && H5Tequal(type, H5T_IEEE_F32LE) > 0) ||
         (dtype == tensor::DType::float64 && H5Tequal(type, H5T_IEEE_F64LE) > 0);
}

// Nothing where libhdf5 would have anything to do: find chunks, undo filters, convert, fill in.
std::optional<std::uint64_t> plain_offset(hid_t dataset, hid_t creation, hid_t type,
                                          const DatasetInfo& info) {
  if (!info.unreadable.empty() || H5Pget_layout(creation) != H5D_CONTIGUOUS ||
      !is_plain_float(type, info.element.dtype) ||
      H5Dget_storage_size(dataset) != checked_mul(element_count(info.shape), H5Tget_size(type))) {
    return std::nullopt;
  }
  const haddr_t offset = H5Dget_offset(dataset);
  return offset == HADDR_UNDEF ? std::nullopt : std::optional<std::uint64_t>(offset);
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

// What part of a dataset, and where that goes in memory.
struct Selection {
  hid_t dataset = H5I_INVALID_HID;
  hid_t memory = H5S_ALL;
  hid_t file = H5S_ALL;
};

void read_as(const Selection& from, hid_t type, void* out) {
  if (H5Dread(from.dataset, type, from.memory, from.file, H5P_DEFAULT, out) >= 0) {
    return;
  }
  if (ran_out_of_memory()) {
    throw std::bad_alloc();
  }
  throw Error(ErrorCode::malformed, "its values cannot be decoded, they are corrupt");
}

void read_raw_bits(const Selection& from, tensor::DType dtype, std::span<double> out) {
  const Datatype type(H5Dget_type(from.dataset), "its type is corrupt");
  const std::size_t width = H5Tget_size(type.get());
  std::vector<std::byte> raw(checked_mul(out.size(), width));
  read_as(from, type.get(), raw.data());
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = from_bits(dtype, std::span(raw).subspan(i * width, width));
  }
}

void read_selected(const Selection& from, const ElementType& element, std::span<double> out) {
  if (element.decoding == Decoding::from_raw_bits) {
    read_raw_bits(from, element.dtype, out);
  } else {
    read_as(from, H5T_NATIVE_DOUBLE, out.data());
  }
}

std::vector<std::uint64_t> expected_shape(hid_t space, std::uint64_t expected) {
  std::vector<std::uint64_t> shape = shape_of(space);
  const std::uint64_t count = element_count(shape);
  if (count != expected) {
    throw Error(ErrorCode::malformed, fmt::format("holds {} values, expected {}", count, expected));
  }
  return shape;
}

void read_piece(hid_t dataset, hid_t space, const ElementType& element, const Piece& piece,
                std::span<double> out) {
  const std::vector<hsize_t> start(piece.start.begin(), piece.start.end());
  const std::vector<hsize_t> extents(piece.extents.begin(), piece.extents.end());
  // Of the same shape as the piece: over one long axis libhdf5 would map element by element.
  const Dataspace memory(
      H5Screate_simple(static_cast<int>(extents.size()), extents.data(), nullptr),
      "cannot prepare to read it");
  if (H5Sselect_hyperslab(space, H5S_SELECT_SET, start.data(), nullptr, extents.data(), nullptr) <
      0) {
    throw Error(ErrorCode::malformed, "cannot prepare to read it");
  }
  read_selected({.dataset = dataset, .memory = memory.get(), .file = space}, element, out);
}

}  // namespace

DatasetInfo describe(hid_t dataset, const Allowance& allowance) {
  const PropertyList creation(H5Dget_create_plist(dataset), "its properties are corrupt");
  const Datatype type(H5Dget_type(dataset), "its type is corrupt");
  DatasetInfo info;
  info.element = element_type(dataset, type.get(), allowance.limits);
  info.unreadable = outside_objection(creation.get());
  info.leaves_the_file = !info.unreadable.empty();
  if (shape_depends_on_sources(creation.get())) {
    info.shape = {0};
    return info;
  }
  const Dataspace space(H5Dget_space(dataset), "its dataspace is corrupt");
  info.shape = shape_of(space.get());
  if (!info.leaves_the_file && info.element.decoding != Decoding::none) {
    object(dataset, creation.get(), H5Tget_size(type.get()), allowance, info);
    info.offset = plain_offset(dataset, creation.get(), type.get(), info);
  }
  return info;
}

void read_values(hid_t dataset, const ElementType& element, std::span<double> out) {
  const Dataspace space(H5Dget_space(dataset), "its dataspace is corrupt");
  (void)expected_shape(space.get(), out.size());
  if (!out.empty()) {
    read_selected({.dataset = dataset}, element, out);
  }
}

void read_in_pieces(hid_t dataset, const ElementType& element, std::uint64_t count,
                    std::span<double> buffer, const std::function<void(std::size_t)>& take) {
  const Dataspace space(H5Dget_space(dataset), "its dataspace is corrupt");
  const std::vector<std::uint64_t> shape = expected_shape(space.get(), count);
  if (count == 0) {
    return;
  }
  if (count <= buffer.size()) {
    read_values(dataset, element, buffer.first(count));
    take(count);
    return;
  }
  const PropertyList creation(H5Dget_create_plist(dataset), "its properties are corrupt");
  const std::vector<std::uint64_t> chunk = chunk_extents(creation.get());
  for_each_piece(shape, chunk, buffer.size(), [&](const Piece& piece) {
    read_piece(dataset, space.get(), element, piece, buffer.first(piece.values));
    take(piece.values);
  });
}

}  // namespace hindcast::io::hdf5
