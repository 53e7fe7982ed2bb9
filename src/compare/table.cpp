// What a person reads on a terminal after `compare`.

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "compare/short_names.hpp"
#include "compare/wording.hpp"
#include "compare/writers.hpp"
#include "report/text_table.hpp"

namespace hindcast::compare {
namespace {

using report::TextTable;
using Align = TextTable::Align;

std::string more(std::size_t all, std::size_t shown) {
  return all <= shown ? "" : fmt::format("and {} more\n", all - shown);
}

std::string lines(const std::vector<std::string>& texts, std::size_t top) {
  std::string out;
  for (std::size_t i = 0; i < std::min(texts.size(), top); ++i) {
    out += texts[i] + '\n';
  }
  return out + more(texts.size(), top);
}

// Scores are called as a log has it.
std::string metric_cell(const Row& row) {
  constexpr std::size_t kMost = 40;
  return without_middle(metric_of(row), kMost);
}

std::vector<std::string> names_in(const std::vector<Row>& rows, std::size_t top) {
  std::vector<NamePair> names;
  for (std::size_t i = 0; i < std::min(rows.size(), top); ++i) {
    names.push_back({.a = rows[i].first->layer_a, .b = rows[i].first->layer_b});
  }
  return short_names(names);
}

std::vector<std::string> names_in(const std::vector<TensorDistance>& tensors, std::size_t top) {
  std::vector<NamePair> names;
  for (std::size_t i = 0; i < std::min(tensors.size(), top); ++i) {
    names.push_back({.a = tensors[i].name_a, .b = tensors[i].name_b});
  }
  return short_names(names);
}

// `subject` heads the column of names; the numbers of a checkpoint have none.
std::string changes_text(const std::vector<Change>& changes, std::size_t top,
                         std::string_view subject) {
  const std::vector<Row> rows = rows_of(changes);
  std::vector<TextTable::Column> columns = {{"", Align::left}};
  if (!subject.empty()) {
    columns.push_back({std::string(subject), Align::left});
  }
  for (const std::string_view title : {"metric", "A", "B", "change", "relative", ""}) {
    columns.push_back(
        {std::string(title), title == "metric" || title.empty() ? Align::left : Align::right});
  }
  TextTable table(std::move(columns));
  const std::vector<std::string> names = names_in(rows, top);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const Row& row = rows[i];
    std::vector<std::string> cells = {std::string(name(row.first->effect))};
    if (!subject.empty()) {
      cells.push_back(names[i]);
    }
    cells.insert(cells.end(), {metric_cell(row), a_of(row), b_of(row), change_of(row),
                               relative_of(row), note_of(row)});
    table.row(std::move(cells));
  }
  return table.text() + more(rows.size(), top);
}

std::string tensors_text(const WeightsComparison& weights, std::size_t top) {
  if (weights.tensors.empty()) {
    return "";
  }
  TextTable table({{"tensor", Align::left},
                   {"role", Align::left},
                   {"values", Align::right},
                   {"cosine distance", Align::right},
                   {"relative L2", Align::right},
                   {"", Align::left}});
  const std::vector<std::string> names = names_in(weights.tensors, top);
  for (std::size_t i = 0; i < names.size(); ++i) {
    const TensorDistance& tensor = weights.tensors[i];
    table.row({names[i], tensor.role, std::to_string(tensor.values), number(tensor.cosine_distance),
               number(tensor.relative_l2), note_of(tensor)});
  }
  return table.text() + more(weights.tensors.size(), top);
}

// Parts that have something to say, with a blank line between them.
class Parts {
 public:
  void add(const std::string& part) {
    if (!part.empty()) {
      text_ += (text_.empty() ? "" : "\n") + part;
    }
  }
  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  std::string text_;
};

std::string weights_text(const Pair& pair, std::size_t top) {
  return pair.weights ? fmt::format("weights: {}\n{}", counts_of(*pair.weights),
                                    tensors_text(*pair.weights, top))
                      : fmt::format("weights: not compared: {}\n", printable_line(pair.no_weights));
}

std::string pair_text(const Comparison& comparison, const Pair& pair, std::size_t top) {
  Parts parts;
  parts.add(fmt::format("A  {}: {}\nB  {}: {}\n", printable(comparison.a.path), place_of(pair.a),
                        printable(comparison.b.path), place_of(pair.b)));
  parts.add(counts_of(pair) + '\n');
  parts.add(lines(remarks_on(pair), top));
  if (!pair.changes.empty()) {
    parts.add(changes_text(pair.changes, top, "layer"));
  }
  if (const std::vector<Change> means = means_of(pair.summary); !means.empty()) {
    parts.add("mean over layers, and whole checkpoint:\n" + changes_text(means, top, ""));
  }
  if (!pair.scores.empty()) {
    parts.add("logged by the training:\n" + changes_text(pair.scores, top, ""));
  }
  parts.add(weights_text(pair, top));
  parts.add(lines(lonely_in(pair), top));
  parts.add(lines(counters_in(pair), top));
  return parts.take();
}

}  // namespace

std::string to_table(const Comparison& comparison, std::size_t top) {
  Parts parts;
  for (const Pair& pair : comparison.pairs) {
    parts.add(pair_text(comparison, pair, top));
  }
  parts.add(lines(lonely_in(comparison), top));
  parts.add(fmt::format("compare: {}\n", conclusion(comparison)));
  return parts.take();
}

}  // namespace hindcast::compare
