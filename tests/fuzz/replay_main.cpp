// Runs a fuzz target over files and over all files of folders, without a fuzzer: so the inputs that
// once failed are tested in every build.
//
//   replay_NAME PATH...

#include <algorithm>
#include <exception>
#include <fstream>
#include <iterator>

#include "fuzz/input.hpp"

namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files_at(const fs::path& path) {
  if (!fs::is_directory(path)) {
    return {path};
  }
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::directory_iterator(path)) {
    files.push_back(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

void replay(const fs::path& path) {
  fmt::print("{}\n", path.string());
  std::fflush(stdout);  // The last line says over which file the target crashed.
  std::ifstream file(path, std::ios::binary);
  file.exceptions(std::ios::badbit | std::ios::failbit);
  // Of exactly its size, so that AddressSanitizer sees the first byte read past the end.
  const std::vector<char> content(std::istreambuf_iterator<char>(file), {});
  (void)LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(content.data()),
                               content.size());
}

}  // namespace

int main(int argc, char** argv) {
  std::size_t replayed = 0;
  try {
    for (int i = 1; i < argc; ++i) {
      for (const fs::path& path : files_at(argv[i])) {
        replay(path);
        ++replayed;
      }
    }
  } catch (const std::exception& error) {
    fmt::print(stderr, "not an error of hindcast's own: {}\n", error.what());
    return 1;
  }
  fmt::print("{} inputs\n", replayed);
  return replayed > 0 ? 0 : 1;
}
