#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/shown_text.hpp"
#include "report/toned_text.hpp"

namespace hindcast::report {

using hindcast::shown_width;

/// Names are not shortened to less than this, nor, as far as there is room, to less than tells
/// those in the first column apart.
inline constexpr std::size_t kLeastName = 20;

/// Columns aligned by the number of characters shown: text to the left, numbers to the right.
class TextTable {
 public:
  enum class Align { left, right };
  struct Column {
    std::string title;
    Align align = Align::left;
    std::string brief = {};  ///< A title for where there is little room; empty: the same.
    std::size_t least = 0;   ///< Cells may be shortened to this; 0: never.
    int drop = 0;            ///< Left out where there is no room, the highest first; 0: never.
  };

  explicit TextTable(std::vector<Column> columns) : columns_(std::move(columns)) {}

  /// `cells` must be as many as the columns.
  void row(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }

  /// Says what a cell of the last row means.
  void tint(std::size_t column, Tone tone);

  /// Lines without trailing blanks, each ended by a newline.
  [[nodiscard]] std::string text(const TextStyle& style = {}) const;

  /// The titles of columns that there is no room for.
  [[nodiscard]] std::vector<std::string> left_out(const TextStyle& style) const;

  /// Columns of a terminal that the lines take with nothing shortened or left out.
  [[nodiscard]] std::size_t width(bool brief_titles) const;

 private:
  // How the columns lie: which are shown, how wide, and under which titles.
  struct Fit {
    std::vector<std::size_t> widths;
    std::vector<bool> shown;
    bool brief = false;
  };

  [[nodiscard]] const std::string& title(std::size_t column, bool brief) const;
  [[nodiscard]] Fit natural(bool brief) const;
  [[nodiscard]] Fit fit(const TextStyle& style) const;
  [[nodiscard]] std::size_t least_of_names(const Fit& fit, const TextStyle& style) const;
  void leave_out(Fit& fit, std::size_t width, std::size_t least_name) const;
  void narrow(Fit& fit, std::size_t width, std::size_t least_name) const;
  [[nodiscard]] Tone tone(std::size_t row, std::size_t column) const;

  template <typename Cell, typename ToneOf>
  [[nodiscard]] std::string line(const Fit& fit, const TextStyle& style, const Cell& cell,
                                 const ToneOf& tone_of) const;

  std::vector<Column> columns_;
  std::vector<std::vector<std::string>> rows_;
  std::map<std::pair<std::size_t, std::size_t>, Tone> tones_;  // By row and column.
};

/// One bar per value, from the lowest for 0 to the highest for the largest value; a missing value
/// is a gap. Longer series are thinned to `most` bars, first and last kept.
[[nodiscard]] std::string sparkline(const std::vector<double>& values, std::size_t most,
                                    bool ascii = false);

}  // namespace hindcast::report
