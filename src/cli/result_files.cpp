#include "cli/result_files.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "cli/output_file.hpp"
#include "cli/same_file.hpp"

namespace hindcast::cli {

void refuse_clashes(const std::vector<NamedPath>& read, const std::vector<NamedPath>& written) {
  std::vector<NamedPath> taken = read;
  for (const NamedPath& output : written) {
    if (output.path.empty() || output.path == "-") {
      continue;
    }
    for (const NamedPath& other : taken) {
      if (!other.path.empty() && are_one_file(output.path, other.path)) {
        throw Error(ErrorCode::usage, fmt::format("{} and {} are the same file, '{}'", other.option,
                                                  output.option, printable(output.path)));
      }
    }
    taken.push_back(output);
  }
}

OutputPlaces::OutputPlaces(const std::vector<NamedPath>& read,
                           const std::vector<NamedPath>& written)
    : files_(written.size()) {
  refuse_clashes(read, written);
  for (std::size_t i = 0; i < written.size(); ++i) {
    const std::string& path = written[i].path;
    if (path == "-") {
      if (on_stdout_) {
        throw Error(ErrorCode::usage, "only one output can go to stdout ('-')");
      }
      on_stdout_ = i;
    } else if (!path.empty()) {
      files_[i].emplace(output_file(path));
    }
  }
}

AtomicFile* OutputPlaces::file(std::size_t index) {
  return files_[index] ? &*files_[index] : nullptr;
}

}  // namespace hindcast::cli
