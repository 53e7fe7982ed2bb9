#include "gate/evidence.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::gate {
namespace {

constexpr std::size_t kMostNotRead = 20;  // The JSON has them all.

// "5 %", of a share.
std::string percent(double share) {
  return fmt::format("{:.3g} %", 100.0 * share);
}

std::string moment(const Finding& finding) {
  std::string out;
  if (finding.step) {
    out = fmt::format("step {}", *finding.step);
  }
  if (finding.epoch) {
    out += fmt::format("{}epoch {}", out.empty() ? "" : ", ", *finding.epoch);
  }
  return out.empty() ? "" : fmt::format(" ({})", out);
}

}  // namespace

std::vector<Told> worst_first(const GateResult& result, Verdict verdict) {
  std::vector<Told> told;
  for (const RuleResult& rule : result.rules) {
    for (const Finding& finding : rule.findings) {
      if (finding.verdict == verdict) {
        told.push_back({.result = &rule, .finding = &finding});
      }
    }
  }
  std::ranges::stable_sort(told, [](const Told& a, const Told& b) {
    return shortfall(*a.finding) > shortfall(*b.finding);
  });
  return told;
}

const Finding& tightest(const std::vector<Finding>& findings) {
  return *std::ranges::min_element(findings, {}, shortfall);
}

std::string title_of(const Rule& rule) {
  return rule.title.empty() ? expression(rule) : rule.title;
}

std::string place_of(const Finding& finding) {
  std::string out;
  const auto add = [&out](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (!finding.run.empty()) {
    add(fmt::format("run '{}'", printable(finding.run)));
  }
  if (!finding.checkpoint.empty()) {
    add(fmt::format("checkpoint '{}'{}", printable(finding.checkpoint), moment(finding)));
  }
  if (!finding.layer.empty()) {
    add(fmt::format("layer '{}'", printable(finding.layer)));
  }
  return out.empty() ? "the report" : out;
}

std::string evidence_of(const Finding& finding) {
  if (finding.verdict == Verdict::could_not_judge || !finding.value || !finding.bound) {
    return "could not be judged: " + printable_line(finding.reason);
  }
  const std::string compared = fmt::format("{} is {}{} {}", shortest(*finding.value),
                                           finding.verdict == Verdict::pass ? "" : "not ",
                                           sign(finding.comparison), shortest(*finding.bound));
  if (!finding.baseline) {
    return compared;
  }
  const std::string bound = finding.condition.substr(sign(finding.comparison).size() + 1);
  return compared + (finding.noise
                         ? fmt::format(" ({}; {})", bound, noise_of(finding))
                         : fmt::format(" ({}, which is {})", bound, shortest(*finding.baseline)));
}

std::string words_of(const NotRead& not_read) {
  const std::string_view whose = not_read.of_baseline ? "of the baseline, " : "";
  const std::string run = fmt::format("{}run '{}'", whose, not_read.run);
  const bool is_whole_run = not_read.path.empty() || not_read.path == not_read.run;
  const std::string path = is_whole_run ? "" : fmt::format(", '{}'", not_read.path);
  return printable_line(fmt::format("not read: {}{}: {}", run, path, not_read.reason));
}

std::string list_not_read(const GateResult& result, std::size_t most_bytes,
                          std::string (*written)(const std::string& words)) {
  std::string out;
  std::size_t shown = 0;
  for (const NotRead& one : result.not_read) {
    const std::string line = written(words_of(one)) + '\n';
    if (shown == kMostNotRead || out.size() + line.size() > most_bytes) {
      break;
    }
    out += line;
    ++shown;
  }
  const std::size_t others = result.not_read.size() - shown;
  return others == 0 ? out : out + written(fmt::format("not read: {} more", others)) + '\n';
}

std::string noise_of(const Finding& finding) {
  if (!finding.noise) {
    return "";
  }
  const Noise& noise = *finding.noise;
  const std::string left_out =
      noise.left_out == 0
          ? ""
          : fmt::format("; {} left out: {}", noise.left_out, printable_line(noise.why_left_out));
  const double mean = finding.baseline.value_or(0.0);
  return noise.is_any()
             ? fmt::format(
                   "{} baselines, mean {:.6g}, standard deviation {:.3g}, of "
                   "which {:.3g} are allowed{}",
                   noise.baselines, mean, noise.deviation, noise.allowed, left_out)
             : fmt::format("{} baselines, all {:.6g}{}", noise.baselines, mean, left_out);
}

std::string noise_of(const GateResult& result) {
  if (!result.calibration) {
    return "";
  }
  const Calibration& all = *result.calibration;
  std::string out = "noise: ";
  if (all.comparisons == 0) {
    out +=
        fmt::format("no value could be set against the noise of the {} baselines\n", all.baselines);
  } else {
    out += fmt::format(
        "{} comparison{} with {} baselines; of a run as good as the rules ask, any of them fails "
        "by chance alone in at most {} of gates, a single one in {}\n",
        all.comparisons, all.comparisons == 1 ? "" : "s", all.baselines, percent(all.false_alarms),
        percent(all.most_of_one));
    out += fmt::format("noise: a change of one value by 3 standard deviations is found in {}\n",
                       percent(all.power.value_or(0.0)));
  }
  if (all.with_fewer > 0) {
    out += fmt::format("noise: {} of them with fewer baselines, as some lack the value\n",
                       all.with_fewer);
  }
  if (all.without_noise > 0) {
    out += fmt::format(
        "noise: {} more where all baselines are the same, so that there is no noise to allow for: "
        "how often chance leaves those without a verdict is not known\n",
        all.without_noise);
  }
  return out;
}

std::string counts_of(const GateResult& result) {
  const std::int64_t failed = result.count(Verdict::fail);
  const std::int64_t unjudged = result.count(Verdict::could_not_judge);
  const auto all = static_cast<std::int64_t>(result.rules.size());
  if (failed == 0 && unjudged == 0) {
    return all == 1 ? "the only rule passed" : fmt::format("all {} rules passed", all);
  }
  const std::string rest = unjudged == 0 ? "" : fmt::format("{} could not be judged", unjudged);
  const std::string first = failed == 0 ? "" : fmt::format("{} of {} rules failed", failed, all);
  if (first.empty()) {
    return fmt::format("of {} rules {}", all, rest);
  }
  return rest.empty() ? first : fmt::format("{}, {}", first, rest);
}

}  // namespace hindcast::gate
