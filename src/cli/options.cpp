#include "cli/options.hpp"

#include <algorithm>
#include <cstdint>
#include <utility>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/mapped_file.hpp"
#include "base/text.hpp"
#include "cli/analyse_runs.hpp"

namespace hindcast::cli {
namespace {

// What a check lets through is its name, for CLI11 keeps nothing else of it that can be looked at.
constexpr std::string_view kBetweenChoices = "|";

// One name a line; blank lines are passed over.
std::vector<std::string> read_names(const std::string& path) {
  return with_context(printable(path), [&] {
    const MappedFile file(path);
    const std::string_view text(reinterpret_cast<const char*>(file.bytes().data()),
                                file.bytes().size());
    std::vector<std::string> names;
    for (std::string_view line : split(text, '\n')) {
      if (line.ends_with('\r')) {
        line.remove_suffix(1);
      }
      if (!line.empty()) {
        names.emplace_back(line);
      }
    }
    if (names.empty()) {
      throw Error(ErrorCode::usage, "names no parameter; give one name a line, in model order");
    }
    return names;
  });
}

template <typename Number>
CLI::Validator parses_as(const char* what) {
  const auto complaint = [what](const std::string& text) {
    Number value = 0;
    return CLI::detail::lexical_cast(text, value) ? std::string()
                                                  : fmt::format("must be {}, not '{}'", what, text);
  };
  return {complaint, ""};
}

}  // namespace

CLI::Validator is_number() {
  return parses_as<double>("a number");
}

CLI::Validator is_whole_number() {
  return parses_as<std::int64_t>("a whole number");
}

CLI::Validator is_not_empty() {
  const auto complaint = [](const std::string& text) {
    return text.empty() ? std::string("must not be empty") : std::string();
  };
  return {complaint, ""};
}

CLI::Validator is_one_of(std::vector<std::string> choices) {
  const std::string name = join(choices, kBetweenChoices);
  const auto complaint = [choices = std::move(choices)](const std::string& text) {
    return std::ranges::find(choices, text) != choices.end()
               ? std::string()
               : fmt::format("must be one of {}, not '{}'", join(choices, ", "), text);
  };
  return {complaint, "", name};
}

std::vector<std::string> choices_of(CLI::Option& option) {
  std::vector<std::string> choices;
  try {
    for (const std::string_view choice :
         split(option.get_validator(0)->get_name(), kBetweenChoices.front())) {
      choices.emplace_back(choice);
    }
  } catch (const CLI::OptionNotFound&) {  // CLI11 does not tell how many checks there are.
    return {};
  }
  return choices.front().empty() ? std::vector<std::string>() : choices;
}

void add_threads_option(CLI::App& app, std::optional<std::int64_t>& threads, const char* help) {
  app.add_option("--threads", threads, help)->check(is_whole_number())->type_name("N");
}

unsigned threads_of(const std::optional<std::int64_t>& threads) {
  constexpr std::int64_t kMostThreads = 1024;
  const std::int64_t available = available_threads();
  const std::int64_t wanted = threads.value_or(available);
  if (wanted < 1 || wanted > kMostThreads) {
    throw Error(
        ErrorCode::usage,
        fmt::format("--threads must be a whole number from 1 to {}, not {}", kMostThreads, wanted));
  }
  // The thread library would complain, on stderr, of more threads than there are cores.
  return static_cast<unsigned>(std::min(wanted, available));
}

void add_filter_options(CLI::App& app, SelectionArguments& arguments) {
  const auto add = [&](const char* name, std::vector<std::string>& target, const char* help,
                       const char* type) {
    app.add_option(name, target, help)->type_name(type)->expected(1)->take_all();
  };
  add("--include", arguments.include, "Analyse only layers whose name matches; may be repeated",
      "GLOB");
  add("--exclude", arguments.exclude, "Leave out layers whose name matches; may be repeated",
      "GLOB");
  add("--layout", arguments.layouts,
      "How the axes of matching weights lie, where the file's evidence is wrong or missing: "
      "'*conv*=OIHW'; may be repeated, the first match holds",
      "GLOB=AXES");
  app.add_option("--kind", arguments.kinds,
                 "Analyse only layers of these kinds: conv, linear, embedding, recurrent")
      ->type_name("KIND,...")
      ->expected(1)
      ->take_all()
      ->delimiter(',')
      ->check(is_one_of({"conv", "linear", "embedding", "recurrent"}));
  app.add_option("--min-size", arguments.min_size, "Leave out layers with fewer weights than this")
      ->check(is_whole_number())
      ->type_name("N");
}

void add_selection_options(CLI::App& app, SelectionArguments& arguments) {
  add_filter_options(app, arguments);
  app.add_flag("--split-fused", arguments.split_fused,
               "Measure the gates of recurrent layers and the query, key and value of fused "
               "projections as layers of their own");
}

tensor::Selection selection_of(const SelectionArguments& arguments) {
  if (arguments.min_size < 0) {
    throw Error(ErrorCode::usage,
                fmt::format("--min-size must be a whole number >= 0, not {}", arguments.min_size));
  }
  tensor::Selection selection{.include = arguments.include,
                              .exclude = arguments.exclude,
                              .layouts = {},
                              .min_size = static_cast<std::uint64_t>(arguments.min_size),
                              .split_fused = arguments.split_fused};
  for (const tensor::LayerKind kind :
       {tensor::LayerKind::conv, tensor::LayerKind::linear, tensor::LayerKind::embedding,
        tensor::LayerKind::recurrent}) {
    if (std::ranges::find(arguments.kinds, tensor::name(kind)) != arguments.kinds.end()) {
      selection.kinds.push_back(kind);
    }
  }
  for (const std::string& text : arguments.layouts) {
    with_context("--layout", [&] { selection.layouts.push_back(tensor::parse_layout_rule(text)); });
  }
  return selection;
}

void add_schedule_options(CLI::App& app, ScheduleArguments& arguments) {
  constexpr const char* kGroup = "Schedule";
  app.add_option("--init-lr", arguments.init_lr,
                 "Learning rate the run started with; without it there is no schedule")
      ->group(kGroup)
      ->check(is_number())
      ->type_name("RATE");
  const auto add = [&](const char* name, auto& target, const char* help) {
    CLI::Option* const option = app.add_option(name, target, help)->group(kGroup);
    arguments.options.push_back(option);
    return option;
  };
  add("--beta", arguments.rmsgd.beta, "Memory of the rate, in [0, 1)")
      ->check(is_number())
      ->type_name("NUMBER")
      ->capture_default_str();
  add("--step-size", arguments.rmsgd.step_size, "Epochs between decays (default: no decay)")
      ->check(is_whole_number())
      ->type_name("EPOCHS");
  add("--gamma", arguments.rmsgd.gamma, "Factor of a decay")
      ->check(is_number())
      ->type_name("NUMBER")
      ->capture_default_str();
  arguments.options.push_back(
      app.add_flag("--linear", arguments.rmsgd.linear, "Track 2-D weights as well as 4-D ones")
          ->group(kGroup));
  add("--rmsgd", arguments.variant, "The released package's RMSGD, or the paper's experiment code")
      ->check(is_one_of({"release", "paper"}))
      ->type_name("release|paper")
      ->capture_default_str();
  add("--evbmf", arguments.evbmf, "Which minimiser's knowledge gain feeds the schedule")
      ->check(is_one_of({"reference", "exact"}))
      ->type_name("reference|exact")
      ->capture_default_str();
  add("--parameter-order", arguments.parameter_order,
      "Parameter names in model order, one a line, where the file's own order is wrong")
      ->check(is_not_empty())
      ->type_name("FILE");
  add("--steps-per-epoch", arguments.steps_per_epoch,
      "For checkpoints saved by step: which of them end an epoch")
      ->check(is_whole_number())
      ->type_name("N");
}

std::vector<std::string> ineffective_options(const ScheduleArguments& arguments) {
  std::vector<std::string> names;
  for (const CLI::Option* const option : arguments.options) {
    if (!arguments.init_lr && option->count() > 0) {
      names.push_back(option->get_name());
    }
  }
  return names;
}

analysis::ScheduleOptions schedule_options_of(const ScheduleArguments& arguments) {
  analysis::ScheduleOptions options;
  if (arguments.steps_per_epoch && *arguments.steps_per_epoch < 1) {
    throw Error(ErrorCode::usage,
                fmt::format("--steps-per-epoch must be a whole number >= 1, not {}",
                            *arguments.steps_per_epoch));
  }
  schedule::RmsgdOptions rmsgd = arguments.rmsgd;
  rmsgd.variant = arguments.variant == "paper" ? schedule::RmsgdVariant::paper
                                               : schedule::RmsgdVariant::release;
  rmsgd.init_lr = arguments.init_lr.value_or(0.0);
  schedule::validate(rmsgd);  // Also without --init-lr: a wrong --beta is wrong all the same.
  if (arguments.init_lr) {
    options.rmsgd = rmsgd;
  }
  options.evbmf =
      arguments.evbmf == "exact" ? report::GainSource::exact : report::GainSource::reference;
  options.steps_per_epoch = arguments.steps_per_epoch;
  if (!arguments.parameter_order.empty()) {
    options.parameter_order = read_names(arguments.parameter_order);
  }
  return options;
}

}  // namespace hindcast::cli
