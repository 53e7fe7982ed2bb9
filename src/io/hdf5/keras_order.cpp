// The order of the weights in Keras 1 and 2 files.
//
//   /                 layer_names = [conv2d_1, flatten_1, dense_1], keras_version, backend
//   /conv2d_1         weight_names = [conv2d_1/kernel:0, conv2d_1/bias:0]
//   /conv2d_1/conv2d_1/kernel:0 ...
//   /top_level_model_weights    weight_names of variables that belong to no layer (Keras >= 2.9)
//
// In a full model all of this is below /model_weights. Attributes over 64 KiB are split into
// layer_names0, layer_names1, ...
// https://github.com/keras-team/tf-keras/blob/master/tf_keras/saving/legacy/hdf5_format.py
//
// Names are only followed downwards from their own group. One that leads elsewhere or nowhere is
// that of a weight the file lacks.

#include "io/hdf5/keras_order.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/text.hpp"
#include "io/hdf5/attributes.hpp"
#include "io/hdf5/links.hpp"

namespace hindcast::io::hdf5 {
namespace {

constexpr const char* kTopLevelGroup = "top_level_model_weights";

void require_downward(std::string_view name) {
  const auto leads_elsewhere = [](std::string_view part) {
    return part.empty() || part == "." || part == "..";
  };
  if (std::ranges::any_of(split(name, '/'), leads_elsewhere)) {
    throw Error(ErrorCode::malformed, "not a path below its group");
  }
}

// What lies at a listed path. Throws Error{malformed}, saying `missing`, where nothing of the type
// does, and Error{unsupported} where a link there is not followed.
Target find_listed(hid_t file, const std::string& path, H5O_type_t type, const char* missing) {
  try {
    if (const Target target = follow(file, path); target.type == type) {
      return target;
    }
  } catch (const Error& error) {
    if (error.code() == ErrorCode::unsupported) {
      throw;
    }
  }
  throw Error(ErrorCode::malformed, missing);
}

std::optional<Target> find(hid_t file, const std::string& path) {
  try {
    return follow(file, path);
  } catch (const Error&) {
    return std::nullopt;  // Not there is an answer here, whatever the reason.
  }
}

class OrderReader {
 public:
  OrderReader(hid_t file, std::string prefix, const Limits& limits)
      : file_(file), prefix_(std::move(prefix)), limits_(limits) {}

  KerasOrder read(hid_t root, const std::vector<std::string>& layers) {
    or_problem(prefix_ + "keras_version",
               [&] { order_.keras_version = text(root, "keras_version", limits_); });
    for (const std::string& layer : layers) {
      const std::string path = prefix_ + layer;
      const auto group = listed(path, [&] { return find_layer(layer); });
      if (group) {
        or_problem(path, [&] { add_weights(layer, path, *group); });
      }
    }
    const std::string top = prefix_ + kTopLevelGroup;
    const auto group = find(file_, top);
    if (group && group->type == H5O_TYPE_GROUP) {
      or_problem(top, [&] { add_weights({}, top, *group); });
    }
    return std::move(order_);
  }

 private:
  template <typename Body>
  void or_problem(const std::string& where, Body&& body) {
    try {
      body();
    } catch (const Error& error) {
      order_.problems.push_back({.where = where, .reason = error.what()});
    }
  }

  // What an entry of the lists leads to, or nothing where that is not there or not followed.
  template <typename Find>
  std::optional<Target> listed(const std::string& where, Find&& find) {
    try {
      return find();
    } catch (const Error& error) {
      auto& list = error.code() == ErrorCode::unsupported ? order_.problems : order_.broken;
      list.push_back({.where = where, .reason = error.what()});
      return std::nullopt;
    }
  }

  Target find_layer(const std::string& layer) {
    with_context("listed in layer_names", [&] { require_downward(layer); });
    return find_listed(file_, prefix_ + layer, H5O_TYPE_GROUP,
                       "listed in layer_names, but there is no such group");
  }

  Target find_weight(const KerasWeight& weight) {
    with_context("listed in weight_names", [&] { require_downward(weight.name); });
    return find_listed(file_, weight.path, H5O_TYPE_DATASET,
                       "listed in weight_names, but there is no such dataset");
  }

  void add_weights(const std::string& layer, const std::string& group_path, const Target& target) {
    const Object group = open_object(file_, target.address);
    const auto names = split_string_list(group.get(), "weight_names", limits_);
    if (!names) {
      throw Error(ErrorCode::malformed, "the layer has no weight_names");
    }
    for (const std::string& name : *names) {
      KerasWeight weight{
          .layer = layer, .name = name, .path = fmt::format("{}/{}", group_path, name)};
      if (const auto found = listed(weight.path, [&] { return find_weight(weight); })) {
        weight.address = found->address;
        order_.weights.push_back(std::move(weight));
      }
    }
  }

  hid_t file_;
  std::string prefix_;
  const Limits& limits_;
  KerasOrder order_;
};

}  // namespace

std::optional<KerasOrder> keras_order(hid_t file, const Limits& limits) {
  for (const std::string group : {"", "model_weights"}) {
    const auto target = find(file, "/" + group);
    if (!target || target->type != H5O_TYPE_GROUP) {
      continue;
    }
    const Object root = open_object(file, target->address);
    if (const auto layers = split_string_list(root.get(), "layer_names", limits)) {
      const std::string prefix = group.empty() ? "" : group + "/";
      return OrderReader(file, prefix, limits).read(root.get(), *layers);
    }
  }
  return std::nullopt;
}

}  // namespace hindcast::io::hdf5
