#include "analysis/match_scores.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

using Place = std::int64_t;
using Number = std::optional<std::int64_t>;
constexpr Place kBegin = std::numeric_limits<Place>::min();
constexpr Place kEnd = std::numeric_limits<Place>::max();

struct PlacedRow {
  Place place = 0;
  const io::LogRow* row = nullptr;
};

// Values by column; the last or the first one of each.
class Values {
 public:
  explicit Values(const io::ScoreLog& log) : log_(log), values_(log.columns.size()) {}

  void keep_last(const io::LogRow& row) {
    for (const io::LoggedValue& value : row.values) {
      values_[value.column] = value;
    }
  }
  void keep_first(const io::LogRow& row) {
    for (const io::LoggedValue& value : row.values) {
      values_[value.column] = values_[value.column].value_or(value);
    }
  }
  void fill_from(const Values& other, const Values& known) {
    for (std::size_t c = 0; c < values_.size(); ++c) {
      values_[c] = values_[c] || known.values_[c] ? values_[c] : other.values_[c];
    }
  }

  [[nodiscard]] std::vector<report::LoggedNumber> numbers(bool rates) const {
    std::vector<report::LoggedNumber> out;
    for (std::size_t c = 0; c < values_.size(); ++c) {
      if (values_[c] && log_.columns[c].is_rate == rates) {
        out.push_back({.name = log_.columns[c].name, .value = values_[c]->value});
      }
    }
    return out;
  }

 private:
  const io::ScoreLog& log_;
  std::vector<std::optional<io::LoggedValue>> values_;
};

// Numbers of a file may be anything; these leave room for the next one.
bool is_countable(const std::optional<std::int64_t>& number) {
  return number && *number > kBegin / 2 && *number < kEnd / 2;
}

bool names(const io::LogRow& row, const io::CheckpointFile& checkpoint) {
  return row.checkpoint == checkpoint.name || row.checkpoint == checkpoint.shown_path ||
         row.checkpoint == checkpoint.path.filename().string();
}

class Matcher {
 public:
  Matcher(const io::ScoreLog& log, const io::ScoreSource& source,
          std::span<const io::CheckpointFile> checkpoints)
      : log_(log), source_(source), checkpoints_(checkpoints) {}

  ScoreMatch match() {
    if (log_.names_checkpoints) {
      by_name();
    } else if (has_places(&io::LogRow::step) && any_checkpoint(&io::CheckpointFile::step) &&
               steps_rise()) {
      by_step();
    } else if (has_places(&io::LogRow::epoch) && any_checkpoint(&io::CheckpointFile::epoch)) {
      by_epoch();
    } else {
      match_.reason = "it does not state what the checkpoints do, a step or an epoch";
    }
    return std::move(match_);
  }

 private:
  using RowNumber = std::optional<std::int64_t> io::LogRow::*;
  using CheckpointNumber = std::optional<std::int64_t> io::CheckpointFile::*;

  [[nodiscard]] bool has_places(RowNumber number) const {
    return std::ranges::any_of(log_.rows,
                               [&](const auto& row) { return (row.*number).has_value(); });
  }
  [[nodiscard]] bool any_checkpoint(CheckpointNumber number) const {
    return std::ranges::any_of(checkpoints_, [&](const io::CheckpointFile& checkpoint) {
      return (checkpoint.*number).has_value() && !checkpoint.initial;
    });
  }

  // Steps that start over with every epoch are not those of the log.
  [[nodiscard]] bool steps_rise() const {
    Place before = kBegin;
    return std::ranges::all_of(checkpoints_, [&](const io::CheckpointFile& checkpoint) {
      const bool rises = checkpoint.step.value_or(before) >= before;
      before = checkpoint.step.value_or(before);
      return rises;
    });
  }

  void place_rows(RowNumber number, std::string_view what) {
    Place before = kBegin;
    bool goes_back = false;
    for (const io::LogRow& row : log_.rows) {
      const std::optional<Place> found = number == &io::LogRow::epoch ? epoch_of(row) : row.*number;
      if (!found) {
        continue;
      }
      const Place place = *found;
      if (place < before && !goes_back && &source_ != &io::given_scores) {
        goes_back = true;
        match_.warnings.push_back(
            fmt::format("goes back from {0} {1} to {2}, as after a restart: of several rows for "
                        "one {0} the last counts",
                        what, before, place));
      }
      before = place;
      rows_.push_back({.place = place, .row = &row});
    }
    std::ranges::stable_sort(rows_, {}, &PlacedRow::place);
  }

  // Lightning's callbacks log rates without an epoch: it is that of the rows of the same step or,
  // where they agree, of those before and after it.
  [[nodiscard]] std::optional<Place> epoch_of(const io::LogRow& row) const {
    if (row.epoch || !row.step) {
      return row.epoch;
    }
    const auto after = epochs_by_step_.lower_bound(*row.step);
    if (after == epochs_by_step_.end()) {
      return std::nullopt;
    }
    const bool is_same_step = after->first == *row.step;
    const bool is_between =
        after != epochs_by_step_.begin() && std::prev(after)->second == after->second;
    return is_same_step || is_between ? std::optional(after->second) : std::nullopt;
  }

  void note_epochs() {
    for (const io::LogRow& row : log_.rows) {
      if (row.step && row.epoch) {
        epochs_by_step_.insert_or_assign(*row.step, *row.epoch);
      }
    }
  }

  void warn_of_rows_without_epoch() {
    std::size_t rows = 0;
    std::string name;
    for (const io::LogRow& row : log_.rows) {
      if (!row.values.empty() && !epoch_of(row)) {
        ++rows;
        name = log_.columns[row.values.front().column].name;
      }
    }
    if (rows > 0) {
      match_.warnings.push_back(
          fmt::format("{} of its rows state no epoch, and nothing tells it: left out, such as '{}'",
                      rows, printable(name)));
    }
  }

  // Those of (after, until].
  [[nodiscard]] std::span<const PlacedRow> rows_between(Place after, Place until) const {
    const auto first = std::ranges::upper_bound(rows_, after, {}, &PlacedRow::place);
    const auto last = std::ranges::upper_bound(rows_, until, {}, &PlacedRow::place);
    return first < last ? std::span(first, last) : std::span<const PlacedRow>();
  }

  [[nodiscard]] Values last_between(Place after, Place until) const {
    Values values(log_);
    for (const PlacedRow& placed : rows_between(after, until)) {
      values.keep_last(*placed.row);
    }
    return values;
  }

  [[nodiscard]] Values first_between(Place after, Place until) const {
    Values values(log_);
    for (const PlacedRow& placed : rows_between(after, until)) {
      values.keep_first(*placed.row);
    }
    return values;
  }

  void by_name() {
    match_.by = "checkpoint";
    match_.reason = "rows that name the checkpoint";
    for (const io::CheckpointFile& checkpoint : checkpoints_) {
      Values values(log_);
      for (const io::LogRow& row : log_.rows) {
        if (names(row, checkpoint)) {
          values.keep_last(row);
        }
      }
      add(values.numbers(false), values.numbers(true));
    }
    for (std::size_t i = 0; i + 1 < match_.checkpoints.size(); ++i) {
      match_.checkpoints[i].next_used_rates = match_.checkpoints[i + 1].used_rates;
    }
  }

  void by_step() {
    place_rows(&io::LogRow::step, "step");
    match_.by = "step";
    const bool is_exact = source_.step_rule == io::StepRule::exact;
    match_.reason = is_exact ? "rows of the checkpoint's step"
                             : "the last row up to the checkpoint's step, after the one before";
    if (!is_exact && count_from_zero()) {
      step_shift_ = 1;
      match_.reason += "; the names count steps from 0 as the log does, for so the epochs agree";
    }
    for (std::size_t i = 0; i < checkpoints_.size(); ++i) {
      if (!is_countable(checkpoints_[i].step)) {
        add({}, {});
        continue;
      }
      const Place step = step_of(i);
      const Values until = last_between(step_before(i), step);
      Values scores = is_exact ? last_between(step - 1, step) : until;
      if (!is_exact && step_after(i) == kEnd) {
        // Lightning logs a test after the training as if one more step had been taken.
        scores.fill_from(first_between(step, step + 1), last_between(kBegin, step));
      }
      add(scores.numbers(false), until.numbers(true));
      match_.checkpoints.back().next_used_rates = first_between(step, step_after(i)).numbers(true);
    }
  }

  // Steps taken so far. Lightning before 1.6 called what it saved after 100 of them "step=99".
  [[nodiscard]] Place step_of(std::size_t i) const {
    const Number& step = checkpoints_[i].step;
    return is_countable(step) ? *step + step_shift_ : *step;
  }

  // Do all checkpoints, by their epochs, lie one step before the end of the epoch in the log?
  [[nodiscard]] bool count_from_zero() const {
    std::map<Place, Place> ends;  // By epoch.
    for (const io::LogRow& row : log_.rows) {
      if (row.step && row.epoch) {
        Place& end = ends.try_emplace(*row.epoch, *row.step).first->second;
        end = std::max(end, *row.step);
      }
    }
    bool any = false;
    for (const io::CheckpointFile& checkpoint : checkpoints_) {
      const auto end = checkpoint.epoch ? ends.find(*checkpoint.epoch) : ends.end();
      if (checkpoint.initial || end == ends.end() || !is_countable(checkpoint.step)) {
        continue;
      }
      if (end->second != *checkpoint.step + 1) {
        return false;
      }
      any = true;
    }
    return any;
  }

  [[nodiscard]] Place step_before(std::size_t i) const {
    for (std::size_t j = i; j-- > 0;) {
      if (checkpoints_[j].step && *checkpoints_[j].step < *checkpoints_[i].step) {
        return step_of(j);
      }
    }
    return kBegin;
  }

  [[nodiscard]] Place step_after(std::size_t i) const {
    for (std::size_t j = i + 1; j < checkpoints_.size(); ++j) {
      if (checkpoints_[j].step && *checkpoints_[j].step > *checkpoints_[i].step) {
        return step_of(j);
      }
    }
    return kEnd;
  }

  void by_epoch() {
    note_epochs();
    warn_of_rows_without_epoch();
    place_rows(&io::LogRow::epoch, "epoch");
    match_.by = "epoch";
    const Place shift = epoch_shift();
    for (const io::CheckpointFile& checkpoint : checkpoints_) {
      if (!is_countable(checkpoint.epoch)) {
        add({}, {});
        continue;
      }
      const Place epoch = *checkpoint.epoch - shift;
      const Values values = last_between(epoch - 1, epoch);
      add(values.numbers(false), values.numbers(true));
      match_.checkpoints.back().next_used_rates = first_between(epoch, epoch + 1).numbers(true);
    }
  }

  // An epoch 0 that is not the initialisation is the first one of names that count from 0.
  [[nodiscard]] Place epoch_shift() {
    const bool has_zero = std::ranges::any_of(
        checkpoints_, [](const io::CheckpointFile& one) { return one.epoch == 0 && !one.initial; });
    match_.reason = "rows of the checkpoint's epoch";
    if (source_.epoch_shift == 0) {
      return 0;
    }
    if (has_zero) {
      match_.reason += ", for the checkpoints count from 0 as the log does";
      return 0;
    }
    match_.reason = "the log counts epochs from 0, the names of the checkpoints from 1";
    return source_.epoch_shift;
  }

  void add(std::vector<report::LoggedNumber> scores, std::vector<report::LoggedNumber> rates) {
    match_.checkpoints.push_back(
        {.scores = std::move(scores), .used_rates = std::move(rates), .next_used_rates = {}});
  }

  const io::ScoreLog& log_;
  const io::ScoreSource& source_;
  std::span<const io::CheckpointFile> checkpoints_;
  std::map<Place, Place> epochs_by_step_;
  Place step_shift_ = 0;
  std::vector<PlacedRow> rows_;  // By place, and as they were written where that is the same.
  ScoreMatch match_;
};

}  // namespace

ScoreMatch match_scores(const io::ScoreLog& log, const io::ScoreSource& source,
                        std::span<const io::CheckpointFile> checkpoints) {
  return Matcher(log, source, checkpoints).match();
}

}  // namespace hindcast::analysis
