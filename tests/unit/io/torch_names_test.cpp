#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "support/torch_checkpoint.hpp"
#include "support/torch_files.hpp"

using namespace hindcast;
using namespace std::string_literals;

namespace {

namespace p = test::pickled;
using Opened = test::OpenedTorch;
using test::kOneToFour;
using test::Names;
using test::Refusal;
using test::refusal;
using test::torch_zip;
using test::Values;

const std::string kW = p::tensor({});  // A tensor, where any will do.

}  // namespace

TEST_CASE("torch: equal views are one tensor with aliases, different views are several") {
  const Opened opened(torch_zip(p::dict({{"emb", kW},
                                         {"head", kW},
                                         {"t", p::tensor({.strides = {1, 2}})},
                                         {"row", p::tensor({.size = {2}, .strides = {1}})},
                                         {"again", kW}})));
  CHECK(opened.names() == Names{"emb", "t", "row"});
  CHECK(opened->tensors()[0].aliases == Names{"head", "again"});
}

TEST_CASE("torch: one tensor under two names is listed once") {
  // Remembered and recalled, so that the pickle itself says it is one.
  const Opened opened(torch_zip("}(" + p::text("a") + kW + "q\x05" + p::text("b") + "h\x05" + "u"));
  CHECK(opened.names() == Names{"a"});
  CHECK(opened->tensors()[0].aliases == Names{"b"});
}

TEST_CASE("torch: dicts, lists and objects give dotted paths") {
  const Opened opened(torch_zip(p::dict({
      {"layers", "](" + p::dict({{"w", kW}}) + p::tensor({.size = {4}, .strides = {1}}) + "e"},
      {"obj", p::call(p::global("m", "C"), {}) +
                  p::dict({{"inner", p::tensor({.size = {1}, .strides = {1}})}}) + "b"},
  })));
  CHECK(opened.paths() == Names{"layers.0.w", "layers.1", "obj.inner"});
}

TEST_CASE("torch: a pickled module has the names of its state dict") {
  const auto module = [](const p::Entries& parameters, const p::Entries& modules) {
    return p::call(p::global("torch.nn.modules.module", "Module"), {}) +
           p::dict({{"training", "\x88"},
                    {"_parameters", p::ordered_dict(parameters)},
                    {"_buffers", p::dict({})},
                    {"_modules", p::ordered_dict(modules)}}) +
           "b";
  };
  const Opened opened(torch_zip(module({{"scale", p::tensor({.size = {1}, .strides = {1}})}},
                                       {{"conv", module({{"weight", kW}}, {})}})));
  CHECK(opened.names() == Names{"scale", "conv.weight"});
  CHECK(opened->problems().empty());
}

TEST_CASE("torch: Python 2 gives an OrderedDict its items as a list of pairs") {
  const std::string pairs = "]((U\x01wq\x00"s + kW + "le";
  const Opened opened(torch_zip(p::call(p::global("collections", "OrderedDict"), {pairs})));
  CHECK(opened.names() == Names{"w"});
}

TEST_CASE("torch: the weights are found under the usual keys, which are no part of names") {
  struct Wrapped {
    std::string value;
    const char* path;
    const char* name;
  };
  const auto inner = p::dict({{"fc.weight", kW}});
  for (const Wrapped& wrapped : {
           Wrapped{inner, "fc.weight", "fc.weight"},
           Wrapped{p::dict({{"epoch", p::integer(3)}, {"state_dict", inner}}),
                   "state_dict.fc.weight", "fc.weight"},
           Wrapped{p::dict({{"model", p::dict({{"state_dict", inner}})}}),
                   "model.state_dict.fc.weight", "fc.weight"},
           Wrapped{p::dict({{"model", "N"}, {"ema", inner}}), "ema.fc.weight", "fc.weight"},
           Wrapped{p::dict({{"module", p::dict({{"module.fc.weight", kW}})}}),
                   "module.module.fc.weight", "fc.weight"},
           Wrapped{p::dict({{"encoder", inner}}), "encoder.fc.weight", "encoder.fc.weight"},
           Wrapped{"](" + inner + "e", "0.fc.weight", "0.fc.weight"},
           Wrapped{kW, "tensor", "tensor"},
           Wrapped{p::dict({{"model", kW}}), "model", "model"},
           Wrapped{p::dict({{"_orig_mod.module.fc.weight", kW}}), "_orig_mod.module.fc.weight",
                   "fc.weight"},
       }) {
    CAPTURE(wrapped.path);
    const Opened opened(torch_zip(wrapped.value));
    REQUIRE(opened->tensors().size() == 1);
    CHECK(opened->tensors()[0].path == wrapped.path);
    CHECK(opened->tensors()[0].name == wrapped.name);
    CHECK_FALSE(opened->tensors()[0].evidence.optimizer_state);
  }
}

TEST_CASE("torch: a prefix that not all weights share is part of their names") {
  const Opened opened(
      torch_zip(p::dict({{"module.a", kW}, {"other.b", p::tensor({.strides = {1, 2}})}})));
  CHECK(opened.names() == Names{"module.a", "other.b"});
}

TEST_CASE("torch: optimiser state, schedules and copies are listed, but not as weights") {
  const auto vector = [](std::int64_t length) {
    return p::tensor({.size = {length}, .strides = {1}});
  };
  const auto optimizer =
      p::dict({{"state", p::dict({{"exp_avg", vector(2)}})}, {"param_groups", "]"}});
  const Opened opened(torch_zip(p::dict({{"model_ema", p::dict({{"w", vector(3)}})},
                                         {"optimizer", optimizer},
                                         {"state_dict", p::dict({{"w", kW}})},
                                         {"head", p::dict({{"w", vector(4)}})},
                                         {"lr_schedulers", "](" + vector(1) + "e"}})));
  // The weights first, then the rest in its own order.
  CHECK(opened.names() ==
        Names{"w", "model_ema.w", "optimizer.state.exp_avg", "head.w", "lr_schedulers.0"});
  std::vector<bool> state;
  for (const auto& tensor : opened->tensors()) {
    state.push_back(tensor.evidence.optimizer_state);
  }
  CHECK(state == std::vector<bool>{false, false, true, false, true});
  CHECK(opened->tensors()[1].evidence.role == tensor::Role::other);
  REQUIRE(opened->problems().size() == 1);
  CHECK(opened->problems()[0].reason == "also holds 'model_ema' (1 tensor), not analysed");
}

TEST_CASE("torch: a module of a state dict may be called what trainers call their state") {
  const auto vector = [](std::int64_t length) {
    return p::tensor({.size = {length}, .strides = {1}});
  };
  const Opened opened(torch_zip(p::dict({{"optim.fc.weight", kW},
                                         {"scheduler.weight", vector(2)},
                                         {"optimizer_net.fc.weight", vector(3)}})));
  CHECK(opened.names() == Names{"optim.fc.weight", "scheduler.weight", "optimizer_net.fc.weight"});
  for (const auto& tensor : opened->tensors()) {
    CAPTURE(tensor.path);
    CHECK_FALSE(tensor.evidence.optimizer_state);
    CHECK_FALSE(tensor.evidence.role);
  }
}

TEST_CASE("torch: hyperparameters beside the weights are neither weights nor the optimiser's") {
  const Opened opened(torch_zip(
      p::dict({{"state_dict", p::dict({{"w", kW}})},
               {"hyper_parameters", p::dict({{"t", p::tensor({.size = {3}, .strides = {1}})}})}})));
  REQUIRE(opened.names() == Names{"w", "hyper_parameters.t"});
  CHECK_FALSE(opened->tensors()[1].evidence.optimizer_state);
  CHECK(opened->tensors()[1].evidence.role == tensor::Role::other);
}

TEST_CASE("torch: the state dict of an optimiser is known by its form") {
  const Opened opened(torch_zip(p::dict({{"state", p::dict({{"0", kW}})}, {"param_groups", "]"}})));
  CHECK(opened->tensors()[0].evidence.optimizer_state);
}

TEST_CASE("torch: weights that an earlier key shares are found under the chosen one") {
  const auto shared = p::dict({{"w", kW}}) + "q\x07";
  const Opened opened(torch_zip("}(" + p::text("ema") + shared + p::text("state_dict") + "h\x07u"));
  CHECK(opened.paths() == Names{"state_dict.w"});
}

TEST_CASE("torch: step and epoch are read from the top of the checkpoint") {
  const auto counted = [](const p::Entries& entries) {
    p::Entries all = entries;
    all.emplace_back("state_dict", p::dict({{"w", kW}}));
    return Opened(torch_zip(p::dict(all)));
  };
  const Opened lightning = counted({{"epoch", p::integer(-1)}, {"global_step", p::integer(500)}});
  CHECK(lightning->epoch() == -1);
  CHECK(lightning->step() == 500);
  CHECK(counted({{"iter", p::integer(7)}})->step() == 7);
  CHECK(counted({{"iter", p::integer(7)}, {"iteration", p::integer(8)}})->step() == 8);
  CHECK_FALSE(counted({{"epoch", p::text("3")}})->epoch());
  CHECK_FALSE(counted({})->step());
}

TEST_CASE("torch: a key that comes again has its last value, and the file says so") {
  const Opened opened(torch_zip(p::dict({{"w", kW},
                                         {"v", p::tensor({.size = {1}, .strides = {1}})},
                                         {"w", p::tensor({.size = {4}, .strides = {1}})}})));
  CHECK(opened.names() == Names{"w", "v"});
  CHECK(opened->tensors()[0].shape == std::vector<std::uint64_t>{4});
  REQUIRE(opened->problems().size() == 1);
  CHECK(opened->problems()[0].reason ==
        "a dict holds the key 'w' more than once; the last value counts");
}

TEST_CASE("torch: tensors whose paths collide are listed once, and the file says so") {
  const Opened opened(
      torch_zip(p::dict({{"a.b", kW}, {"a", p::dict({{"b", p::tensor({.strides = {1, 2}})}})}})));
  CHECK(opened.names() == Names{"a.b"});
  REQUIRE(opened->problems().size() == 1);
  CHECK(opened->problems()[0].where == "a.b");
}

TEST_CASE("torch: code is named and not run") {
  const auto attack = p::call(p::global("posix", "system"), {p::text("touch pwned")});
  const Opened beside(torch_zip(p::dict({{"w", kW}, {"x", attack}})));
  CHECK(beside.names() == Names{"w"});
  REQUIRE(beside->problems().size() == 1);
  CHECK(beside->problems()[0].where == "data.pkl");
  CHECK(beside->problems()[0].reason == "refers to posix.system; not run");
  const Refusal alone = refusal(torch_zip(attack));
  CHECK(alone.code == ErrorCode::unsupported);
  CHECK(alone.message == "holds no tensors, but refers to posix.system, which is not run");
  // A tensor handed to it is found all the same.
  const Opened inside(torch_zip(p::dict({{"x", p::call(p::global("m", "f"), {kW})}})));
  CHECK(inside.names() == Names{"x.0"});
}

TEST_CASE("torch: names of code cannot steer a terminal, however long or many they are") {
  const Opened escaped(torch_zip(p::dict({{"w", kW}, {"x", p::global("a\x1b[2J", "b")}})));
  CHECK(escaped->problems()[0].reason == "refers to a\\x1b[2J.b; not run");
  std::string many = "](";
  for (int i = 0; i < 5000; ++i) {
    many += p::global("m", "f" + std::to_string(i));
  }
  const Opened listed(torch_zip(p::dict({{"w", kW}, {"x", many + "e"}})));
  CHECK(listed->problems()[0].reason.size() < 200);
}

TEST_CASE("torch: TorchScript archives have their attributes and constants") {
  auto parts = test::torch_zip_parts(
      p::call(p::global("__torch__", "Net"), {}) + p::dict({{"weight", kW}}) + "b", kOneToFour);
  parts.push_back({.name = "archive/constants.pkl",
                   .content = p::whole(p::tuple({p::tensor({.size = {4}, .strides = {1}})}))});
  parts.push_back({.name = "archive/constants/0", .content = test::bytes_of<float>({5, 6, 7, 8})});
  parts.push_back({.name = "archive/code/__torch__.py", .content = "pass\n"});
  const Opened opened(test::zip_of(parts));
  CHECK(opened.names() == Names{"weight", "constants.0"});
  CHECK(opened.values(1) == Values{5, 6, 7, 8});
  CHECK(opened->problems().empty());
}

TEST_CASE("torch: parts of a DeepSpeed ZeRO checkpoint say what they are") {
  const auto empty = p::tensor({.size = {0}, .strides = {1}});
  const auto optimizer = p::dict(
      {{"zero_stage", p::integer(2)}, {"single_partition_of_fp32_groups", "](" + kW + "e"}});
  for (const std::string& value :
       {p::dict({{"module", p::dict({{"w", empty}})}, {"param_shapes", "]"}}),
        p::dict({{"optimizer_state_dict", optimizer}})}) {
    const Refusal refused = refusal(torch_zip(value));
    CHECK(refused.code == ErrorCode::unsupported);
    CHECK(refused.message.find("zero_to_fp32.py") != std::string::npos);
  }
  CHECK(refusal(torch_zip(p::dict({{"module", p::dict({{"w", kW}})}, {"param_shapes", "]"}})))
            .message.empty());
}

TEST_CASE("torch: the parts of a distributed checkpoint say what they are") {
  const std::string archive = torch_zip(kW);
  const Refusal refused = refusal(archive + archive + archive);
  CHECK(refused.code == ErrorCode::unsupported);
  CHECK(refused.message.starts_with("one part of a sharded PyTorch checkpoint"));
}
