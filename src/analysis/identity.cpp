#include "analysis/identity.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace hindcast::analysis {
namespace {

// Nothing where one file does not hold them as they are in memory, or in another order.
std::optional<bool> are_stored_alike(const ReadTensor& a, const ReadTensor& b) {
  const tensor::TensorInfo& info_a = a.table.info(a.place.index);
  const tensor::TensorInfo& info_b = b.table.info(b.place.index);
  if (info_a.dtype != info_b.dtype || info_a.shape != info_b.shape ||
      a.place.axes != b.place.axes) {
    return std::nullopt;
  }
  std::optional<bool> out;
  const bool has_a =
      a.table.checkpoint().use_stored(a.place.index, [&](std::span<const std::byte> in_a) {
        const bool has_b = b.table.checkpoint().use_stored(
            b.place.index,
            [&](std::span<const std::byte> in_b) { out = std::ranges::equal(in_a, in_b); });
        out = has_b ? out : std::nullopt;
      });
  return has_a ? out : std::nullopt;
}

bool are_equal(const std::vector<double>& a, const std::vector<double>& b) {
  return std::ranges::equal(a, b, {}, std::bit_cast<std::uint64_t, double>,
                            std::bit_cast<std::uint64_t, double>);
}

// May a double stand for several values of its tensor?
bool may_be_rounded(const ReadTensor& tensor) {
  constexpr double kFirstGap = 0x1p53;  // From here on a double skips integers.
  switch (tensor.table.info(tensor.place.index).dtype) {
    case tensor::DType::float128:
      return true;
    case tensor::DType::int64:
    case tensor::DType::uint64:
      return std::ranges::any_of(tensor.values,
                                 [](double value) { return std::abs(value) >= kFirstGap; });
    default:
      return false;
  }
}

}  // namespace

Identity identity_of(const ReadTensor& a, const ReadTensor& b) {
  if (const std::optional<bool> alike = are_stored_alike(a, b)) {
    return *alike ? Identity::identical : Identity::different;
  }
  if (!are_equal(a.values, b.values)) {
    return Identity::different;
  }
  return may_be_rounded(a) || may_be_rounded(b) ? Identity::unknown : Identity::identical;
}

}  // namespace hindcast::analysis
