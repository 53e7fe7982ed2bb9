#pragma once

#include <optional>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint.hpp"

#include "io/hdf5/handle.hpp"

namespace hindcast::io::hdf5 {

/// The strings of an attribute of any shape, of fixed or variable length; nothing where the object
/// has no such attribute. An empty array of any type is an empty list: that is how h5py stores
/// one. Throws Error where the attribute holds something else, is corrupt or exceeds Limits.
[[nodiscard]] std::optional<std::vector<std::string>> string_list(hid_t object,
                                                                  const std::string& name,
                                                                  const Limits& limits);

/// The same for an attribute that Keras splits over `name`0, `name`1, ... when it is too long.
[[nodiscard]] std::optional<std::vector<std::string>> split_string_list(hid_t object,
                                                                        const std::string& name,
                                                                        const Limits& limits);

/// An attribute that is one string; nothing where there is none. Throws as string_list does, and
/// where there are several.
[[nodiscard]] std::optional<std::string> text(hid_t object, const std::string& name,
                                              const Limits& limits);

/// An attribute that is one integer, or one integral floating-point number; nothing where there is
/// none, or where it is something else.
[[nodiscard]] std::optional<std::int64_t> integer(hid_t object, const std::string& name);

}  // namespace hindcast::io::hdf5
