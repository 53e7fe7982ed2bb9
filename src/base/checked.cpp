#include "base/checked.hpp"

#include "hindcast/base/error.hpp"

namespace hindcast {

std::uint64_t checked_mul(std::uint64_t a, std::uint64_t b) {
  std::uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) {
    throw Error(ErrorCode::malformed, "the product of the dimensions does not fit 64 bits");
  }
  return product;
}

std::uint64_t element_count(std::span<const std::uint64_t> shape) {
  std::uint64_t count = 1;
  for (const std::uint64_t extent : shape) {
    if (extent == 0) {
      return 0;  // Even where the other extents would overflow: there is nothing to hold.
    }
  }
  for (const std::uint64_t extent : shape) {
    count = checked_mul(count, extent);
  }
  return count;
}

}  // namespace hindcast
