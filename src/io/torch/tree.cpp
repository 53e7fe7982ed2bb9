#include "io/torch/tree.hpp"

#include <algorithm>
#include <array>
#include <compare>
#include <functional>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io::torch {
namespace {

using pickle::Graph;
using pickle::Index;
using pickle::Kind;

constexpr std::size_t kMostRepeatedKeys = 10;  // More of them help nobody.

bool is_text(const Graph& graph, Index value) {
  return graph.kind(value) == Kind::text || graph.kind(value) == Kind::bytes;
}

// The entries of a list that have one key.
struct Group {
  std::size_t order = 0;  // Equal for equal keys.
  Index key = 0;
  Index first = 0;
  Index last = 0;
};

// The same text is the same key, and the same number; anything else is the same if it is one value.
std::strong_ordering compare_keys(const Graph& graph, Index a, Index b) {
  if (a == b) {
    return std::strong_ordering::equal;
  }
  const auto parts = [&](Index key) {
    const auto number = graph.integer(key);
    return std::tuple(number, graph.text(key), number || is_text(graph, key) ? Index{0} : key);
  };
  return parts(a) <=> parts(b);
}

std::size_t hash_of_key(const Graph& graph, Index key) {
  if (is_text(graph, key)) {
    return std::hash<std::string_view>()(graph.text(key));
  }
  return static_cast<std::size_t>(graph.integer(key).value_or(key));
}

// Makes one of the groups that have one key. Sorts, because a stranger chooses the keys and could
// make a hash table slow; the keys themselves are looked at only where their order is the same.
void merge(const Graph& graph, std::vector<Group>& groups) {
  std::ranges::sort(groups, [&](const Group& a, const Group& b) {
    if (a.order != b.order) {
      return a.order < b.order;
    }
    const auto keys = compare_keys(graph, a.key, b.key);
    return std::is_neq(keys) ? std::is_lt(keys) : a.first < b.first;
  });
  std::size_t kept = 0;
  for (const Group& group : groups) {
    if (kept > 0 && groups[kept - 1].order == group.order &&
        std::is_eq(compare_keys(graph, groups[kept - 1].key, group.key))) {
      groups[kept - 1].last = std::max(groups[kept - 1].last, group.last);
    } else {
      groups[kept++] = group;
    }
  }
  groups.resize(kept);
}

std::string shown_key(const Graph& graph, Index key) {
  constexpr std::size_t kShown = 100;
  const auto number = graph.integer(key);
  return number ? fmt::format("{}", *number) : std::string(graph.text(key).substr(0, kShown));
}

Entries without_repetitions(const Graph& graph, const std::vector<DictEntry>& all) {
  std::vector<Group> groups;
  groups.reserve(all.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    const auto place = static_cast<Index>(i);
    groups.push_back({.order = all[i].key, .key = all[i].key, .first = place, .last = place});
  }
  merge(graph, groups);  // By value first: a text that is used again is then hashed only once.
  for (Group& group : groups) {
    group.order = hash_of_key(graph, group.key);
  }
  merge(graph, groups);
  std::ranges::sort(groups, {}, &Group::first);
  Entries entries;
  entries.list.reserve(groups.size());
  for (const Group& group : groups) {
    entries.list.push_back({.key = group.key, .value = all[group.last].value});
    if (group.first != group.last && entries.repeated.empty()) {
      entries.repeated = shown_key(graph, group.key);
    }
  }
  return entries;
}

void add_alternating(std::vector<DictEntry>& all, std::span<const Index> items) {
  all.reserve(all.size() + (items.size() / 2));
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    all.push_back({.key = items[i], .value = items[i + 1]});
  }
}

// Python 2 makes an OrderedDict of a list of pairs.
void add_pairs(std::vector<DictEntry>& all, const Graph& graph, Index arguments) {
  const auto given = graph.items(arguments);
  if (given.empty() || graph.kind(given.front()) != Kind::list) {
    return;
  }
  for (const Index item : graph.items(given.front())) {
    const auto pair = graph.items(item);
    if (pair.size() == 2 && (graph.kind(item) == Kind::list || graph.kind(item) == Kind::tuple)) {
      all.push_back({.key = pair[0], .value = pair[1]});
    }
  }
}

// What optimisers' state_dict() gives, under whatever name.
bool is_optimizer_state(const Entries& entries, const Graph& graph) {
  return find(entries, graph, "state") != 0 && find(entries, graph, "param_groups") != 0;
}

}  // namespace

std::optional<Entries> entries_of(const Graph& graph, Index value) {
  std::vector<DictEntry> all;
  if (graph.kind(value) == Kind::dict) {
    add_alternating(all, graph.items(value));
  } else if (called(graph, value) == Meaning::dictionary) {
    const pickle::Call& call = *graph.call(value);
    add_pairs(all, graph, call.arguments);
    add_alternating(all, graph.items(call.entries));
  } else {
    return std::nullopt;
  }
  return without_repetitions(graph, all);
}

Index find(const Entries& entries, const Graph& graph, std::string_view key) {
  const auto found = std::ranges::find_if(entries.list, [&](const DictEntry& entry) {
    return is_text(graph, entry.key) && graph.text(entry.key) == key;
  });
  return found != entries.list.end() ? found->value : 0;
}

std::vector<FoundTensor> Tree::tensors_below(Index value, std::string_view prefix,
                                             UseOfKey use_of_key) {
  prefix_ = prefix;
  found_.clear();
  visit({.label = {}, .value = value}, Use::weights);
  while (!frames_.empty()) {
    const auto child = next_child(frames_.back());
    if (!child) {
      frames_.pop_back();
      continue;
    }
    const bool at_top = frames_.size() == 1;
    const Use use = at_top && frames_.front().use == Use::weights ? use_of(*child, use_of_key)
                                                                  : frames_.back().use;
    const std::size_t before = found_.size();
    visit(*child, use);
    for (std::size_t i = before; i < found_.size(); ++i) {
      const Label& top = at_top ? child->label : frames_[1].label;
      found_[i].top_key = top.kind == Label::Kind::key ? top.value : 0;
    }
  }
  return std::move(found_);
}

bool Tree::is_container_of_tensors(Index value) const {
  if (reader_.is_tensor(value)) {
    return false;
  }
  Tree probe(graph_, reader_, limits_);
  probe.visit({.label = {}, .value = value}, Use::weights);
  while (!probe.frames_.empty() && probe.found_.empty()) {
    if (const auto child = probe.next_child(probe.frames_.back())) {
      probe.visit(*child, Use::weights);
    } else {
      probe.frames_.pop_back();
    }
  }
  return !probe.found_.empty();
}

std::optional<Tree::Child> Tree::next_child(Frame& frame) const {
  const std::size_t i = frame.next++;
  const auto position = static_cast<Index>(i);
  switch (frame.kind) {
    case Frame::Kind::sequence: {
      const auto items = graph_.items(frame.container);
      return i < items.size()
                 ? std::optional(Child{.label = {.kind = Label::Kind::position, .value = position},
                                       .value = items[i]})
                 : std::nullopt;
    }
    case Frame::Kind::object: {
      const Index state = graph_.call(frame.container)->state;
      return i < frame.parts.size()
                 ? std::optional(Child{.label = {},
                                       .value = frame.parts[i],
                                       .is_state = state != 0 && frame.parts[i] == state})
                 : std::nullopt;
    }
    case Frame::Kind::dict:
    case Frame::Kind::attributes:
      break;
  }
  if (i >= frame.entries.size()) {
    return std::nullopt;
  }
  const DictEntry& entry = frame.entries[i];
  Child child{.label = {.kind = Label::Kind::key, .value = entry.key}, .value = entry.value};
  if (frame.kind == Frame::Kind::attributes && is_transparent(entry.key)) {
    child.label = {};
  } else if (!is_text(graph_, entry.key) && !graph_.integer(entry.key)) {
    child.label = {.kind = Label::Kind::position, .value = position};
  }
  return child;
}

bool Tree::is_transparent(Index key) const {
  constexpr std::array<std::string_view, 3> kOfModules = {"_parameters", "_buffers", "_modules"};
  return std::ranges::find(kOfModules, graph_.text(key)) != kOfModules.end();
}

Use Tree::use_of(const Child& child, UseOfKey use_of_key) const {
  return child.label.kind == Label::Kind::key
             ? use_of_key(graph_.text(child.label.value), reader_.is_tensor(child.value))
             : Use::weights;
}

void Tree::visit(const Child& child, Use use) {
  if (reader_.is_tensor(child.value)) {
    record(child, use);
    return;
  }
  const Kind kind = graph_.kind(child.value);
  const bool container = kind == Kind::tuple || kind == Kind::list || kind == Kind::dict ||
                         kind == Kind::set || kind == Kind::call;
  if (container && !entered_[child.value]) {
    entered_[child.value] = true;
    enter(child, use);
  }
}

void Tree::enter(const Child& child, Use use) {
  if (frames_.size() >= limits_.depth) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("values lie within each other {} deep, the limit is {}{}",
                            frames_.size() + 1, limits_.depth, kRaiseDepth));
  }
  Frame frame{.container = child.value, .label = child.label, .use = use};
  if (auto entries = entries_of(graph_, child.value)) {
    frame.kind = child.is_state ? Frame::Kind::attributes : Frame::Kind::dict;
    if (!entries->repeated.empty() && repeated_keys_.size() < kMostRepeatedKeys) {
      repeated_keys_.push_back(std::move(entries->repeated));
    }
    if (is_optimizer_state(*entries, graph_)) {
      frame.use = Use::training_state;
    }
    frame.entries = std::move(entries->list);
  } else if (const pickle::Call* const call = graph_.call(child.value)) {
    frame.kind = Frame::Kind::object;
    for (const Index part : {call->arguments, call->entries, call->appended, call->state}) {
      if (part != 0) {
        frame.parts.push_back(part);
      }
    }
  }
  frames_.push_back(std::move(frame));
}

void Tree::record(const Child& child, Use use) {
  FoundTensor tensor{.path = prefix_, .value = child.value, .use = use};
  for (const Frame& frame : frames_) {
    append_label(tensor.path, frame.label);
  }
  append_label(tensor.path, child.label);
  name_bytes_ += tensor.path.size();
  if (name_bytes_ > limits_.attribute_bytes) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("the names of its tensors take more than {} bytes in all, the limit{}",
                            limits_.attribute_bytes, kRaiseMetadataBytes));
  }
  found_.push_back(std::move(tensor));
  if (found_.size() > limits_.tensors) {
    throw Error(ErrorCode::limit_exceeded, fmt::format("holds more than {} tensors, the limit{}",
                                                       limits_.tensors, kRaiseTensors));
  }
}

void Tree::append_label(std::string& path, const Label& label) const {
  if (label.kind == Label::Kind::none) {
    return;
  }
  if (!path.empty()) {
    path += '.';
  }
  if (label.kind == Label::Kind::position) {
    path += fmt::format("{}", label.value);
  } else if (const auto number = graph_.integer(label.value)) {
    path += fmt::format("{}", *number);
  } else {
    path += graph_.text(label.value);
  }
  if (path.size() > limits_.name_bytes) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("the name of a tensor has {} bytes, the limit is {}{}", path.size(),
                            limits_.name_bytes, kRaiseNameBytes));
  }
}

}  // namespace hindcast::io::torch
