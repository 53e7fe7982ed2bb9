#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "hindcast/io/checkpoint_series.hpp"

#include "io/link_rule.hpp"

namespace hindcast::io {

/// How a path the user typed may be shown: absolute ones would tell about the machine.
[[nodiscard]] std::string shown(const std::filesystem::path& path);

/// The file a path leads to, through links; the path itself where that is nothing.
[[nodiscard]] std::filesystem::path identity_of(const std::filesystem::path& path);

/// Something in a directory that may be a checkpoint.
struct Candidate {
  std::filesystem::path path;      ///< A file, or a directory that is one checkpoint.
  std::filesystem::path named_by;  ///< Whose name says the step; often the same.
};

/// What became of the files that may make up one run.
class Survey {
 public:
  /// `root` is the directory that is searched; empty for files the user named.
  Survey(const SeriesRequest& request, const Limits& limits, std::filesystem::path root);

  /// Files the user named: each is a checkpoint or a failure.
  void add_named(std::vector<std::filesystem::path> paths);

  /// What a directory lists. What no reader recognises matters only where its name says
  /// "checkpoint".
  void add_listed(const std::vector<Candidate>& candidates);

  /// What the manifest at `path` lists, in its order.
  void add_manifest(const std::filesystem::path& path);

  void fail(std::string where, const Error& error);
  void warn(std::string text);

  /// Takes over what another survey found wrong.
  void add_complaints(const Survey& other);

  /// Does the name of what could not be read say that a checkpoint is missed? By its suffix, or
  /// because but for its number it is that of a file that was read.
  [[nodiscard]] bool expects_checkpoint(const std::filesystem::path& path) const;

  /// Did at least one file turn out to be in a format that is read?
  [[nodiscard]] bool recognised() const noexcept { return recognised_; }
  /// Was there a likely checkpoint of which nobody knows what it is, as it could not be opened?
  [[nodiscard]] bool unknown() const noexcept { return unknown_; }
  [[nodiscard]] bool has_failures() const noexcept { return !failed_.empty(); }

  /// The runs these files make up, at least one; all but their names. Where there are several, the
  /// name is what tells one from the others.
  [[nodiscard]] std::vector<CheckpointSeries> runs(
      const std::optional<CheckpointFile>& initial) const;

 private:
  // What became of a candidate: a file, or why not.
  struct Look {
    bool recognised = false;
    std::optional<CheckpointFile> file = {};
    std::optional<Error> failure = {};
  };

  [[nodiscard]] Look look_at(const Candidate& candidate) const;
  [[nodiscard]] Look look_at_listed(const Candidate& candidate) const;
  void add(const Candidate& candidate, CheckpointFile file);
  void refuse_link(const Candidate& candidate);
  void note_training_state(const std::filesystem::path& directory);
  [[nodiscard]] bool is_being_written(const std::filesystem::path& path) const;
  [[nodiscard]] bool is_missed(const Candidate& candidate) const;
  void note_unread(const Candidate& candidate);
  void note_foreign(const std::filesystem::path& path, std::span<const std::byte> bytes);
  [[nodiscard]] std::vector<CheckpointFile> with_initial(
      const std::optional<CheckpointFile>& initial) const;
  void add_remarks(CheckpointSeries& series) const;

  const SeriesRequest& request_;
  const Limits& limits_;
  LinkRule links_;
  std::vector<CheckpointFile> files_;
  std::set<std::string> numbered_names_;  // Of those files, without the numbers.
  std::vector<FailedFile> failed_;
  std::map<std::string, std::vector<std::string>> foreign_;  // File names by the format's plural.
  std::vector<std::string> training_state_;
  std::vector<std::string> other_weights_;
  std::vector<std::string> unfinished_;
  std::vector<std::string> outward_links_;
  std::vector<std::string> warnings_;
  bool recognised_ = false;
  bool unknown_ = false;
  bool has_manifest_ = false;
};

/// The initial checkpoint the user gave. Throws Error with its shown path.
[[nodiscard]] CheckpointFile open_initial(const std::filesystem::path& path,
                                          const SeriesRequest& request, const Limits& limits);

}  // namespace hindcast::io
