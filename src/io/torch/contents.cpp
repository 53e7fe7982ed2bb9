#include "io/torch/contents.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <set>
#include <tuple>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/checked.hpp"
#include "base/text.hpp"
#include "io/expansion_budget.hpp"
#include "io/hdf5/dialect.hpp"
#include "io/limit_options.hpp"
#include "io/torch/tree.hpp"
#include "io/torch/weights_key.hpp"

namespace hindcast::io::torch {
namespace {

using pickle::Graph;
using pickle::Index;

// Equal for tensors that are the same view of the same storage.
using ViewKey = std::tuple<const Storage*, tensor::DType, std::uint64_t, bool, bool,
                           std::vector<std::uint64_t>, std::vector<std::uint64_t>>;

std::optional<ViewKey> view_key(const StoredTensor& tensor) {
  if (!tensor.values || tensor.values->quantisation || element_count(tensor.shape) == 0) {
    return std::nullopt;
  }
  const Elements& elements = tensor.values->elements;
  std::vector<std::uint64_t> strides = elements.strides;
  for (std::size_t axis = 0; axis < strides.size(); ++axis) {
    if (elements.shape[axis] == 1) {
      strides[axis] = 0;  // Never taken, and PyTorch writes what it likes.
    }
  }
  return ViewKey(elements.storage.get(), elements.dtype, elements.first, tensor.values->negated,
                 tensor.values->conjugated, elements.shape, std::move(strides));
}

bool lies_beside_weights(const tensor::Evidence& evidence) {
  return evidence.optimizer_state || evidence.role.has_value();
}

/// What reports call the tensors of one part: `paths` without the keys before the weights.
std::vector<std::string> weight_names(const std::vector<std::string>& paths,
                                      const std::string& prefix) {
  std::vector<std::string> names;
  names.reserve(paths.size());
  for (const std::string& path : paths) {
    names.push_back(path.starts_with(prefix) && path.size() > prefix.size()
                        ? path.substr(prefix.size())
                        : path);
  }
  return hdf5::report_names(names);
}

/// Reads one part after the other into one table.
class ContentsReader {
 public:
  explicit ContentsReader(const Limits& limits) : limits_(limits), expansion_(limits) {}

  void add(const PickledPart& part) {
    const std::size_t before = contents_.tensors.size();
    by_value_.clear();
    const TensorReader reader(part.graph, part.find_storage, part.order, limits_);
    Tree tree(part.graph, reader, limits_);
    std::vector<Level> way = way_to_weights(part.graph, tree);
    for (std::size_t i = way.size(); i > 0; --i) {
      const bool innermost = i == way.size();
      const Level& level = way[i - 1];
      add_all(part, reader,
              tree.tensors_below(level.value, trimmed(part.prefix + level.prefix),
                                 innermost ? use_beneath_weights : use_beside_weights));
    }
    report_repeated_keys(part, tree);
    name_from(before, way.back().prefix);
    report_names_not_run(part);
    report_copies(part);
    report_quantised(part);
    if (const auto top = entries_of(part.graph, part.graph.root()); top && part.prefix.empty()) {
      read_counters(part.graph, *top);
      require_whole_model(part.graph, *top);
    }
  }

  Contents take() {
    if (contents_.tensors.empty()) {
      throw Error(ErrorCode::unsupported,
                  not_run_.empty() ? "holds no tensors"
                                   : fmt::format("holds no tensors, but refers to {}, which is not "
                                                 "run",
                                                 listed(not_run_)));
    }
    require_distinct_names();
    return std::move(contents_);
  }

 private:
  static std::string trimmed(std::string prefix) {
    if (prefix.ends_with('.')) {
      prefix.pop_back();
    }
    return prefix;
  }

  void report(const std::string& where, std::string reason) {
    constexpr std::size_t kMost = 100;  // More help nobody.
    if (contents_.problems.size() < kMost) {
      contents_.problems.push_back({.where = where, .reason = std::move(reason)});
    }
  }

  void report_repeated_keys(const PickledPart& part, const Tree& tree) {
    for (const std::string& key : tree.repeated_keys()) {
      report(part.where,
             fmt::format("a dict holds the key '{}' more than once; the last value counts",
                         printable(key)));
    }
  }

  void add_all(const PickledPart& part, const TensorReader& reader,
               std::vector<FoundTensor> found) {
    for (FoundTensor& tensor : found) {
      if (tensor.path.empty()) {
        tensor.path = "tensor";  // A file that is one tensor and nothing else.
      }
      with_context(printable(tensor.path), [&] { add_one(part, reader, tensor); });
    }
  }

  void add_one(const PickledPart& part, const TensorReader& reader, FoundTensor& found) {
    if (!paths_.insert(found.path).second) {
      report(found.path, "another tensor has the same path; only one is listed");
      return;
    }
    if (paths_.size() > limits_.tensors) {
      throw Error(ErrorCode::limit_exceeded, fmt::format("holds more than {} tensors, the limit{}",
                                                         limits_.tensors, kRaiseTensors));
    }
    if (const auto known = by_value_.find(found.value); known != by_value_.end()) {
      contents_.tensors[known->second].aliases.push_back(std::move(found.path));
      return;
    }
    StoredTensor stored = reader.read(found.value);
    const std::size_t next = contents_.tensors.size();
    std::size_t index = next;
    if (auto key = view_key(stored)) {
      index = by_view_.emplace(std::move(*key), next).first->second;
    }
    by_value_.emplace(found.value, index);
    if (index != next) {
      contents_.tensors[index].aliases.push_back(std::move(found.path));
      return;
    }
    if (found.use == Use::copy) {
      ++copies_[std::string(part.graph.text(found.top_key))];
    }
    bound(stored);
    list(std::move(stored), found);
  }

  void bound(StoredTensor& tensor) {
    if (!tensor.values || element_count(tensor.shape) == 0) {
      return;
    }
    tensor.unreadable = expansion_.objection(bytes_of_doubles(element_count(tensor.shape)),
                                             spanned_bytes(tensor.values->elements));
    if (!tensor.unreadable.empty()) {
      tensor.values.reset();
    }
  }

  void list(StoredTensor stored, FoundTensor& found) {
    tensor::TensorInfo& tensor = contents_.tensors.emplace_back();
    tensor.path = std::move(found.path);
    tensor.shape = std::move(stored.shape);
    tensor.dtype = stored.dtype;
    tensor.unreadable = std::move(stored.unreadable);
    tensor.evidence.dialect = tensor::Dialect::pytorch;
    tensor.evidence.optimizer_state = found.use == Use::training_state;
    if (found.use == Use::aside || found.use == Use::copy) {
      tensor.evidence.role = tensor::Role::other;  // Copies would count every layer twice.
    }
    quantised_ += stored.values && stored.values->quantisation ? 1U : 0U;
    contents_.values.push_back(std::move(stored.values));
  }

  void name_from(std::size_t begin, const std::string& prefix) {
    std::vector<std::string> paths;
    for (std::size_t i = begin; i < contents_.tensors.size(); ++i) {
      tensor::TensorInfo& tensor = contents_.tensors[i];
      tensor.name = tensor.path;
      if (!lies_beside_weights(tensor.evidence)) {
        paths.push_back(tensor.path);
      }
    }
    std::vector<std::string> names = weight_names(paths, prefix);
    std::size_t next = 0;
    for (std::size_t i = begin; i < contents_.tensors.size(); ++i) {
      if (!lies_beside_weights(contents_.tensors[i].evidence)) {
        contents_.tensors[i].name = std::move(names[next++]);
      }
    }
  }

  void require_distinct_names() {
    std::set<std::string_view> names;
    for (const tensor::TensorInfo& tensor : contents_.tensors) {
      names.insert(tensor.name);
    }
    if (names.size() == contents_.tensors.size()) {
      return;
    }
    for (tensor::TensorInfo& tensor : contents_.tensors) {
      tensor.name = tensor.path;
    }
  }

  void report_names_not_run(const PickledPart& part) {
    const std::vector<std::string> names = unknown_names(part.graph);
    if (!names.empty()) {
      report(part.where, fmt::format("refers to {}; not run", listed(names)));
      not_run_.insert(not_run_.end(), names.begin(), names.end());
    }
  }

  void report_copies(const PickledPart& part) {
    for (const auto& [key, count] : std::exchange(copies_, {})) {
      report(part.where, fmt::format("also holds '{}' ({} tensor{}), not analysed", printable(key),
                                     count, count == 1 ? "" : "s"));
    }
  }

  void report_quantised(const PickledPart& part) {
    if (const std::uint64_t count = std::exchange(quantised_, 0); count > 0) {
      report(part.where,
             fmt::format("{} tensor{} quantised; read as the real numbers the integers stand for",
                         count, count == 1 ? " is" : "s are"));
    }
  }

  void read_counters(const Graph& graph, const Entries& top) {
    const auto first = [&](std::initializer_list<std::string_view> keys) {
      std::optional<std::int64_t> value;
      for (const std::string_view key : keys) {
        value = value ? value : graph.integer(find(top, graph, key));
      }
      return value;
    };
    contents_.epoch = first({"epoch"});
    contents_.step = first({"step", "global_step", "iteration", "iter"});
  }

  // DeepSpeed's ZeRO spreads the weights, or their full-precision masters, over the files of all
  // processes. https://github.com/microsoft/DeepSpeed/blob/master/deepspeed/utils/zero_to_fp32.py
  void require_whole_model(const Graph& graph, const Entries& top) const {
    const auto optimizer = entries_of(graph, find(top, graph, "optimizer_state_dict"));
    const bool partition = optimizer && find(*optimizer, graph, "zero_stage") != 0;
    const bool placeholders = find(top, graph, "param_shapes") != 0;
    const auto holds_weights = [](const tensor::TensorInfo& tensor) {
      return !lies_beside_weights(tensor.evidence) && element_count(tensor.shape) > 0;
    };
    if ((partition || placeholders) && std::ranges::none_of(contents_.tensors, holds_weights)) {
      throw Error(ErrorCode::unsupported,
                  "one part of a DeepSpeed ZeRO checkpoint, without whole weights; merge the parts "
                  "with zero_to_fp32.py first");
    }
  }

  const Limits& limits_;
  ExpansionBudget expansion_;
  Contents contents_;
  std::set<std::string> paths_;
  std::unordered_map<Index, std::size_t> by_value_;  // Of the current part, as the next two.
  std::map<std::string, std::uint64_t> copies_;
  std::uint64_t quantised_ = 0;
  std::map<ViewKey, std::size_t> by_view_;
  std::vector<std::string> not_run_;
};

}  // namespace

Contents read_contents(std::vector<PickledPart> parts, const Limits& limits) {
  ContentsReader reader(limits);
  for (PickledPart& part : parts) {
    reader.add(part);
    part.graph = {};  // The largest thing here; what follows does not need it.
  }
  return reader.take();
}

}  // namespace hindcast::io::torch
