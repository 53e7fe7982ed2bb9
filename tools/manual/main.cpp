// Writes the manual and the completions of a build:
//
//   hindcast_manual DIRECTORY
//
//   man/hindcast.1 man/hindcast-analyze.1 ...  bash/hindcast  zsh/_hindcast  fish/hindcast.fish
//
// A program of its own, and no hidden command of hindcast: what is needed once, when a package is
// made, would be in every user's way.

#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include <fmt/format.h>

#include "base/atomic_file.hpp"
#include "completions.hpp"
#include "described.hpp"
#include "man_page.hpp"

namespace hindcast::manual {
namespace {

namespace fs = std::filesystem;

void write(const fs::path& path, const std::string& text) {
  fs::create_directories(path.parent_path());
  AtomicFile(path).commit(text);
}

void write_all(const fs::path& directory) {
  const Program program = describe(cli::make_interface());
  write(directory / "man/hindcast.1", program_page(program));
  for (const Command& command : program.commands) {
    write(directory / fmt::format("man/hindcast-{}.1", command.name),
          command_page(program, command));
  }
  write(directory / "bash/hindcast", bash_completion(program));
  write(directory / "zsh/_hindcast", zsh_completion(program));
  write(directory / "fish/hindcast.fish", fish_completion(program));
}

}  // namespace
}  // namespace hindcast::manual

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fputs("usage: hindcast_manual DIRECTORY\n", stderr);
    return 2;
  }
  try {
    hindcast::manual::write_all(argv[1]);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "hindcast_manual: %s\n", error.what());
    return 2;
  }
  return 0;
}
