// OpenMetrics text, https://prometheus.io/docs/specs/om/open_metrics_spec/: what GitLab shows of a
// merge request (artifacts:reports:metrics) and Prometheus reads.
//
// GitLab takes lines apart as a shell would, once all from a '#' on is cut off, and compares values
// as texts. So no label has a '#', and numbers have always six digits. Names are escaped as on a
// terminal before they are escaped as labels, so that nothing hides in them.

#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "gate/evidence.hpp"
#include "gate/writers.hpp"

namespace hindcast::gate {
namespace {

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : printable_line(text)) {
    if (c == '#') {
      out += R"(\\x23)";
    } else {
      out += c == '"' || c == '\\' ? "\\" : "";
      out += c;
    }
  }
  return out;
}

class Labels {
 public:
  // An empty label is no label.
  Labels& add(std::string_view name, std::string_view value) {
    if (!value.empty()) {
      text_ += fmt::format("{}{}=\"{}\"", text_.empty() ? "" : ",", name, label_value(value));
    }
    return *this;
  }
  [[nodiscard]] std::string text() const { return text_; }

 private:
  std::string text_;
};

// Of zeros only the positive one.
std::string number(double value) {
  return fmt::format("{:#.6g}", value == 0.0 ? 0.0 : value);
}

// The samples of one metric, each with labels of its own.
class Family {
 public:
  Family(std::string_view name, std::string_view help)
      : name_(name), text_(fmt::format("# TYPE {} gauge\n# HELP {} {}\n", name, name, help)) {}

  void add(const std::string& labels, const std::string& value) {
    // Two rules may be the same, and two names may look the same.
    std::string unique = labels;
    for (int copy = 2; !taken_.insert(unique).second; ++copy) {
      unique = fmt::format("{}{}copy=\"{}\"", labels, labels.empty() ? "" : ",", copy);
    }
    text_ += fmt::format("{}{} {}\n", name_, unique.empty() ? "" : '{' + unique + '}', value);
  }
  [[nodiscard]] std::string text() const { return taken_.empty() ? "" : text_; }

 private:
  std::string name_;
  std::string text_;
  std::set<std::string> taken_;
};

// The same in every pipeline, as one is compared with the next by them: not which layer happened to
// be the least, nor how the last checkpoint was called.
std::string place(const RuleResult& rule, const Finding& finding, bool with_condition) {
  const bool is_last = rule.rule.selection.checkpoints == CheckpointChoice();
  return Labels()
      .add("rule", title_of(rule.rule))
      .add("condition", with_condition ? finding.condition : "")
      .add("run", finding.run)
      .add("checkpoint", is_last ? "" : finding.checkpoint)
      .add("layer", rule.rule.aggregate == Aggregate::each ? finding.layer : "")
      .text();
}

// Conditions of one rule judge the same value.
bool is_same_value(const Finding& a, const Finding& b) {
  return a.run == b.run && a.checkpoint == b.checkpoint && a.layer == b.layer;
}

std::string values_of(const GateResult& result) {
  Family values("hindcast_gate_value", "What a rule judged.");
  Family bounds("hindcast_gate_bound", "What it was compared with.");
  for (const RuleResult& rule : result.rules) {
    const Finding* before = nullptr;
    for (const Finding& finding : rule.findings) {
      const bool is_new = before == nullptr || !is_same_value(*before, finding);
      if (is_new && finding.value && std::isfinite(*finding.value)) {
        values.add(place(rule, finding, false), number(*finding.value));
      }
      if (finding.bound && std::isfinite(*finding.bound)) {
        bounds.add(place(rule, finding, true), number(*finding.bound));
      }
      before = &finding;
    }
  }
  return values.text() + bounds.text();
}

std::string calibration_of(const GateResult& result) {
  if (!result.calibration) {
    return "";
  }
  Family baselines("hindcast_gate_baselines", "Baselines that say how far chance goes.");
  baselines.add("", fmt::format("{}", result.calibration->baselines));
  Family chance(
      "hindcast_gate_false_alarms",
      "At most so often does chance alone fail the gate, of a run as good as the rules ask.");
  if (result.calibration->comparisons > 0) {
    chance.add("", number(result.calibration->false_alarms));
  }
  return baselines.text() + chance.text();
}

}  // namespace

std::string to_openmetrics(const GateResult& result) {
  Family passed("hindcast_gate_passed", "1 if every rule passed.");
  passed.add("", result.verdict() == Verdict::pass ? "1" : "0");
  if (!result.error.empty()) {
    Family error("hindcast_gate_error", "Why nothing was judged.");
    error.add(Labels().add("message", result.error).text(), "1");
    return passed.text() + error.text() + "# EOF\n";
  }
  Family rules("hindcast_gate_rules", "Rules by verdict.");
  for (const Verdict verdict : {Verdict::pass, Verdict::fail, Verdict::could_not_judge}) {
    rules.add(Labels().add("verdict", name(verdict)).text(),
              fmt::format("{}", result.count(verdict)));
  }
  Family not_read("hindcast_gate_not_read", "Checkpoints that could not be read.");
  not_read.add("", fmt::format("{}", result.not_read.size()));
  return passed.text() + rules.text() + not_read.text() + calibration_of(result) +
         values_of(result) + "# EOF\n";
}

}  // namespace hindcast::gate
