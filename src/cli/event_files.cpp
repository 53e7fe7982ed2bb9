#include "cli/event_files.hpp"

#include <deque>
#include <system_error>
#include <utility>
#include <vector>

#include "hindcast/base/error.hpp"

#include "base/atomic_file.hpp"
#include "base/text.hpp"

namespace hindcast::cli {
namespace {

// The folders that lead to the file of a run, the outermost first.
class Folders {
 public:
  Folders(std::filesystem::path root, const std::string& relative) : innermost_(std::move(root)) {
    for (const std::string_view part : split(relative, '/')) {
      innermost_ /= part;
      std::error_code ignored;
      if (std::filesystem::is_symlink(innermost_, ignored)) {
        throw Error(ErrorCode::io, printable(innermost_.string()) +
                                       ": is a link, where the folder of a run is to be");
      }
      with_context(printable(innermost_.string()) + ": cannot make this directory",
                   [&] { made_.emplace_back(innermost_); });
    }
  }

  [[nodiscard]] const std::filesystem::path& innermost() const noexcept { return innermost_; }

  void keep() noexcept {
    for (OutputDirectory& one : made_) {
      one.keep();
    }
  }

 private:
  std::filesystem::path innermost_;
  std::deque<OutputDirectory> made_;
};

}  // namespace

EventFiles::EventFiles(const std::string& directory)
    : root_(directory),
      directory_(with_context(printable(directory) + ": cannot make this directory",
                              [&] { return OutputDirectory(root_); })) {}

report::Exported EventFiles::write(const report::Report& report,
                                   const report::ScalarChoice& choice) {
  report::Exported done;
  const std::vector<std::string> names = report::event_folders(report);
  for (std::size_t i = 0; i < names.size(); ++i) {
    Folders folders(root_, names[i]);
    AtomicFile file(folders.innermost() / report::kEventFileName);
    const report::Exported one = report::write_events(
        report.runs[i], choice, [&](std::string_view bytes) { file.append(bytes); });
    file.commit();
    folders.keep();
    done.numbers += one.numbers;
    done.too_large += one.too_large;
  }
  directory_.keep();
  return done;
}

}  // namespace hindcast::cli
