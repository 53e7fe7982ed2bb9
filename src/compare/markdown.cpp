// The comparison as GitHub Markdown. Every text of a report or a file is literal code.

#include <algorithm>

#include <fmt/format.h>

#include "compare/wording.hpp"
#include "compare/writers.hpp"
#include "gate/escape.hpp"

namespace hindcast::compare {
namespace {

using gate::markdown_code;

std::string cell(const std::string& text) {
  return text.empty() ? "" : markdown_code(text);
}

std::string row(const std::vector<std::string>& cells) {
  std::string out = "|";
  for (const std::string& one : cells) {
    out += " " + one + " |";
  }
  return out + '\n';
}

std::string more(std::size_t all, std::size_t shown) {
  return all <= shown ? "" : fmt::format("\nand {} more\n", all - shown);
}

std::string effect_cell(Effect effect) {
  return effect == Effect::worse ? "**worse**" : std::string(name(effect));
}

std::string changes_text(const std::vector<Change>& changes, std::size_t top) {
  const std::vector<Row> rows = rows_of(changes);
  std::string out =
      "| | layer | metric | A | B | change | relative | |\n|---|---|---|--:|--:|--:|--:|---|\n";
  for (std::size_t i = 0; i < std::min(rows.size(), top); ++i) {
    const Row& one = rows[i];
    out += row({effect_cell(one.first->effect),
                cell(names_of(one.first->layer_a, one.first->layer_b)), cell(metric_of(one)),
                a_of(one), b_of(one), change_of(one), relative_of(one), cell(note_of(one))});
  }
  return out + more(rows.size(), top);
}

std::string tensors_text(const WeightsComparison& weights, std::size_t top) {
  if (weights.tensors.empty()) {
    return "";
  }
  std::string out =
      "\n| tensor | role | values | cosine distance | relative L2 | |\n|---|---|--:|--:|--:|---|\n";
  for (std::size_t i = 0; i < std::min(weights.tensors.size(), top); ++i) {
    const TensorDistance& tensor = weights.tensors[i];
    out += row({cell(names_of(tensor.name_a, tensor.name_b)), tensor.role,
                std::to_string(tensor.values), number(tensor.cosine_distance),
                number(tensor.relative_l2), cell(note_of(tensor))});
  }
  return out + more(weights.tensors.size(), top);
}

std::string list(const std::vector<std::string>& texts, std::size_t top) {
  std::string out;
  for (std::size_t i = 0; i < std::min(texts.size(), top); ++i) {
    out += "- " + markdown_code(texts[i]) + '\n';
  }
  return (out.empty() ? "" : "\n" + out) + more(texts.size(), top);
}

std::string pair_text(const Comparison& comparison, const Pair& pair, std::size_t top) {
  std::string out = fmt::format(
      "- A: {}\n- B: {}\n\n{}.\n", markdown_code(comparison.a.path + ": " + place_of(pair.a)),
      markdown_code(comparison.b.path + ": " + place_of(pair.b)), counts_of(pair));
  out += list(remarks_on(pair), top);
  if (!pair.changes.empty()) {
    out += '\n' + changes_text(pair.changes, top);
  }
  std::vector<Change> numbers = means_of(pair.summary);
  numbers.insert(numbers.end(), pair.scores.begin(), pair.scores.end());
  if (!numbers.empty()) {
    out += "\nMeans over layers, whole checkpoint, and scores:\n\n" + changes_text(numbers, top);
  }
  out += pair.weights ? fmt::format("\nWeights: {}.\n{}", counts_of(*pair.weights),
                                    tensors_text(*pair.weights, top))
                      : "\nWeights: not compared: " + markdown_code(pair.no_weights) + '\n';
  return out + list(lonely_in(pair), top) + list(counters_in(pair), top);
}

}  // namespace

std::string to_markdown(const Comparison& comparison, std::size_t top) {
  std::string out = fmt::format("### hindcast compare: {}\n", conclusion(comparison));
  for (const Pair& pair : comparison.pairs) {
    out += '\n' + pair_text(comparison, pair, top);
  }
  return out + list(lonely_in(comparison), top);
}

}  // namespace hindcast::compare
