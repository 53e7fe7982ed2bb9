#pragma once

// Where a command's results go: a file for each format, and one of them to stdout.

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/atomic_file.hpp"

namespace hindcast::cli {

/// A path as it was typed, and the option or argument it belongs to. Empty: none was.
struct NamedPath {
  std::string_view option;
  std::string path;
};

/// Throws Error{usage} where a file would be written twice, or what is read be written over.
void refuse_clashes(const std::vector<NamedPath>& read, const std::vector<NamedPath>& written);

/// The files to write, made before the long work so that an unwritable place is known at once.
class OutputPlaces {
 public:
  /// "-" is stdout, for one of them. Throws Error: usage for clashes, io for an unwritable place.
  OutputPlaces(const std::vector<NamedPath>& read, const std::vector<NamedPath>& written);

  /// The file of one of `written`; none where it is stdout or was not asked for.
  [[nodiscard]] AtomicFile* file(std::size_t index);

  /// Which of them goes to stdout.
  [[nodiscard]] std::optional<std::size_t> on_stdout() const noexcept { return on_stdout_; }

 private:
  std::vector<std::optional<AtomicFile>> files_;
  std::optional<std::size_t> on_stdout_;
};

/// One of the formats of a result.
template <typename Result>
struct ResultFormat {
  NamedPath place;
  std::function<std::string(const Result& result)> write;
  std::string (*for_log)(std::string text) = nullptr;  ///< See github_actions.hpp; never null.
};

/// The formats that were asked for, each in its place.
template <typename Result>
class ResultFiles {
 public:
  /// As OutputPlaces.
  ResultFiles(const std::vector<NamedPath>& read, std::vector<ResultFormat<Result>> formats)
      : formats_(std::move(formats)), places_(read, places_of(formats_)) {}

  /// Throws Error{io}.
  void write_files(const Result& result) {
    for (std::size_t i = 0; i < formats_.size(); ++i) {
      if (AtomicFile* const file = places_.file(i)) {
        file->commit(formats_[i].write(result));
      }
    }
  }

  /// What a program is to find on stdout; none where it is for people.
  [[nodiscard]] std::optional<std::string> for_stdout(const Result& result) const {
    if (!places_.on_stdout()) {
      return std::nullopt;
    }
    const ResultFormat<Result>& format = formats_[*places_.on_stdout()];
    return format.for_log(format.write(result));
  }

 private:
  static std::vector<NamedPath> places_of(const std::vector<ResultFormat<Result>>& formats) {
    std::vector<NamedPath> places;
    for (const ResultFormat<Result>& format : formats) {
      places.push_back(format.place);
    }
    return places;
  }

  std::vector<ResultFormat<Result>> formats_;
  OutputPlaces places_;
};

}  // namespace hindcast::cli
