// The trusted side of an isolated file. See wire.hpp for what is said, cell_service.hpp for the
// other side.

#include "io/hdf5/isolated_file.hpp"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/mapped_file.hpp"
#include "io/hdf5/cell_service.hpp"
#include "io/hdf5/known_contents.hpp"
#include "io/hdf5/library.hpp"
#include "io/hdf5/wire.hpp"
#include "io/limit_options.hpp"
#include "io/sandbox/cell.hpp"

namespace hindcast::io::hdf5 {
namespace {

using sandbox::Cell;
using Bytes = std::span<const std::byte>;

// Parts of an answer one after another, in memory the cell cannot reach.
class Collected {
 public:
  explicit Collected(std::uint64_t most) : most_(most) {}

  void add(Bytes part) {
    if (part.size() > most_ - bytes_.size()) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("its table of contents exceeds {} bytes, the limit of its cell{}",
                              most_, kRaiseCellMemory));
    }
    bytes_.insert(bytes_.end(), part.begin(), part.end());
  }

  [[nodiscard]] std::vector<std::byte> take() noexcept { return std::move(bytes_); }

 private:
  std::uint64_t most_;
  std::vector<std::byte> bytes_;
};

// Values as they arrive, and no more of them than were asked for.
class Filled {
 public:
  explicit Filled(std::span<double> out) : rest_(std::as_writable_bytes(out)) {}

  void add(Bytes part) {
    if (part.size() > rest_.size()) {
      throw_wrong_count();
    }
    std::ranges::copy(part, rest_.begin());  // Not memcpy, which takes no empty span.
    rest_ = rest_.subspan(part.size());
  }

  void require_complete() const {
    if (!rest_.empty()) {
      throw_wrong_count();
    }
  }

 private:
  [[noreturn]] static void throw_wrong_count() {
    throw Error(ErrorCode::malformed, "the HDF5 library gave another number of values");
  }

  std::span<std::byte> rest_;
};

class IsolatedFile final : public OpenedFile {
 public:
  IsolatedFile(Bytes bytes, std::shared_ptr<const MappedFile> file, const Limits& limits)
      : bytes_(bytes), file_(std::move(file)), limits_(limits) {}

  Contents contents() override {
    if (file_ != nullptr) {
      if (const auto known = known_contents().find(file_->state(), limits_)) {
        return decode_contents(*known, limits_);
      }
    }
    std::vector<std::byte> answer = ask_for_contents();
    Contents contents = decode_contents(answer, limits_);
    if (file_ != nullptr) {
      known_contents().keep(file_->state(), limits_, std::move(answer));
    }
    return contents;
  }

  void read(const Source& source, std::span<double> out) override {
    const std::scoped_lock lock(mutex_);
    Filled answer(out);
    living_cell().ask(values_request(source, out.size()), [&](Bytes part) { answer.add(part); });
    answer.require_complete();
  }

 private:
  std::vector<std::byte> ask_for_contents() {
    const std::scoped_lock lock(mutex_);
    Collected answer(limits_.cell_memory_bytes);
    living_cell().ask(contents_request(), [&](Bytes part) { answer.add(part); });
    return answer.take();
  }

  // A new cell in place of one that crashed, so that what can be read does not depend on the order
  // of reading. Not in place of one that took too long: a thousand such tensors would take a day.
  Cell& living_cell() {
    if (cell_ != nullptr && cell_->death() && !cell_->death()->timed_out) {
      cell_.reset();
    }
    if (cell_ == nullptr) {
      prepare_library_once();
      const sandbox::CellOptions options{.inhabitant = "the HDF5 library",
                                         .without_sandbox = "--unsafe-hdf5 reads it without",
                                         .raise_memory = std::string(kRaiseCellMemory),
                                         .raise_seconds = std::string(kRaiseCellSeconds),
                                         .memory_bytes = limits_.cell_memory_bytes,
                                         .seconds = limits_.cell_seconds};
      cell_ = std::make_unique<Cell>(
          options, [&](sandbox::Channel& channel) { serve_file(bytes_, limits_, channel); });
    }
    return *cell_;
  }

  Bytes bytes_;
  std::shared_ptr<const MappedFile> file_;
  Limits limits_;
  std::mutex mutex_;
  std::unique_ptr<Cell> cell_;
};

}  // namespace

std::unique_ptr<OpenedFile> open_isolated(Bytes bytes, std::shared_ptr<const MappedFile> file,
                                          const Limits& limits) {
  return std::make_unique<IsolatedFile>(bytes, std::move(file), limits);
}

}  // namespace hindcast::io::hdf5
