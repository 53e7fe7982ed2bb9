// Which way numbers are better. Only what a source claims is in the lists:
//
//   knowledge gain higher, mapping condition lower   RMSGD, arXiv:2203.16723
//   rotation nearer to 1 in every layer              Carbonnelle & De Vleeschouwer,
//   arXiv:1806.01603
//
// Norms, ranks and distances from the initialisation are left out: as complexity measures they
// should be small, yet in "Fantastic generalization measures" (Jiang et al. 2020) many of them
// follow generalisation the other way round.

#include "metrics/better.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>
#include <vector>

#include "base/text.hpp"

namespace hindcast::metrics {
namespace {

struct Known {
  std::string_view key;
  Better better;
};

constexpr std::array kLayers = {
    Known{"rotation", Better::nearer_to_one},
    Known{"knowledge_gain", Better::higher},
    Known{"knowledge_gain_reference", Better::higher},
    Known{"mapping_condition", Better::lower},
};

constexpr std::array kTotals = {
    Known{"rotation_past_half", Better::higher},
    Known{"rotation_past_nine_tenths", Better::higher},
};

constexpr std::array kWords = {
    Known{"loss", Better::lower},    Known{"error", Better::lower},
    Known{"err", Better::lower},     Known{"perplexity", Better::lower},
    Known{"ppl", Better::lower},     Known{"accuracy", Better::higher},
    Known{"acc", Better::higher},    Known{"auc", Better::higher},
    Known{"f1", Better::higher},     Known{"precision", Better::higher},
    Known{"recall", Better::higher}, Known{"bleu", Better::higher},
    Known{"top1", Better::higher},   Known{"top5", Better::higher},
};

template <std::size_t Count>
Better find(const std::array<Known, Count>& list, std::string_view key) noexcept {
  const auto* const place = std::ranges::find(list, key, &Known::key);
  return place == list.end() ? Better::unknown : place->better;
}

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char c : lowered(text)) {
    const bool is_part = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
    if (is_part) {
      words.back() += c;
    } else if (!words.back().empty()) {
      words.emplace_back();
    }
  }
  return words;
}

}  // namespace

std::string_view name(Better better) noexcept {
  switch (better) {
    case Better::unknown:
      return "";
    case Better::higher:
      return "higher";
    case Better::lower:
      return "lower";
    case Better::nearer_to_one:
      break;
  }
  return "nearer_to_one";
}

Better better_of_layers(std::string_view metric) noexcept {
  return find(kLayers, metric);
}

Better better_of_summary(std::string_view key) noexcept {
  const std::size_t dot = key.find('.');
  if (dot == std::string_view::npos) {
    return find(kTotals, key);
  }
  const Better better = find(kLayers, key.substr(0, dot));
  // One more layer with a low-rank part moves the mean condition up from the 0 of those without.
  return better == Better::lower || key.ends_with(".layers") ? Better::unknown : better;
}

Better better_of_score(std::string_view name) {
  Better found = Better::unknown;
  for (const std::string& word : words_of(name)) {
    const Better better = find(kWords, word);
    if (better != Better::unknown && found != Better::unknown && better != found) {
      return Better::unknown;
    }
    found = better == Better::unknown ? found : better;
  }
  return found;
}

std::optional<double> gain(Better better, double a, double b) noexcept {
  switch (better) {
    case Better::unknown:
      break;
    case Better::higher:
      return b - a;
    case Better::lower:
      return a - b;
    case Better::nearer_to_one:
      return std::abs(a - 1.0) - std::abs(b - 1.0);
  }
  return std::nullopt;
}

}  // namespace hindcast::metrics
