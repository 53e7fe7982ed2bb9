// From files to what lint judges: of every tensor a hash, a norm, a sketch and what is bad in it.

#include "analysis/observe_run.hpp"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <tbb/parallel_for.h>
#include <tbb/task_arena.h>

#include "hindcast/base/error.hpp"

#include "analysis/opened_table.hpp"
#include "base/checked.hpp"
#include "base/memory_errors.hpp"
#include "base/text.hpp"
#include "io/checkpoint_names.hpp"
#include "io/naming_layouts.hpp"
#include "io/step_name.hpp"
#include "lint/sketch.hpp"
#include "tensor/relayout.hpp"

namespace hindcast::analysis {
namespace {

// To wake threads for less takes longer than to read it.
constexpr std::uint64_t kWorthThreads = 100'000;

// That of half precision; what is stored in more may have been rounded before.
constexpr double kCoarseRounding = 1.0 / 2048.0;

using lint::Presence;
using tensor::Role;

lint::NamedPlace place_in(const std::string& name) {
  const std::string stem = io::checkpoint_stem(name);
  const io::StepName words = io::parse_step_name(stem);
  const std::optional<io::LayoutMatch> layout = io::match_layout(name, stem);
  lint::NamedPlace place{.step = layout ? layout->step : words.step,
                         .epoch = layout ? layout->epoch : words.epoch};
  const bool is_before =
      (words.counts_updates && place.step == 0) || (place.epoch && *place.epoch < 0);
  place.is_initial = words.initial || is_before;
  return place;
}

// A file in the directory of a step ("step100/model.pt") has the directory's.
lint::NamedPlace named_place(const std::filesystem::path& path) {
  const lint::NamedPlace own = place_in(path.filename().string());
  const bool says_something = own.step || own.epoch || own.is_initial;
  return says_something || !path.has_parent_path()
             ? own
             : place_in(path.parent_path().filename().string());
}

bool is_coarse(const tensor::TensorInfo& info) {
  return info.dtype != tensor::DType::float32 && info.dtype != tensor::DType::float64 &&
         info.dtype != tensor::DType::float128;
}

// Does the user want to see it? What is no layer has no say in the classification's selection.
bool is_selected(const std::string& name, const tensor::Selection& selection) {
  const auto matches = [&](const std::string& glob) { return glob_matches(glob, name); };
  return (selection.include.empty() || std::ranges::any_of(selection.include, matches)) &&
         std::ranges::none_of(selection.exclude, matches) && selection.kinds.empty() &&
         selection.min_size == 0;
}

// How a tensor was when it was first seen, which it is compared with from then on.
struct Known {
  std::size_t index = 0;
  std::vector<std::uint64_t> shape;
  std::optional<tensor::Layout> layout;
  tensor::BatchNorm batch_norm = tensor::BatchNorm::unknown;
};

// One tensor to read.
struct Task {
  std::size_t in_table = 0;
  std::size_t in_run = 0;
  std::vector<std::size_t> axes = {};  // Where its axes lie in another order than at first.
  bool is_layer = false;
};

std::uint64_t values_of(const OpenedTable& table, const std::vector<Task>& tasks) {
  std::uint64_t values = 0;
  for (const Task& task : tasks) {
    values += element_count(table.info(task.in_table).shape);
  }
  return values;
}

class Observer {
 public:
  Observer(const io::CheckpointSeries& series, const AnalysisOptions& options)
      : series_(series), options_(options) {
    run_.name = series.name;
    run_.warnings = series.warnings;
    for (const io::FailedFile& failed : series.failed) {
      run_.unread.push_back({.path = failed.shown_path, .reason = failed.reason});
    }
  }

  ObservedRun observe(const Progress& progress) {
    std::vector<io::CheckpointFile> files;
    for (std::size_t i = 0; i < series_.checkpoints.size(); ++i) {
      const io::CheckpointFile& file = series_.checkpoints[i];
      try {
        with_memory_errors([&] { add(file); });
        files.push_back(file);
      } catch (const Error& error) {
        if (error.code() == ErrorCode::usage) {
          throw Error(error.code(),
                      fmt::format("{}: {}", printable(file.shown_path), error.what()));
        }
        run_.unread.push_back({.path = file.shown_path, .reason = error.what()});
      }
      progress({.done = i + 1, .total = series_.checkpoints.size()});
    }
    run_.has_initial = series_.has_initial && !files.empty() &&
                       files.front().path == series_.checkpoints.front().path;
    return {.observation = std::move(run_), .files = std::move(files)};
  }

 private:
  void add(const io::CheckpointFile& file) {
    const OpenedTable table(io::open_checkpoint(file.path, options_.limits), options_.selection);
    if (size_ == 0) {
      size_ = lint::sketch_size(series_.checkpoints.size(), table.size());
    }
    for (const io::Problem& problem : table.problems()) {
      run_.unread.push_back(
          {.path = file.shown_path,
           .reason = fmt::format("{}: {}", printable(problem.where), problem.reason)});
    }
    lint::CheckpointObservation out{
        .name = file.name,
        .path = file.shown_path,
        .step = file.step,
        .epoch = file.epoch,
        .states_its_place = file.numbered_by == io::NumberSource::attribute,
        .named = named_place(file.named_by)};
    for (const std::string& alias : file.aliases) {
      out.aliases.push_back({.path = alias, .named = named_place(alias)});
    }
    read(table, file, out);
    run_.checkpoints.push_back(std::move(out));
  }

  void read(const OpenedTable& table, const io::CheckpointFile& file,
            lint::CheckpointObservation& out) {
    std::set<std::string_view> names;
    std::vector<Task> tasks;
    for (std::size_t i = 0; i < table.size(); ++i) {
      const tensor::TensorInfo& info = table.info(i);
      if (!is_looked_at(table, i)) {
        continue;
      }
      // Tensors of one name are told apart by where they are.
      const bool is_new = names.insert(info.name).second;
      Known& known = know(table, i, is_new ? info.name : info.path);
      out.states.resize(run_.tensors.size());
      Task task{
          .in_table = i, .in_run = known.index, .is_layer = run_.tensors[known.index].is_layer};
      lint::TensorState& state = out.states[known.index];
      state.presence = presence_of(table, i, known, task.axes);
      if (state.presence == Presence::read) {
        tasks.push_back(std::move(task));
      }
    }
    summarise_all(table, std::move(tasks), file, out);
  }

  [[nodiscard]] bool is_looked_at(const OpenedTable& table, std::size_t index) const {
    const tensor::TensorInfo& info = table.info(index);
    const tensor::Classification& verdict = table.verdict(index);
    const bool has_role = verdict.role == Role::weight || verdict.role == Role::bias ||
                          verdict.role == Role::normalisation || verdict.role == Role::statistics;
    return has_role && tensor::is_real(info.dtype) && element_count(info.shape) > 0 &&
           (verdict.analysed() ||
            (verdict.skip_reason != "excluded" && is_selected(info.name, options_.selection)));
  }

  Known& know(const OpenedTable& table, std::size_t index, const std::string& name) {
    const tensor::TensorInfo& info = table.info(index);
    const tensor::Classification& verdict = table.verdict(index);
    const auto [place, is_new] = known_.try_emplace(name);
    if (is_new) {
      place->second = {.index = run_.tensors.size(),
                       .shape = info.shape,
                       .layout = verdict.layout,
                       .batch_norm = info.evidence.batch_norm};
      run_.tensors.push_back({.name = name,
                              .is_layer = verdict.analysed(),
                              .is_trained = verdict.role != Role::statistics,
                              .kind = verdict.kind,
                              .values = element_count(info.shape)});
    }
    return place->second;
  }

  static Presence presence_of(const OpenedTable& table, std::size_t index, const Known& known,
                              std::vector<std::size_t>& axes) {
    const tensor::TensorInfo& info = table.info(index);
    if (!info.unreadable.empty()) {
      return Presence::unread;
    }
    if (tensor::differ_by_folding(info.evidence.batch_norm, known.batch_norm)) {
      return Presence::incomparable;
    }
    const std::optional<tensor::Layout>& layout = table.verdict(index).layout;
    if (layout && known.layout && *layout != *known.layout) {
      const auto found = tensor::axes_from(*layout, *known.layout);
      if (found && tensor::permuted_shape(info.shape, *found) == known.shape) {
        axes = *found;
        return Presence::read;
      }
      return Presence::reshaped;
    }
    return info.shape == known.shape ? Presence::read : Presence::reshaped;
  }

  // Largest tensor first, so that no thread is left alone with it at the end.
  void summarise_all(const OpenedTable& table, std::vector<Task> tasks,
                     const io::CheckpointFile& file, lint::CheckpointObservation& out) {
    std::ranges::stable_sort(tasks, std::ranges::greater(), [&](const Task& task) {
      return element_count(table.info(task.in_table).shape);
    });
    std::vector<std::string> problems(tasks.size());
    const auto run = [&](std::size_t i) {
      lint::TensorState& state = out.states[tasks[i].in_run];
      try {
        state = with_memory_errors([&] { return summarise(table, tasks[i]); });
      } catch (const Error& error) {
        state.presence = Presence::unread;
        problems[i] = error.what();
      }
    };
    if (values_of(table, tasks) < kWorthThreads) {
      for (std::size_t i = 0; i < tasks.size(); ++i) {
        run(i);
      }
    } else {
      tbb::task_arena arena(static_cast<int>(options_.threads));
      arena.execute([&] {
        tbb::parallel_for(
            tbb::blocked_range<std::size_t>(0, tasks.size(), 1),
            [&](const tbb::blocked_range<std::size_t>& range) {
              for (std::size_t i = range.begin(); i < range.end(); ++i) {
                run(i);
              }
            },
            tbb::simple_partitioner());
      });
    }
    for (std::size_t i = 0; i < tasks.size(); ++i) {
      if (!problems[i].empty()) {
        const std::string where = printable(table.info(tasks[i].in_table).path);
        run_.unread.push_back(
            {.path = file.shown_path, .reason = fmt::format("{}: {}", where, problems[i])});
      }
    }
  }

  [[nodiscard]] lint::TensorState summarise(const OpenedTable& table, const Task& task) const {
    const std::vector<double> values =
        table.read(Counterpart{.index = task.in_table, .axes = task.axes});
    lint::TensorState state = lint::summarise(values, size_);
    const tensor::TensorInfo& info = table.info(task.in_table);
    state.is_coarse = is_coarse(info) || (state.norm > 0.0 && state.rounding > kCoarseRounding);
    const std::optional<tensor::Layout>& layout = table.verdict(task.in_table).layout;
    if (task.is_layer && layout && task.axes.empty() && state.non_finite == 0) {
      state.dead = lint::dead_filters(values, info.shape, *layout);
    }
    return state;
  }

  const io::CheckpointSeries& series_;
  const AnalysisOptions& options_;
  lint::RunObservation run_;
  std::map<std::string, Known> known_;
  std::size_t size_ = 0;  // Of sketches.
};

}  // namespace

ObservedRun observe_run(const io::CheckpointSeries& series, const AnalysisOptions& options,
                        const Progress& progress) {
  return Observer(series, options).observe(progress);
}

}  // namespace hindcast::analysis
