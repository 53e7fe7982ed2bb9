#pragma once

#include <string>

#include "io/hdf5/handle.hpp"

namespace hindcast::io::hdf5 {

/// What a path within a file leads to.
struct Target {
  haddr_t address = HADDR_UNDEF;
  H5O_type_t type = H5O_TYPE_UNKNOWN;
};

/// Follows `path` from `location` through hard and soft links within the file. Throws
/// Error{malformed} where it leads nowhere, Error{unsupported} where it leads in a circle or
/// through a link to another file, which are not followed.
[[nodiscard]] Target follow(hid_t location, const std::string& path);

/// Opens the object at an address that a link or `follow` gave. Throws Error{malformed}.
[[nodiscard]] Object open_object(hid_t file, haddr_t address);

/// Where the external or soft link `name` of `group` says it leads, ready to print. Throws
/// Error{malformed}.
[[nodiscard]] std::string stated_target(hid_t group, const std::string& name,
                                        const H5L_info_t& info);

}  // namespace hindcast::io::hdf5
