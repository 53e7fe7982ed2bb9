// Comma-separated values as RFC 4180 has them. Whoever writes them otherwise means something else
// than we would read, so nothing is mended.

#include "base/csv_reader.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"

namespace hindcast {
namespace {

constexpr std::size_t kMostFields = 4096;
constexpr std::size_t kMostCells = 4'000'000;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

bool is_text(const std::string& field) {
  const auto is_plain = [](char c) { return static_cast<signed char>(c) > 0; };
  return std::ranges::all_of(field, is_plain) ||
         (field.find('\0') == std::string::npos && valid_utf8(field) == field);
}

void check_header(const CsvRecord& header) {
  std::unordered_set<std::string_view> seen;
  for (const std::string& name : header.fields) {
    // A table written with its row numbers has one column without a name.
    if (!seen.insert(name).second) {
      throw Error(ErrorCode::malformed,
                  fmt::format("line {}: two columns are named '{}'", header.line, printable(name)));
    }
  }
}

}  // namespace

CsvReader::CsvReader(std::string_view text, char separator)
    : text_(text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text),
      separator_(separator) {}

std::optional<CsvRecord> CsvReader::next() {
  while (at_line_end() && skip_line_end()) {
  }
  if (at_ == text_.size()) {
    return std::nullopt;
  }
  CsvRecord record{.line = line_, .fields = {}};
  while (true) {
    const bool is_quoted = at_ < text_.size() && text_[at_] == '"';
    record.fields.push_back(is_quoted ? quoted_field() : plain_field());
    const std::string& field = record.fields.back();
    if (!is_text(field)) {
      fail(line_, "is not text in UTF-8");
    }
    if (record.fields.size() > kMostFields) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("line {}: more than {} fields", record.line, kMostFields));
    }
    if (at_ == text_.size() || at_line_end()) {
      skip_line_end();
      return record;
    }
    ++at_;  // The separator.
  }
}

std::string CsvReader::quoted_field() {
  const std::size_t opened = line_;
  std::string field;
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '"' && (at_ + 1 == text_.size() || text_[at_ + 1] != '"')) {
      ++at_;
      if (at_ < text_.size() && text_[at_] != separator_ && !at_line_end()) {
        const std::string expected = separator_ == '\t' ? "a tab" : fmt::format("'{}'", separator_);
        fail(line_,
             fmt::format("expected {} or the end of the line after a quoted field", expected));
      }
      return field;
    }
    at_ += text_[at_] == '"' ? 1U : 0U;  // Two quotes stand for one.
    line_ += text_[at_] == '\n' ? 1U : 0U;
    field += text_[at_];
  }
  fail(opened, "a quote is opened and never closed");
}

std::string CsvReader::plain_field() {
  const std::array<char, 3> ends = {separator_, '\r', '\n'};
  const std::size_t end =
      std::min(text_.find_first_of(ends.data(), at_, ends.size()), text_.size());
  std::string field(text_.substr(at_, end - at_));
  at_ = end;
  if (field.find('"') != std::string::npos) {
    fail(line_, "a quote inside a field that does not begin with one");
  }
  return field;
}

bool CsvReader::at_line_end() const {
  return at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r');
}

// False at the end of the text.
bool CsvReader::skip_line_end() {
  if (at_ == text_.size()) {
    return false;
  }
  if (text_[at_] == '\r') {
    ++at_;
    if (at_ == text_.size() || text_[at_] != '\n') {
      fail(line_, "a carriage return without a line feed");
    }
  }
  ++at_;
  ++line_;
  return true;
}

void CsvReader::fail(std::size_t line, std::string_view what) const {
  throw Error(ErrorCode::malformed, fmt::format("line {}: {}", line, what));
}

CsvTable read_csv(std::string_view text, char separator) {
  CsvReader reader(text, separator);
  std::optional<CsvRecord> header = reader.next();
  if (!header) {
    throw Error(ErrorCode::malformed, "is empty: expected a line with the names of the columns");
  }
  check_header(*header);
  CsvTable table{.header = std::move(header->fields), .rows = {}};
  while (std::optional<CsvRecord> record = reader.next()) {
    if (record->fields.size() != table.header.size()) {
      throw Error(ErrorCode::malformed,
                  fmt::format("line {}: {} fields, but the header has {}", record->line,
                              record->fields.size(), table.header.size()));
    }
    if ((table.rows.size() + 1) * table.header.size() > kMostCells) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("line {}: more than {} fields in all", record->line, kMostCells));
    }
    table.rows.push_back(*std::move(record));
  }
  return table;
}

}  // namespace hindcast
