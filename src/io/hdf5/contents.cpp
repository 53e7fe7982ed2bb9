#include "io/hdf5/contents.hpp"

#include <algorithm>
#include <initializer_list>
#include <iterator>
#include <span>
#include <unordered_map>

#include <fmt/format.h>

#include "base/text.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/hdf5/dataset.hpp"
#include "io/hdf5/dialect.hpp"
#include "io/hdf5/keras_config.hpp"
#include "io/hdf5/keras_order.hpp"
#include "io/hdf5/links.hpp"
#include "io/hdf5/walk.hpp"

namespace hindcast::io::hdf5 {
namespace {

class ContentsReader {
 public:
  ContentsReader(hid_t file, const Limits& limits)
      : file_(file), limits_(limits), expansion_(limits) {}

  Contents read() {
    list_datasets();
    KerasTraces traces;
    std::optional<KerasOrder> keras;
    or_problem("/", [&] { keras = keras_order(file_, limits_); });
    if (keras) {
      require_whole(*keras);
      apply(*keras);
      traces = {.has_layer_names = true, .version = std::move(keras->keras_version)};
    }
    add_evidence(traces);
    contents_.step = first_integer({"step", "global_step", "iteration"});
    contents_.epoch = first_integer({"epoch"});
    return std::move(contents_);
  }

 private:
  template <typename Body>
  void or_problem(const std::string& where, Body&& body) {
    try {
      body();
    } catch (const Error& error) {
      contents_.problems.push_back({.where = where, .reason = error.what()});
    }
  }

  // A model that lacks weights it lists is not the model.
  static void require_whole(const KerasOrder& keras) {
    constexpr std::size_t kMostShown = 3;
    std::string missing;
    for (const Problem& entry :
         std::span(keras.broken).first(std::min(keras.broken.size(), kMostShown))) {
      missing += fmt::format("{}{}: {}", missing.empty() ? "" : "; ", printable(entry.where),
                             entry.reason);
    }
    if (keras.broken.size() > kMostShown) {
      missing += fmt::format("; and {} more", keras.broken.size() - kMostShown);
    }
    if (!missing.empty()) {
      throw Error(ErrorCode::malformed, missing);
    }
  }

  void list_datasets() {
    Walk found = walk(file_, limits_);
    contents_.order = found.order;
    contents_.problems = std::move(found.problems);
    for (FoundDataset& dataset : found.datasets) {
      or_problem(dataset.path, [&] { add_entry(dataset); });
    }
    if (!bomb_.empty()) {
      throw Error(ErrorCode::limit_exceeded, bomb_);
    }
  }

  void add_entry(FoundDataset& found) {
    const Object dataset = open_object(file_, found.address);
    DatasetInfo info = describe(dataset.get(), {.limits = limits_, .expansion = expansion_});
    if (info.leaves_the_file) {
      contents_.problems.push_back({.where = found.path, .reason = info.unreadable});
    }
    if (info.implausible && bomb_.empty()) {
      bomb_ = fmt::format("{}: {}", printable(found.path), info.unreadable);
    }
    Entry& entry = contents_.entries.emplace_back();
    entry.address = found.address;
    entry.element = info.element;
    entry.offset = info.offset;
    entry.tensor.path = std::move(found.path);
    entry.tensor.aliases = std::move(found.aliases);
    entry.tensor.shape = std::move(info.shape);
    entry.tensor.dtype = info.element.dtype;
    entry.tensor.unreadable = std::move(info.unreadable);
  }

  // Puts the weights that Keras lists first, in its order, under the paths it gives them. The rest
  // follows in natural order, what the optimiser keeps last.
  void apply(const KerasOrder& keras) {
    contents_.problems.insert(contents_.problems.end(), keras.problems.begin(),
                              keras.problems.end());
    const ModelConfig config = model_config();
    std::unordered_map<haddr_t, Entry> unlisted;
    for (Entry& entry : contents_.entries) {
      unlisted.emplace(entry.address, std::move(entry));
    }
    contents_.entries.clear();
    for (const KerasWeight& weight : keras.weights) {
      auto node = unlisted.extract(weight.address);
      if (node.empty()) {
        continue;  // Listed twice, or found unfit already.
      }
      contents_.entries.push_back(std::move(node.mapped()));
      tensor::TensorInfo& tensor = contents_.entries.back().tensor;
      prefer_path(tensor, weight.path);
      const LayerConfig layer = config.find(weight.layer, weight.name);
      tensor.evidence.layer_class = layer.class_name;
      tensor.evidence.data_format = layer.data_format;
    }
    if (!contents_.entries.empty()) {
      contents_.order = OrderEvidence::layer_names;
    }
    append_in_natural_order(std::move(unlisted));
  }

  ModelConfig model_config() {
    ModelConfig config;
    or_problem("/", [&] {
      if (const auto json = text(file_, "model_config", limits_)) {
        config = ModelConfig(*json, limits_);
      }
    });
    return config;
  }

  static void prefer_path(tensor::TensorInfo& tensor, const std::string& path) {
    if (tensor.path == path) {
      return;
    }
    std::erase(tensor.aliases, path);
    tensor.aliases.insert(tensor.aliases.begin(), tensor.path);
    tensor.path = path;
  }

  void append_in_natural_order(std::unordered_map<haddr_t, Entry>&& rest) {
    std::vector<Entry> sorted;
    sorted.reserve(rest.size());
    for (auto& [address, entry] : rest) {
      sorted.push_back(std::move(entry));
    }
    std::ranges::sort(sorted, [](const Entry& a, const Entry& b) {
      const bool a_is_last = is_optimizer_state(a.tensor.path);
      const bool b_is_last = is_optimizer_state(b.tensor.path);
      return a_is_last != b_is_last ? b_is_last : natural_less(a.tensor.path, b.tensor.path);
    });
    std::ranges::move(sorted, std::back_inserter(contents_.entries));
  }

  void add_evidence(const KerasTraces& traces) {
    std::vector<std::string> paths;
    for (const Entry& entry : contents_.entries) {
      paths.push_back(entry.tensor.path);
    }
    const tensor::Dialect dialect = detect_dialect(paths, traces);
    std::vector<std::string> names = report_names(paths);
    for (std::size_t i = 0; i < names.size(); ++i) {
      tensor::TensorInfo& tensor = contents_.entries[i].tensor;
      tensor.name = std::move(names[i]);
      tensor.evidence.dialect = dialect;
      tensor.evidence.optimizer_state = is_optimizer_state(tensor.path);
    }
  }

  std::optional<std::int64_t> first_integer(std::initializer_list<const char*> names) {
    for (const char* name : names) {
      std::optional<std::int64_t> value;
      or_problem("/", [&] { value = integer(file_, name); });
      if (value) {
        return value;
      }
    }
    return std::nullopt;
  }

  hid_t file_;
  const Limits& limits_;
  ExpansionBudget expansion_;
  Contents contents_;
  std::string bomb_;  // The first tensor that makes the file one, and why.
};

}  // namespace

Contents read_contents(hid_t file, const Limits& limits) {
  return ContentsReader(file, limits).read();
}

}  // namespace hindcast::io::hdf5
