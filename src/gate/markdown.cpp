#include <fmt/format.h>

#include "base/text.hpp"
#include "gate/escape.hpp"
#include "gate/evidence.hpp"
#include "gate/writers.hpp"

namespace hindcast::gate {
namespace {

constexpr std::size_t kNoticeBytes = 200;  // Room for the line that says what was left out,
constexpr std::size_t kTableBytes = 400;   // and with the head of the table.

std::string_view heading(Verdict verdict) {
  switch (verdict) {
    case Verdict::pass:
      return "passed";
    case Verdict::fail:
      return "failed";
    case Verdict::could_not_judge:
      break;
  }
  return "could not judge";
}

std::string cell(const std::string& text) {
  return text.empty() ? "" : markdown_code(text);
}

std::string moment(const Finding& finding) {
  return finding.run.empty() || finding.checkpoint.empty()
             ? finding.run
             : fmt::format("{}: {}", finding.run, finding.checkpoint);
}

std::string remark(const Finding& finding) {
  return finding.verdict == Verdict::could_not_judge ? finding.reason : noise_of(finding);
}

std::string row(const RuleResult& result, const Finding& finding, std::string_view verdict) {
  const auto number = [](const std::optional<double>& value) {
    return value ? shortest(*value) : "";
  };
  return fmt::format("| {} | {} | {} | {} | {} | {} | {} |\n", verdict,
                     markdown_code(title_of(result.rule)), cell(moment(finding)),
                     cell(finding.layer), number(finding.value), cell(finding.condition),
                     cell(remark(finding)));
}

std::vector<std::string> rows(const GateResult& result) {
  std::vector<std::string> out;
  for (const Told& told : worst_first(result, Verdict::fail)) {
    out.push_back(row(*told.result, *told.finding, "**fail**"));
  }
  for (const Told& told : worst_first(result, Verdict::could_not_judge)) {
    out.push_back(row(*told.result, *told.finding, "could not judge"));
  }
  for (const RuleResult& rule : result.rules) {
    if (rule.verdict == Verdict::pass) {
      out.push_back(row(rule, tightest(rule.findings), "pass"));
    }
  }
  return out;
}

std::string error_text(const std::string& error, std::size_t most_bytes) {
  const std::string head =
      fmt::format("### hindcast gate: {}\n\n", heading(Verdict::could_not_judge));
  const std::string whole = head + markdown_code(error) + '\n';
  return whole.size() <= most_bytes ? whole : head + "The step's log says why.\n";
}

}  // namespace

std::string to_markdown(const GateResult& result, std::size_t most_bytes) {
  if (!result.error.empty()) {
    return error_text(result.error, most_bytes);
  }
  std::string out =
      fmt::format("### hindcast gate: {}\n\n{}.\n\n", heading(result.verdict()), counts_of(result));
  const std::string not_read = list_not_read(
      result, most_bytes / 4, [](const std::string& words) { return "- " + markdown_code(words); });
  out += not_read.empty() ? "" : not_read + '\n';
  const std::string noise = noise_of(result);
  if (!noise.empty() && out.size() + noise.size() + kTableBytes <= most_bytes) {
    out += noise + '\n';
  }
  out += "| verdict | rule | checkpoint | layer | value | required | reason |\n";
  out += "|---|---|---|---|---|---|---|\n";
  const std::vector<std::string> all = rows(result);
  std::size_t shown = 0;
  while (shown < all.size() && out.size() + all[shown].size() + kNoticeBytes <= most_bytes) {
    out += all[shown++];
  }
  if (shown < all.size()) {
    out += fmt::format("\n{} of {} rows are left out, because this text is limited to {} bytes.\n",
                       all.size() - shown, all.size(), most_bytes);
  }
  return out;
}

}  // namespace hindcast::gate
