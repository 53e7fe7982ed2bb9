#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint.hpp"
#include "hindcast/tensor/dtype.hpp"

namespace hindcast::io {

/// What the header of a .npy array says, checked against the bytes that follow it.
struct NpyArray {
  tensor::DType dtype = tensor::DType::other;
  std::endian order = std::endian::little;
  bool fortran_order = false;        ///< The first axis varies fastest as stored.
  std::vector<std::uint64_t> shape;  ///< As NumPy gives it, whatever the order.
  std::uint64_t header_bytes = 0;    ///< The values begin here.
  std::string unreadable;            ///< Why the values cannot be read; empty if they can.
};

/// The bytes that tell how long the header is.
inline constexpr std::uint64_t kNpyPreambleBytes = 12;

/// Do the bytes start as every .npy array does?
[[nodiscard]] bool is_npy(std::span<const std::byte> bytes) noexcept;

/// The length of the whole header, given at least its preamble. Throws Error{malformed,
/// unsupported, limit_exceeded}.
[[nodiscard]] std::uint64_t npy_header_bytes(std::span<const std::byte> start,
                                             const Limits& limits);

/// Reads the header at the start of an array that has `total_bytes` in all, of which `start` holds
/// at least the header. Throws Error{malformed} where the header is not exactly what NumPy writes
/// or the array has another size than it says. An array of elements that are not numbers (Python
/// objects, records, strings, times) is of type `other` and unreadable.
[[nodiscard]] NpyArray parse_npy(std::span<const std::byte> start, std::uint64_t total_bytes,
                                 const Limits& limits);

/// Fills `out` with the values of the array in C order. `bytes` is the whole array, and `array` its
/// header; its `unreadable` must be empty and its type real.
void read_npy(std::span<const std::byte> bytes, const NpyArray& array, std::span<double> out);

}  // namespace hindcast::io
