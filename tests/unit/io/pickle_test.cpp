#include "io/container/pickle.hpp"

#include <array>
#include <random>
#include <string>

#include <doctest/doctest.h>

#include "hindcast/base/error.hpp"

#include "base/byte_cursor.hpp"
#include "io/torch/bare_pickle.hpp"
#include "support/torch_files.hpp"

using namespace hindcast;
using namespace hindcast::io::pickle;
using namespace std::string_literals;

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return std::as_bytes(std::span(text));
}

// The texts in the graph are views of the pickle, so that it must outlive the graph.
struct Read {
  std::string bytes;
  Graph graph;

  explicit Read(std::string pickle) : bytes(std::move(pickle)) {
    ByteCursor cursor(bytes_of(bytes));
    graph = read_pickle(cursor);
  }

  [[nodiscard]] Index root() const { return graph.root(); }
  [[nodiscard]] Kind kind() const { return graph.kind(root()); }
};

std::string refusal(const std::string& pickle) {
  try {
    const Read read(pickle);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

}  // namespace

TEST_CASE("pickle: every way to write an integer gives it") {
  struct Written {
    std::string pickle;
    std::int64_t value;
  };
  for (const Written& written :
       {Written{"K\x07.", 7}, Written{"M\x01\x02.", 513}, Written{"J\xff\xff\xff\xff.", -1},
        Written{"I-12\n.", -12}, Written{"L5L\n.", 5}, Written{"\x8a\x00."s, 0},
        Written{"\x8a\x01\xff.", -1}, Written{"\x8a\x02\x00\x80."s, -32768},
        Written{"\x8b\x02\x00\x00\x00\xff\x00."s, 255},
        Written{"\x8a\x08\xff\xff\xff\xff\xff\xff\xff\x7f.", INT64_MAX}}) {
    CAPTURE(written.value);
    const Read read(written.pickle);
    CHECK(read.graph.integer(read.root()) == written.value);
  }
}

TEST_CASE("pickle: integers of more than 64 bits are kept as they are written") {
  const Read binary("\x8a\x09" + std::string(9, '\x01') + ".");
  CHECK(binary.kind() == Kind::big_integer);
  CHECK(binary.graph.text(binary.root()) == std::string(9, '\x01'));
  const Read decimal("L119547037146038801333356L\n.");
  CHECK(decimal.graph.text(decimal.root()) == "119547037146038801333356");
  CHECK_FALSE(decimal.graph.integer(decimal.root()));
}

TEST_CASE("pickle: real numbers, booleans and None") {
  const Read real("G\x3f\xf8\x00\x00\x00\x00\x00\x00."s);
  CHECK(real.graph.number(real.root()) == 1.5);
  const Read decimal("F-2.5\n.");
  CHECK(decimal.graph.number(decimal.root()) == -2.5);
  CHECK(Read("N.").kind() == Kind::none);
  for (const char* const pickle : {"\x88.", "I01\n."}) {
    const Read yes(pickle);
    CHECK(yes.graph.truth(yes.root()));
    CHECK_FALSE(yes.graph.integer(yes.root()));  // Python's True is no size of a tensor.
  }
}

TEST_CASE("pickle: texts and bytes are found in place, however their length is written") {
  struct Written {
    std::string pickle;
    Kind kind;
  };
  for (const Written& written :
       {Written{"X\x02\x00\x00\x00hi."s, Kind::text}, Written{"\x8c\x02hi.", Kind::text},
        Written{"\x8d\x02\x00\x00\x00\x00\x00\x00\x00hi."s, Kind::text},
        Written{"Vhi\n.", Kind::text}, Written{"S'hi'\n.", Kind::bytes},
        Written{"S\"hi\"\n.", Kind::bytes}, Written{"U\x02hi.", Kind::bytes},
        Written{"T\x02\x00\x00\x00hi."s, Kind::bytes}, Written{"C\x02hi.", Kind::bytes},
        Written{"B\x02\x00\x00\x00hi."s, Kind::bytes},
        Written{"\x8e\x02\x00\x00\x00\x00\x00\x00\x00hi."s, Kind::bytes},
        Written{"\x96\x02\x00\x00\x00\x00\x00\x00\x00hi."s, Kind::bytes}}) {
    CAPTURE(written.pickle);
    const Read read(written.pickle);
    CHECK(read.kind() == written.kind);
    CHECK(read.graph.text(read.root()) == "hi");
  }
}

TEST_CASE("pickle: every way to fill a container gives its items in order") {
  struct Written {
    const char* pickle;
    Kind kind;
    std::size_t items;
  };
  for (const Written& written :
       {Written{").", Kind::tuple, 0}, Written{"(NNt.", Kind::tuple, 2},
        Written{"N\x85.", Kind::tuple, 1}, Written{"NN\x86.", Kind::tuple, 2},
        Written{"NNN\x87.", Kind::tuple, 3}, Written{"].", Kind::list, 0},
        Written{"(NNl.", Kind::list, 2}, Written{"]Na.", Kind::list, 1},
        Written{"](NNe.", Kind::list, 2}, Written{"}.", Kind::dict, 0},
        Written{"(NNd.", Kind::dict, 2}, Written{"}NNs.", Kind::dict, 2},
        Written{"}(NNNNu.", Kind::dict, 4}, Written{"\x8f(NN\x90.", Kind::set, 2},
        Written{"(N\x91.", Kind::set, 1}}) {
    CAPTURE(written.pickle);
    const Read read(written.pickle);
    CHECK(read.kind() == written.kind);
    CHECK(read.graph.items(read.root()).size() == written.items);
  }
  const Read pair("K\x01K\x02\x86.");
  const auto items = pair.graph.items(pair.root());
  CHECK(pair.graph.integer(items[0]) == 1);
  CHECK(pair.graph.integer(items[1]) == 2);
}

TEST_CASE("pickle: what is remembered can be used again, and a list can contain itself") {
  const Read binary(
      "K\x05q\x00"
      "0h\x00."s);
  CHECK(binary.graph.integer(binary.root()) == 5);
  const Read decimal("K\x05p12\n0g12\n.");
  CHECK(decimal.graph.integer(decimal.root()) == 5);
  const Read wide(
      "K\x05r\x00\x01\x00\x00"
      "0j\x00\x01\x00\x00."s);
  CHECK(wide.graph.integer(wide.root()) == 5);
  const Read second(
      "N\x94K\x05\x94"
      "0h\x01.");  // MEMOIZE numbers from 0 on.
  CHECK(second.graph.integer(second.root()) == 5);
  const Read self(
      "]q\x00h\x00"
      "a."s);
  CHECK(self.graph.items(self.root())[0] == self.root());
}

TEST_CASE("pickle: classes and functions are names, calls of them are records") {
  const std::array pickles = {"cposix\nsystem\n(X\x02\x00\x00\x00lstR."s,     // REDUCE
                              "cposix\nsystem\n(X\x02\x00\x00\x00lst\x81."s,  // NEWOBJ
                              "S'posix'\nS'system'\n\x93(X\x02\x00\x00\x00lstR."s,
                              "(S'ls'\niposix\nsystem\n."s,    // INST
                              "(cposix\nsystem\nS'ls'\no."s};  // OBJ
  for (const std::string& pickle : pickles) {
    CAPTURE(pickle);
    const Read read(pickle);
    const Call* const call = read.graph.call(read.root());
    REQUIRE(call != nullptr);
    CHECK(*read.graph.global(call->callee) == GlobalName{.module = "posix", .name = "system"});
    const auto arguments = read.graph.items(call->arguments);
    REQUIRE(arguments.size() == 1);
    CHECK(read.graph.text(arguments[0]) == "ls");
  }
}

TEST_CASE("pickle: keywords, state, entries and items are kept with the call") {
  const Read read("cm\nC\n)}\x92}NNsb(NNu(NNe.");
  const Call* const call = read.graph.call(read.root());
  REQUIRE(call != nullptr);
  CHECK(read.graph.items(call->arguments).size() == 2);  // A tuple and a dict.
  CHECK(read.graph.kind(call->state) == Kind::dict);
  CHECK(read.graph.items(call->entries).size() == 2);
  CHECK(read.graph.items(call->appended).size() == 2);
}

TEST_CASE("pickle: persistent objects keep their id") {
  const Read binary("K\x05Q.");
  CHECK(binary.graph.integer(binary.graph.persistent_id(binary.root())) == 5);
  const Read line("Pkey\n.");
  CHECK(line.graph.text(line.graph.persistent_id(line.root())) == "key");
}

TEST_CASE("pickle: the cursor is left behind the pickle") {
  const std::string two = "\x80\x02K\x01.\x80\x02K\x02.";
  ByteCursor cursor(bytes_of(two));
  static_cast<void>(read_pickle(cursor));
  CHECK(cursor.offset() == 5);
  const Graph second = read_pickle(cursor);
  CHECK(second.integer(second.root()) == 2);
}

TEST_CASE("pickle: lies are refused, each for its own reason") {
  struct Lie {
    std::string pickle;
    const char* message;
  };
  for (const Lie& lie : {
           Lie{"N", "ends without STOP"},
           Lie{".", "needs a value"},
           Lie{"Na.", "needs a value"},  // APPEND takes two.
           Lie{"(.", "needs a value"},
           Lie{"N(.", "needs a value"},  // The None lies below the mark.
           Lie{"N(0"
               "0"
               "0.",
               "needs a value"},
           Lie{"N(\x85.", "needs 1 values where the stack has 0"},
           Lie{"t.", "needs a mark"},
           Lie{"1.", "needs a mark"},
           Lie{"h\x01.", "recalls value 1, which it never"},
           Lie{"Nq\x05h\x04.", "recalls value 4, which it never"},
           Lie{"Nr\xff\xff\xff\xff.", "under the number 4294967295"},
           Lie{"Np-1\n.", "by something else than a number"},
           Lie{"X\x05\x00\x00\x00hi."s, "need 5 bytes"},
           Lie{"X\xff\xff\xff\xffhi.", "need 4294967295 bytes"},
           Lie{"\x8d\xff\xff\xff\xff\xff\xff\xff\xffhi.", "need 18446744073709551615 bytes"},
           Lie{"\x96\x00\x00\x00\x00\x00\x00\x00\x40hi."s, "need 4611686018427387904 bytes"},
           Lie{"\x8b\xff\xff\xff\xff.", "need 4294967295 bytes"},
           Lie{"\x95\x20\x00\x00\x00\x00\x00\x00\x00N."s, "a frame of 32 bytes"},
           Lie{"I7", "ends within a line"},
           Lie{"Iseven\n.", "'seven' is not a number"},
           Lie{"I7x\n.", "'7x' is not a number"},
           Lie{"Fx\n.", "'x' is not a number"},
           Lie{"Shi\n.", "without its quotation marks"},
           Lie{"S'\n.", "without its quotation marks"},
           Lie{"S'hi\"\n.", "without its quotation marks"},
           Lie{"}(Nu.", "a key that has no value"},
           Lie{"(Nd.", "a key that has no value"},
           Lie{")Na.", "puts items into a tuple as if it were a list"},
           Lie{"]NNs.", "puts items into a list as if it were a dict"},
           Lie{"}Na.", "puts items into a dict as if it were a list"},
           Lie{"K\x01QNNs.", "puts items into a persistent object"},
           Lie{"](N\x90.", "puts items into a list as if it were a set"},
           Lie{"cm\nC\n)R(N\x90.", "puts items into an object as if it were a set"},
           Lie{"}}b.", "sets the state of a dict"},
           Lie{"cm\nC\n)R}b}b.", "sets the state of an object twice"},
           Lie{"K\x01)R.", "calls an integer"},
           Lie{"(K\x01No.", "calls an integer"},
           Lie{"cm\nC\n]R.", "calls with a list for arguments"},
           Lie{"(o.", "makes an object without a class"},
           Lie{"K\x01K\x02\x93.", "names a class or function by an integer"},
           Lie{"\x80\x06N.", "protocol 6 is not supported"},
           Lie{"\x82\x01.", "extension codes"},
           Lie{"\x83\x01\x01.", "extension codes"},
           Lie{"\x84\x01\x01\x01\x01.", "extension codes"},
           Lie{"\x97.", "out-of-band buffers"},
           Lie{"N\x98.", "out-of-band buffers"},
           Lie{"\xff.", "no instruction has the code 0xff"},
       }) {
    CAPTURE(lie.pickle);
    const std::string message = refusal(lie.pickle);
    CAPTURE(message);
    CHECK(message.find(lie.message) != std::string::npos);
  }
}

TEST_CASE("pickle: more values than any checkpoint has are refused before they fill memory") {
  CHECK(refusal(std::string(4'200'000, ']'))
            .find("more than 4194304 values, the limit; raise it with --max-metadata-bytes") !=
        std::string::npos);
  CHECK(refusal(std::string(8'400'000, 'N')).find("a stack of more than") != std::string::npos);
  CHECK(refusal(std::string(8'400'000, '(')).find("a stack of more than") != std::string::npos);
  // One list, appended to itself as a whole block again and again.
  std::string doubling = "]q\x00"s;
  for (int i = 0; i < 10'000; ++i) {
    doubling += "(";
    doubling += std::string(1000, 'N');
    doubling += "e";
  }
  CHECK(refusal(doubling + ".").find("its containers hold more than") != std::string::npos);
}

TEST_CASE("pickle: no prefix of a pickle is one") {
  namespace p = test::pickled;
  const std::string pickle = p::whole(p::dict({{"w", p::tensor({})}}));
  for (std::size_t length = 0; length < pickle.size(); ++length) {
    CAPTURE(length);
    CHECK_FALSE(refusal(pickle.substr(0, length)).empty());
  }
  CHECK(refusal(pickle).empty());
}

TEST_CASE("pickle: random bytes are read or refused, never anything else") {
  constexpr unsigned kSeed = 20240607;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  constexpr std::string_view kInteresting = "(tNlaesudb]})RoQcq0h12.KXq\x81\x85\x86\x93\x94\x90";
  for (int round = 0; round < 20'000; ++round) {
    std::string pickle(1 + random() % 60, '\0');
    for (char& byte : pickle) {
      byte = random() % 3 == 0 ? static_cast<char>(random() % 256)
                               : kInteresting[random() % kInteresting.size()];
    }
    static_cast<void>(refusal(pickle));
  }
}

TEST_CASE("bare pickle: named as such, with what it would import") {
  const auto described = [](const std::string& pickle) {
    return io::torch::describe_bare_pickle(bytes_of(pickle)).value_or("no pickle");
  };
  const std::string reason =
      "a bare pickle, not a PyTorch checkpoint: pickles can run code, so it is not read";
  CHECK(described("\x80\x04]N\x61.") == reason);
  CHECK(described("\x80\x03"
                  "cposix\nsystem\n)R.") == reason + " (it refers to posix.system)");
  CHECK(described("c__builtin__\neval\n(S'1'\ntR.") == reason + " (it refers to __builtin__.eval)");
  CHECK(described("\x80\x02 broken") == reason);
  CHECK(described("N.") == "no pickle");  // A text, rather.
  CHECK(described("hello\n") == "no pickle");
  CHECK(described("") == "no pickle");
  CHECK(described("\x80\x04"
                  "ctorch.distributed.checkpoint.metadata\nMetadata\n)\x81.")
            .starts_with("the index of a sharded PyTorch checkpoint"));
}
