#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "hindcast/report/report.hpp"

#include "report/part.hpp"

namespace hindcast::analysis {

/// Joins the parts that several machines wrote of one report. What is kept of a part is what the
/// report holds of it.
class PartMerger {
 public:
  /// `name` is what messages call the part. Throws Error{usage} where it does not belong to those
  /// before, or is one of them; Error{malformed} where it contradicts itself.
  void add(const std::string& name, report::Part part);

  /// The report that one machine would have made, once, at the end. Throws Error{usage} where a
  /// part is missing or the whole cannot be analysed; Error{malformed} where a part is not whole.
  [[nodiscard]] report::Report finish();

 private:
  /// What all parts must have in common.
  struct Common {
    std::string name;  ///< Of the first part.
    std::int64_t shard = 0;
    std::int64_t shards = 0;
    std::string version;
    std::string settings;
    std::string plan_digest;
  };

  void require_fit(const std::string& name, const report::Part& part) const;
  void require_all() const;
  void place_outcomes();
  void require_outcomes() const;

  std::optional<Common> common_;
  std::vector<std::string> names_;  ///< Of the parts, by shard; empty where there is none yet.
  report::OptionsEcho options_;
  report::ScheduleSettings schedule_;
  report::Plan plan_;
  std::vector<std::pair<std::int64_t, report::PlannedOutcome>> outcomes_;  ///< And whose they are.
};

}  // namespace hindcast::analysis
