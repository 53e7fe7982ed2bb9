#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "base/byte_cursor.hpp"

/// Python pickles, read without running them: a class or function named in a pickle is a name and
/// nothing else, a call of it is a record of the call.
namespace hindcast::io::pickle {

/// Which value of a Graph.
using Index = std::uint32_t;

enum class Kind : std::uint8_t {
  none,
  boolean,
  integer,
  big_integer,  ///< Does not fit 64 bits, or is not written the shortest way.
  real,
  text,
  bytes,  ///< Also the strings of Python 2.
  tuple,
  list,
  dict,
  set,
  global,      ///< The name of a class or function: "posix.system".
  persistent,  ///< An object the pickle leaves to its reader to find, such as a storage.
  call,        ///< An object that Python would make by calling something.
};

/// "a list", "a call", ... for messages.
[[nodiscard]] std::string_view name(Kind kind) noexcept;

/// What Python would have called, and what it would have done to the result. A missing part is the
/// index 0, which is always None.
struct Call {
  Index callee = 0;
  Index arguments = 0;  ///< A tuple.
  Index entries = 0;    ///< A dict: what was set item by item, for subclasses of dict.
  Index appended = 0;   ///< A list: what was appended, for subclasses of list.
  Index state = 0;      ///< What the object's state was to be.
};

/// "collections", "OrderedDict".
struct GlobalName {
  std::string_view module;
  std::string_view name;

  [[nodiscard]] bool operator==(const GlobalName&) const = default;
};

/// The values of one pickle. They may share parts and contain themselves, so whoever follows them
/// must remember where he was. Texts are views of the pickle, which must outlive the graph.
class Graph {
 public:
  using Items = std::vector<Index>;
  using Payload =
      std::variant<std::monostate, std::int64_t, double, std::string_view, GlobalName, Items, Call>;

  /// One value; `payload` is what `kind` says.
  struct Node {
    Kind kind = Kind::none;
    Payload payload = {};
  };

  [[nodiscard]] Index root() const noexcept { return root_; }
  [[nodiscard]] Index size() const noexcept { return static_cast<Index>(nodes_.size()); }
  [[nodiscard]] Kind kind(Index value) const { return nodes_[value].kind; }

  /// Is it the boolean True?
  [[nodiscard]] bool truth(Index value) const;
  /// Of an integer; not of a boolean.
  [[nodiscard]] std::optional<std::int64_t> integer(Index value) const;
  /// Of an integer or a real number.
  [[nodiscard]] std::optional<double> number(Index value) const;
  /// Of a text, of bytes, or a big integer as it is stored; empty for anything else.
  [[nodiscard]] std::string_view text(Index value) const;
  /// Of a tuple, list or set; a dict's keys and values by turns; empty for anything else.
  [[nodiscard]] std::span<const Index> items(Index value) const;
  /// Null for anything but a global.
  [[nodiscard]] const GlobalName* global(Index value) const;
  /// Null for anything but a call.
  [[nodiscard]] const Call* call(Index value) const;
  /// What identifies a persistent object; None for anything else.
  [[nodiscard]] Index persistent_id(Index value) const;

 private:
  friend class Machine;

  std::deque<Node> nodes_;  // Stays where it is while it grows.
  Index root_ = 0;
};

/// Reads one pickle of protocol 0 to 5 and leaves the cursor behind it. The work and the memory are
/// proportional to its length.
///
/// Throws Error{malformed} where Python could not load it either, Error{unsupported} for extension
/// codes, out-of-band buffers and later protocols, Error{limit_exceeded} for more values than take
/// `most_bytes` of memory.
[[nodiscard]] Graph read_pickle(ByteCursor& cursor,
                                std::uint64_t most_bytes = Limits{}.attribute_bytes);

}  // namespace hindcast::io::pickle
