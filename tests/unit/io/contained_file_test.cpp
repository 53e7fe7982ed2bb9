#include "io/container/contained_file.hpp"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "base/mapped_file.hpp"
#include "support/test_files.hpp"

namespace hindcast::io {
namespace {

using namespace std::string_literals;
namespace fs = std::filesystem;

// A folder with a file, and a secret beside it.
struct Playground {
  test::TemporaryDirectory directory;
  fs::path folder = directory.path() / "model";

  Playground() {
    directory.write("secret.bin", "secret");
    directory.write("model/weights.bin", "weights");
    directory.write("model/parts/one.bin", "one");
  }
};

std::string content(const MappedFile& file) {
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

struct Refusal {
  ErrorCode code = ErrorCode::usage;
  std::string message;
};

Refusal refusal_of(const fs::path& folder, std::string_view name,
                   HardLinks hard_links = HardLinks::allowed) {
  try {
    static_cast<void>(open_contained(folder, name, SymbolicLinks::refused, hard_links));
  } catch (const Error& error) {
    return {.code = error.code(), .message = error.what()};
  }
  return {.code = ErrorCode::usage, .message = "was opened"};
}

TEST_CASE("contained_file: files beneath the folder are mapped") {
  const Playground playground;
  CHECK(content(*open_contained(playground.folder, "weights.bin")) == "weights");
  CHECK(content(*open_contained(playground.folder, "parts/one.bin")) == "one");
  CHECK(content(*open_contained(playground.folder, "./parts//one.bin")) == "one");
}

TEST_CASE("contained_file: names that no honest file holds are refused before anything is opened") {
  const Playground playground;
  struct Case {
    std::string name;
    std::string message;
  };
  for (const Case& c : {
           Case{"", "file '': its name is empty"},
           Case{"../secret.bin", "file '../secret.bin': its name leads upwards"},
           Case{"parts/../../secret.bin", "file 'parts/../../secret.bin': its name leads upwards"},
           Case{"..", "file '..': its name leads upwards"},
           Case{"/etc/passwd", "file '/etc/passwd': its name is absolute"},
           Case{"..\\secret.bin", "file '..\\secret.bin': its name holds a backslash"},
           Case{"weights.bin\0.png"s, "file 'weights.bin\\x00.png': its name holds a NUL"},
       }) {
    const Refusal refusal = refusal_of(playground.folder, c.name);
    CHECK(refusal.code == ErrorCode::malformed);
    CHECK(refusal.message == c.message);
  }
  const Refusal long_name = refusal_of(playground.folder, std::string(5000, 'a'));
  CHECK(long_name.code == ErrorCode::malformed);
  CHECK(long_name.message.ends_with("its name is longer than any path"));
}

TEST_CASE("contained_file: symbolic links are not followed, wherever they lead") {
  const Playground playground;
  fs::create_symlink("../secret.bin", playground.folder / "out.bin");
  fs::create_symlink("weights.bin", playground.folder / "in.bin");
  fs::create_symlink(playground.directory.path(), playground.folder / "up");
  fs::create_symlink("parts", playground.folder / "same");
  for (const char* name : {"out.bin", "in.bin", "up/secret.bin", "same/one.bin"}) {
    CAPTURE(name);
    const Refusal refusal = refusal_of(playground.folder, name);
    CHECK(refusal.code == ErrorCode::io);
    CHECK(refusal.message ==
          "file '"s + name +
              "': is, or lies behind, a symbolic link, which is followed with --follow-links only");
  }
}

TEST_CASE("contained_file: only regular files are mapped, and a pipe does not block") {
  const Playground playground;
  REQUIRE(mkfifo((playground.folder / "pipe").c_str(), 0600) == 0);
  CHECK(refusal_of(playground.folder, "pipe").message == "file 'pipe': is not a regular file");
  CHECK(refusal_of(playground.folder, "parts").message == "file 'parts': is a directory");
  CHECK(refusal_of(playground.folder, ".").message == "file '.': is a directory");
  CHECK(refusal_of(playground.folder, "nope").message == "file 'nope': no such file or directory");
  CHECK(refusal_of(playground.folder, "nope").code == ErrorCode::io);
}

TEST_CASE("contained_file: a hard link is refused where the caller says so") {
  const Playground playground;
  fs::create_hard_link(playground.directory.path() / "secret.bin", playground.folder / "hard.bin");
  CHECK(content(*open_contained(playground.folder, "hard.bin")) == "secret");
  const Refusal refusal = refusal_of(playground.folder, "hard.bin", HardLinks::refused);
  CHECK(refusal.code == ErrorCode::io);
  CHECK(refusal.message ==
        "file 'hard.bin': has 2 hard links, so it may be a file from elsewhere; copy it");
  CHECK(refusal_of(playground.folder, "weights.bin", HardLinks::refused).message == "was opened");
}

TEST_CASE("contained_file: without openat2 the same files are opened and the same refused") {
  const Playground playground;
  fs::create_symlink("../secret.bin", playground.folder / "out.bin");
  fs::create_symlink(playground.directory.path(), playground.folder / "up");
  const int folder = open(playground.folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC);
  REQUIRE(folder >= 0);
  for (const char* name : {"weights.bin", "parts/one.bin", "./parts//one.bin"}) {
    const int file = detail::open_beneath_by_components(folder, name);
    CHECK(file >= 0);
    close(file);
  }
  for (const char* name : {"out.bin", "up/secret.bin", "nope", "nope/one.bin", "."}) {
    CAPTURE(name);
    CHECK(detail::open_beneath_by_components(folder, name) == -1);
    CHECK(errno != 0);
  }
  close(folder);
}

}  // namespace
}  // namespace hindcast::io
