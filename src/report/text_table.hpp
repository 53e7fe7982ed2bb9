#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hindcast::report {

/// Columns aligned by the number of characters shown: text to the left, numbers to the right.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// `cells` must be as many as the columns.
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// Lines without trailing blanks, each ended by a newline.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
};

/// Characters a terminal shows for UTF-8 text (one per code point; enough for names and bars).
[[nodiscard]] std::size_t shown_width(std::string_view text);

/// One bar per value, from the lowest for 0 to the highest for the largest value; a missing value
/// is a gap. Longer series are thinned to `most` bars, first and last kept.
[[nodiscard]] std::string sparkline(const std::vector<double>& values, std::size_t most);

}  // namespace hindcast::report
