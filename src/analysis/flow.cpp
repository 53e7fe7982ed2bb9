// A pipeline of three stages. One thread at a time takes the next tensor, opening checkpoints as
// they are reached; all threads measure; one at a time, in order, hands on what is finished.
//
// The first stage may wait for memory. Whoever holds some is measuring then, in the second stage,
// and needs nothing of the first to finish: a thread in the second never turns to other tensors
// while it waits for help with its own.

#include "analysis/flow.hpp"

#include <algorithm>
#include <atomic>
#include <numeric>

#include <fmt/format.h>
#include <tbb/parallel_pipeline.h>
#include <tbb/task_arena.h>

#include "hindcast/base/text.hpp"

#include "analysis/memory_budget.hpp"
#include "base/memory_errors.hpp"

namespace hindcast::analysis {
namespace {

double megabytes(std::uint64_t bytes) {
  return static_cast<double>(bytes) / 1e6;
}

// One tensor, or a checkpoint without any.
struct Item {
  std::shared_ptr<CheckpointInFlight> checkpoint;
  std::optional<std::size_t> position;  // In its `tensors`.
  Cost cost = {};
  bool is_last = false;  // Of its checkpoint.
};

// More than threads, so that none waits while results before its own are not there yet.
constexpr std::size_t kItemsPerThread = 16;

std::vector<std::size_t> analysed_tensors(const OpenedTable& table) {
  std::vector<std::size_t> out;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (table.verdict(i).analysed()) {
      out.push_back(i);
    }
  }
  return out;
}

// Opens the checkpoints of a series one after the other and deals out their tensors.
class Dealer {
 public:
  Dealer(const io::CheckpointSeries& series, const AnalysisOptions& options)
      : series_(series), options_(options) {}

  std::optional<Item> next() {
    if (dealt_ < order_.size()) {
      return deal();
    }
    if (opened_ == series_.checkpoints.size()) {
      current_.reset();
      return std::nullopt;
    }
    open();
    if (order_.empty()) {
      return Item{.checkpoint = current_, .position = {}, .cost = {}, .is_last = true};
    }
    return deal();
  }

  // What is known of the checkpoints that were opened, and the same for each of the others.
  [[nodiscard]] double flops_in_all() const { return flops_in_all_; }

 private:
  void open() {
    current_ = std::make_shared<CheckpointInFlight>();
    current_->file = &series_.checkpoints[opened_++];
    current_->initial = initial_;
    current_->previous = previous_;
    order_.clear();
    costs_.clear();
    dealt_ = 0;
    try {
      current_->table = with_memory_errors([&] {
        return std::make_shared<const OpenedTable>(
            io::open_checkpoint(current_->file->path, options_.limits), options_.selection);
      });
    } catch (const Error& error) {
      current_->failure = error;
      return;
    }
    previous_ = current_->table;
    if (initial_ == nullptr) {
      initial_ = current_->table;
      current_->initial = initial_;
    }
    prepare();
  }

  void prepare() {
    const OpenedTable& table = *current_->table;
    current_->tensors = analysed_tensors(table);
    current_->outcomes.resize(current_->tensors.size());
    for (const std::size_t index : current_->tensors) {
      costs_.push_back(cost_of(table.info(index), table.verdict(index)));
      flops_opened_ += costs_.back().flops;
    }
    // Largest first, so that no thread is left alone with it at the end.
    order_.resize(costs_.size());
    std::iota(order_.begin(), order_.end(), std::size_t{0});
    std::ranges::stable_sort(order_, std::ranges::greater(),
                             [&](std::size_t position) { return costs_[position].flops; });
    ++readable_;
    const auto unopened = static_cast<double>(series_.checkpoints.size() - opened_);
    flops_in_all_ = flops_opened_ * (1.0 + unopened / static_cast<double>(readable_));
  }

  Item deal() {
    const std::size_t position = order_[dealt_++];
    return {.checkpoint = current_,
            .position = position,
            .cost = costs_[position],
            .is_last = dealt_ == order_.size()};
  }

  const io::CheckpointSeries& series_;
  const AnalysisOptions& options_;
  std::shared_ptr<const OpenedTable> initial_;
  std::shared_ptr<const OpenedTable> previous_;
  std::shared_ptr<CheckpointInFlight> current_;
  std::vector<Cost> costs_;         // Of the current checkpoint's tensors,
  std::vector<std::size_t> order_;  // and their positions by it.
  std::size_t dealt_ = 0;
  std::size_t opened_ = 0;
  std::size_t readable_ = 0;
  double flops_opened_ = 0.0;
  std::atomic<double> flops_in_all_ = 0.0;
};

class Flow {
 public:
  Flow(const io::CheckpointSeries& series, const AnalysisOptions& options,
       const FlowListener& listener)
      : options_(options),
        listener_(listener),
        dealer_(series, options),
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
    Outcome& outcome = checkpoint.outcomes[*item.position];
    const std::size_t index = checkpoint.tensors[*item.position];
    if (!is_measured(item)) {
      outcome.problem =
          fmt::format("{}: needs about {:.1f} MB of memory; --memory allows {:.1f} MB",
                      printable(checkpoint.table->info(index).path), megabytes(item.cost.bytes),
                      megabytes(*options_.memory));
      return;
    }
    const MemoryBudget::Share share(budget_, item.cost.bytes);
    outcome = measure_tensor(
        *checkpoint.table, index, comparison(checkpoint),
        {.solver = options_.solver, .cache = options_.cache, .unchanged_too = false});
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
                    const FlowListener& listener) {
  Flow(series, options, listener).run();
}

}  // namespace hindcast::analysis
