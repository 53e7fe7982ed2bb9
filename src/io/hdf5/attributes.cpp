#include "io/hdf5/attributes.hpp"

#include <algorithm>
#include <cmath>
#include <string_view>

#include <fmt/format.h>

#include "base/checked.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io::hdf5 {
namespace {

bool exists(hid_t object, const std::string& name) {
  const htri_t answer = H5Aexists(object, name.c_str());
  if (answer < 0) {
    throw Error(ErrorCode::malformed, fmt::format("attribute {}: corrupt", name));
  }
  return answer > 0;
}

// An attribute with everything needed to read it.
struct OpenAttribute {
  OpenAttribute(hid_t object, const std::string& name)
      : id(H5Aopen(object, name.c_str(), H5P_DEFAULT), "corrupt"),
        type(H5Aget_type(id.get()), "corrupt"),
        space(H5Aget_space(id.get()), "corrupt") {}

  [[nodiscard]] std::uint64_t count() const {
    const hssize_t points = H5Sget_simple_extent_npoints(space.get());
    if (points < 0) {
      throw Error(ErrorCode::malformed, "corrupt");
    }
    return static_cast<std::uint64_t>(points);
  }

  Attribute id;
  Datatype type;
  Dataspace space;
};

void require_within(std::uint64_t bytes, const Limits& limits) {
  if (bytes > limits.attribute_bytes) {
    throw Error(ErrorCode::limit_exceeded,
                fmt::format("holds {} bytes, the limit is {}{}", bytes, limits.attribute_bytes,
                            kRaiseMetadataBytes));
  }
}

std::string without_padding(std::string_view text, H5T_str_t padding) {
  const std::size_t end = padding == H5T_STR_SPACEPAD ? text.find_last_not_of(' ') + 1
                                                      : std::min(text.find('\0'), text.size());
  return std::string(text.substr(0, end));
}

std::vector<std::string> fixed_strings(const OpenAttribute& attribute, const Limits& limits) {
  const std::size_t width = H5Tget_size(attribute.type.get());
  const std::uint64_t count = attribute.count();
  require_within(checked_mul(count, width), limits);
  std::string bytes(count * width, '\0');
  if (H5Aread(attribute.id.get(), attribute.type.get(), bytes.data()) < 0) {
    throw Error(ErrorCode::malformed, "corrupt");
  }
  const H5T_str_t padding = H5Tget_strpad(attribute.type.get());
  std::vector<std::string> strings;
  strings.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    strings.push_back(without_padding(std::string_view(bytes).substr(i * width, width), padding));
  }
  return strings;
}

// Strings that libhdf5 allocated; returns them to it.
class VariableStrings {
 public:
  explicit VariableStrings(const OpenAttribute& attribute)
      : attribute_(attribute), pointers_(attribute.count(), nullptr) {
    if (H5Aread(attribute.id.get(), attribute.type.get(), pointers_.data()) < 0) {
      throw Error(ErrorCode::malformed, "corrupt");
    }
  }
  VariableStrings(const VariableStrings&) = delete;
  VariableStrings& operator=(const VariableStrings&) = delete;
  VariableStrings(VariableStrings&&) = delete;
  VariableStrings& operator=(VariableStrings&&) = delete;
  ~VariableStrings() {
    H5Dvlen_reclaim(attribute_.type.get(), attribute_.space.get(), H5P_DEFAULT, pointers_.data());
  }

  [[nodiscard]] const std::vector<char*>& pointers() const noexcept { return pointers_; }

 private:
  const OpenAttribute& attribute_;
  std::vector<char*> pointers_;
};

std::vector<std::string> variable_strings(const OpenAttribute& attribute, const Limits& limits) {
  require_within(checked_mul(attribute.count(), sizeof(char*)), limits);
  const VariableStrings stored(attribute);
  std::vector<std::string> strings;
  strings.reserve(stored.pointers().size());
  std::uint64_t bytes = 0;
  for (const char* pointer : stored.pointers()) {
    const std::string_view string = pointer == nullptr ? std::string_view() : pointer;
    bytes += string.size();
    require_within(bytes, limits);
    strings.emplace_back(string);
  }
  return strings;
}

std::vector<std::string> strings_of(const OpenAttribute& attribute, const Limits& limits) {
  if (attribute.count() == 0) {
    return {};
  }
  if (H5Tget_class(attribute.type.get()) != H5T_STRING) {
    throw Error(ErrorCode::malformed, "does not hold strings");
  }
  const bool is_variable = H5Tis_variable_str(attribute.type.get()) > 0;
  return is_variable ? variable_strings(attribute, limits) : fixed_strings(attribute, limits);
}

}  // namespace

std::optional<std::vector<std::string>> string_list(hid_t object, const std::string& name,
                                                    const Limits& limits) {
  if (!exists(object, name)) {
    return std::nullopt;
  }
  return with_context("attribute " + name,
                      [&] { return strings_of(OpenAttribute(object, name), limits); });
}

std::optional<std::vector<std::string>> split_string_list(hid_t object, const std::string& name,
                                                          const Limits& limits) {
  auto whole = string_list(object, name, limits);
  if (whole) {
    return whole;
  }
  for (std::size_t part = 0;; ++part) {
    const auto strings = string_list(object, name + std::to_string(part), limits);
    if (!strings) {
      return whole;
    }
    if (!whole) {
      whole.emplace();
    }
    whole->insert(whole->end(), strings->begin(), strings->end());
  }
}

std::optional<std::string> text(hid_t object, const std::string& name, const Limits& limits) {
  const auto strings = string_list(object, name, limits);
  if (!strings) {
    return std::nullopt;
  }
  if (strings->size() != 1) {
    throw Error(ErrorCode::malformed,
                fmt::format("attribute {}: holds {} strings, expected one", name, strings->size()));
  }
  return strings->front();
}

std::optional<std::int64_t> integer(hid_t object, const std::string& name) {
  if (!exists(object, name)) {
    return std::nullopt;
  }
  const OpenAttribute attribute(object, name);
  const H5T_class_t kind = H5Tget_class(attribute.type.get());
  if (attribute.count() != 1 || (kind != H5T_INTEGER && kind != H5T_FLOAT)) {
    return std::nullopt;
  }
  double value = 0.0;
  if (H5Aread(attribute.id.get(), H5T_NATIVE_DOUBLE, &value) < 0) {
    return std::nullopt;
  }
  // Beyond 2^53 a double no longer tells one integer from the next.
  const bool is_integral = std::abs(value) <= 0x1p53 && std::trunc(value) == value;
  return is_integral ? std::optional(static_cast<std::int64_t>(value)) : std::nullopt;
}

}  // namespace hindcast::io::hdf5
