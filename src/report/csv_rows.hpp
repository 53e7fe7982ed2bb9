#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.hpp"

namespace hindcast::report {

/// Rows of CSV: RFC 4180 but for LF line ends, UTF-8, missing values as empty fields. Every row
/// must have as many fields as the header.
class CsvRows {
 public:
  CsvRows& field(std::string_view text) {
    if (!std::exchange(first_, false)) {
      out_ += ',';
    }
    const std::string valid = valid_utf8(text);
    if (valid.find_first_of(",\"\r\n") == std::string::npos) {
      out_ += valid;
      return *this;
    }
    out_ += '"';
    for (const char c : valid) {
      out_ += c;
      if (c == '"') {
        out_ += c;
      }
    }
    out_ += '"';
    return *this;
  }
  CsvRows& field(double number) { return field(std::string_view(shortest(number))); }
  CsvRows& field(std::integral auto number) {
    return field(std::string_view(std::to_string(number)));
  }
  template <typename T>
  CsvRows& field(const std::optional<T>& maybe) {
    return maybe ? field(*maybe) : field(std::string_view());
  }
  void end_row() {
    out_ += '\n';
    first_ = true;
  }

  [[nodiscard]] std::string take() { return std::exchange(out_, {}); }

 private:
  std::string out_;
  bool first_ = true;
};

}  // namespace hindcast::report
