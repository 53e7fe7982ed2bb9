#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast::html {

/// One condition of a rule at one checkpoint, as `hindcast gate --json` tells it. What is null
/// there is empty here.
struct JudgedCondition {
  std::string verdict;
  std::string run;
  std::string checkpoint;
  std::string layer;
  std::string condition;
  std::optional<double> value = {};
  std::optional<double> bound = {};
  std::string reason;
};

struct JudgedRule {
  std::string name;
  std::string rule;
  std::string verdict;
  std::vector<JudgedCondition> findings = {};
};

/// What a gate said of a report: as much of it as people read.
struct Verdict {
  std::string verdict;  ///< "pass", "fail" or "could_not_judge".
  std::string error;    ///< Why nothing was judged; or empty.
  std::vector<JudgedRule> rules = {};
};

/// Reads what `hindcast gate --json` wrote ("hindcast.gate/1"). Throws Error: malformed with its
/// place for what is no such file, unsupported for another version of it.
[[nodiscard]] Verdict read_verdict(std::string_view json);

}  // namespace hindcast::html
