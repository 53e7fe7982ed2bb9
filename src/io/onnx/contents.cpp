// A model's tensors: found, traced to who uses them, ordered, named and described.

#include "io/onnx/contents.hpp"

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"
#include "hindcast/base/text.hpp"

#include "io/container/tensor_names.hpp"
#include "io/onnx/naming.hpp"
#include "io/onnx/scope_name.hpp"

namespace hindcast::io::onnx {
namespace {

using tensor::Dialect;
using tensor::DType;
using tensor::Role;
using tensor::TensorInfo;

// A constant with what became known of it.
struct Traced {
  std::size_t constant = kNone;
  bool anonymous = false;
  std::optional<Consumption> consumption;

  [[nodiscard]] std::optional<Role> role() const {
    return consumption ? consumption->role : std::nullopt;
  }
};

std::vector<Traced> trace_all(const Dataflow& flow) {
  Tracer tracer(flow);
  std::vector<Traced> all;
  for (std::size_t i = 0; i < flow.constants().size(); ++i) {
    const bool anonymous = is_anonymous(flow.constants()[i].path);
    all.push_back(
        {.constant = i, .anonymous = anonymous, .consumption = tracer.trace(i, anonymous)});
  }
  std::ranges::stable_sort(all, {}, [](const Traced& traced) {
    const Use use = traced.consumption ? traced.consumption->use : Use{};
    return std::pair(use.node, use.input);  // What nobody uses comes last.
  });
  return all;
}

// Of the layer's class and the reason, as far as the tensor is a weight.
std::string reason_of(const Dataflow& flow, const Consumption& consumption) {
  const Node& node = *flow.operation(consumption.use).node;
  std::string reason =
      node.name.empty()
          ? fmt::format("consumed by an unnamed {} node", printable(node.op))
          : fmt::format("consumed by {} node '{}'", printable(node.op), printable(node.name));
  std::string_view separator = " through ";
  for (const std::string_view op : consumption.through) {
    reason += fmt::format("{}{}", separator, printable(op));
    separator = ", ";
  }
  return reason;
}

bool is_settled_weight(const Traced& traced) {
  return traced.role() == Role::weight && !traced.consumption->letters.empty();
}

// Layout knows neither a matrix of one axis nor one without inputs or outputs.
std::optional<tensor::Layout> layout_of(const std::string& letters) {
  const bool whole = letters.size() >= 2 && letters.find('I') != std::string::npos &&
                     letters.find('O') != std::string::npos;
  return whole ? std::optional(tensor::Layout::parse(letters)) : std::nullopt;
}

TensorInfo stored_info(const Constant& constant) {
  const StoredTensor& stored = constant.tensor;
  TensorInfo info;
  info.path = constant.path;
  info.shape = stored.shape;
  info.dtype = stored.values.type.dtype;
  info.unreadable = stored.values.unreadable;
  return info;
}

// Buffers that an exporter could not tell from parameters, but their author did.
bool is_named_buffer(std::string_view name) {
  return name.ends_with("_buffer") || name.ends_with(".buffer");
}

class ContentsReader {
 public:
  ContentsReader(const Model& model, Dataflow flow, std::vector<Traced> traced)
      : model_(model), flow_(std::move(flow)), traced_(std::move(traced)) {}

  Contents contents() && {
    Contents contents;
    for (const Traced& traced : traced_) {
      contents.entries.push_back({.tensor = info_of(traced), .constant = traced.constant});
    }
    describe(contents);
    rename(contents);
    add_problems(contents);
    contents.constants = std::move(flow_).release_constants();
    return contents;
  }

 private:
  [[nodiscard]] TensorInfo info_of(const Traced& traced) const {
    TensorInfo info = stored_info(flow_.constants()[traced.constant]);
    if (is_settled_weight(traced) && !is_named_buffer(info.path)) {
      info.evidence.layout = layout_of(traced.consumption->letters);
      info.evidence.layout_reason = reason_of(flow_, *traced.consumption);
      info.evidence.kind = traced.consumption->kind;
      info.evidence.role = Role::weight;
    } else if (is_settled_weight(traced)) {
      info.evidence.role = Role::other;
    } else if (traced.role() != Role::weight) {
      info.evidence.role = traced.role();
    }
    return info;
  }

  // Names and dialect, which are a matter of all names together.
  static void describe(Contents& contents) {
    std::vector<TensorInfo> infos;
    for (Entry& entry : contents.entries) {
      infos.push_back(std::move(entry.tensor));
    }
    describe_by_path(infos);
    for (std::size_t i = 0; i < infos.size(); ++i) {
      contents.entries[i].tensor = std::move(infos[i]);
    }
  }

  void rename(Contents& contents) {
    std::vector<std::string> stored;
    for (const Entry& entry : contents.entries) {
      stored.push_back(entry.tensor.name);
    }
    Naming naming(flow_, stored);
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < contents.entries.size(); ++i) {
      Entry& entry = contents.entries[i];
      const Traced& traced = traced_[i];
      if (is_dequantisable(entry, traced)) {
        entries.push_back(dequantised(entry, traced, naming));
        entry.tensor.evidence.layout.reset();
        entry.tensor.evidence.role = Role::other;
      } else if (traced.anonymous && has_part(traced)) {
        entry.tensor.name = naming.by_consumer(*traced.consumption, part_of(entry, traced));
      }
      entries.push_back(std::move(entry));
    }
    contents.entries = std::move(entries);
  }

  static bool has_part(const Traced& traced) {
    return traced.consumption && !traced.consumption->part.empty();
  }

  // A convolution whose parameters PyTorch's exporter computed: it keeps the names of those that
  // it only copies. Its values are no longer the layer's own, so it gets another name.
  [[nodiscard]] bool is_folded(const Entry& entry, const Traced& traced) const {
    const Operation& operation = flow_.operation(traced.consumption->use);
    const bool convolution = operation.node->is("Conv") || operation.node->is("ConvTranspose");
    if (!convolution || model_.producer != "pytorch" || operation.inputs.size() < 3) {
      return false;
    }
    const Constant* const weight = flow_.constant_input(operation, 1);
    const Constant* const bias = flow_.constant_input(operation, 2);
    const bool others_have_names =
        entry.tensor.evidence.dialect == Dialect::pytorch || operation.node->name.starts_with('/');
    return others_have_names && weight != nullptr && bias != nullptr &&
           is_anonymous(weight->path) && is_anonymous(bias->path);
  }

  std::string part_of(Entry& entry, const Traced& traced) const {
    std::string part(traced.consumption->part);
    if (is_folded(entry, traced)) {
      part += "_folded";
      if (entry.tensor.evidence.layout) {
        entry.tensor.evidence.layout_reason += "; batch normalisation folded in by the exporter";
      }
    }
    return part;
  }

  static bool is_dequantisable(const Entry& entry, const Traced& traced) {
    const bool narrow = tensor::is_integer(entry.tensor.dtype) ||
                        entry.tensor.dtype == DType::float8_e4m3 ||
                        entry.tensor.dtype == DType::float8_e5m2;
    return narrow && entry.tensor.evidence.layout && entry.tensor.unreadable.empty() &&
           traced.consumption->quantisation;
  }

  // The weight that stored integers stand for.
  Entry dequantised(Entry& stored, const Traced& traced, Naming& naming) const {
    Entry entry{.tensor = stored.tensor,
                .constant = stored.constant,
                .quantisation = traced.consumption->quantisation};
    const std::string& scale = flow_.constants()[entry.quantisation->scale].path;
    entry.tensor.path += ":dequantised";
    entry.tensor.evidence.dequantised = true;
    entry.tensor.evidence.layout_reason += fmt::format(
        "; dequantised from {}, scale '{}'", tensor::name(entry.tensor.dtype), printable(scale));
    const std::string_view base = without_quantised(stored.tensor.name);
    if (traced.anonymous && has_part(traced)) {
      entry.tensor.name = naming.by_consumer(*traced.consumption, traced.consumption->part);
    } else if (base != stored.tensor.name) {
      entry.tensor.name = naming.distinct(std::string(base));
    } else {
      entry.tensor.name = naming.distinct(stored.tensor.name + ":dequantised");
    }
    return entry;
  }

  void add_problems(Contents& contents) const {
    if (const std::size_t count = Tracer(flow_).computed_weights(); count > 0) {
      const bool all = std::ranges::none_of(traced_, is_settled_weight);
      contents.problems.push_back(
          {.where = "graph",
           .reason =
               fmt::format("{}{} weights are computed in the graph (ConstantOfShape or random "
                           "numbers) instead of stored",
                           all ? "all " : "", count)});
    }
    if (model_.training_infos > 0) {
      contents.problems.push_back(
          {.where = "training_info", .reason = "graphs for training are not read"});
    }
  }

  const Model& model_;
  Dataflow flow_;
  std::vector<Traced> traced_;
};

std::optional<std::int64_t> metadata_number(const Model& model, std::string_view key) {
  for (const auto& [name, text] : model.metadata) {
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (name == key && error == std::errc() && end == text.data() + text.size()) {
      return value;
    }
  }
  return std::nullopt;
}

void require_tensors(const Contents& contents) {
  if (contents.constants.empty()) {
    throw Error(ErrorCode::unsupported,
                "the graph holds no weights: neither initializers nor constants");
  }
  const auto is_absent = [](const Constant& constant) { return constant.tensor.values.absent; };
  if (std::ranges::all_of(contents.constants, is_absent)) {
    throw Error(ErrorCode::io, contents.constants.front().tensor.values.unreadable);
  }
}

}  // namespace

Contents read_contents(std::span<const std::byte> file, const std::filesystem::path& folder,
                       const Limits& limits) {
  const Model model = parse_model(file, limits);
  ExternalFiles files(folder);
  const TensorParser parser(limits, files);
  Dataflow flow(model, parser, limits);
  std::vector<Traced> traced = trace_all(flow);
  Contents contents = ContentsReader(model, std::move(flow), std::move(traced)).contents();
  contents.step = metadata_number(model, "step");
  contents.epoch = metadata_number(model, "epoch");
  require_tensors(contents);
  return contents;
}

}  // namespace hindcast::io::onnx
