#pragma once

#include <string_view>

namespace hindcast::cli {

/// "hindcast: ..." on stderr, one line.
void print_error(std::string_view message);

/// A result on stdout, exactly these bytes. Throws Error{io} where stdout cannot take them.
void print_result(std::string_view text);

/// What goes to stderr besides errors.
class Messages {
 public:
  explicit Messages(bool quiet) : quiet_(quiet) {}

  /// "hindcast: warning: ..."; nothing with --quiet.
  void warning(std::string_view message) const;

  /// "hindcast: ...", for what was asked for: also with --quiet.
  void note(std::string_view message) const;

  /// An error where it is fatal, else a warning.
  void trouble(std::string_view message, bool is_fatal) const;

  /// "hindcast: ..."; nothing with --quiet.
  void remark(std::string_view message) const;

  /// What the last line of a terminal says from now on; nothing with --quiet.
  void overwrite(std::string_view line) const;

 private:
  bool quiet_;
};

}  // namespace hindcast::cli
