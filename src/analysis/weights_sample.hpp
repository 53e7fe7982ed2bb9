#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "analysis/opened_table.hpp"

namespace hindcast::analysis {

/// The shapes of a checkpoint's layers, and the values of a few of them, all in the neutral order
/// of axes: enough to see whether two checkpoints can belong to one run.
struct WeightsSample {
  std::map<std::string, std::vector<std::uint64_t>> shapes;   ///< Of every layer, by name.
  std::map<std::string, std::vector<double>> values;          ///< Some, of some layers.
  std::map<std::string, tensor::BatchNorm> batch_norms = {};  ///< Of the same layers.
};

/// Reads the largest layers of at most 2^16 weights, up to eight, or else the smallest one, as
/// far as reading them takes at most `memory` bytes, and keeps evenly spread values of them. A
/// layer that cannot be read is left out. Throws nothing for what a file holds.
[[nodiscard]] WeightsSample sample_weights(const OpenedTable& table, std::uint64_t memory);

/// The median rotation (1 - cosine) of the sampled layers that both have;
/// nothing where there is none, or where it is not defined.
[[nodiscard]] std::optional<double> median_rotation(const WeightsSample& a, const WeightsSample& b);

}  // namespace hindcast::analysis
