// An inert pickle machine.
//
// https://github.com/python/cpython/blob/main/Lib/pickletools.py
//
// A pickle is a program for a stack machine whose instructions make Python objects. This machine
// makes records of them: GLOBAL, INST and STACK_GLOBAL give names, REDUCE, NEWOBJ, OBJ and BUILD
// give records of calls. Nothing is imported and nothing called. Checked: every instruction finds
// on the stack what it needs, appends to lists only and sets items of dicts only (or of objects
// whose class may be a subclass of them), lengths fit the file, and the numbers of values are
// bounded. Refused: the extension registry (EXT1-4) and out-of-band buffers.

#include "io/container/pickle.hpp"

#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "io/container/pickle_literals.hpp"
#include "io/container/pickle_stack.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io::pickle {

namespace {

constexpr std::uint8_t kLatestProtocol = 5;

[[noreturn]] void refuse(std::string_view what) {
  throw Error(ErrorCode::malformed, fmt::format("pickle: {}", what));
}

}  // namespace

class Machine {
 public:
  Machine(ByteCursor& cursor, Room room) : cursor_(cursor), room_(room), stack_(room), memo_(room) {
    // What every pickle has many of is made once; None must be the first.
    add({});
    false_ = add({.kind = Kind::boolean, .payload = std::int64_t{0}});
    true_ = add({.kind = Kind::boolean, .payload = std::int64_t{1}});
    empty_tuple_ = add({.kind = Kind::tuple, .payload = Graph::Items()});
  }

  Graph run() {
    while (true) {
      if (cursor_.at_end()) {
        refuse("ends without STOP");
      }
      const char opcode = static_cast<char>(cursor_.read_le<std::uint8_t>());
      if (opcode == '.') {
        graph_.root_ = stack_.pop();
        return std::move(graph_);
      }
      if (!number(opcode) && !text(opcode) && !container(opcode) && !bookkeeping(opcode) &&
          !object(opcode)) {
        refuse_opcode(opcode);
      }
    }
  }

 private:
  // Instructions, by what they make. Each function says whether the opcode was one of its own.

  bool number(char opcode) {
    switch (opcode) {
      case 'N':
        return push(0);
      case '\x88':
        return push(true_);
      case '\x89':
        return push(false_);
      case 'I':
      case 'L':
        return push(decimal_integer(cursor_));
      case 'J':
        return push(binary_integer(cursor_, LengthBytes::four));
      case 'K':
        return push(binary_integer(cursor_, LengthBytes::one));
      case 'M':
        return push(binary_uint16(cursor_));
      case '\x8a':
        return push(sized_integer(cursor_, LengthBytes::one));
      case '\x8b':
        return push(sized_integer(cursor_, LengthBytes::four));
      case 'F':
        return push(decimal_real(cursor_));
      case 'G':
        return push(binary_real(cursor_));
      default:
        return false;
    }
  }

  bool text(char opcode) {
    switch (opcode) {
      case 'V':
        return push({.kind = Kind::text, .payload = read_line(cursor_)});
      case 'X':
        return push_sized(Kind::text, LengthBytes::four);
      case '\x8c':
        return push_sized(Kind::text, LengthBytes::one);
      case '\x8d':
        return push_sized(Kind::text, LengthBytes::eight);
      case 'S':
        return push(quoted_string(cursor_));
      case 'U':
      case 'C':
        return push_sized(Kind::bytes, LengthBytes::one);
      case 'T':
      case 'B':
        return push_sized(Kind::bytes, LengthBytes::four);
      case '\x8e':
      case '\x96':
        return push_sized(Kind::bytes, LengthBytes::eight);
      default:
        return false;
    }
  }

  bool container(char opcode) {
    switch (opcode) {
      case ')':
        return push(empty_tuple_);
      case 't':
        return push({.kind = Kind::tuple, .payload = stack_.pop_to_mark()});
      case '\x85':
        return push({.kind = Kind::tuple, .payload = stack_.pop(1)});
      case '\x86':
        return push({.kind = Kind::tuple, .payload = stack_.pop(2)});
      case '\x87':
        return push({.kind = Kind::tuple, .payload = stack_.pop(3)});
      case ']':
        return push({.kind = Kind::list, .payload = Graph::Items()});
      case 'l':
        return push({.kind = Kind::list, .payload = stack_.pop_to_mark()});
      case '}':
        return push({.kind = Kind::dict, .payload = Graph::Items()});
      case 'd':
        return push({.kind = Kind::dict, .payload = pairs(stack_.pop_to_mark())});
      case '\x8f':
        return push({.kind = Kind::set, .payload = Graph::Items()});
      case '\x91':
        return push({.kind = Kind::set, .payload = stack_.pop_to_mark()});
      case 'a':
        return append(stack_.pop(1), Kind::list);
      case 'e':
        return append(stack_.pop_to_mark(), Kind::list);
      case 's':
        return append(stack_.pop(2), Kind::dict);
      case 'u':
        return append(pairs(stack_.pop_to_mark()), Kind::dict);
      case '\x90':
        return append(stack_.pop_to_mark(), Kind::set);
      default:
        return false;
    }
  }

  bool bookkeeping(char opcode) {
    switch (opcode) {
      case '\x80':
        return check_protocol(cursor_.read_le<std::uint8_t>());
      case '\x95':
        return check_frame(cursor_.read_le<std::uint64_t>());
      case '(':
        stack_.mark();
        return true;
      case '0':
        stack_.discard();
        return true;
      case '1':
        stack_.pop_to_mark();
        return true;
      case '2':
        return push(stack_.top());
      case 'g':
        return push(memo_.get(decimal_number()));
      case 'h':
        return push(memo_.get(cursor_.read_le<std::uint8_t>()));
      case 'j':
        return push(memo_.get(cursor_.read_le<std::uint32_t>()));
      case 'p':
        return remember(decimal_number());
      case 'q':
        return remember(cursor_.read_le<std::uint8_t>());
      case 'r':
        return remember(cursor_.read_le<std::uint32_t>());
      case '\x94':
        return remember();
      default:
        return false;
    }
  }

  bool object(char opcode) {
    switch (opcode) {
      case 'c':
        return push(read_global());
      case '\x93':
        return stack_global();
      case 'i':
        return instance(add(read_global()), stack_.pop_to_mark());
      case 'o':
        return instance_from_stack();
      case 'R':
      case '\x81':
        return call(stack_.pop());
      case '\x92':
        return call_with_keywords();
      case 'b':
        return build(stack_.pop());
      case 'P':
        return push_persistent(add({.kind = Kind::text, .payload = read_line(cursor_)}));
      case 'Q':
        return push_persistent(stack_.pop());
      default:
        return false;
    }
  }

  [[noreturn]] static void refuse_opcode(char opcode) {
    switch (opcode) {
      case '\x82':
      case '\x83':
      case '\x84':
        throw Error(ErrorCode::unsupported, "pickle: extension codes (EXT) are not supported");
      case '\x97':
      case '\x98':
        throw Error(ErrorCode::unsupported, "pickle: out-of-band buffers are not supported");
      default:
        refuse(fmt::format("no instruction has the code 0x{:02x}",
                           static_cast<unsigned>(static_cast<unsigned char>(opcode))));
    }
  }

  Index add(Graph::Node node) {
    if (graph_.nodes_.size() >= room_.values()) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("pickle: holds more than {} values, the limit{}", room_.values(),
                              kRaiseMetadataBytes));
    }
    count_references(std::holds_alternative<Graph::Items>(node.payload)
                         ? std::get<Graph::Items>(node.payload).size()
                         : 0);
    graph_.nodes_.push_back(std::move(node));
    return static_cast<Index>(graph_.nodes_.size() - 1);
  }

  void count_references(std::size_t more) {
    references_ += more;
    if (references_ > room_.references()) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("pickle: its containers hold more than {} items, the limit{}",
                              room_.references(), kRaiseMetadataBytes));
    }
  }

  bool push(Index value) {
    stack_.push(value);
    return true;
  }

  bool push(Graph::Node node) { return push(add(std::move(node))); }

  bool push_sized(Kind kind, LengthBytes length) {
    return push({.kind = kind, .payload = read_sized(cursor_, length)});
  }

  bool remember(std::uint64_t number) {
    memo_.put(number, stack_.top());
    return true;
  }

  bool remember() {
    memo_.put(stack_.top());
    return true;
  }

  std::uint64_t decimal_number() {
    const Graph::Node node = decimal_integer(cursor_);
    const auto* const number = std::get_if<std::int64_t>(&node.payload);
    if (number == nullptr || *number < 0) {
      refuse("numbers what it remembers by something else than a number");
    }
    return static_cast<std::uint64_t>(*number);
  }

  static bool check_protocol(std::uint8_t protocol) {
    if (protocol > kLatestProtocol) {
      throw Error(ErrorCode::unsupported,
                  fmt::format("pickle: protocol {} is not supported, the latest known is {}",
                              protocol, kLatestProtocol));
    }
    return true;
  }

  bool check_frame(std::uint64_t length) {
    if (length > cursor_.remaining()) {
      refuse(fmt::format("a frame of {} bytes, {} remain", length, cursor_.remaining()));
    }
    return true;
  }

  static Graph::Items pairs(Graph::Items items) {
    if (items.size() % 2 != 0) {
      refuse("a dict with a key that has no value");
    }
    return items;
  }

  bool append(const Graph::Items& items, Kind as) {
    const Index target = container_at_top(as);
    count_references(items.size());
    auto& all = std::get<Graph::Items>(graph_.nodes_[target].payload);
    all.insert(all.end(), items.begin(), items.end());
    return true;
  }

  // The value to put items into: the one at the top of the stack or, where that is an object whose
  // class may derive from list or dict, a container kept beside it.
  Index container_at_top(Kind as) {
    const Index target = stack_.top();
    Graph::Node& node = graph_.nodes_[target];
    if (node.kind == as) {
      return target;
    }
    if (node.kind != Kind::call || as == Kind::set) {
      refuse(fmt::format("puts items into {} as if it were {}", name(node.kind), name(as)));
    }
    Call& call = std::get<Call>(node.payload);
    Index& beside = as == Kind::dict ? call.entries : call.appended;
    if (beside == 0) {
      beside = add({.kind = as, .payload = Graph::Items()});
    }
    return beside;
  }

  Graph::Node read_global() {
    const std::string_view module = read_line(cursor_);
    const std::string_view name = read_line(cursor_);
    return {.kind = Kind::global, .payload = GlobalName{.module = module, .name = name}};
  }

  bool stack_global() {
    const Index name = stack_.pop();
    const Index module = stack_.pop();
    for (const Index part : {module, name}) {
      if (graph_.kind(part) != Kind::text && graph_.kind(part) != Kind::bytes) {
        refuse(fmt::format("names a class or function by {}", pickle::name(graph_.kind(part))));
      }
    }
    return push({.kind = Kind::global,
                 .payload = GlobalName{.module = graph_.text(module), .name = graph_.text(name)}});
  }

  bool instance(Index callee, Graph::Items arguments) {
    require_callable(callee);
    const Index tuple = add({.kind = Kind::tuple, .payload = std::move(arguments)});
    return push({.kind = Kind::call, .payload = Call{.callee = callee, .arguments = tuple}});
  }

  bool instance_from_stack() {
    Graph::Items items = stack_.pop_to_mark();
    if (items.empty()) {
      refuse("makes an object without a class");
    }
    const Index callee = items.front();
    items.erase(items.begin());
    return instance(callee, std::move(items));
  }

  bool call(Index arguments) {
    const Index callee = stack_.pop();
    require_callable(callee);
    if (graph_.kind(arguments) != Kind::tuple) {
      refuse(fmt::format("calls with {} for arguments", name(graph_.kind(arguments))));
    }
    return push({.kind = Kind::call, .payload = Call{.callee = callee, .arguments = arguments}});
  }

  bool call_with_keywords() {
    Graph::Items arguments = stack_.pop(2);  // A tuple and a dict.
    return instance(stack_.pop(), std::move(arguments));
  }

  void require_callable(Index callee) const {
    const Kind kind = graph_.kind(callee);
    if (kind != Kind::global && kind != Kind::call && kind != Kind::persistent) {
      refuse(fmt::format("calls {}", name(kind)));
    }
  }

  bool build(Index state) {
    Graph::Node& node = graph_.nodes_[stack_.top()];
    if (node.kind != Kind::call) {
      refuse(fmt::format("sets the state of {}", name(node.kind)));
    }
    Call& call = std::get<Call>(node.payload);
    if (call.state != 0) {
      refuse("sets the state of an object twice");
    }
    call.state = state;
    return true;
  }

  bool push_persistent(Index id) {
    return push({.kind = Kind::persistent, .payload = Graph::Items{id}});
  }

  ByteCursor& cursor_;
  Room room_;
  Graph graph_;
  Stack stack_;
  Memo memo_;
  std::size_t references_ = 0;
  Index false_ = 0;
  Index true_ = 0;
  Index empty_tuple_ = 0;
};

Graph read_pickle(ByteCursor& cursor, std::uint64_t most_bytes) {
  return Machine(cursor, Room(most_bytes)).run();
}

}  // namespace hindcast::io::pickle
