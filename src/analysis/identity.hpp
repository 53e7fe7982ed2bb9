#pragma once

#include <vector>

#include "analysis/opened_table.hpp"

namespace hindcast::analysis {

/// Are the values of two tensors the same to the bit?
enum class Identity {
  identical,
  different,
  unknown,  ///< Equal as doubles, which do not hold values of these types exactly.
};

/// One of two tensors: where it is, and its values as doubles with their axes in the same order.
struct ReadTensor {
  const OpenedTable& table;
  Counterpart place;
  std::vector<double> values;
};

/// Stored values of one type and order are compared as they are stored; all others as doubles, of
/// which -0 and 0 are two, so that equal values of two types are identical. Throws Error.
[[nodiscard]] Identity identity_of(const ReadTensor& a, const ReadTensor& b);

}  // namespace hindcast::analysis
