// A policy from one good report: each rule is measured on it first, given some room, and kept only
// if the report passes it as it stands in the policy.

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "gate/evidence.hpp"
#include "gate/judge.hpp"
#include "gate/parse_rule.hpp"
#include "gate/policy.hpp"
#include "metrics/better.hpp"

namespace hindcast::gate {
namespace {

using report::Report;
using report::RunReport;

constexpr std::string_view kHead =
    R"(// What a report must be like, for: hindcast gate REPORT --policy THIS_FILE
//
// Made by hindcast gate --init-policy from one report that was taken for good. Every bound is what
// that report has, less some room. Read each rule, tighten it or throw it out: one report cannot
// say how far apart two good ones are. gate --explain says in words what a rule does.
{
  "schema": "hindcast.policy/1",
  "rules": [
)";

// Three baselines at least say how far apart good reports are; there is one here.
constexpr std::string_view kFoot = R"(
    // With --baseline REPORT a rule may name it. With three baselines or more, of other seeds, such
    // a rule fails only beyond their noise, and the gate states how often by chance alone:
    // {"name": "learned as much as before", "rule": "mean(knowledge_gain) >= baseline"},
    // {"name": "moved as far as before", "rule": "min(rotation) >= 0.9 * baseline"}
  ]
}
)";

// What a rule measures, and how much worse than here is still good.
struct Draft {
  std::string title;
  std::string comment;
  std::string subject;
  Comparison comparison = Comparison::at_least;
  double room = 0.1;  // As a share of the value,
  double more = 0.0;  // and in itself.
};

// The checkpoints that all of a policy's runs end with: "epochs=9", or empty.
std::string end_of(const Report& known_good) {
  std::set<std::optional<std::int64_t>> epochs;
  std::set<std::optional<std::int64_t>> steps;
  for (const RunReport& run : known_good.runs) {
    if (!run.checkpoints.empty()) {
      epochs.insert(run.checkpoints.back().epoch);
      steps.insert(run.checkpoints.back().step);
    }
  }
  const auto only = [](const auto& set) {
    return set.size() == 1 ? *set.begin() : std::optional<std::int64_t>();
  };
  if (const auto epoch = only(epochs)) {
    return fmt::format(", epochs={}", *epoch);
  }
  const auto step = only(steps);
  return step ? fmt::format(", steps={}", *step) : "";
}

std::size_t fewest_checkpoints(const Report& known_good) {
  std::size_t fewest = SIZE_MAX;
  for (const RunReport& run : known_good.runs) {
    fewest = std::min(fewest, run.checkpoints.size());
  }
  return known_good.runs.empty() ? 0 : fewest;
}

std::string rule_text(const Draft& draft, const std::string& bound) {
  return fmt::format("{} {} {}", draft.subject, sign(draft.comparison), bound);
}

RuleResult judged(const std::string& rule, const Report& known_good) {
  return judge({parse_rule(rule)}, known_good, nullptr).rules.front();
}

// The worst value of any run; none where one cannot be judged.
std::optional<double> worst(const Draft& draft, const RuleResult& measured) {
  const bool is_least =
      draft.comparison == Comparison::at_least || draft.comparison == Comparison::above;
  std::optional<double> out;
  for (const Finding& finding : measured.findings) {
    if (finding.verdict == Verdict::could_not_judge || !finding.value) {
      return std::nullopt;
    }
    const double value = *finding.value;
    out = is_least ? std::min(out.value_or(value), value) : std::max(out.value_or(value), value);
  }
  return out;
}

// The worst value with room for others; three digits say enough.
std::string bound_of(const Draft& draft, double value) {
  const double room = draft.room * std::abs(value) + draft.more;
  const double bound = draft.comparison == Comparison::at_most ? value + room : value - room;
  return room == 0.0 ? fmt::format("{}", value) : fmt::format("{:.3g}", bound);
}

std::vector<Draft> drafts_of_layers(const Report& known_good) {
  const std::string end = end_of(known_good);
  return {
      {.title = end.empty() ? "all layers are there at the last checkpoint"
                            : "the training came to its end with all its layers",
       .comment = end.empty()
                      ? "Layers with NaN weights have no norm. Whether the training came to its "
                        "end is not asked: its runs share no last epoch or step to ask for."
                      : "Layers with NaN weights have no norm, and a run that ended early has no "
                        "such checkpoint.",
       .subject = fmt::format("count(frobenius_norm{})", end),
       .room = 0.0},
      {.title = "every layer has left its initialisation",
       .comment = "Rotation is 0 at the initial weights and 1 at a right angle to them.",
       .subject = "min(rotation)"},
      {.title = "the network has learned",
       .comment = "The share of each weight matrix that is no noise, by EVBMF; more is better.",
       .subject = "mean(knowledge_gain)"},
      {.title = "no layer maps much worse",
       .comment = "The condition of what is no noise; less is better. Give it room: it jumps with "
                  "the rank.",
       .subject = "max(mapping_condition)",
       .comparison = Comparison::at_most,
       .room = 1.0},
      {.title = "no layer has collapsed",
       .comment =
           "No source says which way a stable rank is better: this is only against its half.",
       .subject = "min(stable_rank)",
       .room = 0.5},
  };
}

void add_drafts_of_series(std::vector<Draft>& drafts, const Report& known_good) {
  constexpr std::size_t kTrend = 5;
  constexpr std::size_t kLeastOfTrend = 3;
  const std::size_t checkpoints = fewest_checkpoints(known_good);
  if (checkpoints >= 2) {
    drafts.push_back({.title = "no checkpoint repeats another",
                      .comment = "Exactly no change from one to the next: one of them is a copy.",
                      .subject = "max(step_rotation, checkpoints=every, nulls=ignore)",
                      .comparison = Comparison::above});
  }
  const std::string gain = "summary.knowledge_gain.mean";
  const std::optional<double> size = worst({}, judged(gain + " >= 0", known_good));
  if (checkpoints >= kLeastOfTrend && size) {
    drafts.push_back(
        {.title = "what was learned is not lost at the end",
         .comment = "The slope per checkpoint; the room is a fiftieth of the gain.",
         .subject = fmt::format("value({}, trend={})", gain, std::min(kTrend, checkpoints)),
         .room = 0.0,
         .more = 0.02 * std::abs(*size)});
  }
}

// The scores of the last checkpoint of the first run, as far as their names say what is better.
void add_drafts_of_scores(std::vector<Draft>& drafts, const Report& known_good) {
  const bool has_any = fewest_checkpoints(known_good) > 0;
  const auto no_scores = std::vector<report::LoggedNumber>();
  for (const report::LoggedNumber& score :
       has_any ? known_good.runs.front().checkpoints.back().scores : no_scores) {
    const metrics::Better better = metrics::better_of_score(score.name);
    const std::string subject = "scores." + score.name;
    try {
      static_cast<void>(parse_rule(subject + " >= 0"));
    } catch (const RuleError&) {
      continue;  // A name that no rule can write.
    }
    if (better == metrics::Better::higher) {
      drafts.push_back({.title = score.name + " is as good",
                        .comment = "The room is 2 %.",
                        .subject = subject,
                        .room = 0.02});
    } else if (better == metrics::Better::lower) {
      drafts.push_back({.title = score.name + " is as good",
                        .comment = "The room is a tenth.",
                        .subject = subject,
                        .comparison = Comparison::at_most});
    }
  }
}

// The rule that the report passes, or why there is none.
struct Kept {
  std::string rule;
  std::string reason;
};

Kept kept(const Draft& draft, const Report& known_good) {
  const RuleResult measured = judged(rule_text(draft, "0"), known_good);
  const std::optional<double> value = worst(draft, measured);
  if (!value) {
    for (const Finding& finding : measured.findings) {
      if (finding.verdict == Verdict::could_not_judge) {
        return {.rule = "", .reason = evidence_of(finding)};
      }
    }
  }
  const bool is_share = draft.room > 0.0;  // Of 0 there is none.
  if (!value || (is_share && *value == 0.0)) {
    return {.rule = "", .reason = "it is 0 here"};
  }
  const std::string bound = draft.comparison == Comparison::above ? "0" : bound_of(draft, *value);
  const std::string rule = rule_text(draft, bound);
  return judged(rule, known_good).verdict == Verdict::pass
             ? Kept{.rule = rule, .reason = ""}
             : Kept{.rule = "", .reason = "the report does not pass it"};
}

}  // namespace

std::string make_policy(const Report& known_good) {
  std::vector<Draft> drafts = drafts_of_layers(known_good);
  add_drafts_of_series(drafts, known_good);
  add_drafts_of_scores(drafts, known_good);
  std::string rules;
  std::string others;
  for (const Draft& draft : drafts) {
    const Kept found = kept(draft, known_good);
    if (found.rule.empty()) {
      others +=
          fmt::format("    // Not asked: {} ({}): {}.\n", draft.title, draft.subject, found.reason);
      continue;
    }
    rules += rules.empty() ? "" : ",\n";
    rules += fmt::format("    // {}\n    {{\"name\": \"{}\", \"rule\": \"{}\"}}", draft.comment,
                         draft.title, found.rule);
  }
  if (rules.empty()) {
    throw Error(ErrorCode::malformed, "there is nothing in the report that could be judged");
  }
  return std::string(kHead) + rules + '\n' + (others.empty() ? "" : '\n' + others) +
         std::string(kFoot);
}

}  // namespace hindcast::gate
