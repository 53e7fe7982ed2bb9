#pragma once

#include <string>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/hdf5/handle.hpp"

namespace hindcast::io::hdf5 {

/// A dataset and every link that leads to it.
struct FoundDataset {
  haddr_t address = HADDR_UNDEF;
  std::string path;                  ///< From the root, without a leading slash.
  std::vector<std::string> aliases;  ///< Other links to it, soft ones last.
};

/// Everything a walk over the links of a file finds.
struct Walk {
  std::vector<FoundDataset> datasets;
  OrderEvidence order = OrderEvidence::names;  ///< `creation`, or `names` for natural order.
  std::vector<Problem> problems;
};

/// Visits every object once, whatever cycles the links make. A second link to a group is not
/// followed: groups linked twice at every level would make exponentially many paths.
///
/// Throws Error{limit_exceeded} where the file has more links than Limits allow tensors, and
/// Error{malformed} where not even the root group can be read.
[[nodiscard]] Walk walk(hid_t file, const Limits& limits);

}  // namespace hindcast::io::hdf5
