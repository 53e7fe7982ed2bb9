// The classes and functions that PyTorch's own checkpoints name, and what they mean for reading.
//
// https://github.com/pytorch/pytorch/blob/main/torch/_utils.py
// https://github.com/pytorch/pytorch/blob/main/torch/_weights_only_unpickler.py

#include "io/torch/globals.hpp"

#include <algorithm>
#include <array>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "io/torch/element_type.hpp"

namespace hindcast::io::torch {
namespace {

using pickle::GlobalName;
using pickle::Graph;
using pickle::Index;

struct Entry {
  GlobalName global;
  Meaning meaning = Meaning::unknown;
};

constexpr std::array kMeanings = {
    Entry{{"collections", "OrderedDict"}, Meaning::dictionary},
    Entry{{"collections", "defaultdict"}, Meaning::dictionary},
    Entry{{"collections", "Counter"}, Meaning::dictionary},
    Entry{{"torch", "Size"}, Meaning::size},
    Entry{{"torch._utils", "_rebuild_tensor"}, Meaning::tensor},
    Entry{{"torch._utils", "_rebuild_tensor_v2"}, Meaning::tensor},
    Entry{{"torch._utils", "_rebuild_tensor_v3"}, Meaning::tensor_v3},
    Entry{{"torch._utils", "_rebuild_parameter"}, Meaning::parameter},
    Entry{{"torch._utils", "_rebuild_parameter_with_state"}, Meaning::parameter},
    Entry{{"torch._utils", "_rebuild_device_tensor_from_numpy"}, Meaning::parameter},
    Entry{{"torch._utils", "_rebuild_device_tensor_from_cpu_tensor"}, Meaning::parameter},
    Entry{{"torch._utils", "_rebuild_qtensor"}, Meaning::quantised_tensor},
    Entry{{"torch._utils", "_rebuild_sparse_tensor"}, Meaning::sparse_tensor},
    Entry{{"torch._utils", "_rebuild_sparse_csr_tensor"}, Meaning::sparse_tensor},
    Entry{{"torch._utils", "_rebuild_meta_tensor_no_storage"}, Meaning::meta_tensor},
    Entry{{"torch._utils", "_rebuild_wrapper_subclass"}, Meaning::wrapper_tensor},
    Entry{{"torch._tensor", "_rebuild_from_type_v2"}, Meaning::typed_tensor},
    Entry{{"torch.tensor", "_rebuild_from_type_v2"}, Meaning::typed_tensor},
    Entry{{"torch.serialization", "_get_layout"}, Meaning::inert},
    Entry{{"torch", "device"}, Meaning::inert},
    Entry{{"torch", "Tensor"}, Meaning::inert},
    Entry{{"torch", "per_tensor_affine"}, Meaning::inert},
    Entry{{"torch", "per_channel_affine"}, Meaning::inert},
    Entry{{"torch", "per_channel_affine_float_qparams"}, Meaning::inert},
    Entry{{"torch.storage", "UntypedStorage"}, Meaning::inert},
    Entry{{"torch.nn.parameter", "Parameter"}, Meaning::inert},
    Entry{{"torch.nn.parameter", "Buffer"}, Meaning::inert},
    Entry{{"torch.jit._pickle", "restore_type_tag"}, Meaning::inert},
    Entry{{"torch.jit._pickle", "build_intlist"}, Meaning::inert},
    Entry{{"torch.jit._pickle", "build_doublelist"}, Meaning::inert},
    Entry{{"torch.jit._pickle", "build_boollist"}, Meaning::inert},
    Entry{{"torch.jit._pickle", "build_tensorlist"}, Meaning::inert},
    Entry{{"_codecs", "encode"}, Meaning::encoded_bytes},
    Entry{{"numpy", "ndarray"}, Meaning::inert},
    Entry{{"numpy", "dtype"}, Meaning::inert},
};

constexpr std::array kNumpy = {
    Entry{{"multiarray", "_reconstruct"}, Meaning::numpy_array},
    Entry{{"numeric", "_frombuffer"}, Meaning::numpy_buffer},
    Entry{{"multiarray", "scalar"}, Meaning::inert},
};

// Under builtins, or __builtin__ as Python 2 has it.
constexpr std::array<std::string_view, 15> kBuiltinData = {
    "set",   "frozenset", "complex", "bytearray", "bytes", "slice", "range", "int",
    "float", "bool",      "str",     "list",      "tuple", "dict",  "object"};

Meaning numpy_meaning(const GlobalName& name) {
  for (const std::string_view package : {"numpy.core.", "numpy._core."}) {
    if (!name.module.starts_with(package)) {
      continue;
    }
    const GlobalName inner{.module = name.module.substr(package.size()), .name = name.name};
    const auto* const found = std::ranges::find(kNumpy, inner, &Entry::global);
    return found != kNumpy.end() ? found->meaning : Meaning::unknown;
  }
  return Meaning::unknown;
}

}  // namespace

Meaning meaning_of(const GlobalName& name) noexcept {
  const auto* const found = std::ranges::find(kMeanings, name, &Entry::global);
  if (found != kMeanings.end()) {
    return found->meaning;
  }
  const bool builtin = name.module == "builtins" || name.module == "__builtin__";
  const bool copier =
      (name.module == "copyreg" || name.module == "copy_reg") && name.name == "_reconstructor";
  // The classes of a TorchScript archive are its own code, which is not run either.
  const bool layer = name.module == "__torch__" || name.module.starts_with("__torch__.") ||
                     name.module.starts_with("torch.nn.modules.");
  const bool element = storage_element(name) != nullptr || dtype_element(name) != nullptr;
  const bool data = builtin && std::ranges::find(kBuiltinData, name.name) != kBuiltinData.end();
  return data || copier || layer || element ? Meaning::inert : numpy_meaning(name);
}

Meaning called(const Graph& graph, Index value) {
  const pickle::Call* const call = graph.call(value);
  const GlobalName* const callee = call != nullptr ? graph.global(call->callee) : nullptr;
  return callee != nullptr ? meaning_of(*callee) : Meaning::unknown;
}

std::string display(const GlobalName& name) {
  constexpr std::size_t kShown = 100;
  return printable(name.module.substr(0, kShown)) + "." + printable(name.name.substr(0, kShown));
}

std::vector<std::string> unknown_names(const Graph& graph) {
  constexpr std::size_t kMost = 1000;  // Nobody reads more of them.
  std::vector<std::string> names;
  std::set<std::string> seen;
  for (Index value = 0; value < graph.size() && names.size() < kMost; ++value) {
    const GlobalName* const global = graph.global(value);
    if (global == nullptr || meaning_of(*global) != Meaning::unknown) {
      continue;
    }
    std::string name = display(*global);
    if (seen.insert(name).second) {
      names.push_back(std::move(name));
    }
  }
  return names;
}

std::string listed(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 4;
  const std::size_t shown = std::min(names.size(), kShown);
  const std::string text = join(std::span(names).first(shown), ", ");
  return names.size() > shown ? fmt::format("{} and {} more", text, names.size() - shown) : text;
}

}  // namespace hindcast::io::torch
