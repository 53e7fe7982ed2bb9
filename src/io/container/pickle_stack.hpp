#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "io/container/pickle.hpp"

namespace hindcast::io::pickle {

/// How many values a pickle may have, and how often it may name them.
class Room {
 public:
  /// For the values that fit into so much memory. About ten describe a tensor.
  explicit Room(std::uint64_t bytes) noexcept : values_(bytes / kBytesOfValue) {}

  [[nodiscard]] std::uint64_t values() const noexcept { return values_; }
  /// From containers and from the stack.
  [[nodiscard]] std::uint64_t references() const noexcept { return 2 * values_; }

 private:
  static constexpr std::uint64_t kBytesOfValue = 64;

  std::uint64_t values_;
};

/// The stack of the pickle machine, with its marks. Whoever asks for more than there is above the
/// last mark gets Error{malformed}.
class Stack {
 public:
  explicit Stack(Room room) noexcept : room_(room) {}

  /// Throws Error{limit_exceeded}.
  void push(Index value);
  void mark();

  [[nodiscard]] Index top() const;
  Index pop();
  /// The topmost `count` values, the lowest first.
  Graph::Items pop(std::size_t count);
  /// All above the last mark, the lowest first, and the mark itself.
  Graph::Items pop_to_mark();
  /// Takes off a value or, where there is none above it, a mark.
  void discard();

 private:
  // Values below the mark belong to whoever set it.
  [[nodiscard]] std::size_t available() const;
  Graph::Items pop_from(std::size_t begin);
  void require_room() const;

  Room room_;
  Graph::Items values_;
  std::vector<std::size_t> marks_;  // Sizes of the stack.
};

/// The values that a pickle numbers to use them again. Pickles number from 0 on.
class Memo {
 public:
  explicit Memo(Room room) noexcept : room_(room) {}

  /// Throws Error{limit_exceeded} for a number no pickler would come to.
  void put(std::uint64_t number, Index value);
  /// Under the next number, as MEMOIZE has it: how many there are.
  void put(Index value) { put(count_, value); }
  /// Throws Error{malformed}.
  [[nodiscard]] Index get(std::uint64_t number) const;

 private:
  Room room_;
  std::vector<std::optional<Index>> values_;
  std::size_t count_ = 0;
};

}  // namespace hindcast::io::pickle
