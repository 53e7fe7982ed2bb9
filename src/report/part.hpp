#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/report/read_report.hpp"
#include "hindcast/report/report.hpp"
#include "hindcast/report/writers.hpp"

#include "report/run_record.hpp"

namespace hindcast::report {

/// What the schedule is to be made with, besides the options that a report echoes.
struct ScheduleSettings {
  std::optional<schedule::RmsgdOptions> rmsgd = {};  ///< None: no rate to start from.
  GainSource evbmf = GainSource::reference;
  std::vector<std::string> parameter_order = {};
};

/// What was found in one place: usually one run, several where they could be told apart.
struct FoundRecord {
  std::string name;
  std::optional<std::string> failure = {};  ///< Why it cannot be analysed: then there are no runs.
  std::vector<RunRecord> runs = {};
  std::vector<LoggedRecord> logged = {};  ///< Of each run, or of the one that failed.
};

/// Everything that was found and who measures what of it: the same for every shard.
using Plan = std::vector<FoundRecord>;

/// The outcome of one tensor of the plan; all three count from 0, runs over all that were found.
struct PlannedOutcome {
  std::int64_t run = 0;
  std::int64_t checkpoint = 0;
  std::int64_t tensor = 0;
  Outcome outcome = {};
};

/// What one of several machines writes of their common report.
struct Part {
  std::int64_t shard = 1;  ///< From 1 to `shards`.
  std::int64_t shards = 1;
  std::string version;  ///< Of the program.
  OptionsEcho options;
  ScheduleSettings schedule;
  std::string plan_digest;
  std::optional<Plan> plan = {};  ///< The first shard's alone: they are all the same.
  std::vector<PlannedOutcome> outcomes = {};
};

/// The most shards there can be.
inline constexpr std::int64_t kMostShards = 100'000;

/// Differs between plans that differ in anything, and between programs that measure differently.
[[nodiscard]] std::string digest_of(const Plan& plan);

/// What all parts of a report have in common besides the plan, to compare it.
[[nodiscard]] std::string settings_of(const Part& part);

/// The part as JSON ("hindcast.part/1"; its JSON Schema is src/report/part.schema.json). Unlike in
/// a report, texts that are no UTF-8 come back as they were.
[[nodiscard]] std::string to_json(const Part& part);
/// The same, handed on bit by bit.
void write_json(const Part& part, const Sink& sink);

/// Reads what `to_json` wrote. Throws Error{malformed} with line, column and JSON pointer where the
/// text is no JSON or not a part, something is missing, of the wrong type or out of range;
/// Error{unsupported} for another version of the part; Error{limit_exceeded} where it is nested too
/// deeply or has more than `most_values`.
[[nodiscard]] Part read_part(std::string_view json, std::uint64_t most_values = kMostReportValues);

}  // namespace hindcast::report
