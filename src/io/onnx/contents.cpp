// A model's tensors: found, traced to who uses them, ordered, named and described.

#include "io/onnx/contents.hpp"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/container/tensor_names.hpp"
#include "io/onnx/batch_norm.hpp"
#include "io/onnx/fused_projection.hpp"
#include "io/onnx/gates.hpp"
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
      contents.entries.push_back(
          {.tensor = info_of(traced), .source = {.constant = traced.constant}});
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
      info.evidence.fused = parts_of(traced);
      info.evidence.batch_norm = batch_norm_after(flow_, flow_.operation(traced.consumption->use));
    } else if (is_settled_weight(traced)) {
      info.evidence.role = Role::other;
    } else if (traced.role() != Role::weight) {
      info.evidence.role = traced.role();
    }
    info.evidence.note = note_on(traced);
    return info;
  }

  // The layers that share a weight, where the graph tells.
  [[nodiscard]] std::optional<tensor::FusedParts> parts_of(const Traced& traced) const {
    const Consumption& consumption = *traced.consumption;
    if (consumption.kind == tensor::LayerKind::recurrent) {
      return gates_of(flow_, traced.constant, consumption.use, consumption.letters);
    }
    const std::vector<std::uint64_t>& shape = flow_.constants()[traced.constant].tensor.shape;
    const std::size_t outputs = consumption.letters.rfind('O');
    const bool matrix = consumption.kind == tensor::LayerKind::linear &&
                        std::ranges::count(consumption.letters, 'O') == 1;
    return matrix ? fused_projection(flow_, consumption.use, shape[outputs]) : std::nullopt;
  }

  [[nodiscard]] std::string note_on(const Traced& traced) const {
    if (!traced.consumption) {
      return "no node uses it";
    }
    const Consumption& consumption = *traced.consumption;
    const DType dtype = flow_.constants()[traced.constant].tensor.values.type.dtype;
    if (!is_settled_weight(traced) || !tensor::is_integer(dtype) || consumption.quantisation) {
      return consumption.note;
    }
    return consumption.quantisation_obstacle.empty() ? "integers without a scale"
                                                     : consumption.quantisation_obstacle;
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
      if (std::vector<Entry> made = made_from(entry, traced, naming); !made.empty()) {
        if (made.front().source.direction) {
          entry.tensor.evidence.note = "listed again as the layers of its two directions";
        }
        std::ranges::move(made, std::back_inserter(entries));
        entry.tensor.evidence.layout.reset();
        entry.tensor.evidence.role = Role::other;
      } else if (traced.anonymous && has_part(traced)) {
        note_folding(entry, traced);
        entry.tensor.name = naming.by_consumer(*traced.consumption, traced.consumption->part);
      }
      entries.push_back(std::move(entry));
    }
    contents.entries = std::move(entries);
  }

  // The weights that a stored tensor is taken for, where it is none as it is stored.
  std::vector<Entry> made_from(Entry& stored, const Traced& traced, Naming& naming) const {
    if (traced.consumption && is_packed(*traced.consumption)) {
      return unpacked(stored, traced, naming);
    }
    const bool both = has_directions(stored, traced);
    if (is_dequantisable(stored, traced)) {
      Entry weight = dequantised(stored, traced);
      if (both) {
        return directions(weight, traced, naming);
      }
      weight.tensor.name = derived_name(stored, traced, naming);
      return {std::move(weight)};
    }
    return both ? directions(stored, traced, naming) : std::vector<Entry>();
  }

  [[nodiscard]] bool is_packed(const Consumption& consumption) const {
    return consumption.use.input != kNone &&
           is_packed_matrix(*flow_.operation(consumption.use).node, consumption.use.input) &&
           consumption.through.empty();
  }

  // The matrix of a MatMulNBits; none where it cannot be read, and the stored tensor says why.
  std::vector<Entry> unpacked(Entry& stored, const Traced& traced, Naming& naming) const {
    PackedMatrix matrix = packed_matrix(flow_, traced.consumption->use);
    if (!matrix.obstacle.empty()) {
      stored.tensor.evidence.note = matrix.obstacle;
      return {};
    }
    Entry entry{.tensor = stored.tensor, .source = stored.source};
    entry.tensor.path += ":dequantised";
    entry.tensor.name = derived_name(stored, traced, naming);
    entry.tensor.shape = {matrix.rows, matrix.columns};
    entry.tensor.dtype = DType::uint4;
    tensor::Evidence& evidence = entry.tensor.evidence;
    evidence.dequantised = true;
    evidence.layout = tensor::Layout::parse("OI");
    evidence.layout_reason =
        fmt::format("{}; dequantised from blocks of {} four-bit numbers, scale '{}'",
                    reason_of(flow_, *traced.consumption), matrix.block,
                    printable(flow_.constants()[matrix.scale].path));
    evidence.kind = tensor::LayerKind::linear;
    evidence.role = Role::weight;
    entry.source.packed = std::move(matrix);
    return {std::move(entry)};
  }

  static bool has_directions(const Entry& entry, const Traced& traced) {
    constexpr std::uint64_t kBoth = 2;
    return entry.tensor.evidence.layout && traced.consumption->directions &&
           entry.tensor.shape[*traced.consumption->directions] == kBoth;
  }

  // A bidirectional layer's weight as PyTorch keeps it: a matrix for each direction.
  static std::vector<Entry> directions(const Entry& both, const Traced& traced, Naming& naming) {
    const auto axis = static_cast<std::ptrdiff_t>(*traced.consumption->directions);
    std::vector<Entry> entries;
    for (const std::string_view direction : {"forward", "reverse"}) {
      Entry entry = both;
      entry.source.direction = entries.size();
      entry.source.direction_axis = *traced.consumption->directions;
      entry.tensor.path += fmt::format(":{}", direction);
      entry.tensor.shape.erase(entry.tensor.shape.begin() + axis);
      std::string letters = entry.tensor.evidence.layout->letters();
      letters.erase(letters.begin() + axis);
      entry.tensor.evidence.layout = tensor::Layout::parse(letters);
      entry.tensor.evidence.layout_reason += fmt::format("; its {} direction", direction);
      const std::string suffix = direction == "reverse" ? "_reverse" : "";
      entry.tensor.name = traced.anonymous && has_part(traced)
                              ? naming.by_consumer(*traced.consumption,
                                                   std::string(traced.consumption->part) + suffix)
                              : naming.distinct(fmt::format("{}:{}", both.tensor.name, direction));
      entries.push_back(std::move(entry));
    }
    return entries;
  }

  static bool has_part(const Traced& traced) {
    return traced.consumption && !traced.consumption->part.empty();
  }

  // A convolution whose parameters PyTorch's exporter computed: it keeps the names of those that
  // it only copies. Its values are no longer the layer's own.
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

  void note_folding(Entry& entry, const Traced& traced) const {
    if (entry.tensor.evidence.layout && is_folded(entry, traced)) {
      entry.tensor.evidence.batch_norm = tensor::BatchNorm::folded;
      entry.tensor.evidence.layout_reason += "; batch normalisation folded in by the exporter";
    }
  }

  static bool is_dequantisable(const Entry& entry, const Traced& traced) {
    const bool narrow =
        tensor::is_integer(entry.tensor.dtype) || entry.tensor.dtype == DType::float8_e4m3 ||
        entry.tensor.dtype == DType::float8_e5m2 || entry.tensor.dtype == DType::float8_e4m3fnuz ||
        entry.tensor.dtype == DType::float8_e5m2fnuz;
    return narrow && entry.tensor.evidence.layout && entry.tensor.unreadable.empty() &&
           traced.consumption->quantisation;
  }

  // The weight that stored integers stand for.
  [[nodiscard]] Entry dequantised(const Entry& stored, const Traced& traced) const {
    Entry entry{.tensor = stored.tensor, .source = stored.source};
    entry.source.quantisation = traced.consumption->quantisation;
    const std::string& scale = flow_.constants()[entry.source.quantisation->scale].path;
    entry.tensor.path += ":dequantised";
    entry.tensor.evidence.dequantised = true;
    entry.tensor.evidence.layout_reason += fmt::format(
        "; dequantised from {}, scale '{}'", tensor::name(entry.tensor.dtype), printable(scale));
    return entry;
  }

  static std::string derived_name(const Entry& stored, const Traced& traced, Naming& naming) {
    const std::string_view base = without_quantised(stored.tensor.name);
    if (traced.anonymous && has_part(traced)) {
      return naming.by_consumer(*traced.consumption, traced.consumption->part);
    }
    return naming.distinct(base != stored.tensor.name ? std::string(base)
                                                      : stored.tensor.name + ":dequantised");
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
  if (contents.constants.empty() && !contents.problems.empty()) {
    throw Error(ErrorCode::unsupported, contents.problems.front().reason);
  }
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
  ExternalFiles files(folder,
                      limits.follow_links ? SymbolicLinks::followed : SymbolicLinks::refused);
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
