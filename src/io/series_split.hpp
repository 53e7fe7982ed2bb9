#pragma once

#include <string>
#include <vector>

#include "hindcast/io/checkpoint_series.hpp"

namespace hindcast::io {

/// The files of one run among several in a directory.
struct NamedPart {
  std::string name;  ///< What its names begin with: "a_epoch"; empty if it is the only one.
  std::vector<CheckpointFile> files;
  std::vector<std::string> warnings;
};

/// Tells the runs in one directory apart by their names: where names of two patterns both claim a
/// step or epoch, and not with the same weights, each pattern is a run. A file without a number
/// goes with the names it has most in common with; an initial one that fits none better belongs
/// to all.
[[nodiscard]] std::vector<NamedPart> split_by_name(std::vector<CheckpointFile> files);

}  // namespace hindcast::io
