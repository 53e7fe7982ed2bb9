// What a person reads on a terminal after `gate`.

#include <algorithm>
#include <cstdint>

#include <fmt/format.h>

#include "base/text.hpp"
#include "gate/evidence.hpp"
#include "gate/writers.hpp"

namespace hindcast::gate {
namespace {

constexpr std::size_t kMostFindings = 20;  // Of a rule; the other outputs have them all.

std::string_view word(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "pass";
    case Verdict::fail:
      return "FAIL";
    case Verdict::could_not_judge:
      break;
  }
  return "????";
}

std::string line(const Finding& finding) {
  return fmt::format("      {}: {}\n", place_of(finding), evidence_of(finding));
}

// What did not pass; of a rule that passed, what came nearest to failing.
std::string findings(const RuleResult& result) {
  if (result.verdict == Verdict::pass) {
    const std::string nearest = line(tightest(result.findings));
    return result.findings.size() == 1
               ? nearest
               : nearest + fmt::format("      and {} more, further from their bounds\n",
                                       result.findings.size() - 1);
  }
  std::vector<const Finding*> told;
  for (const Finding& finding : result.findings) {
    if (finding.verdict != Verdict::pass) {
      told.push_back(&finding);
    }
  }
  std::ranges::stable_sort(
      told, [](const Finding* a, const Finding* b) { return shortfall(*a) > shortfall(*b); });
  std::string out;
  for (std::size_t i = 0; i < std::min(told.size(), kMostFindings); ++i) {
    out += line(*told[i]);
  }
  return told.size() <= kMostFindings
             ? out
             : out + fmt::format("      and {} more\n", told.size() - kMostFindings);
}

}  // namespace

std::string to_table(const GateResult& result) {
  std::string out;
  for (const RuleResult& rule : result.rules) {
    const std::string title = rule.rule.title.empty() ? "" : rule.rule.title + ": ";
    out += fmt::format("{}  {}\n{}", word(rule.verdict),
                       printable_line(title + expression(rule.rule)), findings(rule));
  }
  out += list_not_read(result, SIZE_MAX, [](const std::string& words) { return words; });
  const std::string noise = noise_of(result);
  out += noise.empty() ? "" : '\n' + noise;
  return out + fmt::format("\ngate: {}\n", counts_of(result));
}

}  // namespace hindcast::gate
