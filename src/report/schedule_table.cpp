// The schedule of each run, as a person reads it.

#include "report/schedule_table.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "hindcast/report/writers.hpp"

#include "base/text.hpp"
#include "report/layer_table.hpp"
#include "report/number_text.hpp"
#include "report/scores_text.hpp"
#include "report/text_table.hpp"

namespace hindcast::report {
namespace {

constexpr std::size_t kMostBars = 24;

std::vector<double> rates_of(const ScheduleReport& schedule, std::size_t parameter) {
  std::vector<double> rates;
  for (const EpochRates& epoch : schedule.epochs) {
    rates.push_back(epoch.rates[parameter]);
  }
  return rates;
}

std::string rates_of_parameters(const ScheduleReport& schedule, const TableOptions& options) {
  constexpr auto kRight = TextTable::Align::right;
  TextTable table({{.title = "parameter", .least = kLeastName},
                   {.title = "over the epochs", .brief = "history"},
                   {.title = "first", .align = kRight},
                   {.title = "lowest", .align = kRight, .drop = 2},
                   {.title = "highest", .align = kRight, .drop = 1},
                   {.title = "last", .align = kRight},
                   {.title = ""}});
  for (std::size_t p = 0; p < schedule.parameters.size(); ++p) {
    if (!schedule.tracked[p] && !options.verbose) {
      continue;
    }
    const std::vector<double> rates = rates_of(schedule, p);
    const auto [lowest, highest] = std::ranges::minmax(rates);
    table.row({shown_name(schedule.parameters[p], options.style),
               sparkline(rates, kMostBars, options.style.ascii), number(rates.front()),
               number(lowest), number(highest), number(rates.back()),
               schedule.tracked[p] ? "" : "as the one before"});
  }
  return table.text(options.style) + no_room_line(table.left_out(options.style), options.style);
}

std::string run_text(const RunReport& run, const TableOptions& options) {
  const TextStyle& style = options.style;
  std::string out =
      prose(fmt::format("run '{}'\n", printable(run.name)) + schedule_lines(run), style);
  if (!run.schedule || run.schedule->epochs.empty()) {
    return out;
  }
  const ScheduleReport& schedule = *run.schedule;
  const auto tracked = std::ranges::count(schedule.tracked, true);
  const auto others = std::ranges::count(schedule.tracked, false);
  if (tracked > 0 || options.verbose) {
    out += "\n" + rates_of_parameters(schedule, options);
  }
  if (others > 0 && !options.verbose) {
    out += prose(fmt::format("{} of {} parameters are not tracked: each takes the rate of the one "
                             "before it\n",
                             others, schedule.parameters.size()),
                 style);
  }
  return out;
}

}  // namespace

std::string schedule_lines(const RunReport& run) {
  if (!run.schedule) {
    return fmt::format("schedule: none, {}\n", run.no_schedule);
  }
  const ScheduleReport& schedule = *run.schedule;
  std::string out = fmt::format(
      "schedule: RMSGD {}, init_lr {}, beta {}{}; parameter order from {}\n",
      schedule::name(schedule.options.variant), shortest(schedule.options.init_lr),
      shortest(schedule.options.beta), schedule.options.linear ? ", linear layers tracked" : "",
      schedule.order_evidence);
  for (const std::string& note : schedule.notes) {
    out += fmt::format("  {}\n", note);
  }
  out += used_rates_line(schedule);
  if (!schedule.sensitive.empty()) {
    out += fmt::format(
        "  {} of {} rates change by more than 10 % with EVBMF's exact minimum instead\n",
        schedule.sensitive.size(), schedule.epochs.size() * schedule.parameters.size());
  }
  return out;
}

std::string to_schedule_table(const Report& report, const TableOptions& options) {
  std::string out;
  for (const RunReport& run : report.runs) {
    out += (out.empty() ? "" : "\n") + run_text(run, options);
  }
  return out;
}

}  // namespace hindcast::report
