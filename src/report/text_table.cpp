#include "report/text_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <set>

namespace hindcast::report {
namespace {

constexpr std::size_t kGap = 2;

// Of all columns, with what is between them. What is empty at the end takes nothing.
std::size_t total(const std::vector<std::size_t>& widths, const std::vector<bool>& shown) {
  std::size_t sum = 0;
  std::size_t last = 0;
  for (std::size_t c = 0; c < widths.size(); ++c) {
    if (shown[c]) {
      sum += (sum == 0 ? 0 : kGap) + widths[c];
      last = widths[c] > 0 ? sum : last;
    }
  }
  return last;
}

}  // namespace

void TextTable::tint(std::size_t column, Tone tone) {
  if (tone != Tone::plain) {
    tones_[{rows_.size() - 1, column}] = tone;
  }
}

Tone TextTable::tone(std::size_t row, std::size_t column) const {
  const auto place = tones_.find({row, column});
  return place == tones_.end() ? Tone::plain : place->second;
}

const std::string& TextTable::title(std::size_t column, bool brief) const {
  const Column& one = columns_[column];
  return brief && !one.brief.empty() ? one.brief : one.title;
}

TextTable::Fit TextTable::natural(bool brief) const {
  Fit fit{.widths = {}, .shown = std::vector<bool>(columns_.size(), true), .brief = brief};
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = shown_width(title(c, brief));
    for (const auto& row : rows_) {
      width = std::max(width, shown_width(row[c]));
    }
    fit.widths.push_back(width);
  }
  return fit;
}

std::size_t TextTable::width(bool brief_titles) const {
  const Fit fit = natural(brief_titles);
  return total(fit.widths, fit.shown);
}

// How far the first column may be shortened with no two names of it becoming one.
std::size_t TextTable::least_of_names(const Fit& fit, const TextStyle& style) const {
  std::set<std::string_view> names;
  for (const auto& row : rows_) {
    names.insert(row.front());
  }
  const std::size_t least = std::min(fit.widths.front(), columns_.front().least);
  const std::size_t most = std::max(least, std::min(fit.widths.front(), style.width * 2 / 3));
  for (std::size_t width = least; width < most; ++width) {
    std::set<std::string> shown;
    for (const std::string_view name : names) {
      if (!shown.insert(shortened(name, width, ellipsis(style))).second) {
        break;
      }
    }
    if (shown.size() == names.size()) {
      return width;
    }
  }
  return most;
}

// Until what is left fits with its cells as short as they may be.
void TextTable::leave_out(Fit& fit, std::size_t width, std::size_t least_name) const {
  std::vector<std::size_t> shortest = fit.widths;
  std::vector<std::size_t> droppable;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (columns_[c].least > 0) {
      shortest[c] = std::min(shortest[c], c == 0 ? least_name : columns_[c].least);
    }
    if (columns_[c].drop > 0) {
      droppable.push_back(c);
    }
  }
  std::ranges::stable_sort(droppable, std::greater(),
                           [&](std::size_t c) { return columns_[c].drop; });
  for (const std::size_t c : droppable) {
    if (total(shortest, fit.shown) <= width) {
      return;
    }
    fit.shown[c] = false;
  }
}

// From the last column on: the first says what a row is of.
void TextTable::narrow(Fit& fit, std::size_t width, std::size_t least_name) const {
  for (std::size_t c = columns_.size(); c-- > 0;) {
    const std::size_t now = total(fit.widths, fit.shown);
    if (fit.shown[c] && columns_[c].least > 0 && now > width) {
      const std::size_t least = c == 0 ? least_name : columns_[c].least;
      const std::size_t most = fit.widths[c] - std::min(fit.widths[c], least);
      fit.widths[c] -= std::min(now - width, most);
    }
  }
}

TextTable::Fit TextTable::fit(const TextStyle& style) const {
  Fit fit = natural(false);
  if (style.width == 0 || total(fit.widths, fit.shown) <= style.width) {
    return fit;
  }
  fit = natural(true);
  const std::size_t least_name = columns_.front().least > 0 ? least_of_names(fit, style) : 0;
  leave_out(fit, style.width, least_name);
  narrow(fit, style.width, least_name);
  return fit;
}

std::vector<std::string> TextTable::left_out(const TextStyle& style) const {
  const Fit fit = this->fit(style);
  std::vector<std::string> titles;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (!fit.shown[c]) {
      titles.push_back(columns_[c].title);
    }
  }
  return titles;
}

template <typename Cell, typename ToneOf>
std::string TextTable::line(const Fit& fit, const TextStyle& style, const Cell& cell,
                            const ToneOf& tone_of) const {
  std::string out;
  bool first = true;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    if (!fit.shown[c]) {
      continue;
    }
    const std::string content = shortened(cell(c), fit.widths[c], ellipsis(style));
    const std::string blanks(fit.widths[c] - shown_width(content), ' ');
    const std::string shown = toned(content, tone_of(c), style);
    out += first ? "" : std::string(kGap, ' ');
    out += columns_[c].align == Align::left ? shown + blanks : blanks + shown;
    first = false;
  }
  out.erase(out.find_last_not_of(' ') + 1);
  return out + "\n";
}

std::string TextTable::text(const TextStyle& style) const {
  const Fit fit = this->fit(style);
  std::string out = line(
      fit, style, [&](std::size_t c) { return title(c, fit.brief); },
      [](std::size_t /*column*/) { return Tone::plain; });
  for (std::size_t r = 0; r < rows_.size(); ++r) {
    out += line(
        fit, style, [&](std::size_t c) { return rows_[r][c]; },
        [&](std::size_t c) { return tone(r, c); });
  }
  return out;
}

std::string sparkline(const std::vector<double>& values, std::size_t most, bool ascii) {
  static constexpr std::array kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
  static constexpr std::array kAsciiBars = {".", ":", "-", "=", "+", "*", "#", "@"};
  double largest = 0.0;
  for (const double value : values) {
    largest = std::isfinite(value) ? std::max(largest, value) : largest;
  }
  const std::size_t count = std::min(values.size(), most);
  std::string out;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t from = count > 1 ? i * (values.size() - 1) / (count - 1) : 0;
    const double value = values[from];
    if (!std::isfinite(value)) {
      out += ' ';
      continue;
    }
    const double height = largest > 0.0 ? std::max(value, 0.0) / largest : 0.0;
    out += (ascii ? kAsciiBars : kBars)[static_cast<std::size_t>(std::lround(height * 7.0))];
  }
  return out;
}

}  // namespace hindcast::report
