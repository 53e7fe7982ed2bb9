#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>

namespace hindcast::cli {

/// "hindcast: ..." on stderr, one line.
void print_error(std::string_view message);

/// A result on stdout, exactly these bytes. Throws Error{io} where stdout cannot take them.
void print_result(std::string_view text);

/// What was told in this round and in the one before, so that work that is done again and again
/// does not say the same each time.
class ToldBefore {
 public:
  /// Is it told for the first time?
  [[nodiscard]] bool is_new(std::string_view message);

  /// A round begins.
  void next_round();

 private:
  std::set<std::string, std::less<>> now_;
  std::set<std::string, std::less<>> before_;
};

/// What goes to stderr besides errors.
class Messages {
 public:
  explicit Messages(bool quiet) : quiet_(quiet) {}
  /// Warnings and troubles that were told before are left out. `told` must live as long.
  Messages(bool quiet, ToldBefore& told) : quiet_(quiet), told_(&told) {}

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
  [[nodiscard]] bool is_new(std::string_view message) const {
    return told_ == nullptr || told_->is_new(message);
  }

  bool quiet_;
  ToldBefore* told_ = nullptr;
};

}  // namespace hindcast::cli
