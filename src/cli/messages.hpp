#pragma once

#include <cstddef>
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

  /// An error where it is fatal, else a warning.
  void trouble(std::string_view message, bool is_fatal) const;

  /// One line that is overwritten; only on a terminal and not with --quiet.
  void progress(std::size_t done, std::size_t total, std::string_view what) const;
  void end_progress() const;

 private:
  bool quiet_;
};

}  // namespace hindcast::cli
