#pragma once

// What the fuzz targets share: their input as a mapped file, and what must hold of every reader.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <sanitizer/asan_interface.h>
#include <span>
#include <string>
#include <string_view>
#include <sys/mman.h>
#include <unistd.h>
#include <vector>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"
#include "hindcast/tensor/classification.hpp"
#include "hindcast/tensor/dtype.hpp"

#include "base/checked.hpp"
#include "base/mapped_file.hpp"
#include "base/text.hpp"

namespace hindcast::fuzz {

using Bytes = std::span<const std::byte>;

/// Small, so that a run takes little time and memory whatever a file asks for.
inline constexpr io::Limits kLimits = {.tensors = 256,
                                       .rank = 8,
                                       .name_bytes = 1024,
                                       .depth = 16,
                                       .attribute_bytes = 1U << 16U,
                                       .tensor_values = 1U << 16U,
                                       .expansion = 1000,
                                       .expansion_free_bytes = 1U << 20U};
inline constexpr std::uint64_t kMostValues = 1U << 18U;  // That are read of one file.

inline Bytes bytes_of(const std::uint8_t* data, std::size_t size) {
  return std::as_bytes(std::span(data, size));
}

inline std::string_view text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the process as a crash does, which is what a fuzzer looks for.
inline void require(bool holds, std::string_view what) {
  if (!holds) {
    fmt::print(stderr, "fuzz target: {}\n", what);
    std::abort();
  }
}

/// Whatever is wrong with an input, what is said about it cannot steer a terminal.
inline void require_printable(std::string_view message) {
  require(printable_line(message) == message, "a message that is not one line of printable text");
}

/// Runs `body`, in which hindcast may throw Error and nothing else.
template <typename Body>
void expect_nothing_but_errors(Body&& body) {
  try {
    body();
  } catch (const Error& error) {
    require_printable(error.what());
  }
}

/// Maps `bytes` as a file called `name`. A mapping ends with a page, so AddressSanitizer is told
/// where the file does.
inline std::shared_ptr<const MappedFile> mapped(Bytes bytes, const std::filesystem::path& name) {
  const int descriptor = memfd_create("fuzz", MFD_CLOEXEC);
  require(descriptor >= 0 &&
              write(descriptor, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()),
          "cannot keep the input in memory");
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t rest = (page - bytes.size() % page) % page;
  const auto unmap = [rest](const MappedFile* file) {
    ASAN_UNPOISON_MEMORY_REGION(file->bytes().data() + file->bytes().size(), rest);
    delete file;
  };
  std::shared_ptr<const MappedFile> file(new MappedFile(descriptor, name), unmap);
  close(descriptor);
  ASAN_POISON_MEMORY_REGION(file->bytes().data() + file->bytes().size(), rest);
  return file;
}

inline void read_tensors(const io::Checkpoint& checkpoint) {
  std::uint64_t left = kMostValues;
  for (std::size_t i = 0; i < checkpoint.tensors().size(); ++i) {
    const tensor::TensorInfo& info = checkpoint.tensors()[i];
    require_printable(info.unreadable);
    if (!info.unreadable.empty() || !tensor::is_real(info.dtype)) {
      continue;
    }
    const std::uint64_t count = element_count(info.shape);
    require(count <= kLimits.tensor_values, "a tensor above the limit that is said to be readable");
    if (count > left) {
      return;
    }
    left -= count;
    std::vector<double> values(count);
    expect_nothing_but_errors([&] { checkpoint.read(i, values); });
  }
}

/// All that is done to a checkpoint before it is measured: whatever the bytes are, the reader
/// opens them or throws Error.
inline void read_checkpoint(const io::Format& format, Bytes bytes,
                            const std::filesystem::path& name) {
  const auto file = mapped(bytes, name);
  (void)format.probe(file->bytes());
  expect_nothing_but_errors([&] {
    const auto checkpoint = format.open(file, kLimits);
    for (const io::Problem& problem : checkpoint->problems()) {
      require_printable(problem.reason);
    }
    (void)tensor::classify(checkpoint->tensors(), {});
    read_tensors(*checkpoint);
  });
}

/// A folder that is removed at the end, with the files that an input may refer to.
class Surroundings {
 public:
  Surroundings() {
    std::string name = (std::filesystem::temp_directory_path() / "hindcast-fuzz-XXXXXX").string();
    require(mkdtemp(name.data()) != nullptr, "cannot make a temporary directory");
    path_ = name;
  }
  Surroundings(const Surroundings&) = delete;
  Surroundings& operator=(const Surroundings&) = delete;
  Surroundings(Surroundings&&) = delete;
  Surroundings& operator=(Surroundings&&) = delete;
  ~Surroundings() { std::filesystem::remove_all(path_); }

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace hindcast::fuzz

/// The name by which libFuzzer and replay_main.cpp know a target.
extern "C" int LLVMFuzzerTestOneInput(  // NOLINT(readability-identifier-naming)
    const std::uint8_t* data, std::size_t size);
