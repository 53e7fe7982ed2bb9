// Reader for a checkpoint in several files (Hugging Face's `*.index.json`).
//
//   {"metadata": {...}, "weight_map": {"layer.weight": "model-00001-of-00002.safetensors", ...}}
//
// Reference: https://huggingface.co/docs/transformers/big_models#sharded-checkpoints. The shards
// are read by their own formats, from the index's folder and nowhere else. Checked on open: every
// tensor of the map is in its shard. Tensors of a shard that the map does not name are left out,
// and other weights that lie beside it are not read, each with a word.

#include <algorithm>
#include <map>
#include <string_view>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "io/checkpoint_folder.hpp"
#include "io/container/contained_file.hpp"
#include "io/container/strict_json.hpp"
#include "io/container/tensor_names.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io {

extern const Format sharded_format;

namespace {

constexpr std::string_view kMap = "\"weight_map\"";
constexpr std::string_view kOwnReport = "\"hindcast.report/";  // May have a run of that name.

// The tensors each shard should hold, by the shard's file name.
std::map<std::string, std::vector<std::string>> parse_index(std::span<const std::byte> bytes,
                                                            const Limits& limits) {
  if (bytes.size() > limits.attribute_bytes) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("an index of {} bytes, the limit is {}{}", bytes.size(),
                            limits.attribute_bytes, kRaiseMetadataBytes));
  }
  const nlohmann::ordered_json index = parse_strict_json(bytes, limits);
  const auto map = index.is_object() ? index.find("weight_map") : index.end();
  if (map == index.end() || !map->is_object() || map->empty()) {
    throw Error(ErrorCode::malformed, "its weight_map does not name any tensor");
  }
  if (map->size() > limits.tensors) {
    throw Error(ErrorCode::limit_exceeded, fmt::format("names {} tensors, the limit is {}{}",
                                                       map->size(), limits.tensors, kRaiseTensors));
  }
  std::map<std::string, std::vector<std::string>> shards;
  for (const auto& [name, shard] : map->items()) {
    const std::string file = shard.is_string() ? shard.get<std::string>() : "";
    if (file.empty() || file.find('/') != std::string::npos) {
      throw Error(ErrorCode::malformed,
                  fmt::format("the shard of '{}' is not a file name", printable(name)));
    }
    shards[file].push_back(name);
  }
  return shards;
}

class ShardedCheckpoint final : public Checkpoint {
 public:
  ShardedCheckpoint(std::shared_ptr<const MappedFile> index, const Limits& limits) {
    const std::filesystem::path folder =
        index->path().has_parent_path() ? index->path().parent_path() : ".";
    for (const auto& shard : parse_index(index->bytes(), limits)) {
      with_context(printable(shard.first),
                   [&] { add_shard(folder, shard.first, shard.second, limits); });
      files_.push_back(shard.first);
    }
    report_others(folder, index->path().filename().string());
    sort_by_name();
    describe_by_path(tensors_);
  }

  void fill(std::size_t index, std::span<double> out) const override {
    const Place& place = places_[index];
    shards_[place.shard]->read(place.index, out);
  }

  bool lend(std::size_t index, const UseBytes& use) const override {
    const Place& place = places_[index];
    return shards_[place.shard]->use_stored(place.index, use);
  }

 private:
  struct Place {
    std::size_t shard = 0;
    std::size_t index = 0;
  };

  void add_shard(const std::filesystem::path& folder, const std::string& file,
                 const std::vector<std::string>& names, const Limits& limits) {
    auto mapped = open_contained(
        folder, file, limits.follow_links ? SymbolicLinks::followed : SymbolicLinks::refused,
        HardLinks::allowed);
    const Format* const format = identify(mapped->bytes());
    if (format == nullptr || format == &sharded_format) {
      throw Error(ErrorCode::malformed, "is not a checkpoint that holds tensors");
    }
    shards_.push_back(open_watched(*format, std::move(mapped), limits));
    const Checkpoint& shard = *shards_.back();
    std::unordered_map<std::string_view, std::size_t> by_path;
    for (std::size_t i = 0; i < shard.tensors().size(); ++i) {
      by_path.emplace(shard.tensors()[i].path, i);
    }
    for (const std::string& name : names) {
      const auto place = by_path.find(name);
      if (place == by_path.end()) {
        throw Error(
            ErrorCode::malformed,
            fmt::format("does not hold '{}', which the index says it does", printable(name)));
      }
      places_.push_back({.shard = shards_.size() - 1, .index = place->second});
      tensors_.push_back(shard.tensors()[place->second]);
    }
    if (shard.tensors().size() > names.size()) {
      problems_.push_back({.where = file,
                           .reason = fmt::format("{} tensors are not in the index, left out",
                                                 shard.tensors().size() - names.size())});
    }
    problems_.insert(problems_.end(), shard.problems().begin(), shard.problems().end());
  }

  void report_others(const std::filesystem::path& folder, const std::string& index) {
    std::vector<std::string> read = files_;
    read.push_back(index);
    for (const std::string& name : other_weights_in_folder(folder, read)) {
      problems_.push_back({.where = name, .reason = "is not in the index, not read"});
    }
  }

  void sort_by_name() {
    std::vector<std::size_t> order(tensors_.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = i;
    }
    std::ranges::sort(order, [&](std::size_t a, std::size_t b) {
      return natural_less(tensors_[a].path, tensors_[b].path);
    });
    std::vector<tensor::TensorInfo> tensors;
    std::vector<Place> places;
    for (const std::size_t i : order) {
      tensors.push_back(std::move(tensors_[i]));
      places.push_back(places_[i]);
    }
    tensors_ = std::move(tensors);
    places_ = std::move(places);
  }

  std::vector<std::unique_ptr<Checkpoint>> shards_;
  std::vector<std::string> files_;  // Their names.
  std::vector<Place> places_;       // Of each tensor.
};

bool probe(std::span<const std::byte> file) noexcept {
  constexpr std::size_t kWhereToLook = 1U << 16U;
  const std::string_view text(reinterpret_cast<const char*>(file.data()),
                              std::min(file.size(), kWhereToLook));
  const std::size_t first = text.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && text[first] == '{' &&
         text.find(kMap) != std::string_view::npos &&
         text.find(kOwnReport) == std::string_view::npos;
}

std::unique_ptr<Checkpoint> open(std::shared_ptr<const MappedFile> file, const Limits& limits) {
  return std::make_unique<ShardedCheckpoint>(std::move(file), limits);
}

}  // namespace

const Format sharded_format = {
    .id = "sharded",
    .description = "Several safetensors or PyTorch files with an index.json",
    .reference = "https://huggingface.co/docs/transformers/big_models#sharded-checkpoints",
    .probe = probe,
    .open = open,
};

}  // namespace hindcast::io
