#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/hdf5/contents.hpp"
#include "io/hdf5/opened_file.hpp"

namespace hindcast::io::hdf5 {

/// What the cell of a file is asked: the values of a tensor, or the table of contents.
struct Question {
  std::optional<Source> source;
  std::uint64_t values = 0;  ///< How many the tensor has.
};

[[nodiscard]] std::vector<std::byte> contents_request();
[[nodiscard]] std::vector<std::byte> values_request(const Source& source, std::uint64_t values);
[[nodiscard]] Question decode_question(std::span<const std::byte> request);

[[nodiscard]] std::vector<std::byte> encode_contents(const Contents& contents);

/// Believes nothing: after this every count is within `limits`, every enumerator exists, what is
/// said to be readable has a size that can be allocated, and every reason is printable. Throws
/// Error{malformed} where the bytes are not such a table.
[[nodiscard]] Contents decode_contents(std::span<const std::byte> answer, const Limits& limits);

}  // namespace hindcast::io::hdf5
