#include "metrics/spoken_names.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "hindcast/metrics/metric.hpp"

#include "base/text.hpp"

namespace hindcast::metrics {
namespace {

struct Word {
  std::string_view word;
  std::string_view key;
};

// The headings of our tables, and what the papers call their measures.
constexpr std::array kWords = {
    Word{"gain", "knowledge_gain"},
    Word{"over_the_run", "knowledge_gain"},
    Word{"history", "knowledge_gain"},
    Word{"reference_gain", "knowledge_gain_reference"},
    Word{"condition", "condition_number"},
    Word{"cond", "condition_number"},
    Word{"cond.", "condition_number"},
    Word{"mapping", "mapping_condition"},
    Word{"rank", "rank_ratio"},
    Word{"ranks", "rank_ratio"},
    Word{"rank_out,_in", "rank_ratio"},
    Word{"layer_rotation", "rotation"},
    Word{"cosine_distance", "rotation"},
    Word{"distance", "relative_distance"},
    Word{"numerical_rank", "stable_rank"},
    Word{"spectral", "spectral_norm"},
    Word{"frobenius", "frobenius_norm"},
};

std::string as_key(std::string_view text) {
  std::string key = lowered(text);
  std::ranges::replace_if(
      key, [](char c) { return c == ' ' || c == '-'; }, '_');
  return key;
}

bool is_key(std::string_view text) {
  return std::ranges::find(metrics(), text, &Metric::key) != metrics().end();
}

// The key that a word stands for; the word itself where it stands for none.
std::string_view key_of(std::string_view word) {
  const auto* const place = std::ranges::find(kWords, word, &Word::word);
  return is_key(word) || place == kWords.end() ? word : place->key;
}

}  // namespace

std::string key_meant_by(std::string_view text) {
  return std::string(key_of(as_key(text)));
}

std::string_view nearest_key(std::string_view text) {
  std::vector<std::string_view> known;
  for (const Metric& metric : metrics()) {
    known.push_back(metric.key);
  }
  for (const Word& word : kWords) {
    known.push_back(word.word);
  }
  return key_of(nearest(as_key(text), known));
}

}  // namespace hindcast::metrics
