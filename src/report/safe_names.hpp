#pragma once

// Names from strangers' files where other programs take them for paths or keys.

#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "report/scalars.hpp"

namespace hindcast::report {

/// Gives each key a name of its own.
class UniqueNames {
 public:
  /// `key` is called `name`, unless another key is already: what needs no change keeps its name,
  /// whichever key is asked for first.
  void keep(const std::string& key, const std::string& name);

  /// The name of `key`: what `propose` says when it is first asked for, with a number where another
  /// key has that name.
  const std::string& of(const std::string& key, const std::function<std::string()>& propose);

 private:
  std::unordered_map<std::string, std::string> names_;
  std::unordered_set<std::string> taken_;
};

/// Differs between different numbers of a checkpoint.
[[nodiscard]] std::string identity(const Scalar& scalar);

/// What a chart of the number is called: "knowledge_gain/conv1.weight", grouped by what stands
/// before the first slash. Valid UTF-8 without control characters.
[[nodiscard]] std::string tag_of(const Scalar& scalar);

/// A tag as MLflow takes keys: at most 240 characters, ASCII letters, digits and "_-. /", and a
/// path that leads nowhere else. Of what it does not take, characters beyond ASCII become `_uNNNN`
/// or `_UNNNNNNNN`, Python's escapes with "_" for the backslash, and all else "_".
[[nodiscard]] std::string mlflow_key(std::string_view tag);

/// A relative path for a run of this name, folders for its slashes: it stays below where it begins
/// and hides nothing, whatever the name.
[[nodiscard]] std::string folder_of(std::string_view run);

}  // namespace hindcast::report
