#pragma once

#include <string>
#include <vector>

#include "hindcast/tensor/classification.hpp"

#include "analysis/opened_table.hpp"

namespace hindcast::analysis {

/// Which globs of a selection have matched a tensor so far.
class GlobUse {
 public:
  explicit GlobUse(const tensor::Selection& selection);

  void observe(const OpenedTable& table);

  /// Those that never did, with their option: "--exclude 'foo*'".
  [[nodiscard]] std::vector<std::string> unmatched() const;

 private:
  struct Glob {
    std::string option;
    std::string pattern;
    bool matched = false;
  };

  std::vector<Glob> globs_;
};

}  // namespace hindcast::analysis
