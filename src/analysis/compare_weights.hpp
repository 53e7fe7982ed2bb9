#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "hindcast/io/checkpoint.hpp"

#include "compare/compare.hpp"

namespace hindcast::analysis {

struct WeightsOptions {
  compare::Match match = compare::Match::name;
  io::Limits limits;
  std::optional<std::uint64_t> memory = {};  ///< Bytes that two tensors in memory may take.
  double tolerance = 0.0;                    ///< Of |b - a| / |a|; what has less does not differ.
};

/// How far the tensors of two checkpoint files are from each other. Tensors are matched by name, or
/// by position (compare/match.hpp) with their role and shape; a layer along the same logical axes,
/// however they are stored. Memory holds one tensor of each at a time. One that cannot be read is
/// not compared, and its reason says so. Throws Error, which names the file, where a file cannot be
/// opened.
[[nodiscard]] compare::WeightsComparison compare_weights(const std::filesystem::path& a,
                                                         const std::filesystem::path& b,
                                                         const WeightsOptions& options);

}  // namespace hindcast::analysis
