#include "io/checkpoint_names.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>
#include <map>
#include <set>

#include "base/text.hpp"

namespace hindcast::io {
namespace {

constexpr std::array<std::string_view, 20> kSuffixes = {
    ".h5",  ".hdf5", ".hdf",   ".keras",   ".pt",    ".pth",         ".th",
    ".bin", ".ckpt", ".chkpt", ".tar",     ".onnx",  ".safetensors", ".gguf",
    ".npz", ".npy",  ".pkl",   ".weights", ".index", ".msgpack"};

}  // namespace

std::string checkpoint_stem(const std::filesystem::path& file) {
  std::filesystem::path name = file.filename();
  while (has_checkpoint_suffix(name)) {
    name = name.stem();
  }
  return name.string();
}

std::span<const std::string_view> checkpoint_suffixes() noexcept {
  return kSuffixes;
}

bool has_checkpoint_suffix(const std::filesystem::path& file) {
  return std::ranges::find(kSuffixes, lowered(file.extension().string())) != kSuffixes.end();
}

std::vector<std::string> distinct_names(const std::vector<std::filesystem::path>& paths) {
  std::vector<std::filesystem::path> ends(paths.size());
  std::vector<std::filesystem::path> left(paths);
  std::set<std::filesystem::path> ambiguous;
  do {
    std::map<std::filesystem::path, std::size_t> uses;
    for (std::size_t i = 0; i < paths.size(); ++i) {
      const bool extend = ends[i].empty() || ambiguous.contains(ends[i]);
      if (extend && left[i].has_filename()) {
        ends[i] = ends[i].empty() ? left[i].filename() : left[i].filename() / ends[i];
        left[i] = left[i].parent_path();
      }
      ++uses[ends[i]];
    }
    ambiguous.clear();
    for (std::size_t i = 0; i < paths.size(); ++i) {
      if (uses[ends[i]] > 1 && left[i].has_filename()) {
        ambiguous.insert(ends[i]);
      }
    }
  } while (!ambiguous.empty());
  std::vector<std::string> names;
  std::ranges::transform(ends, std::back_inserter(names),
                         [](const std::filesystem::path& end) { return end.string(); });
  return names;
}

}  // namespace hindcast::io
