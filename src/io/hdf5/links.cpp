#include "io/hdf5/links.hpp"

#include <vector>

#include <fmt/format.h>

#include "base/text.hpp"

namespace hindcast::io::hdf5 {
namespace {

constexpr std::size_t kLinksFollowed = 16;

// Called before libhdf5 would open the other file; `user` is a bool that remembers the call.
herr_t refuse_external(const char* /*parent_file*/, const char* /*parent_group*/,
                       const char* /*child_file*/, const char* /*child_object*/,
                       unsigned* /*access_flags*/, hid_t /*access_list*/, void* user) {
  *static_cast<bool*>(user) = true;
  return -1;
}

PropertyList contained_access(bool* met_external) {
  PropertyList access(H5Pcreate(H5P_LINK_ACCESS), "cannot prepare to follow a link");
  if (H5Pset_elink_cb(access.get(), refuse_external, met_external) < 0 ||
      H5Pset_nlinks(access.get(), kLinksFollowed) < 0) {
    throw Error(ErrorCode::malformed, "cannot prepare to follow a link");
  }
  return access;
}

herr_t note_too_many_links(unsigned /*depth*/, const H5E_error2_t* error, void* user) {
  if (error->min_num == H5E_NLINKS) {
    *static_cast<bool*>(user) = true;
  }
  return 0;
}

bool failed_for_too_many_links() {
  bool found = false;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, note_too_many_links, &found);
  return found;
}

}  // namespace

Target follow(hid_t location, const std::string& path) {
  bool met_external = false;
  const PropertyList access = contained_access(&met_external);
  H5O_info_t info = {};
  if (H5Oget_info_by_name2(location, path.c_str(), &info, H5O_INFO_BASIC, access.get()) >= 0) {
    return {.address = info.addr, .type = info.type};
  }
  if (failed_for_too_many_links()) {
    throw Error(ErrorCode::unsupported,
                fmt::format("leads in a circle, or through more than {} links", kLinksFollowed));
  }
  if (met_external) {
    throw Error(ErrorCode::unsupported, "leads to another file, which is not opened");
  }
  throw Error(ErrorCode::malformed, "leads nowhere");
}

Object open_object(hid_t file, haddr_t address) {
  return {H5Oopen_by_addr(file, address), "cannot be opened, it is corrupt"};
}

std::string stated_target(hid_t group, const std::string& name, const H5L_info_t& info) {
  std::vector<char> value(info.u.val_size + 1);  // One more, so that it always ends in a NUL.
  if (H5Lget_val(group, name.c_str(), value.data(), info.u.val_size, H5P_DEFAULT) < 0) {
    throw Error(ErrorCode::malformed, "the link is corrupt");
  }
  if (info.type == H5L_TYPE_SOFT) {
    return printable(value.data());
  }
  const char* file = nullptr;
  const char* object = nullptr;
  if (H5Lunpack_elink_val(value.data(), info.u.val_size, nullptr, &file, &object) < 0) {
    throw Error(ErrorCode::malformed, "the link is corrupt");
  }
  return fmt::format("{} in {}", printable(object), printable(file));
}

}  // namespace hindcast::io::hdf5
