// Finds the datasets of an HDF5 file.
//
// Hard links are followed by the address of their object, so that no name is ever looked up. Soft
// links are resolved within the file and become aliases: whatever they can reach, hard links reach
// too. External links are named and not followed.
//
// Order: by link creation where the groups track it, else natural order of the paths. The order of
// creation is only believed where every group that has an order to tell tells it.

#include "io/hdf5/walk.hpp"

#include <algorithm>
#include <exception>
#include <unordered_map>
#include <unordered_set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "io/hdf5/links.hpp"
#include "io/limit_options.hpp"

namespace hindcast::io::hdf5 {
namespace {

struct Link {
  std::string name;
  H5L_info_t info = {};
};

struct LinkList {
  std::vector<Link> links;
  std::uint64_t most = 0;
  std::exception_ptr failure;  // Exceptions must not cross libhdf5's frames.
};

herr_t collect_link(hid_t /*group*/, const char* name, const H5L_info_t* info, void* user) {
  auto& list = *static_cast<LinkList*>(user);
  if (list.links.size() >= list.most) {
    return 1;  // Stops the iteration, which then returns this.
  }
  try {
    list.links.push_back({.name = name, .info = *info});
  } catch (const std::exception&) {
    list.failure = std::current_exception();
    return -1;
  }
  return 0;
}

bool tracks_creation(hid_t group) {
  const hid_t list = H5Gget_create_plist(group);
  if (list < 0) {
    return false;
  }
  const PropertyList creation(list, {});
  unsigned flags = 0;
  return H5Pget_link_creation_order(creation.get(), &flags) >= 0 &&
         (flags & H5P_CRT_ORDER_TRACKED) != 0;
}

bool is_one_component(std::string_view name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string_view::npos;
}

std::string joined(const std::string& group, const std::string& name) {
  return group.empty() ? name : group + "/" + name;
}

class Walker {
 public:
  Walker(hid_t file, const Limits& limits) : file_(file), limits_(limits) {}

  Walk run() {
    visit_object(root_address(), {}, 0);
    add_soft_aliases();
    if (any_tracked_ && !any_untracked_) {
      found_.order = OrderEvidence::creation;
    } else {
      std::ranges::sort(found_.datasets, natural_less, &FoundDataset::path);
    }
    return std::move(found_);
  }

 private:
  struct SoftAlias {
    haddr_t address;
    std::string path;
  };

  [[nodiscard]] haddr_t root_address() const {
    H5O_info_t info = {};
    if (H5Oget_info2(file_, &info, H5O_INFO_BASIC) < 0) {
      throw Error(ErrorCode::malformed, "corrupt HDF5 file");
    }
    return info.addr;
  }

  void add_problem(const std::string& where, const std::string& reason) {
    found_.problems.push_back({.where = where, .reason = reason});
  }

  // Returns whether new datasets were found at the object or below it.
  bool visit_object(haddr_t address, const std::string& path, std::uint64_t depth) {
    if (const auto known = index_of_.find(address); known != index_of_.end()) {
      found_.datasets[known->second].aliases.push_back(path);
      return false;
    }
    if (groups_seen_.contains(address)) {
      return false;
    }
    const Object object = open_object(file_, address);
    switch (H5Iget_type(object.get())) {
      case H5I_DATASET:
        index_of_.emplace(address, found_.datasets.size());
        found_.datasets.push_back({.address = address, .path = path, .aliases = {}});
        return true;
      case H5I_GROUP:
        groups_seen_.insert(address);
        return visit_group(object.get(), path, depth);
      default:
        return false;  // A committed datatype holds no values.
    }
  }

  bool visit_group(hid_t group, const std::string& path, std::uint64_t depth) {
    if (depth > limits_.depth) {
      add_problem(
          path, fmt::format("lies deeper than {} groups, the limit{}", limits_.depth, kRaiseDepth));
      return false;
    }
    const bool tracked = tracks_creation(group);
    std::size_t fruitful = 0;
    for (const Link& link : links_of(group, path, tracked)) {
      fruitful += visit_link(group, link, path, depth) ? 1U : 0U;
    }
    any_tracked_ = any_tracked_ || (tracked && fruitful > 0);
    any_untracked_ = any_untracked_ || (!tracked && fruitful > 1);
    return fruitful > 0;
  }

  std::vector<Link> links_of(hid_t group, const std::string& path, bool tracked) {
    LinkList list{.links = {}, .most = limits_.tensors - links_seen_, .failure = {}};
    const herr_t status =
        H5Literate(group, H5_INDEX_NAME, H5_ITER_NATIVE, nullptr, collect_link, &list);
    if (list.failure) {
      std::rethrow_exception(list.failure);
    }
    links_seen_ += list.links.size();
    if (status > 0) {
      throw Error(ErrorCode::limit_exceeded,
                  fmt::format("more than {} links, the limit for tensors{}", limits_.tensors,
                              kRaiseTensors));
    }
    if (status < 0) {
      if (path.empty() && list.links.empty()) {
        throw Error(ErrorCode::malformed, "corrupt HDF5 file");
      }
      add_problem(path, "not all of the group can be read, it is corrupt");
    }
    std::ranges::sort(list.links, [tracked](const Link& a, const Link& b) {
      const bool created_apart = tracked && a.info.corder != b.info.corder;
      return created_apart ? a.info.corder < b.info.corder : natural_less(a.name, b.name);
    });
    return std::move(list.links);
  }

  bool visit_link(hid_t group, const Link& link, const std::string& parent, std::uint64_t depth) {
    const std::string path = joined(parent, link.name);
    if (path.size() > limits_.name_bytes) {
      add_problem(path.substr(0, 64) + "...",
                  fmt::format("its path has {} bytes, the limit is {}{}", path.size(),
                              limits_.name_bytes, kRaiseNameBytes));
      return false;
    }
    try {
      return visit_named(group, link, path, depth);
    } catch (const Error& error) {
      if (error.code() == ErrorCode::limit_exceeded) {
        throw;  // The bound on links holds for the file as a whole.
      }
      add_problem(path, error.what());
      return false;
    }
  }

  bool visit_named(hid_t group, const Link& link, const std::string& path, std::uint64_t depth) {
    if (!is_one_component(link.name)) {
      throw Error(ErrorCode::malformed, "the name of the link is not one path component");
    }
    switch (link.info.type) {
      case H5L_TYPE_HARD:
        return visit_object(link.info.u.address, path, depth + 1);
      case H5L_TYPE_SOFT:
        note_soft_link(group, link, path);
        return false;
      case H5L_TYPE_EXTERNAL:
        throw Error(ErrorCode::unsupported,
                    fmt::format("an external link to {}, which is not opened",
                                stated_target(group, link.name, link.info)));
      default:
        throw Error(ErrorCode::unsupported, "a link of an unknown type");
    }
  }

  void note_soft_link(hid_t group, const Link& link, const std::string& path) {
    const std::string stated = stated_target(group, link.name, link.info);
    with_context(fmt::format("the soft link to {}", stated), [&] {
      const Target target = follow(group, link.name);
      if (target.type == H5O_TYPE_DATASET) {
        soft_aliases_.push_back({.address = target.address, .path = path});
      }
    });
  }

  void add_soft_aliases() {
    for (const SoftAlias& alias : soft_aliases_) {
      if (const auto known = index_of_.find(alias.address); known != index_of_.end()) {
        found_.datasets[known->second].aliases.push_back(alias.path);
      }
    }
  }

  hid_t file_;
  const Limits& limits_;
  Walk found_;
  std::unordered_map<haddr_t, std::size_t> index_of_;
  std::unordered_set<haddr_t> groups_seen_;
  std::vector<SoftAlias> soft_aliases_;
  std::uint64_t links_seen_ = 0;
  bool any_tracked_ = false;
  bool any_untracked_ = false;
};

}  // namespace

Walk walk(hid_t file, const Limits& limits) {
  return Walker(file, limits).run();
}

}  // namespace hindcast::io::hdf5
