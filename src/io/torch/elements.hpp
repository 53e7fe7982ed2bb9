#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "hindcast/io/checkpoint.hpp"
#include "hindcast/tensor/dtype.hpp"

#include "io/container/zip.hpp"

namespace hindcast::io::torch {

/// The bytes that tensors are views of, in the mapped file.
class Storage {
 public:
  explicit Storage(std::span<const std::byte> bytes) : bytes_(bytes) {}
  /// A stored member of a zip archive, which must outlive this.
  explicit Storage(const ZipMember& member) : bytes_(member.bytes), member_(&member) {}

  [[nodiscard]] std::uint64_t size() const noexcept { return bytes_.size(); }

  /// Where they are, unchecked.
  [[nodiscard]] std::span<const std::byte> stored_bytes() const noexcept { return bytes_; }

  /// Checks a zip member's CRC-32 the first time. Throws Error{malformed}. Safe to call from
  /// several threads.
  [[nodiscard]] std::span<const std::byte> bytes() const;

 private:
  std::span<const std::byte> bytes_;
  const ZipMember* member_ = nullptr;
  mutable std::atomic<bool> checked_ = false;
};

/// Which elements of a storage a tensor has, in row-major order.
struct Elements {
  std::shared_ptr<const Storage> storage;
  tensor::DType dtype = tensor::DType::other;
  std::uint64_t element_bytes = 0;
  std::endian order = std::endian::little;
  std::uint64_t first = 0;  ///< Counted in elements, as all here.
  std::vector<std::uint64_t> shape;
  std::vector<std::uint64_t> strides;  ///< One for each axis; 0 repeats.
  bool latin1_in_utf8 = false;         ///< Each byte is stored as the character of its number.
};

/// Strides of a tensor stored without gaps, the last axis fastest or, for Fortran, the first.
[[nodiscard]] std::vector<std::uint64_t> contiguous_strides(std::span<const std::uint64_t> shape);
[[nodiscard]] std::vector<std::uint64_t> fortran_strides(std::span<const std::uint64_t> shape);

/// Throws Error{malformed} where an element lies outside the storage, Error{limit_exceeded} where
/// there are more than the limits allow.
void require_within(const Elements& elements, const Limits& limits);

/// From the first to the last element, which are within the storage. Strides of 0 make much of few.
[[nodiscard]] std::uint64_t spanned_bytes(const Elements& elements);

/// Fills `out` with the values. They must be within the storage and of a real type, and `out` as
/// long as their number. Throws Error{malformed} where the storage fails its checksum.
void read_elements(const Elements& elements, std::span<double> out);

/// The real numbers that quantised integers stand for: scale * (q - zero_point), with one pair for
/// the tensor or one for each slice along an axis.
struct Quantisation {
  double scale = 1.0;
  double zero_point = 0.0;
  std::optional<Elements> scales = {};  ///< If set, `zero_points` is set as well.
  std::optional<Elements> zero_points = {};
  std::uint64_t axis = 0;
};

/// The values of a tensor as they are stored.
struct Values {
  Elements elements;
  bool negated = false;
  bool conjugated = false;  ///< Of complex numbers, which are not read.
  std::optional<Quantisation> quantisation = {};
};

/// As read_elements.
void read_values(const Values& values, std::span<double> out);

/// Their bytes, where these are the values in row-major order, without gaps, little-endian. Throws
/// as read_elements.
[[nodiscard]] std::optional<std::span<const std::byte>> plain_bytes(const Values& values);

}  // namespace hindcast::io::torch
