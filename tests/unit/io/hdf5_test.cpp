// The HDF5 reader: the container as a whole.

#include <fcntl.h>
#include <thread>
#include <unistd.h>

#include <doctest/doctest.h>

#include "base/mapped_file.hpp"
#include "support/hdf5_files.hpp"
#include "support/sanitizers.hpp"

namespace hindcast::io {
namespace {

using namespace test;

// What `body` writes to standard error, behind the back of C++ streams.
template <typename Body>
std::string stderr_of(Body&& body) {
  const test::TemporaryDirectory directory;
  const auto path = directory.write("stderr", "");
  const int saved = dup(STDERR_FILENO);
  const int file = ::open(path.c_str(), O_WRONLY | O_TRUNC);
  dup2(file, STDERR_FILENO);
  body();
  dup2(saved, STDERR_FILENO);
  close(file);
  close(saved);
  return content_of(path);
}

TEST_CASE("hdf5: every superblock version is read, also behind a user block") {
  for (const char* name :
       {"superblock_v0.h5", "superblock_v2.h5", "superblock_v3.h5", "userblock.h5"}) {
    CAPTURE(name);
    const MappedFile file(test::made_file(name));
    CHECK(hdf5_format.probe(file.bytes()));
    CHECK(values_of(*open_made(name), "w") == counting(4));
  }
}

TEST_CASE("hdf5: a signature is only recognised at 0, 512, 1024, 2048, ...") {
  const std::string signature = "\x89HDF\r\n\x1a\n";
  const auto recognised_at = [&](std::size_t offset) {
    const std::string content = std::string(offset, 'x') + signature;
    return hdf5_format.probe(std::as_bytes(std::span(content)));
  };
  for (const std::size_t offset : {0U, 512U, 1024U, 2048U, 4096U, 65'536U}) {
    CAPTURE(offset);
    CHECK(recognised_at(offset));
  }
  for (const std::size_t offset : {1U, 256U, 511U, 513U, 1536U}) {
    CAPTURE(offset);
    CHECK_FALSE(recognised_at(offset));
  }
  CHECK_FALSE(hdf5_format.probe({}));
  CHECK_FALSE(hdf5_format.probe(std::as_bytes(std::span(signature)).first(7)));
}

TEST_CASE("hdf5: opening what has no signature is an error") {
  CHECK(open_error("no such thing") == "no HDF5 signature");
}

TEST_CASE("hdf5: a truncated file is said to be truncated, with both sizes") {
  for (const char* name :
       {"superblock_v0.h5", "superblock_v2.h5", "superblock_v3.h5", "userblock.h5"}) {
    CAPTURE(name);
    const std::string content = content_of(test::made_file(name));
    const std::string expected =
        "truncated: the file says it holds " + std::to_string(content.size()) + " bytes, it has ";
    CHECK(open_error(content.substr(0, content.size() - 1)) ==
          expected + std::to_string(content.size() - 1));
    CHECK(open_error(content.substr(0, 1024 + 100)) == expected + "1124");
  }
}

TEST_CASE("hdf5: a file that ends within its superblock is truncated too") {
  const std::string content = content_of(test::made_file("superblock_v3.h5"));
  for (const std::size_t size : {8U, 9U, 12U, 35U}) {
    CAPTURE(size);
    CHECK(open_error(content.substr(0, size)) == "truncated: it ends within the HDF5 superblock");
  }
}

TEST_CASE("hdf5: a file still open for writing says so and what to do") {
  for (const char flags : {'\x01', '\x05', '\x04'}) {
    std::string content = content_of(test::made_file("superblock_v3.h5"));
    content[11] = flags;
    CHECK(open_error(content) ==
          "still open for writing, or not closed properly; try 'h5clear -s'");
  }
}

TEST_CASE("hdf5: a superblock of the future is unsupported, not corrupt") {
  std::string content = content_of(test::made_file("superblock_v3.h5"));
  content[8] = '\x04';
  CHECK(open_error(content) == "HDF5 superblock version 4 is not supported");
}

TEST_CASE("hdf5: other damage is corruption") {
  std::string checksum = content_of(test::made_file("superblock_v3.h5"));
  checksum[45] = static_cast<char>(checksum[45] ^ 1);
  CHECK(open_error(checksum) == "corrupt HDF5 file");
  std::string root = content_of(test::made_file("superblock_v3.h5"));
  replace(root, "OHDR", "OHDX");
  CHECK(open_error(root) == "corrupt HDF5 file");
}

TEST_CASE("hdf5: a superblock whose addresses make no sense is corrupt, not truncated") {
  std::string base_after_end = content_of(test::made_file("superblock_v0.h5"));
  base_after_end[24 + 6] = '\x7f';
  CHECK(open_error(base_after_end) == "corrupt HDF5 file");
  std::string unheard_of_width = content_of(test::made_file("superblock_v0.h5"));
  unheard_of_width[13] = '\x03';
  CHECK(open_error(unheard_of_width) == "corrupt HDF5 file");
}

TEST_CASE("hdf5: a group that cannot be listed is reported, a root group is an error") {
  std::string content = content_of(test::made_file("pytorch_nested.h5"));
  std::string nested = content;
  nested[nested.rfind("SNOD") + 3] = 'X';
  const auto checkpoint = open_content(nested);
  CHECK(paths_of(*checkpoint) == Names{"conv1/bias", "conv1/weight", "optimal.weight"});
  CHECK(problems_at(*checkpoint, "optim") ==
        Names{"not all of the group can be read, it is corrupt"});
  content[content.find("SNOD") + 3] = 'X';
  CHECK(open_error(content) == "corrupt HDF5 file");
}

TEST_CASE("hdf5: libhdf5 prints nothing, on whichever thread it fails") {
  std::string content = content_of(test::made_file("superblock_v3.h5"));
  content[45] = static_cast<char>(content[45] ^ 1);
  const std::string printed = stderr_of([&] {
    (void)open_error(content);
    std::thread([&] { (void)open_error(content); }).join();
  });
  CHECK(printed.empty());
}

TEST_CASE("hdf5: files open at the same time do not answer for each other") {
  // libhdf5 would take two images of one name for the same file.
  const auto first = open_made("userblock.h5");
  const auto second = open_made("second.h5");
  CHECK(values_of(*first, "w") == counting(4));
  CHECK(values_of(*second, "w") == std::vector<double>{100, 101, 102, 103});
}

TEST_CASE("hdf5: the file stays readable when it is deleted, for it is mapped") {
  CHECK(values_of(*open_content(content_of(test::made_file("second.h5"))), "w").front() == 100);
}

TEST_CASE("hdf5: several threads may read and open at once") {
  const auto checkpoint = open_made("storage.h5");
  std::vector<std::thread> threads;
  std::vector<int> correct(4);
  for (int& result : correct) {
    threads.emplace_back([&] {
      bool all = true;
      for (int i = 0; i < 20; ++i) {
        all = all && values_of(*checkpoint, "gzip_shuffle") == counting(600);
        // The sanitizer's allocator does not survive a fork among threads, and opening forks.
        all = all && (kSanitized || values_of(*open_made("userblock.h5"), "w") == counting(4));
      }
      result = all ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  CHECK(correct == std::vector<int>(4, 1));
}

}  // namespace
}  // namespace hindcast::io
