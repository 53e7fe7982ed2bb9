#include "io/scores/name_metrics.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "base/text.hpp"
#include "io/checkpoint_names.hpp"
#include "io/naming_layouts.hpp"
#include "io/step_name.hpp"

namespace hindcast::io {
namespace {

// A decimal fraction, nan or inf; a whole number after a name is more often a fold or a size.
bool is_metric(std::string_view text) {
  const std::string word = lowered(text);
  return text.find('.') != std::string_view::npos || word == "nan" || word == "inf";
}

// Adds nothing where `number` is none, or there is one of this name already.
void add(std::vector<NameMetric>& metrics, std::string_view written, const std::string& number) {
  const std::string name = valid_utf8(written);
  double value = 0.0;
  const char* const last = number.data() + number.size();
  const auto [end, error] = std::from_chars(number.data(), last, value);
  if (error != std::errc() || end != last || name.empty() ||
      std::ranges::find(metrics, name, &NameMetric::name) != metrics.end()) {
    return;
  }
  metrics.push_back(
      {.name = name, .value = std::isfinite(value) ? std::optional(value) : std::nullopt});
}

// Lightning: "epoch=3-step=400-val_loss=0.25"; a minus sign looks like the one between the parts.
std::vector<NameMetric> labelled(std::string_view stem) {
  std::vector<NameMetric> out;
  std::string_view negative;  // The name that a part "val_loss=" before ended in.
  for (const std::string_view part : split(stem, '-')) {
    const std::size_t equals = part.find('=');
    const bool has_name = equals != std::string_view::npos;
    const std::string_view name = has_name ? part.substr(0, equals) : negative;
    const std::string_view number = has_name ? part.substr(equals + 1) : part;
    if (!name.empty() && is_metric(number)) {
      add(out, name, (has_name ? "" : "-") + std::string(number));
    }
    negative = has_name && number.empty() ? name : std::string_view();
  }
  return out;
}

}  // namespace

std::vector<NameMetric> metrics_in_name(const std::filesystem::path& named_by) {
  const std::string name = named_by.filename().string();
  const std::string stem = checkpoint_stem(named_by);
  const std::optional<LayoutMatch> match = match_layout(name, stem);
  if (!match) {
    return {};
  }
  if (match->layout->trainer == "PyTorch Lightning") {
    return labelled(without_version(stem));
  }
  std::vector<NameMetric> out;
  for (const std::string_view text : match->metrics) {
    const std::string which = out.empty() ? "" : fmt::format("_{}", out.size() + 1);
    add(out, "name_metric" + which, std::string(text));
  }
  return out;
}

}  // namespace hindcast::io
