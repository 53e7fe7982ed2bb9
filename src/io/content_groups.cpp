// Which checkpoints hold the same weights. Cheap evidence first: identity, size, samples of the
// bytes; what these leave possible is compared in full.

#include "io/content_groups.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/checked.hpp"
#include "base/descriptor.hpp"
#include "base/mapped_file.hpp"
#include "base/memory_errors.hpp"
#include "base/system_error.hpp"
#include "io/checkpoint_folder.hpp"
#include "io/series_entry.hpp"

namespace hindcast::io {
namespace {

// Sets of files, merged as they turn out to be equal.
class Groups {
 public:
  explicit Groups(std::size_t count) : parent_(count) {
    std::iota(parent_.begin(), parent_.end(), std::size_t{0});
  }

  [[nodiscard]] std::size_t of(std::size_t file) const {
    while (parent_[file] != file) {
      file = parent_[file];
    }
    return file;
  }

  // The smaller index stands for both, so that the numbers do not depend on the order of merging.
  void merge(std::size_t a, std::size_t b) {
    const std::size_t of_a = of(a);
    const std::size_t of_b = of(b);
    parent_[std::max(of_a, of_b)] = std::min(of_a, of_b);
  }

  [[nodiscard]] bool is_alone(std::size_t file) const {
    const std::size_t own = of(file);
    for (std::size_t other = 0; other < parent_.size(); ++other) {
      if (other != file && of(other) == own) {
        return false;
      }
    }
    return true;
  }

 private:
  std::vector<std::size_t> parent_;
};

// The one file that holds a checkpoint's weights, and what the system knows of it.
struct Identity {
  std::filesystem::path path;
  dev_t device = 0;
  ino_t inode = 0;
  off_t size = 0;
};

// Nothing for weights in several files: equal indexes do not make equal shards.
std::optional<Identity> identity_of(const CheckpointFile& file) {
  const std::filesystem::path path = weights_in_folder(file.path).value_or(file.path);
  struct stat status = {};
  if (path.extension() == ".json" || stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return std::nullopt;
  }
  return Identity{
      .path = path, .device = status.st_dev, .inode = status.st_ino, .size = status.st_size};
}

// A value that files with equal bytes share and others hardly ever do. Read and not mapped: the
// system maps the surroundings of each block as well, which takes longer than all else here.
std::size_t sample_of(const Identity& identity) {
  constexpr std::size_t kBlocks = 32;
  constexpr std::size_t kBlock = 512;
  constexpr std::size_t kFactor = 31;
  const Descriptor file(open(identity.path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY));
  if (file.number() < 0) {
    throw system_error(errno);
  }
  const off_t step =
      std::max<off_t>(identity.size - static_cast<off_t>(kBlock), 0) / static_cast<off_t>(kBlocks);
  std::size_t value = 0;
  std::array<char, kBlock> block{};
  for (std::size_t i = 0; i < kBlocks; ++i) {
    const ssize_t count =
        pread(file.number(), block.data(), block.size(), step * static_cast<off_t>(i));
    const std::string_view text(block.data(),
                                static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    value = value * kFactor + std::hash<std::string_view>()(text);
  }
  return value;
}

bool same_bytes(const MappedFile& a, const MappedFile& b) {
  constexpr std::size_t kChunk = 1U << 24U;
  if (a.bytes().size() != b.bytes().size()) {
    return false;
  }
  for (std::size_t from = 0; from < a.bytes().size(); from += kChunk) {
    const std::size_t size = std::min(kChunk, a.bytes().size() - from);
    const auto one = a.bytes().subspan(from, size);
    const auto other = b.bytes().subspan(from, size);
    const bool equal = std::memcmp(one.data(), other.data(), size) == 0;
    a.release(one);
    b.release(other);
    if (!equal) {
      return false;
    }
  }
  return true;
}

void merge_links(const std::vector<std::optional<Identity>>& identities, Groups& groups) {
  std::map<std::pair<dev_t, ino_t>, std::size_t> first;
  for (std::size_t i = 0; i < identities.size(); ++i) {
    if (identities[i]) {
      const auto key = std::pair(identities[i]->device, identities[i]->inode);
      groups.merge(first.try_emplace(key, i).first->second, i);
    }
  }
}

// Merges those of `alike` whose bytes are equal; all have the same size and sample.
void merge_alike(const std::vector<std::size_t>& alike,
                 const std::vector<std::optional<Identity>>& identities, Groups& groups) {
  std::vector<std::size_t> different;
  for (const std::size_t file : alike) {
    const auto equal = std::ranges::find_if(different, [&](std::size_t other) {
      return same_bytes(MappedFile(identities[other]->path), MappedFile(identities[file]->path));
    });
    if (equal == different.end()) {
      different.push_back(file);
    } else {
      groups.merge(*equal, file);
    }
  }
}

void merge_equal_bytes(const std::vector<std::optional<Identity>>& identities, Groups& groups) {
  std::map<off_t, std::vector<std::size_t>> by_size;
  for (std::size_t i = 0; i < identities.size(); ++i) {
    if (identities[i] && groups.of(i) == i) {
      by_size[identities[i]->size].push_back(i);
    }
  }
  for (const auto& [size, members] : by_size) {
    if (members.size() < 2) {
      continue;
    }
    std::map<std::size_t, std::vector<std::size_t>> by_sample;
    for (const std::size_t i : members) {
      by_sample[sample_of(*identities[i])].push_back(i);
    }
    for (const auto& [sample, alike] : by_sample) {
      merge_alike(alike, identities, groups);
    }
  }
}

// The tensors whose values can be compared, smallest first: a difference shows soonest there.
std::vector<std::size_t> readable_tensors(const Checkpoint& checkpoint) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < checkpoint.tensors().size(); ++i) {
    const tensor::TensorInfo& info = checkpoint.tensors()[i];
    if (info.unreadable.empty() && tensor::is_real(info.dtype) && info.shape.size() >= 2) {
      out.push_back(i);
    }
  }
  std::ranges::stable_sort(
      out, {}, [&](std::size_t i) { return element_count(checkpoint.tensors()[i].shape); });
  return out;
}

std::vector<double> values_of(const Checkpoint& checkpoint, std::size_t index) {
  std::vector<double> values(element_count(checkpoint.tensors()[index].shape));
  checkpoint.read(index, values);
  return values;
}

bool same_values(const Checkpoint& a, const Checkpoint& b) {
  const std::vector<std::size_t> of_a = readable_tensors(a);
  const std::vector<std::size_t> of_b = readable_tensors(b);
  std::map<std::string_view, std::size_t> named;
  for (const std::size_t i : of_b) {
    named.emplace(b.tensors()[i].name, i);
  }
  // A tensor more in one of them makes it another model; none at all makes it no copy.
  if (of_a.empty() || of_a.size() != of_b.size()) {
    return false;
  }
  return std::ranges::all_of(of_a, [&](std::size_t i) {
    const tensor::TensorInfo& info = a.tensors()[i];
    const auto other = named.find(info.name);
    if (other == named.end() || b.tensors()[other->second].shape != info.shape) {
      return false;
    }
    const std::vector<double> one = values_of(a, i);
    const std::vector<double> two = values_of(b, other->second);
    return std::memcmp(one.data(), two.data(), one.size() * sizeof(double)) == 0;
  });
}

// The files that are likely to be copies written anew: by what they are called, because they claim
// the place of another one, or because they alone have no number.
std::vector<std::size_t> likely_copies(const std::vector<CheckpointFile>& files) {
  using Place = std::pair<std::optional<std::int64_t>, std::optional<std::int64_t>>;
  std::vector<SeriesEntry> entries;
  std::map<Place, std::size_t> claims;
  std::size_t unnumbered = 0;
  for (const CheckpointFile& file : files) {
    entries.push_back(entry_of(file));
    ++claims[{entries.back().file.step, entries.back().file.epoch}];
    unnumbered += entries.back().numbered() ? 0U : 1U;
  }
  const bool few_unnumbered = 2 * unnumbered < files.size();
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const SeriesEntry& entry = entries[i];
    const bool is_claimed = entry.numbered() && claims[{entry.file.step, entry.file.epoch}] > 1;
    if (entry.words.repeats || entry.words.final || is_claimed ||
        (!entry.numbered() && few_unnumbered)) {
      out.push_back(i);
    }
  }
  // Each is compared with all others: in a directory full of them, with the first ones only.
  constexpr std::size_t kMost = 64;
  out.resize(std::min(out.size(), kMost));
  return out;
}

// Copies are most often of what was saved last, so the others are tried from the end.
void merge_equal_weights(const std::vector<CheckpointFile>& files, const Limits& limits,
                         Groups& groups) {
  for (const std::size_t i : likely_copies(files)) {
    if (!groups.is_alone(i)) {
      continue;
    }
    const OpenedCheckpoint copy = open_checkpoint(files[i].path, limits);
    for (std::size_t j = files.size(); j-- > 0;) {
      if (j == i || groups.of(j) != j) {
        continue;
      }
      if (same_values(*copy.checkpoint, *open_checkpoint(files[j].path, limits).checkpoint)) {
        groups.merge(i, j);
        break;
      }
    }
  }
}

}  // namespace

void assign_content(std::vector<CheckpointFile>& files, const Limits& limits) {
  Groups groups(files.size());
  std::vector<std::optional<Identity>> identities;
  identities.reserve(files.size());
  for (const CheckpointFile& file : files) {
    identities.push_back(identity_of(file));
  }
  try {
    with_memory_errors([&] {
      merge_links(identities, groups);
      merge_equal_bytes(identities, groups);
      merge_equal_weights(files, limits, groups);
    });
  } catch (const Error&) {
    // What cannot be compared is no copy; the analysis says what is wrong with it.
  }
  for (std::size_t i = 0; i < files.size(); ++i) {
    files[i].content = groups.of(i) + 1;
  }
}

}  // namespace hindcast::io
