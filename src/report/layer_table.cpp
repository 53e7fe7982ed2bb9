// The layers of a run at its last checkpoint, as a person reads them. Where the place is narrow,
// names are shortened in their middle, bars become fewer, and columns are left out by name.

#include "report/layer_table.hpp"

#include <algorithm>
#include <limits>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "hindcast/metrics/metric.hpp"

#include "base/text.hpp"
#include "report/number_text.hpp"
#include "report/row_order.hpp"
#include "report/text_table.hpp"

namespace hindcast::report {
namespace {

using Align = TextTable::Align;

constexpr std::size_t kUsualBars = 24;
constexpr std::size_t kFewestBars = 8;
constexpr std::size_t kMostBars = 60;
constexpr const char* kHistory = "over the run";
constexpr const char* kBriefHistory = "history";

// EVBMF's rank over the rows of each unfolding: "6/32 5/16".
std::string ranks(const LayerReport& layer) {
  std::string out;
  for (const metrics::UnfoldingMeasurement& side : layer.measured.unfoldings) {
    out += out.empty() ? "" : " ";
    out += side.exact.value ? fmt::format("{}/{}", side.exact.value->rank, side.rows)
                            : fmt::format("-/{}", side.rows);
  }
  return out;
}

std::string words_of(const metrics::StatusSet& status) {
  std::string out;
  for (const metrics::Status one : status.list()) {
    out += (out.empty() ? "" : ", ") + std::string(metrics::name(one));
  }
  return out;
}

Tone tone_of(const metrics::StatusSet& status) {
  if (status.ok()) {
    return Tone::plain;
  }
  return status.has(metrics::Status::non_finite) ? Tone::trouble : Tone::caution;
}

// Statuses in the table itself, or below it where their words have no room.
class StatusColumn {
 public:
  explicit StatusColumn(bool in_words) : in_words_(in_words) {}

  std::string cell(const metrics::StatusSet& status) {
    std::string words = words_of(status);
    if (in_words_ || words.empty()) {
      return words;
    }
    auto place = std::ranges::find(notes_, words);
    if (place == notes_.end()) {
      place = notes_.insert(notes_.end(), words);
    }
    return fmt::format("[{}]", place - notes_.begin() + 1);
  }

  [[nodiscard]] std::string notes() const {
    std::string out;
    for (std::size_t i = 0; i < notes_.size(); ++i) {
      out += fmt::format("[{}] {}\n", i + 1, notes_[i]);
    }
    return out;
  }

 private:
  bool in_words_;
  std::vector<std::string> notes_;
};

class LayerTable {
 public:
  LayerTable(const RunReport& run, const OptionsEcho& asked, const TableOptions& options)
      : run_(run),
        layers_(run.checkpoints.back().layers),
        asked_(asked),
        options_(options),
        rows_(rows_to_show(layers_.size(), options, [&](std::size_t i) {
          return metrics::value(layers_[i].measured, options.order.metric);
        })) {
    if (asked.metrics.empty()) {
      find_histories();
      find_next_rates();
    }
  }

  [[nodiscard]] std::string text() const {
    const TextStyle& style = options_.style;
    StatusColumn trial(true);
    const bool in_words = style.width == 0 || table(kFewestBars, trial).width(true) <= style.width;
    StatusColumn statuses(in_words);
    const std::size_t bars = bars_that_fit(in_words);
    const TextTable table = this->table(bars, statuses);
    return table.text(style) + prose(more_of(layers_.size(), rows_.size(), "layer"), style) +
           prose(statuses.notes(), style) + no_room_line(table.left_out(style), style);
  }

 private:
  void find_histories() {
    constexpr double kMissing = std::numeric_limits<double>::quiet_NaN();
    for (std::size_t t = 0; t < run_.checkpoints.size(); ++t) {
      for (const LayerReport& layer : run_.checkpoints[t].layers) {
        const auto place = histories_.try_emplace(layer.name, run_.checkpoints.size(), kMissing);
        place.first->second[t] =
            metrics::value(layer.measured, "knowledge_gain").value_or(kMissing);
      }
    }
  }

  void find_next_rates() {
    if (!run_.schedule || run_.schedule->epochs.empty()) {
      return;
    }
    const std::vector<double>& rates = run_.schedule->epochs.back().rates;
    for (std::size_t p = 0; p < run_.schedule->parameters.size(); ++p) {
      next_rates_.try_emplace(run_.schedule->parameters[p], rates[p]);
    }
  }

  [[nodiscard]] std::size_t bars_that_fit(bool in_words) const {
    const std::size_t width = options_.style.width;
    if (width == 0) {
      return kUsualBars;
    }
    StatusColumn statuses(in_words);
    const TextTable least = table(kFewestBars, statuses);
    for (const bool brief : {false, true}) {
      const std::size_t title = shown_width(brief ? kBriefHistory : kHistory);
      if (const std::size_t needed = least.width(brief); needed <= width) {
        return std::min(std::max(kFewestBars, title) + width - needed, kMostBars);
      }
    }
    return kFewestBars;
  }

  [[nodiscard]] TextTable table(std::size_t bars, StatusColumn& statuses) const {
    return asked_.metrics.empty() ? usual(bars, statuses) : chosen(statuses);
  }

  [[nodiscard]] TextTable usual(std::size_t bars, StatusColumn& statuses) const {
    std::vector<TextTable::Column> columns = {
        {.title = "layer", .least = kLeastName},
        {.title = "shape", .drop = 4},
        {.title = "rank out, in", .align = Align::right, .brief = "ranks", .drop = 2},
        {.title = "gain", .align = Align::right},
        {.title = kHistory, .brief = kBriefHistory},
        {.title = "condition", .align = Align::right, .brief = "cond.", .drop = 3},
        {.title = "rotation", .align = Align::right},
        {.title = "next rate",
         .align = Align::right,
         .brief = "rate",
         .drop = next_rates_.empty() ? 5 : 1}};
    const std::vector<Shown> more = shown_of({}, {}, unusual_order());
    for (const Shown& one : more) {
      columns.push_back({.title = one.heading, .align = Align::right});
    }
    columns.push_back({.title = ""});
    constexpr std::size_t kGain = 3;
    TextTable table(columns);
    for (const std::size_t i : rows_) {
      const LayerReport& layer = layers_[i];
      const std::optional<double> gain = metrics::value(layer.measured, "knowledge_gain");
      std::vector<std::string> row = {
          shown_name(layer.name, options_.style),
          join(layer.shape, "x"),
          ranks(layer),
          number(gain),
          sparkline(histories_.at(layer.name), bars, options_.style.ascii),
          number(metrics::value(layer.measured, "condition_number")),
          number(layer.measured.rotation),
          next_rate(layer.name)};
      add_values(row, layer, more);
      row.push_back(statuses.cell(layer.measured.status));
      table.row(std::move(row));
      table.tint(kGain, gain == 0.0 ? Tone::caution : Tone::plain);
      table.tint(columns.size() - 1, tone_of(layer.measured.status));
    }
    return table;
  }

  [[nodiscard]] TextTable chosen(StatusColumn& statuses) const {
    const std::vector<Shown> shown = shown_of(asked_, {}, options_.order);
    std::vector<TextTable::Column> columns = {{.title = "layer", .least = kLeastName},
                                              {.title = "shape", .drop = 100}};
    int drop = 0;  // Those named last go first, but never the first.
    for (const Shown& one : shown) {
      columns.push_back({.title = one.heading, .align = Align::right, .drop = drop++});
    }
    columns.push_back({.title = ""});
    TextTable table(columns);
    for (const std::size_t i : rows_) {
      const LayerReport& layer = layers_[i];
      std::vector<std::string> row = {shown_name(layer.name, options_.style),
                                      join(layer.shape, "x")};
      add_values(row, layer, shown);
      row.push_back(statuses.cell(layer.measured.status));
      table.row(std::move(row));
      table.tint(columns.size() - 1, tone_of(layer.measured.status));
    }
    return table;
  }

  static void add_values(std::vector<std::string>& row, const LayerReport& layer,
                         const std::vector<Shown>& shown) {
    for (const Shown& one : shown) {
      row.push_back(number(metrics::value(layer.measured, one.key)));
    }
  }

  // Nothing where rows stand by what has a column anyway.
  [[nodiscard]] TableOrder unusual_order() const {
    const std::string& key = options_.order.metric;
    const bool is_usual = key == "knowledge_gain" || key == "condition_number" || key == "rotation";
    return is_usual ? TableOrder{} : options_.order;
  }

  [[nodiscard]] std::string next_rate(const std::string& layer) const {
    const auto place = next_rates_.find(layer);
    return place == next_rates_.end() ? "-" : number(place->second);
  }

  const RunReport& run_;
  const std::vector<LayerReport>& layers_;
  const OptionsEcho& asked_;
  const TableOptions& options_;
  std::vector<std::size_t> rows_;
  // Each layer's knowledge gain at every checkpoint; not a number where it has none.
  std::unordered_map<std::string_view, std::vector<double>> histories_;
  std::unordered_map<std::string_view, double> next_rates_;
};

}  // namespace

std::vector<Shown> shown_of(const OptionsEcho& asked, std::vector<Shown> usual) {
  if (asked.metrics.empty()) {
    return usual;
  }
  std::vector<Shown> shown;
  for (const std::string& key : asked.metrics) {
    shown.push_back({.heading = key, .key = key});
  }
  return shown;
}

std::vector<Shown> shown_of(const OptionsEcho& asked, std::vector<Shown> usual,
                            const TableOrder& order) {
  std::vector<Shown> shown = shown_of(asked, std::move(usual));
  if (!order.metric.empty() && std::ranges::find(shown, order.metric, &Shown::key) == shown.end()) {
    shown.push_back({.heading = order.metric, .key = order.metric});
  }
  return shown;
}

std::string layer_table(const RunReport& run, const OptionsEcho& asked,
                        const TableOptions& options) {
  return LayerTable(run, asked, options).text();
}

std::string no_room_line(const std::vector<std::string>& titles, const TextStyle& style) {
  return titles.empty()
             ? ""
             : prose(fmt::format("no room for: {} (--width 0 shows all)\n", join(titles, ", ")),
                     style);
}

}  // namespace hindcast::report
