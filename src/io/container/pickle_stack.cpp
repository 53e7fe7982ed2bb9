#include "io/container/pickle_stack.hpp"

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "io/limit_options.hpp"

namespace hindcast::io::pickle {

void Stack::push(Index value) {
  require_room();
  values_.push_back(value);
}

void Stack::mark() {
  require_room();
  marks_.push_back(values_.size());
}

Index Stack::top() const {
  if (available() == 0) {
    throw Error(ErrorCode::malformed, "pickle: needs a value where the stack has none");
  }
  return values_.back();
}

Index Stack::pop() {
  const Index value = top();
  values_.pop_back();
  return value;
}

Graph::Items Stack::pop(std::size_t count) {
  if (available() < count) {
    throw Error(ErrorCode::malformed,
                fmt::format("pickle: needs {} values where the stack has {}", count, available()));
  }
  return pop_from(values_.size() - count);
}

Graph::Items Stack::pop_to_mark() {
  if (marks_.empty()) {
    throw Error(ErrorCode::malformed, "pickle: needs a mark where the stack has none");
  }
  const std::size_t begin = marks_.back();
  marks_.pop_back();
  return pop_from(begin);
}

void Stack::discard() {
  if (available() == 0 && !marks_.empty()) {
    marks_.pop_back();
    return;
  }
  pop();
}

std::size_t Stack::available() const {
  return values_.size() - (marks_.empty() ? 0 : marks_.back());
}

Graph::Items Stack::pop_from(std::size_t begin) {
  const auto first = values_.begin() + static_cast<std::ptrdiff_t>(begin);
  Graph::Items popped(first, values_.end());
  values_.erase(first, values_.end());
  return popped;
}

void Stack::require_room() const {
  if (values_.size() + marks_.size() >= room_.references()) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("pickle: needs a stack of more than {} values, the limit{}",
                            room_.references(), kRaiseMetadataBytes));
  }
}

void Memo::put(std::uint64_t number, Index value) {
  if (number >= room_.values()) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("pickle: remembers a value under the number {}, the limit is {}{}",
                            number, room_.values(), kRaiseMetadataBytes));
  }
  if (number >= values_.size()) {
    values_.resize(number + 1);
  }
  if (!values_[number]) {
    ++count_;
  }
  values_[number] = value;
}

Index Memo::get(std::uint64_t number) const {
  if (number >= values_.size() || !values_[number]) {
    throw Error(ErrorCode::malformed,
                fmt::format("pickle: recalls value {}, which it never remembered", number));
  }
  return *values_[number];
}

}  // namespace hindcast::io::pickle
