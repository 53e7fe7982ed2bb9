#include <chrono>
#include <random>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "base/mapped_file.hpp"
#include "support/torch_checkpoint.hpp"
#include "support/torch_files.hpp"

using namespace hindcast;
using namespace std::string_literals;

namespace {

namespace p = test::pickled;
using Opened = test::OpenedTorch;
using test::kOneToFour;
using test::Refusal;
using test::refusal;
using test::torch_legacy;
using test::torch_zip;
using test::Values;

const std::string kW = p::tensor({});  // A tensor, where any will do.

}  // namespace

namespace {

struct TensorLie {
  p::Tensor tensor;
  ErrorCode code;
  const char* message;
};

std::vector<TensorLie> tensor_lies() {
  constexpr std::int64_t kHuge = std::int64_t{1} << 62;
  return {
      {{.strides = {1'000'000, 1}}, ErrorCode::malformed, "w: reaches beyond the 4 elements"},
      {{.offset = 1}, ErrorCode::malformed, "w: reaches beyond the 4 elements"},
      {{.offset = 4, .size = {1}, .strides = {1}},
       ErrorCode::malformed,
       "w: begins at element 4 of a storage of 4"},
      {{.offset = INT64_MAX}, ErrorCode::malformed, "w: begins at element 9223372036854775807"},
      {{.offset = -1}, ErrorCode::malformed, "w: an offset is negative: -1"},
      {{.size = {-2, 2}}, ErrorCode::malformed, "w: a size is negative: -2"},
      {{.strides = {-2, 1}}, ErrorCode::malformed, "w: a stride is negative: -2"},
      {{.strides = {1}}, ErrorCode::malformed, "w: has 2 sizes and 1 strides"},
      {{.size = {kHuge, 8}, .strides = {0, 0}}, ErrorCode::malformed, "does not fit 64 bits"},
      {{.size = {3, 2}, .strides = {kHuge, 1}}, ErrorCode::malformed, "w: reaches beyond"},
      // (5 - 1) * 2^62 wraps to 0.
      {{.size = {5}, .strides = {kHuge}}, ErrorCode::malformed, "does not fit 64 bits"},
      {{.size = {1LL << 32}, .strides = {0}},
       ErrorCode::limit_exceeded,
       "w: has 4294967296 values, the limit is"},
      {{.size = std::vector<std::int64_t>(33, 1), .strides = std::vector<std::int64_t>(33, 1)},
       ErrorCode::limit_exceeded,
       "w: has 33 axes, the limit is 32"},
      {{.storage_elements = 1000, .size = {1000}, .strides = {1}},
       ErrorCode::malformed,
       "w: storage '0' should hold 1000 elements of 4 bytes, it has 16 bytes"},
      {{.storage_elements = 2}, ErrorCode::malformed, "w: storage '0' should hold 2 elements"},
      {{.storage_elements = kHuge}, ErrorCode::malformed, "does not fit 64 bits"},
      {{.storage_elements = -4}, ErrorCode::malformed, "the length of a storage is negative"},
      {{.key = "1"}, ErrorCode::malformed, "w: the archive has no record 'data/1'"},
      {{.key = "../../etc/passwd"}, ErrorCode::malformed, "no record 'data/../../etc/passwd'"},
      {{.key = std::string(2000, 'k')},
       ErrorCode::malformed,
       "w: the key of a storage is 2000 bytes long"},
      {{.storage = "EvilStorage"},
       ErrorCode::unsupported,
       "w: storages of type torch.EvilStorage are not supported"},
  };
}

}  // namespace

TEST_CASE("torch: tensors that lie are refused, each for its own reason") {
  for (const TensorLie& lie : tensor_lies()) {
    CAPTURE(lie.message);
    const Refusal refused = refusal(torch_zip(p::dict({{"w", p::tensor(lie.tensor)}})));
    CAPTURE(refused.message);
    CHECK(refused.message.find(lie.message) != std::string::npos);
    CHECK(refused.code == lie.code);
  }
}

TEST_CASE("torch: calls that are no tensors are refused, each for its own reason") {
  const auto rebuild = p::global("torch._utils", "_rebuild_tensor_v2");
  const auto with = [&](std::size_t index, const std::string& argument) {
    auto arguments = p::tensor_arguments({});
    arguments[index] = argument;
    return p::call(rebuild, arguments);
  };
  struct Lie {
    std::string value;
    const char* message;
  };
  for (const Lie& lie : {
           Lie{with(0, "N"), "w: what should be a tuple is None"},
           Lie{with(0, p::text("x") + "Q"), "w: what should be a tuple is a text"},
           Lie{with(0, p::tuple({p::text("storage")}) + "Q"), "w: a tuple of 1 values"},
           Lie{with(0, p::tuple({p::text("module"), "N", "N", "N", "N"}) + "Q"),
               "w: a persistent object that is no storage"},
           Lie{with(1, "\x88"), "w: an offset is a boolean"},
           Lie{with(2, "\x8a\x09" + std::string(9, '\x7f')), "w: a size is an integer of more"},
           Lie{with(2, p::tuple({p::text("2"), p::text("2")})), "w: a size is a text"},
           Lie{with(3, "N"), "w: a stride is None"},
           Lie{p::call(rebuild, {}), "w: a tuple of 0 values, at least 2 are needed"},
           Lie{p::call(rebuild, {p::storage({}), p::integer(0)}),
               "w: a tensor without its size and strides"},
           Lie{p::tensor({}) + "NNs", "w: items are put into a tensor"},
           Lie{p::tensor({}) + "Na", "w: items are put into a tensor"},
       }) {
    CAPTURE(lie.message);
    const Refusal refused = refusal(torch_zip(p::dict({{"w", lie.value}})));
    CAPTURE(refused.message);
    CHECK(refused.message.find(lie.message) == 0);
    CHECK(refused.code == ErrorCode::malformed);
  }
}

TEST_CASE("torch: archives that lie are refused, each for its own reason") {
  const auto value = p::dict({{"w", kW}});
  const auto message = [&](auto change) {
    auto parts = test::torch_zip_parts(value, kOneToFour);
    change(parts);
    return refusal(test::zip_of(parts)).message;
  };
  using Parts = std::vector<test::ZipPart>;
  CHECK(message([](Parts&) {}).empty());
  CHECK(message([](Parts& parts) {
          parts[1].deflated = true;
        }).find("record 'data/0' is compressed") != std::string::npos);
  CHECK(message([](Parts& parts) { parts[0].deflated = true; }).empty());
  CHECK(message([](Parts& parts) {
          parts.push_back({.name = "archive/byteorder", .content = "middle"});
        }) == "data.pkl: byteorder is 'middle', not 'little' or 'big'");
  CHECK(message([](Parts& parts) {
          parts.push_back({.name = "other/data.pkl", .content = "N."});
        }) == "two checkpoints in one archive: archive and other");
  CHECK(message([](Parts& parts) { parts[0].content += "N."; }) ==
        "data.pkl: 2 bytes follow the pickle");
  CHECK(message([](Parts& parts) { parts[0].content.clear(); }) ==
        "data.pkl: pickle: ends without STOP");
  CHECK(message([](Parts& parts) { parts[0].content = "N."; }) == "holds no tensors");
}

TEST_CASE("torch: NumPy arrays that lie about their size are refused") {
  const auto message = [](const std::string& array) {
    return refusal(torch_zip(p::dict({{"a", array}}))).message;
  };
  CHECK(message(p::numpy_array("f4", "<", {2}, p::binary("1234"))) ==
        "a: an array of shape (2) takes 8 bytes, 4 are stored");
  CHECK(message(p::numpy_array("f4", "<", {1}, p::binary("12345678"))) ==
        "a: an array of shape (1) takes 4 bytes, 8 are stored");
  CHECK(message(p::numpy_array("f4", "<", {-1}, p::binary("1234"))) == "a: a size is negative: -1");
  // As a text, four bytes can stand for two to four; how many is known once they are decoded.
  const auto encoded =
      p::call(p::global("_codecs", "encode"), {p::text("\xc2\x80\xc2\x81"), p::text("latin1")});
  const Opened lying(torch_zip(p::dict({{"a", p::numpy_array("u1", "|", {3}, encoded)}})));
  CHECK_THROWS_WITH_AS(static_cast<void>(lying.values(0)), "a: its shape takes 3 bytes, it has 2",
                       Error);
  const auto not_latin1 =
      p::call(p::global("_codecs", "encode"), {p::text("\xe2\x82\xac"), p::text("latin1")});
  const Opened other(torch_zip(p::dict({{"a", p::numpy_array("u1", "|", {2}, not_latin1)}})));
  CHECK_THROWS_WITH_AS(static_cast<void>(other.values(0)),
                       "a: its values are not bytes written as Latin-1", Error);
}

TEST_CASE("torch: a storage's checksum is checked when it is read, as often as it is wrong") {
  std::string bytes = torch_zip(p::dict({{"w", kW}}));
  const std::size_t at = bytes.find(kOneToFour[0].second);
  REQUIRE(at != std::string::npos);
  bytes[at] = '\x7f';
  const Opened opened(bytes);
  for (int time = 0; time < 2; ++time) {
    CHECK_THROWS_WITH_AS(static_cast<void>(opened.values(0)),
                         "w: archive/data/0: its content does not match its checksum (CRC-32)",
                         Error);
  }
}

TEST_CASE("torch: a tensor that repeats very little very often is listed, not read") {
  const p::Tensor repeated = {.size = {1LL << 26}, .strides = {0}};  // 512 MiB of doubles.
  const std::string bytes = torch_zip(p::dict({{"w", p::tensor(repeated)}, {"v", kW}}));
  const Opened opened(bytes);
  CHECK(opened->tensors()[0].unreadable.starts_with(
      "takes 536870912 bytes of memory and stores 4, "));
  CHECK(opened->tensors()[1].unreadable.empty());
  const Opened allowed(bytes, {.expansion_free_bytes = 512ULL << 20U});
  CHECK(allowed->tensors()[0].unreadable.empty());
}

TEST_CASE("torch: limits hold for what a file claims") {
  const auto bytes = torch_zip(p::dict({{"a", kW}, {"b", kW}, {"c", "](](" + kW + "ee"}}));
  CHECK(refusal(bytes, {.tensors = 3}).message.empty());
  CHECK(refusal(bytes, {.tensors = 2}).code == ErrorCode::limit_exceeded);
  CHECK(refusal(bytes, {.depth = 2}).code == ErrorCode::limit_exceeded);
  CHECK(refusal(bytes, {.name_bytes = 4}).code == ErrorCode::limit_exceeded);
  CHECK(refusal(bytes, {.attribute_bytes = 20}).code == ErrorCode::limit_exceeded);
  CHECK(refusal(bytes, {.tensor_values = 3}).code == ErrorCode::limit_exceeded);
}

TEST_CASE("torch legacy: lies are refused, each for its own reason") {
  const auto value = p::whole(p::dict({{"w", kW}}));
  const auto header = test::torch_legacy_header();
  const auto magic = header.substr(0, header.find('.') + 1);
  struct Lie {
    std::string bytes;
    ErrorCode code;
    const char* message;
  };
  using test::torch_legacy_storages;
  const auto two_widths =
      p::dict({{"a", kW}, {"b", p::tensor({.storage = "DoubleStorage", .storage_elements = 2})}});
  const auto bad_part = p::tuple({p::text("storage"), p::global("torch", "FloatStorage"),
                                  p::text("0"), p::text("cpu"), p::integer(4),
                                  p::tuple({p::text("v"), p::integer(3), p::integer(2)})}) +
                        "Q";
  for (const Lie& lie : {
           Lie{magic + p::whole(p::integer(1002)), ErrorCode::unsupported,
               "protocol version is not 1001"},
           Lie{magic + p::whole(p::integer(1001)) + p::whole("N"), ErrorCode::malformed,
               "the description of the system is None"},
           Lie{header + value + p::whole("N"), ErrorCode::malformed,
               "the list of storages is None"},
           Lie{header + value + torch_legacy_storages({}), ErrorCode::malformed,
               "w: the file has no storage '0'"},
           Lie{header + value + torch_legacy_storages({{}, {}}), ErrorCode::malformed,
               "two storages '0'"},
           Lie{header + value + torch_legacy_storages({{.key = "9"}}), ErrorCode::malformed,
               "storage '9' has elements of unknown size"},
           Lie{header + value + torch_legacy_storages({{.elements = 5}}), ErrorCode::malformed,
               "need 20 bytes"},
           Lie{header + value + torch_legacy_storages({{.elements = ~std::uint64_t{0}}}),
               ErrorCode::malformed, "does not fit 64 bits"},
           Lie{header + value + torch_legacy_storages({{}}) + "x", ErrorCode::malformed,
               "1 bytes follow the last storage"},
           Lie{torch_legacy(two_widths), ErrorCode::malformed,
               "storage '0' has elements of 4 bytes and of 8"},
           Lie{torch_legacy(p::dict({{"w", p::tensor({.storage_elements = 3})}})),
               ErrorCode::malformed, "w: storage '0' should hold 3 elements"},
           Lie{torch_legacy(p::dict({{"w", p::call(p::global("torch._utils", "_rebuild_tensor"),
                                                   {bad_part, p::integer(0), p::integers({1}),
                                                    p::integers({1})})}})),
               ErrorCode::malformed, "w: a part of a storage that lies outside it"},
       }) {
    CAPTURE(lie.message);
    const Refusal refused = refusal(lie.bytes);
    CAPTURE(refused.message);
    CHECK(refused.message.find(lie.message) != std::string::npos);
    CHECK(refused.code == lie.code);
  }
}

TEST_CASE("torch legacy: the magic number is known in every protocol, other pickles are not") {
  const auto probe = [](const std::string& bytes) {
    return io::torch_legacy_format.probe(std::as_bytes(std::span(bytes)));
  };
  const auto number = "\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19"s;
  CHECK(probe("\x80\x02\x8a\x0a" + number + "."));
  CHECK(probe("\x80\x03\x8a\x0a" + number + "."));
  CHECK(probe("\x80\x04\x95\x0d\x00\x00\x00\x00\x00\x00\x00\x8a\x0a"s + number + "."));
  CHECK(probe("\x80\x05\x95\x0d\x00\x00\x00\x00\x00\x00\x00\x8a\x0a"s + number + "."));
  CHECK(probe("L119547037146038801333356L\n."));
  CHECK_FALSE(probe("\x80\x02}q\x00."s));
  CHECK_FALSE(probe("L7L\n."));
  CHECK_FALSE(probe(""));
}

TEST_CASE("torch legacy: the tar archives of PyTorch 0.1 are named") {
  std::string tar(1024, '\0');
  tar.replace(0, 8, "sys_info");
  tar.replace(257, 5, "ustar");
  CHECK(refusal(tar).message ==
        "a tar archive of PyTorch 0.1, which is not supported; load it with PyTorch and save it "
        "again");
  tar.replace(0, 8, "document");
  CHECK_FALSE(io::torch_legacy_format.probe(std::as_bytes(std::span(tar))));
}

TEST_CASE("torch: no prefix of a file is one") {
  const auto value = p::dict({{"w", kW}});
  for (const std::string& whole : {torch_zip(value), torch_legacy(value)}) {
    const test::TemporaryDirectory directory;
    for (std::size_t length = 0; length < whole.size(); ++length) {
      CAPTURE(length);
      auto file =
          std::make_shared<const MappedFile>(directory.write("f.pt", whole.substr(0, length)));
      for (const io::Format* format : {&io::torch_zip_format, &io::torch_legacy_format}) {
        if (format->probe(file->bytes())) {
          CHECK_THROWS_AS(static_cast<void>(format->open(file, {})), Error);
        }
      }
    }
  }
}

namespace {

// Opens the file as either format, whatever it looks like, and reads all that can be read.
void read_everything(const std::filesystem::path& path) {
  const auto file = std::make_shared<const MappedFile>(path);
  for (const io::Format* format : {&io::torch_zip_format, &io::torch_legacy_format}) {
    try {
      const auto checkpoint = format->open(file, {.tensor_values = 1 << 20});
      for (std::size_t i = 0; i < checkpoint->tensors().size(); ++i) {
        const tensor::TensorInfo& info = checkpoint->tensors()[i];
        Values out(info.unreadable.empty() ? element_count(info.shape) : 0);
        if (info.unreadable.empty() && is_real(info.dtype)) {
          checkpoint->read(i, out);
        }
      }
    } catch (const Error&) {
      // Refused, which is as good.
    }
  }
}

}  // namespace

TEST_CASE("torch: a file with flipped bits is read or refused, never anything else") {
  const auto value = p::dict({{"model", p::ordered_dict({{"w", kW}, {"v", kW}})},
                              {"a", p::numpy_array("f4", "<", {1}, p::binary("1234"))},
                              {"epoch", p::integer(3)}});
  constexpr unsigned kSeed = 20240608;
  CAPTURE(kSeed);
  std::mt19937 random(kSeed);
  const test::TemporaryDirectory directory;
  for (const std::string& whole : {torch_zip(value), torch_legacy(value)}) {
    for (int round = 0; round < 500; ++round) {
      std::string bytes = whole;
      for (int flips = 0; flips < 1 + round % 3; ++flips) {
        bytes[random() % bytes.size()] ^= static_cast<char>(1U << random() % 8);
      }
      read_everything(directory.write("f.pt", bytes));
    }
  }
}

TEST_CASE("torch: values that share and contain each other cost no more than they take") {
  const auto begin = std::chrono::steady_clock::now();
  // Each list holds the one before it a thousand times: 1000^200 paths to no tensor.
  std::string laughs = "]q\x00"s;
  for (int level = 1; level < 200; ++level) {
    laughs += "](";
    for (int i = 0; i < 1000; ++i) {
      laughs += "h" + std::string(1, static_cast<char>(level - 1));
    }
    laughs += "eq" + std::string(1, static_cast<char>(level));
  }
  CHECK(refusal(torch_zip(laughs)).message == "holds no tensors");
  // As many with a tensor at the end: each list is entered once.
  std::string tied = "](" + kW + "eq\x00"s;
  CHECK(refusal(torch_zip(tied + laughs.substr(3))).message.empty());
  // Parameters of parameters of ..., all of them under names of their own.
  std::string nested = "](" + p::global("torch._utils", "_rebuild_parameter") +
                       "q\x00"
                       "0"s;
  nested += ")r\x00\x01\x00\x00"s;
  for (int i = 0; i < 20'000; ++i) {
    nested += "h\x00j\x00\x01\x00\x00\x85Rr\x00\x01\x00\x00"s;
  }
  CHECK(refusal(torch_zip(nested + "e")).message == "holds no tensors");
  // One long key for very many tensors.
  std::string keys = p::text(std::string(60'000, 'k')) +
                     "q\x00"
                     "0"s +
                     kW +
                     "q\x01"
                     "0](";
  for (int i = 0; i < 20'000; ++i) {
    keys += "}h\x00h\x01s"s;
  }
  CHECK(refusal(torch_zip(keys + "e")).code == ErrorCode::limit_exceeded);
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(30));
}
