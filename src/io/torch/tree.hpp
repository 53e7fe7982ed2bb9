#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/container/pickle.hpp"
#include "io/torch/tensor_reader.hpp"

namespace hindcast::io::torch {

struct DictEntry {
  pickle::Index key = 0;
  pickle::Index value = 0;
};

/// The entries of a dict or a subclass of it such as OrderedDict, as Python has them: where a key
/// comes again, its last value at its first place.
struct Entries {
  std::vector<DictEntry> list;
  std::string repeated;  ///< A key that came again; empty if none.
};

/// Nothing if the value is no dict.
[[nodiscard]] std::optional<Entries> entries_of(const pickle::Graph& graph, pickle::Index value);

/// The value of a key, or None.
[[nodiscard]] pickle::Index find(const Entries& entries, const pickle::Graph& graph,
                                 std::string_view key);

/// What a tensor is for, by the top-level key it lies under.
enum class Use {
  weights,
  training_state,  ///< Of the optimiser, its schedule and its scaler.
  copy,            ///< Of weights that are listed already, such as a moving average.
  aside,           ///< No part of the model: hyperparameters, random generators, histories.
};

/// What the first key on the way to a tensor says of its use, and whether the tensor itself is what
/// stands under it.
using UseOfKey = Use (*)(std::string_view key, bool is_tensor);

struct FoundTensor {
  std::string path;
  pickle::Index value = 0;
  Use use = Use::weights;
  pickle::Index top_key = 0;  ///< The first key on the way; None for items of lists.
};

/// Finds the tensors in the values of a pickle, however deep they lie in dicts, lists and objects.
/// Each container is entered once, so that the work is proportional to the pickle.
///
/// Paths join the keys of dicts, the positions of items and the names of attributes by dots. The
/// `_modules`, `_parameters` and `_buffers` of a torch.nn.Module are left out of them, which gives
/// a pickled module the names of its state dict.
class Tree {
 public:
  /// What is passed must outlive the tree.
  Tree(const pickle::Graph& graph, const TensorReader& reader, const Limits& limits)
      : graph_(graph), reader_(reader), limits_(limits), entered_(graph.size()) {}

  /// In the order of insertion; none that lies in a container entered before.
  /// Throws Error{limit_exceeded}.
  [[nodiscard]] std::vector<FoundTensor> tensors_below(pickle::Index value, std::string_view prefix,
                                                       UseOfKey use_of_key);

  /// Is there a tensor in this container? Tensors themselves are no containers.
  [[nodiscard]] bool is_container_of_tensors(pickle::Index value) const;

  /// Keys that came again in a dict that was entered; the first few.
  [[nodiscard]] const std::vector<std::string>& repeated_keys() const noexcept {
    return repeated_keys_;
  }

 private:
  // What a parent calls a child.
  struct Label {
    enum class Kind { none, key, position } kind = Kind::none;
    pickle::Index value = 0;  // The key or the position.
  };

  // A container on the way to where the walk is.
  struct Frame {
    enum class Kind { sequence, dict, attributes, object } kind = Kind::sequence;
    pickle::Index container = 0;
    Label label = {};
    Use use = Use::weights;
    std::vector<DictEntry> entries = {};    // Of a dict or of attributes.
    std::vector<pickle::Index> parts = {};  // Of an object.
    std::size_t next = 0;
  };

  struct Child {
    Label label;
    pickle::Index value = 0;
    bool is_state = false;  // The attributes of an object.
  };

  [[nodiscard]] std::optional<Child> next_child(Frame& frame) const;
  [[nodiscard]] bool is_transparent(pickle::Index key) const;
  [[nodiscard]] Use use_of(const Child& child, UseOfKey use_of_key) const;
  void visit(const Child& child, Use use);
  void enter(const Child& child, Use use);
  void record(const Child& child, Use use);
  void append_label(std::string& path, const Label& label) const;

  const pickle::Graph& graph_;
  const TensorReader& reader_;
  const Limits& limits_;
  std::vector<bool> entered_;
  std::vector<Frame> frames_;
  std::vector<FoundTensor> found_;
  std::string prefix_;
  std::uint64_t name_bytes_ = 0;
  std::vector<std::string> repeated_keys_;
};

}  // namespace hindcast::io::torch
