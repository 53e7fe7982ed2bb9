// PyTorch state-dict keys: "layer1.0.conv1.weight". The last segment says what a tensor is, the
// module before it what kind of layer. Linear and convolution weights have their outputs first;
// transposed convolutions (in, out, kernel...) and the Conv1D of GPT-2 (in, out) do not. Their
// names can tell, and more surely the bias beside them: it has as many values as there are outputs.

#include <algorithm>
#include <array>
#include <optional>
#include <span>

#include <fmt/format.h>

#include "base/text.hpp"
#include "tensor/roles/verdict.hpp"

namespace hindcast::tensor::roles {
namespace {

constexpr std::array<std::string_view, 4> kOutputsFirst = {"OI", "OIW", "OIHW", "OIDHW"};
constexpr std::array<std::string_view, 4> kTransposed = {"OI", "IOW", "IOHW", "IODHW"};

constexpr std::array<std::string_view, 5> kStatistics = {
    "running_mean", "running_var", "running_std", "running_variance", "running_stddev"};

constexpr std::array<std::string_view, 14> kUntrained = {
    "num_batches_tracked", "inv_freq",    "position_ids",
    "token_type_ids",      "masked_bias", "relative_position_index",
    "attn_mask",           "causal_mask", "attention_mask",
    "weight_mask",         "bias_mask",   "rope_freqs",
    "rng_state",           "weight_u"};

constexpr std::array<std::string_view, 7> kCounters = {
    "step", "steps", "global_step", "epoch", "iteration", "num_updates", "iterations"};

constexpr std::array<std::string_view, 5> kGpt2Conv1d = {"c_attn", "c_proj", "c_fc", "q_attn",
                                                         "c_fc2"};

bool is_one_of(std::string_view text, std::span<const std::string_view> set) {
  return std::ranges::find(set, text) != set.end();
}

bool ends_in(std::string_view name, std::string_view ending) {
  return name == ending || (name.ends_with(ending) && name[name.size() - ending.size() - 1] == '_');
}

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

std::string_view without_trailing_digits(std::string_view text) {
  return text.substr(0, text.find_last_not_of("0123456789_") + 1);
}

// A segment is what remains of a parametrised weight: "parametrizations.weight.original1".
struct Key {
  std::span<const std::string_view> modules;
  std::string_view last;
};

Key key_of(const Subject& subject) {
  const std::span<const std::string_view> all(subject.segments);
  const std::size_t n = all.size();
  if (n >= 3 && all[n - 3] == "parametrizations" && all[n - 1].starts_with("original")) {
    return {.modules = all.first(n - 3), .last = all[n - 2]};
  }
  return {.modules = all.first(n - 1), .last = all[n - 1]};
}

std::string owner_of(const Key& key) {
  return key.modules.empty() ? std::string() : lowered(key.modules.back());
}

bool is_attention_mask(const Subject& subject, const Key& key) {
  const std::string owner = owner_of(key);
  return key.last == "bias" && subject.rank() >= 3 &&
         (contains(owner, "attn") || contains(owner, "attention"));
}

bool is_untrained(const Subject& subject, const Key& key) {
  // The right singular vector that spectral normalisation keeps, not weight normalisation's `v`.
  const bool spectral_v = key.last == "weight_v" && subject.rank() == 1 &&
                          subject.table.sibling(subject.tensor, "weight_orig") != nullptr;
  const bool counter = subject.rank() == 0 && is_one_of(key.last, kCounters);
  return spectral_v || counter || is_one_of(key.last, kUntrained) ||
         is_attention_mask(subject, key);
}

bool is_bias(std::string_view last) {
  return ends_in(last, "bias") || last.starts_with("bias_") || ends_in(last, "b") ||
         without_trailing_digits(last) == "b";
}

// The shift of a normalisation is also called `bias`; the scale beside it has one axis only.
bool is_shift(const Subject& subject) {
  const TensorInfo* const scale = subject.table.sibling(subject.tensor, "weight");
  return subject.last() == "bias" &&
         ((scale != nullptr && scale->shape.size() == 1) ||
          subject.table.sibling(subject.tensor, "running_mean") != nullptr);
}

bool is_weight(std::string_view last) {
  const std::string_view stem = without_trailing_digits(last);
  return ends_in(last, "weight") || ends_in(last, "weights") || last.starts_with("weight_") ||
         ends_in(stem, "W") || stem == "w";
}

bool is_scale(const Subject& subject, std::string_view last) {
  return ends_in(last, "gamma") || ends_in(last, "beta") ||
         (subject.rank() == 1 && (last == "weight" || last == "scale"));
}

bool is_recurrent(std::string_view last) {
  return last.starts_with("weight_ih") || last.starts_with("weight_hh") ||
         last.starts_with("weight_hr");
}

bool is_embedding(std::string_view owner) {
  return contains(owner, "embed") || owner == "wte" || owner == "wpe" || owner == "emb" ||
         ends_in(without_trailing_digits(owner), "emb") || owner.starts_with("tok_emb") ||
         owner.starts_with("pos_emb");
}

// The bias that is added to what this weight gives, or null.
const TensorInfo* bias_beside(const Subject& subject, const Key& key) {
  const bool plain = key.last == "weight" && subject.last() == "weight";
  const TensorInfo* const bias = plain ? subject.table.sibling(subject.tensor, "bias") : nullptr;
  return bias != nullptr && bias->shape.size() == 1 ? bias : nullptr;
}

// The one of the first two axes that the bias says the outputs lie on; nothing where it cannot say.
std::optional<std::size_t> output_axis_by_bias(const Subject& subject, const Key& key) {
  const TensorInfo* const bias = bias_beside(subject, key);
  const std::vector<std::uint64_t>& shape = subject.tensor.shape;
  if (bias == nullptr || shape[0] == shape[1]) {
    return std::nullopt;
  }
  const std::uint64_t outputs = bias->shape[0];
  return outputs == shape[0]   ? std::optional<std::size_t>(0)
         : outputs == shape[1] ? std::optional<std::size_t>(1)
                               : std::nullopt;
}

// "h.<n>" on the way to one of GPT-2's layer names: they are stored (in, out).
bool is_gpt2_conv1d(const Key& key) {
  if (key.modules.empty() || !is_one_of(key.modules.back(), kGpt2Conv1d)) {
    return false;
  }
  for (std::size_t i = 0; i + 1 < key.modules.size(); ++i) {
    if (key.modules[i] == "h" && is_number(key.modules[i + 1])) {
      return true;
    }
  }
  return false;
}

// The name of the transposed convolution that owns the tensor, or empty. Only the innermost named
// module counts: in a U-Net "up_conv5.conv.weight" is an ordinary convolution.
std::string transposed_owner(const Key& key) {
  std::size_t n = key.modules.size();
  while (n > 0 && is_number(key.modules[n - 1])) {
    --n;
  }
  if (n == 0) {
    return "";
  }
  const std::string name = lowered(key.modules[n - 1]);
  static constexpr std::array<std::string_view, 5> kAnywhere = {"transpose", "deconv", "upconv",
                                                                "up_conv", "convtrans"};
  const bool says_so =
      std::ranges::any_of(kAnywhere, [&](auto part) { return contains(name, part); });
  const std::string_view stem = without_trailing_digits(name);
  const bool abbreviated = stem.ends_with("conv_t") || stem == "convt" || ends_in(stem, "tconv");
  return says_so || abbreviated ? std::string(key.modules[n - 1]) : "";
}

std::string general_reason(const Subject& subject, const Key& key) {
  if (subject.tensor.evidence.dialect == Dialect::pytorch) {
    return fmt::format("PyTorch state-dict name, {} axes", subject.rank());
  }
  return fmt::format("name ends in '{}': taken as PyTorch's order", printable(key.last));
}

// "mlp.experts.gate_up_proj": one matrix for each expert, stacked along a first axis.
bool is_expert_stack(const Subject& subject) {
  return subject.rank() == 3 &&
         std::ranges::find(subject.segments, "experts") != subject.segments.end();
}

// A transposed convolution in groups stores (in, out / groups), and may have as many inputs as
// outputs.
bool may_be_grouped(const Subject& subject) {
  const std::vector<std::uint64_t>& shape = subject.tensor.shape;
  return shape[1] != 0 && shape[0] % shape[1] == 0;
}

// Of an ordinary convolution, unless the bias has as many values as the second axis only.
void judge_convolution(const Subject& subject, const Key& key, Verdict& verdict) {
  const std::string owner = transposed_owner(key);
  const std::optional<std::size_t> by_bias = output_axis_by_bias(subject, key);
  if (by_bias == 1) {
    verdict.reason =
        fmt::format("its bias has {} values, as its second axis: transposed convolution",
                    subject.tensor.shape[1]);
  } else if (!owner.empty() && by_bias == 0 && !may_be_grouped(subject)) {
    verdict.reason = fmt::format("its bias has {} values, as its first axis: outputs first",
                                 subject.tensor.shape[0]);
    return;
  } else if (!owner.empty()) {
    verdict.reason = fmt::format("module name '{}': transposed convolution", printable(owner));
  } else {
    return;
  }
  verdict.letters = kTransposed[subject.rank() - 2];
}

// GPT-2 keeps (in, out) under these names, others who took them over keep PyTorch's (out, in).
void judge_gpt2_name(const Subject& subject, const Key& key, Verdict& verdict) {
  if (output_axis_by_bias(subject, key) == 0) {
    verdict.reason = fmt::format("its bias has {} values, as its first axis: outputs first",
                                 subject.tensor.shape[0]);
  } else {
    verdict.letters = "IO";
    verdict.reason = fmt::format("GPT-2 Conv1D name '{}'", key.modules.back());
  }
}

Verdict judge_weight(const Subject& subject, const Key& key) {
  Verdict verdict{.role = Role::weight, .trained = true};
  verdict.reason = general_reason(subject, key);
  const std::size_t rank = subject.rank();
  if (rank < 2 || rank > 5) {
    return verdict;
  }
  verdict.letters = kOutputsFirst[rank - 2];
  if (is_expert_stack(subject)) {
    verdict.letters = "EOI";
    verdict.reason = "module name 'experts': one layer for each";
  } else if (is_recurrent(key.last)) {
    verdict.kind = LayerKind::recurrent;
  } else if (rank == 2 && is_gpt2_conv1d(key)) {
    judge_gpt2_name(subject, key, verdict);
  } else if (rank == 2 && is_embedding(owner_of(key))) {
    verdict.kind = LayerKind::embedding;
    verdict.reason = fmt::format("module name '{}'", printable(key.modules.back()));
  } else if (rank > 2) {
    judge_convolution(subject, key, verdict);
  }
  return verdict;
}

// A parameter of the author's own making: no heuristic hides a real layer.
Verdict judge_unknown(const Subject& subject) {
  if (subject.rank() < 2) {
    return {.role = Role::other, .trained = true};
  }
  Verdict verdict{.role = Role::weight, .trained = true};
  verdict.reason = "no evidence: taken as PyTorch's order";
  if (is_expert_stack(subject)) {
    verdict.letters = "EOI";
    verdict.reason = "module name 'experts': one layer for each";
  } else if (subject.rank() <= 5) {
    verdict.letters = kOutputsFirst[subject.rank() - 2];
  }
  return verdict;
}

}  // namespace

Verdict by_pytorch_names(const Subject& subject) {
  if (is_keras_name(subject.last())) {
    return by_keras_names(subject);
  }
  const Key key = key_of(subject);
  if (is_one_of(key.last, kStatistics)) {
    return {.role = Role::statistics};
  }
  if (is_untrained(subject, key)) {
    return {.role = Role::other};
  }
  if (is_scale(subject, key.last) || is_shift(subject)) {
    return {.role = Role::normalisation, .trained = true};
  }
  if (is_bias(key.last)) {
    return {.role = Role::bias, .trained = true};
  }
  return is_weight(key.last) ? judge_weight(subject, key) : judge_unknown(subject);
}

}  // namespace hindcast::tensor::roles
