#pragma once

#include <cstdint>

namespace hindcast::statistics {

/// Random numbers that are the same on every platform, which the standard library's distributions
/// are not: SplitMix64, Steele, Lea & Flood, "Fast splittable pseudorandom number generators"
/// (2014), https://doi.org/10.1145/2660193.2660195.
class Generator {
 public:
  explicit Generator(std::uint64_t seed) noexcept : state_(seed) {}

  [[nodiscard]] std::uint64_t next() noexcept {
    state_ += 0x9E3779B97F4A7C15ULL;
    std::uint64_t z = state_;
    z = (z ^ (z >> 30U)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27U)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31U);
  }

  /// One of 0 ... count-1, each as likely as any other. `count` is not 0.
  [[nodiscard]] std::uint64_t below(std::uint64_t count) noexcept {
    const std::uint64_t unfair = (0 - count) % count;  // 2^64 modulo count.
    std::uint64_t drawn = next();
    while (drawn < unfair) {
      drawn = next();
    }
    return drawn % count;
  }

 private:
  std::uint64_t state_;
};

}  // namespace hindcast::statistics
