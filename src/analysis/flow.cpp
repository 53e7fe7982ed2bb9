// A pipeline of three stages. One thread at a time takes the next tensor, opening checkpoints as
// they are reached; all threads measure; one at a time, in order, hands on what is finished.
//
// The first stage may wait for memory. Whoever holds some is measuring then, in the second stage,
// and needs nothing of the first to finish: a thread in the second never turns to other tensors
// while it waits for help with its own.

#include "analysis/flow.hpp"

#include <algorithm>
#include <atomic>
#include <utility>

#include <fmt/format.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include "analysis/cost.hpp"
#include "analysis/measure_tensor.hpp"
#include "analysis/memory_budget.hpp"
#include "base/text.hpp"

namespace hindcast::analysis {
namespace {

// Such as "17.3 MB", "12.0 kB" or "1 byte".
std::string amount(std::uint64_t bytes) {
  if (bytes < 1000) {
    return fmt::format("{} byte{}", bytes, bytes == 1 ? "" : "s");
  }
  const auto number = static_cast<double>(bytes);
  return bytes < 1'000'000 ? fmt::format("{:.1f} kB", number / 1e3)
                           : fmt::format("{:.1f} MB", number / 1e6);
}

// One tensor, or a checkpoint without any.
struct Item {
  std::shared_ptr<CheckpointInFlight> checkpoint = {};
  std::optional<std::size_t> position = {};  // In its `tensors`.
  Cost cost = {};
  bool unchanged_too = false;  // Measured even where it is as it was at the checkpoint before.
  bool is_last = false;        // Of its checkpoint.
};

// More than threads, so that none waits while results before its own are not there yet.
constexpr std::size_t kItemsPerThread = 16;

// Opens the checkpoints of a series one after the other and deals out their tensors.
class Dealer {
 public:
  Dealer(const io::CheckpointSeries& series, const AnalysisOptions& options,
         const SeriesShare* share)
      : series_(series), options_(options), share_(share), opener_(series, options) {}

  std::optional<Item> next() {
    if (dealt_ == items_.size() && !open()) {
      return std::nullopt;
    }
    return std::move(items_[dealt_++]);
  }

  // What is known of the checkpoints that were opened, and the same for each of the others.
  [[nodiscard]] double flops_in_all() const { return flops_in_all_; }

 private:
  bool open() {
    items_.clear();
    dealt_ = 0;
    if (opener_.at_end()) {
      return false;
    }
    const SeriesShare::Checkpoint* const share =
        share_ == nullptr ? nullptr : &share_->checkpoints[opener_.position()];
    const std::shared_ptr<CheckpointInFlight> checkpoint =
        share == nullptr || share->is_needed ? opener_.open_next() : opener_.pass_over_next();
    if (share != nullptr) {
      take_share(checkpoint, *share);
    } else if (checkpoint->table != nullptr) {
      take_all(checkpoint);
    }
    // Largest first, so that no thread is left alone with it at the end.
    std::ranges::stable_sort(items_, std::ranges::greater(),
                             [](const Item& item) { return item.cost.flops; });
    if (items_.empty()) {
      items_.push_back({.checkpoint = checkpoint});
    }
    items_.back().is_last = true;
    return true;
  }

  void take_all(const std::shared_ptr<CheckpointInFlight>& checkpoint) {
    for (std::size_t i = 0; i < checkpoint->tensors.size(); ++i) {
      add({.checkpoint = checkpoint, .position = i});
      flops_opened_ += items_.back().cost.flops;
    }
    ++readable_;
    const auto unopened = static_cast<double>(series_.checkpoints.size() - opener_.position());
    flops_in_all_ = flops_opened_ * (1.0 + unopened / static_cast<double>(readable_));
  }

  void take_share(const std::shared_ptr<CheckpointInFlight>& checkpoint,
                  const SeriesShare::Checkpoint& share) {
    for (const SeriesShare::Tensor& tensor : share.tensors) {
      if (tensor.position >= checkpoint->tensors.size()) {
        throw Error(ErrorCode::io, fmt::format("{}: changed while it was analysed",
                                               printable(checkpoint->file->shown_path)));
      }
      add({.checkpoint = checkpoint,
           .position = tensor.position,
           .unchanged_too = !tensor.has_predecessor});
    }
    flops_in_all_ = share_->flops;
  }

  void add(Item item) {
    const OpenedTable& table = *item.checkpoint->table;
    const std::size_t index = item.checkpoint->tensors[*item.position];
    item.cost = cost_of(table.info(index), table.verdict(index), options_.metrics,
                        table.is_blocked(index, options_.most_whole_values));
    items_.push_back(std::move(item));
  }

  const io::CheckpointSeries& series_;
  const AnalysisOptions& options_;
  const SeriesShare* share_;
  SeriesOpener opener_;
  std::vector<Item> items_;  // Of the current checkpoint.
  std::size_t dealt_ = 0;
  std::size_t readable_ = 0;
  double flops_opened_ = 0.0;
  std::atomic<double> flops_in_all_ = 0.0;
};

class Flow {
 public:
  Flow(const io::CheckpointSeries& series, const AnalysisOptions& options,
       const FlowListener& listener, const SeriesShare* share)
      : options_(options),
        listener_(listener),
        dealer_(series, options, share),
        budget_(options.memory.value_or(default_memory())) {}

  void run() {
    const auto take = [this](tbb::flow_control& control) { return next(control); };
    const auto work = [this](Item item) {
      // Alone: with tensors of other items taken up in between, the memory of this one would be
      // held for as long as they last.
      tbb::this_task_arena::isolate([&] { measure(item); });
      return item;
    };
    const auto hand_on = [this](const Item& item) { finish(item); };
    tbb::task_arena arena(static_cast<int>(options_.threads));
    arena.execute([&] {
      tbb::parallel_pipeline(
          kItemsPerThread * options_.threads,
          tbb::make_filter<void, Item>(tbb::filter_mode::serial_in_order, take) &
              tbb::make_filter<Item, Item>(tbb::filter_mode::parallel, work) &
              tbb::make_filter<Item, void>(tbb::filter_mode::serial_in_order, hand_on));
    });
  }

 private:
  Item next(tbb::flow_control& control) {
    std::optional<Item> item = dealer_.next();
    if (!item) {
      control.stop();
      return {};
    }
    if (is_measured(*item)) {
      budget_.take(item->cost.bytes);
    }
    return *std::move(item);
  }

  // Not what would break the bound that the user gave.
  [[nodiscard]] bool is_measured(const Item& item) const {
    return item.position && (!options_.memory || item.cost.bytes <= *options_.memory);
  }

  void measure(const Item& item) {
    if (!item.position) {
      return;
    }
    CheckpointInFlight& checkpoint = *item.checkpoint;
    report::Outcome& outcome = checkpoint.outcomes[*item.position];
    const std::size_t index = checkpoint.tensors[*item.position];
    if (!is_measured(item)) {
      outcome.problem = fmt::format("{}: needs about {} of memory; --memory allows {}",
                                    printable(checkpoint.table->info(index).path),
                                    amount(item.cost.bytes), amount(*options_.memory));
      return;
    }
    const MemoryBudget::Share share(budget_, item.cost.bytes);
    outcome = measure_tensor(*checkpoint.table, index, comparison(checkpoint),
                             {.solver = options_.solver,
                              .metrics = options_.metrics,
                              .cache = options_.cache,
                              .unchanged_too = item.unchanged_too,
                              .most_whole_values = options_.most_whole_values});
  }

  static Comparison comparison(const CheckpointInFlight& checkpoint) {
    return {.initial = checkpoint.initial.get(), .previous = checkpoint.previous.get()};
  }

  void finish(const Item& item) {
    state_.flops_done += item.cost.flops;
    state_.flops_in_all = dealer_.flops_in_all();
    if (item.is_last) {
      listener_.checkpoint_done(*item.checkpoint);
      ++state_.checkpoints_done;
    }
    listener_.progressed(state_);
  }

  const AnalysisOptions& options_;
  const FlowListener& listener_;
  Dealer dealer_;
  MemoryBudget budget_;
  FlowState state_;
};

}  // namespace

void measure_series(const io::CheckpointSeries& series, const AnalysisOptions& options,
                    const FlowListener& listener, const SeriesShare* share) {
  Flow(series, options, listener, share).run();
}

}  // namespace hindcast::analysis
