#include "report/text_table.hpp"

#include <algorithm>
#include <array>
#include <cmath>

namespace hindcast::report {
namespace {

std::string padded(std::string_view text, std::size_t width, TextTable::Align align) {
  const std::string blanks(width - std::min(width, shown_width(text)), ' ');
  return align == TextTable::Align::left ? std::string(text) + blanks : blanks + std::string(text);
}

}  // namespace

std::string TextTable::text() const {
  std::vector<std::size_t> widths;
  for (std::size_t c = 0; c < columns_.size(); ++c) {
    std::size_t width = shown_width(columns_[c].title);
    for (const auto& row : rows_) {
      width = std::max(width, shown_width(row[c]));
    }
    widths.push_back(width);
  }
  std::string out;
  const auto line = [&](const auto& cell) {
    std::string text;
    for (std::size_t c = 0; c < columns_.size(); ++c) {
      text += (c == 0 ? "" : "  ") + padded(cell(c), widths[c], columns_[c].align);
    }
    text.erase(text.find_last_not_of(' ') + 1);
    out += text + "\n";
  };
  line([&](std::size_t c) { return columns_[c].title; });
  for (const auto& row : rows_) {
    line([&](std::size_t c) { return row[c]; });
  }
  return out;
}

std::size_t shown_width(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string sparkline(const std::vector<double>& values, std::size_t most) {
  static constexpr std::array kBars = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
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
    out += kBars[static_cast<std::size_t>(std::lround(height * 7.0))];
  }
  return out;
}

}  // namespace hindcast::report
