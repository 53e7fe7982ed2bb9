#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hindcast {

/// One line of a table, or several where a quoted field holds line breaks.
struct CsvRecord {
  std::size_t line = 1;  ///< At which it begins, counted from 1.
  std::vector<std::string> fields;
};

/// Reads comma-separated values record by record; the separator may be another character. Strict
/// (RFC 4180): quotes only around whole fields, no carriage return but before a line feed, UTF-8
/// without zero bytes. A byte order mark, LF line ends, and blank lines, which are passed over, are
/// allowed.
class CsvReader {
 public:
  /// `text` must outlive the reader.
  explicit CsvReader(std::string_view text, char separator = ',');

  /// The next record; nothing at the end. Throws Error with the line: malformed, or limit_exceeded
  /// above 4096 fields.
  [[nodiscard]] std::optional<CsvRecord> next();

 private:
  [[nodiscard]] std::string quoted_field();
  [[nodiscard]] std::string plain_field();
  [[nodiscard]] bool at_line_end() const;
  bool skip_line_end();
  [[noreturn]] void fail(std::size_t line, std::string_view what) const;

  std::string_view text_;
  char separator_ = ',';
  std::size_t at_ = 0;
  std::size_t line_ = 1;
};

/// A table with a header.
struct CsvTable {
  std::vector<std::string> header;
  std::vector<CsvRecord> rows;
};

/// The whole of a text. Throws Error as above, malformed also where there is no header, two columns
/// have one name or a row has not as many fields as the header, and limit_exceeded above four
/// million fields.
[[nodiscard]] CsvTable read_csv(std::string_view text, char separator = ',');

}  // namespace hindcast
