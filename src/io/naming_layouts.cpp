// The table of names that trainers give their checkpoints, and the matcher of its patterns. Names
// that merely carry a label ("my_net_epoch_05") need no row: io/step_name.hpp reads those.

#include "io/naming_layouts.hpp"

#include <array>
#include <charconv>
#include <string>
#include <system_error>

#include "base/text.hpp"

namespace hindcast::io {
namespace {

constexpr std::array<NamingLayout, 29> kLayouts = {{
    {.trainer = "PyTorch Lightning",
     .pattern = "epoch={epoch}-step={step}*",
     .example = "epoch=3-step=400.ckpt"},
    {.trainer = "PyTorch Lightning",
     .pattern = "*epoch={epoch}-*",
     .example = "net-epoch=03-val_loss=0.25.ckpt"},
    {.trainer = "timm",
     .pattern = "checkpoint-{epoch}",
     .suffix = ".pth.tar",
     .example = "checkpoint-12.pth.tar"},
    {.trainer = "Hugging Face", .pattern = "checkpoint-{step}", .example = "checkpoint-500"},
    {.trainer = "fairseq",
     .pattern = "checkpoint_{epoch}_{step}",
     .suffix = ".pt",
     .example = "checkpoint_12_34000.pt"},
    {.trainer = "fairseq",
     .pattern = "checkpoint{epoch}",
     .suffix = ".pt",
     .example = "checkpoint12.pt"},
    {.trainer = "Flax", .pattern = "checkpoint_{step}", .example = "checkpoint_2000"},
    {.trainer = "Composer", .pattern = "ep{epoch}-ba{step}*", .example = "ep0-ba100-rank0.pt"},
    {.trainer = "Megatron-LM", .pattern = "iter_{step}", .example = "iter_0001000"},
    {.trainer = "DeepSpeed", .pattern = "global_step{step}", .example = "global_step1000"},
    {.trainer = "GPT-NeoX and OLMo", .pattern = "step{step}", .example = "step1000"},
    {.trainer = "OLMo", .pattern = "step{step}-*", .example = "step1000-unsharded"},
    {.trainer = "nanoGPT", .pattern = "ckpt_{step}", .example = "ckpt_1000.pt"},
    {.trainer = "nanoGPT", .pattern = "ckpt-{step}", .example = "ckpt-1000.pt"},
    {.trainer = "Keras ModelCheckpoint",
     .pattern = "*{epoch}-{metric}-{metric}",
     .example = "weights-04-0.55-0.61.hdf5"},
    {.trainer = "Keras ModelCheckpoint",
     .pattern = "*.{epoch}-{metric}",
     .example = "weights.04-0.55.hdf5"},
    {.trainer = "Keras ModelCheckpoint",
     .pattern = "*-{epoch}-{metric}",
     .example = "weights-improvement-04-0.55.hdf5"},
    {.trainer = "Keras ModelCheckpoint", .pattern = "cp-{epoch}", .example = "cp-0004.weights.h5"},
    {.trainer = "TensorFlow", .pattern = "model.ckpt-{step}", .example = "model.ckpt-1000"},
    {.trainer = "YOLO and others", .pattern = "epoch{epoch}", .example = "epoch10.pt"},
    {.trainer = "YOLOv7 and others", .pattern = "epoch_{epoch}", .example = "epoch_010.pt"},
    {.trainer = "YOLOv7", .pattern = "best_{epoch}", .example = "best_012.pt"},
    {.trainer = "Detectron2", .pattern = "model_{step:7}", .example = "model_0009999.pth"},
    {.trainer = "ESPnet", .pattern = "{epoch}epoch", .example = "12epoch.pth"},
    {.trainer = "AllenNLP",
     .pattern = "model_state_epoch_{epoch}",
     .example = "model_state_epoch_12.th"},
    {.trainer = "OpenNMT", .pattern = "*_step_{step}", .example = "model_step_5000.pt"},
    {.trainer = "kohya", .pattern = "*-step{step:8}", .example = "style-step00001000.safetensors"},
    {.trainer = "kohya",
     .pattern = "*-{epoch:6}",
     .suffix = ".safetensors",
     .example = "style-000010.safetensors"},
    {.trainer = "Ignite", .pattern = "*_checkpoint_{step}", .example = "net_checkpoint_1000.pt"},
}};

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

std::size_t digits_at(std::string_view text) {
  std::size_t length = 0;
  while (length < text.size() && is_digit(text[length])) {
    ++length;
  }
  return length;
}

// The characters of a metric at the start of `text`, or 0: a decimal fraction, or none at all.
std::size_t metric_at(std::string_view text) {
  for (const std::string_view word : {"nan", "inf", "-inf"}) {
    if (lowered(text.substr(0, word.size())) == word) {
      return word.size();
    }
  }
  if (text.starts_with('-')) {
    const std::size_t length = metric_at(text.substr(1));
    return length == 0 ? 0 : length + 1;
  }
  const std::size_t whole = digits_at(text);
  if (whole == 0 || whole >= text.size() || text[whole] != '.') {
    return 0;
  }
  const std::size_t decimals = digits_at(text.substr(whole + 1));
  return decimals == 0 ? 0 : whole + 1 + decimals;
}

std::optional<std::int64_t> number_of(std::string_view digits) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc{} ? std::optional(value) : std::nullopt;
}

// Do the digits before `at` belong to a word, as in "fer2013" and "resnet152", and not to a metric
// written right after its name, as in "acc0.91"?
bool ends_word(std::string_view text, std::size_t at) {
  constexpr std::size_t kLong = 3;
  std::size_t begin = at;
  while (begin > 0 && is_digit(text[begin - 1])) {
    --begin;
  }
  const char before = begin > 0 ? lowered(text.substr(begin - 1, 1)).front() : ' ';
  return at - begin >= kLong && before >= 'a' && before <= 'z';
}

// Would a cut at `at` part the digits of one number, or of a decimal fraction?
bool cuts_number(std::string_view text, std::size_t at) {
  if (at == 0 || at >= text.size() || !is_digit(text[at - 1])) {
    return false;
  }
  const bool is_point = text[at] == '.' && at + 1 < text.size() && is_digit(text[at + 1]);
  return is_digit(text[at]) || (is_point && !ends_word(text, at));
}

// "{epoch:2}" without its braces.
struct Field {
  std::string_view name;
  std::size_t least_digits = 1;
};

Field field_of(std::string_view inside) {
  const std::size_t colon = inside.find(':');
  if (colon == std::string_view::npos) {
    return {.name = inside};
  }
  const auto digits = number_of(inside.substr(colon + 1));
  return {.name = inside.substr(0, colon), .least_digits = static_cast<std::size_t>(*digits)};
}

class Matcher {
 public:
  explicit Matcher(const NamingLayout& layout) { match_.layout = &layout; }

  [[nodiscard]] const LayoutMatch& match() const { return match_; }

  bool matches(std::string_view pattern, std::string_view text) {
    if (pattern.empty()) {
      return text.empty();
    }
    if (pattern.front() == '*') {
      return matches_any(pattern.substr(1), text);
    }
    if (pattern.front() == '{') {
      const std::size_t close = pattern.find('}');
      return matches_field(field_of(pattern.substr(1, close - 1)), pattern.substr(close + 1), text);
    }
    return !text.empty() && lowered(text.substr(0, 1)).front() == pattern.front() &&
           matches(pattern.substr(1), text.substr(1));
  }

 private:
  bool matches_any(std::string_view rest, std::string_view text) {
    for (std::size_t skipped = 0; skipped <= text.size(); ++skipped) {
      if (!cuts_number(text, skipped) && matches(rest, text.substr(skipped))) {
        return true;
      }
    }
    return false;
  }

  // Fields are greedy: no layout has digits right after a number.
  bool matches_field(const Field& field, std::string_view rest, std::string_view text) {
    if (field.name == "metric") {
      const std::size_t length = metric_at(text);
      match_.metrics.push_back(text.substr(0, length));
      if (length > 0 && matches(rest, text.substr(length))) {
        return true;
      }
      match_.metrics.pop_back();
      return false;
    }
    const std::size_t length = digits_at(text);
    if (length < field.least_digits || !matches(rest, text.substr(length))) {
      return false;
    }
    const auto number = number_of(text.substr(0, length));
    (field.name == "epoch" ? match_.epoch : match_.step) = number;
    return number.has_value();
  }

  LayoutMatch match_;
};

}  // namespace

std::span<const NamingLayout> naming_layouts() noexcept {
  return kLayouts;
}

std::optional<LayoutMatch> match_layout(std::string_view name, std::string_view stem) {
  for (const NamingLayout& layout : kLayouts) {
    Matcher matcher(layout);
    if (name.ends_with(layout.suffix) && matcher.matches(layout.pattern, stem)) {
      return matcher.match();
    }
  }
  return std::nullopt;
}

}  // namespace hindcast::io
