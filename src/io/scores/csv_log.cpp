#include "io/scores/csv_log.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <iterator>
#include <system_error>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/csv_reader.hpp"
#include "base/text.hpp"

namespace hindcast::io {
namespace {

// What Keras, pandas, NumPy and JSON call a value that is not there.
constexpr std::array<std::string_view, 5> kNothing = {"na", "n/a", "none", "null", "<na>"};

struct Cell {
  enum class Kind { nothing, number, text };
  Kind kind = Kind::nothing;
  std::optional<double> number = {};  // Of a number; none where it is not finite.
};

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  return first == std::string_view::npos
             ? std::string_view()
             : text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

// Quick where there is nothing or a number, which is nearly everywhere.
Cell cell_of(std::string_view field) {
  const std::string_view text = trimmed(field);
  if (text.empty()) {
    return {};
  }
  const std::string_view digits = text.starts_with('+') ? text.substr(1) : text;
  double value = 0.0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc::invalid_argument || end != digits.data() + digits.size()) {
    const bool is_nothing = std::ranges::find(kNothing, lowered(text)) != kNothing.end();
    return {.kind = is_nothing ? Cell::Kind::nothing : Cell::Kind::text};
  }
  const bool is_finite = error == std::errc() && std::isfinite(value);
  return {.kind = Cell::Kind::number, .number = is_finite ? std::optional(value) : std::nullopt};
}

[[noreturn]] void fail(const CsvRecord& row, std::string_view column, std::string_view field,
                       std::string_view what) {
  const std::string name = column.empty() ? "the column without a name" : printable(column);
  throw Error(ErrorCode::malformed,
              fmt::format("line {}: {}: '{}' {}", row.line, name, printable(field), what));
}

// What separates the columns, by the header: the others are no part of any metric's name.
char separator_of(std::string_view text) {
  const std::string_view header = text.substr(0, text.find_first_of("\r\n"));
  for (const char separator : {',', ';', '\t'}) {
    if (header.find(separator) != std::string_view::npos) {
      return separator;
    }
  }
  return ',';
}

CsvTable table_of(std::string_view text) {
  CsvTable table = read_csv(text, separator_of(text));
  for (std::string& name : table.header) {
    name = std::string(trimmed(name));
  }
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    const auto end = table.header.begin() + static_cast<std::ptrdiff_t>(c);
    if (std::find(table.header.begin(), end, table.header[c]) != end) {
      throw Error(ErrorCode::malformed,
                  fmt::format("two columns are named '{}'", printable(table.header[c])));
    }
  }
  return table;
}

class LogReader {
 public:
  enum class Kind { numbers, counted_rows, names };

  LogReader(std::string_view text, Kind kind) : table_(table_of(text)), kind_(kind) {
    step_ = find("step");
    epoch_ = find("epoch");
    if (kind == Kind::counted_rows && epoch_ == kNone && table_.header.front().empty()) {
      epoch_ = 0;
    }
    run_ = kind == Kind::names ? find("run") : kNone;
    checkpoint_ = kind == Kind::names ? find("checkpoint") : kNone;
    log_.names_runs = run_ != kNone;
    log_.names_checkpoints = checkpoint_ != kNone;
    choose_columns();
  }

  ScoreLog read() {
    for (const CsvRecord& row : table_.rows) {
      LogRow& out = log_.rows.emplace_back();
      out.run = run_ == kNone ? "" : row.fields[run_];
      out.checkpoint = checkpoint_ == kNone ? "" : row.fields[checkpoint_];
      out.step = place(row, step_, true);
      out.epoch = place(row, epoch_, kind_ == Kind::counted_rows);
      if (kind_ == Kind::counted_rows && epoch_ == kNone) {
        out.epoch = std::ssize(log_.rows) - 1;
      }
      for (std::size_t i = 0; i < chosen_.size(); ++i) {
        const Cell cell = cell_of(row.fields[chosen_[i]]);
        if (cell.kind == Cell::Kind::number) {
          out.values.push_back({.column = i, .value = cell.number});
        }
      }
    }
    if (kind_ == Kind::names) {
      require_places();
    }
    return std::move(log_);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  // As it is written here or else with capitals.
  [[nodiscard]] std::size_t find(std::string_view name) const {
    auto found = std::ranges::find(table_.header, name);
    if (found == table_.header.end()) {
      found = std::ranges::find_if(table_.header,
                                   [&](const std::string& one) { return lowered(one) == name; });
    }
    return found == table_.header.end() ? kNone
                                        : static_cast<std::size_t>(found - table_.header.begin());
  }

  // Without a place no row belongs to any checkpoint: says why there is none.
  void require_places() const {
    if (table_.rows.empty()) {
      throw Error(ErrorCode::malformed, "has a header and no rows");
    }
    const bool has_place =
        log_.names_checkpoints ||
        std::ranges::any_of(log_.rows, [](const LogRow& row) { return row.step || row.epoch; });
    if (has_place) {
      return;
    }
    if (step_ == kNone && epoch_ == kNone) {
      throw Error(ErrorCode::malformed,
                  "no row states a 'step', an 'epoch' or a 'checkpoint': expected such a column");
    }
    const std::size_t column = epoch_ != kNone ? epoch_ : step_;
    for (const CsvRecord& row : table_.rows) {
      if (cell_of(row.fields[column]).kind != Cell::Kind::nothing) {
        fail(row, table_.header[column], row.fields[column], "is not a whole number");
      }
    }
    throw Error(ErrorCode::malformed, fmt::format("no row has a number in the column '{}'",
                                                  printable(table_.header[column])));
  }

  void choose_columns() {
    for (std::size_t c = 0; c < table_.header.size(); ++c) {
      const bool is_place = c == step_ || c == epoch_ || c == run_ || c == checkpoint_;
      if (!is_place && !table_.header[c].empty() && holds_numbers(c)) {
        chosen_.push_back(c);
        log_.columns.push_back(
            {.name = table_.header[c], .is_rate = is_rate_name(table_.header[c])});
      }
    }
  }

  // A column of words is no metric. One with a slip among its numbers must not vanish for it.
  [[nodiscard]] bool holds_numbers(std::size_t column) const {
    const CsvRecord* text = nullptr;
    bool any_number = false;
    for (const CsvRecord& row : table_.rows) {
      const Cell::Kind kind = cell_of(row.fields[column]).kind;
      text = text == nullptr && kind == Cell::Kind::text ? &row : text;
      any_number = any_number || kind == Cell::Kind::number;
    }
    if (any_number && text != nullptr) {
      fail(*text, table_.header[column], text->fields[column], "is not a number");
    }
    return any_number;
  }

  // pandas writes whole numbers as "100.0" where some are missing.
  [[nodiscard]] std::optional<std::int64_t> place(const CsvRecord& row, std::size_t column,
                                                  bool must_be_whole) const {
    constexpr double kLargest = 9007199254740992.0;  // 2^53: beyond it doubles skip whole numbers.
    if (column == kNone) {
      return std::nullopt;
    }
    const Cell cell = cell_of(row.fields[column]);
    if (cell.kind == Cell::Kind::nothing) {
      return std::nullopt;
    }
    const bool is_whole = cell.number && std::abs(*cell.number) < kLargest &&
                          std::nearbyint(*cell.number) == *cell.number;
    if (!cell.number || (must_be_whole && !is_whole)) {
      fail(row, table_.header[column], row.fields[column],
           must_be_whole ? "is not a whole number" : "is not a number");
    }
    return is_whole ? std::optional(static_cast<std::int64_t>(*cell.number)) : std::nullopt;
  }

  CsvTable table_;
  Kind kind_ = Kind::numbers;
  std::size_t step_ = kNone;
  std::size_t epoch_ = kNone;
  std::size_t run_ = kNone;
  std::size_t checkpoint_ = kNone;
  std::vector<std::size_t> chosen_;
  ScoreLog log_;
};

}  // namespace

bool is_rate_name(std::string_view name) {
  for (const std::string_view word : {"learning_rate", "lr"}) {
    if (name == word) {
      return true;
    }
    if (name.starts_with(word) && (name[word.size()] == '-' || name[word.size()] == '/')) {
      return !name.ends_with("-momentum") && !name.ends_with("-weight_decay");
    }
  }
  return false;
}

std::vector<std::string> csv_header(std::string_view text) {
  try {
    std::optional<CsvRecord> header = CsvReader(text, separator_of(text)).next();
    std::vector<std::string> names;
    for (const std::string& name : header ? header->fields : names) {
      names.emplace_back(trimmed(name));
    }
    return names;
  } catch (const Error&) {
    return {};
  }
}

ScoreLog read_csv_log(std::string_view text) {
  return LogReader(text, LogReader::Kind::numbers).read();
}

ScoreLog read_csv_log_by_rows(std::string_view text) {
  return LogReader(text, LogReader::Kind::counted_rows).read();
}

ScoreLog read_csv_log_with_names(std::string_view text) {
  return LogReader(text, LogReader::Kind::names).read();
}

}  // namespace hindcast::io
