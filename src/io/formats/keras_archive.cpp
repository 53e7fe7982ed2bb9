// Reader for the archives of Keras 3 (and tf.keras 2.12 and later), `.keras`.
//
//   zip of metadata.json, config.json, model.weights.h5 and assets
//
// https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py
//
// The weights are read by the HDF5 reader, in place where the member is stored, as Keras does, and
// from memory where it is deflated. The configuration gives the order of the layers, which paths
// alone do not, their classes, and what their author called them; it is only read, nothing is built
// from it. Not read: weights as
// model.weights.npz, whose arrays are pickles.

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "hindcast/base/error.hpp"
#include "hindcast/io/format.hpp"

#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "io/container/strict_json.hpp"
#include "io/container/zip.hpp"
#include "io/hdf5/checkpoint.hpp"
#include "io/hdf5/keras_paths.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io {
namespace {

using hdf5::KerasPaths;
using tensor::TensorInfo;

constexpr const char* kConfig = "config.json";
constexpr const char* kMetadata = "metadata.json";
constexpr const char* kWeights = "model.weights.h5";
constexpr const char* kPickledWeights = "model.weights.npz";

/// The weights file, and the archive it lies in unless it had to be inflated.
struct WeightsFile {
  WeightsFile(std::shared_ptr<const MappedFile> file, const ZipMember& member, const Limits& limits)
      : archive(std::move(file)),
        content(member, most_bytes(member, limits), kRaiseUnpackedBytes) {}

  // As for a tensor: what is inflated is held as it is.
  static std::uint64_t most_bytes(const ZipMember& member, const Limits& limits) {
    const bool plausible = member.stored || member.size / limits.expansion < member.bytes.size();
    return plausible ? member.size : limits.expansion_free_bytes;
  }

  std::shared_ptr<const MappedFile> archive;
  ZipContent content;
};

const ZipMember& weights_member(const ZipArchive& archive) {
  const ZipMember* const weights = archive.find(kWeights);
  if (weights != nullptr) {
    return *weights;
  }
  if (archive.find(kPickledWeights) != nullptr) {
    throw Error(ErrorCode::unsupported,
                fmt::format("a Keras archive with {}, whose arrays are pickles, is not supported; "
                            "save it again with weights in HDF5",
                            kPickledWeights));
  }
  throw Error(ErrorCode::malformed, fmt::format("a Keras archive without {}", kWeights));
}

KerasPaths read_config(const ZipArchive& archive, const Limits& limits) {
  const ZipMember* const config = archive.find(kConfig);
  if (config == nullptr) {
    throw Error(ErrorCode::malformed, "is missing");
  }
  const ZipContent content(*config, limits.attribute_bytes, kRaiseMetadataBytes);
  return KerasPaths(parse_strict_json(content.bytes(), limits));
}

// Keras builds the parts of attention and of pairs in another order than that of their names.
std::size_t part_rank(std::string_view path) {
  constexpr std::array<std::string_view, 6> kParts = {
      "query_dense", "key_dense", "value_dense", "output_dense", "forward_layer", "backward_layer"};
  for (std::string_view part : split(path, '/')) {
    part.remove_prefix(part.starts_with('_') ? 1 : 0);
    const auto* const found = std::ranges::find(kParts, part);
    if (found != kParts.end()) {
      return static_cast<std::size_t>(found - kParts.begin());
    }
  }
  return kParts.size();
}

constexpr std::size_t kUnexplained = std::numeric_limits<std::size_t>::max();

/// Where a tensor stands in the model: in the order of the layers, then what the configuration does
/// not explain, then the state of the optimiser.
struct Place {
  bool is_optimizer_state = false;
  std::size_t layer = 0;
  std::size_t part = 0;
  std::string_view path;
};

bool precedes(const Place& a, const Place& b) {
  const auto group = [](const Place& place) {
    return std::tuple(place.is_optimizer_state, place.layer, place.part);
  };
  return group(a) != group(b) ? group(a) < group(b) : natural_less(a.path, b.path);
}

Place place_of(const TensorInfo& info, const KerasPaths& config) {
  const hdf5::ConfiguredObject* const layer = config.find(info.path);
  return {.is_optimizer_state = info.evidence.optimizer_state,
          .layer = layer != nullptr ? layer->rank : kUnexplained,
          .part = layer != nullptr ? part_rank(info.path) : 0,
          .path = info.path};
}

class KerasArchive final : public Checkpoint {
 public:
  KerasArchive(std::shared_ptr<const MappedFile> file, const Limits& limits) {
    const ZipArchive archive(file->bytes(), limits.tensors);
    const auto weights =
        std::make_shared<const WeightsFile>(std::move(file), weights_member(archive), limits);
    weights_ = with_context(kWeights, [&] {
      return hdf5::open_checkpoint({.bytes = weights->content.bytes(), .owner = weights}, limits);
    });
    problems_.assign(weights_->problems().begin(), weights_->problems().end());
    step_ = weights_->step();
    epoch_ = weights_->epoch();
    order_evidence_ = weights_->order_evidence();
    sources_.resize(weights_->tensors().size());
    std::iota(sources_.begin(), sources_.end(), std::size_t{0});
    try {
      apply(read_config(archive, limits));
    } catch (const Error& error) {
      add_config_problem(error.what());
    }
    for (const std::size_t source : sources_) {
      tensors_.push_back(described(weights_->tensors()[source]));
    }
    name_layers();
  }

  void fill(std::size_t index, std::span<double> out) const override {
    weights_->read(sources_.at(index), out);
  }

  bool lend(std::size_t index, const UseBytes& use) const override {
    return weights_->use_stored(sources_.at(index), use);
  }

 private:
  void add_config_problem(const std::string& reason) {
    problems_.push_back({.where = kConfig, .reason = reason + "; the order is that of the names"});
  }

  void apply(KerasPaths config) {
    config_ = std::move(config);
    if (config_.empty()) {
      return;  // A model that is no list of layers, so that only its own code knows the order.
    }
    std::vector<Place> places;
    for (const TensorInfo& info : weights_->tensors()) {
      places.push_back(place_of(info, config_));
    }
    if (std::ranges::all_of(places,
                            [](const Place& place) { return place.layer == kUnexplained; })) {
      add_config_problem("none of its layers has weights here");
      return;
    }
    std::ranges::stable_sort(
        sources_, [&](std::size_t a, std::size_t b) { return precedes(places[a], places[b]); });
    order_evidence_ = OrderEvidence::config;
  }

  [[nodiscard]] TensorInfo described(TensorInfo info) const {
    if (const hdf5::ConfiguredObject* const layer = config_.find(info.path)) {
      info.evidence.layer_class = layer->layer_class;
    }
    return info;
  }

  // All by the names of the configuration, or none where that would make two of them one.
  void name_layers() {
    std::vector<std::string> names;
    for (const TensorInfo& info : tensors_) {
      const std::string name = info.evidence.optimizer_state ? "" : config_.name_of(info.path);
      names.push_back(name.empty() ? info.name : name);
    }
    const std::set<std::string_view> distinct(names.begin(), names.end());
    for (std::size_t i = 0; i < names.size() && distinct.size() == names.size(); ++i) {
      tensors_[i].name = names[i];
    }
  }

  std::unique_ptr<const Checkpoint> weights_;
  KerasPaths config_;
  std::vector<std::size_t> sources_;  // Indices into the tensors of weights_.
};

bool probe(std::span<const std::byte> file) noexcept {
  const auto names = listed_names(file);
  const auto has = [&](std::string_view name) {
    return std::ranges::find(names, name) != names.end();
  };
  const auto is_pickle = [](auto name) {
    return name == "data.pkl" || name.ends_with("/data.pkl");
  };
  return (has(kWeights) || (has(kConfig) && has(kMetadata))) &&
         std::ranges::none_of(names, is_pickle);
}

std::unique_ptr<Checkpoint> open(std::shared_ptr<const MappedFile> file, const Limits& limits) {
  return std::make_unique<KerasArchive>(std::move(file), limits);
}

}  // namespace

extern const Format keras_archive_format;
const Format keras_archive_format = {
    .id = "keras",
    .description = "Keras 3 model archive",
    .reference = "https://github.com/keras-team/keras/blob/master/keras/src/saving/saving_lib.py",
    .probe = probe,
    .open = open,
};

}  // namespace hindcast::io
