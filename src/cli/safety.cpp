#include "cli/safety.hpp"

#include <array>
#include <cmath>
#include <string>

#include <fmt/format.h>

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "cli/options.hpp"
#include "cli/size_text.hpp"

namespace hindcast::cli {
namespace {

// Readers call themselves for every level: much deeper, and the stack is at its end.
constexpr std::uint64_t kMostDepth = 4096;
constexpr std::uint64_t kMostAxes = 1024;
constexpr double kMostSeconds = 1e8;

struct SizeOption {
  const char* name;
  std::uint64_t io::Limits::*limit;
  std::uint64_t most;
  const char* help;
};

constexpr std::array<SizeOption, 9> kSizeOptions = {{
    {"--max-tensors", &io::Limits::tensors, kMostOfAnything,
     "Tensors (or links, or members) of a file"},
    {"--max-tensor-values", &io::Limits::tensor_values, kMostOfAnything, "Values of a tensor"},
    {"--max-axes", &io::Limits::rank, kMostAxes, "Axes of a tensor"},
    {"--max-name-bytes", &io::Limits::name_bytes, kMostOfAnything, "Bytes of a tensor's name"},
    {"--max-depth", &io::Limits::depth, kMostDepth,
     "Groups, containers, graphs or JSON in each other"},
    {"--max-metadata-bytes", &io::Limits::attribute_bytes, kMostOfAnything,
     "Bytes of what describes tensors: an attribute, a header, a pickle, JSON, all names"},
    {"--max-expansion", &io::Limits::expansion, kMostOfAnything,
     "Bytes of memory that a tensor may take, as doubles, for each stored byte"},
    {"--max-unpacked-bytes", &io::Limits::expansion_free_bytes, kMostOfAnything,
     "Bytes of memory of all tensors of a file that take more than --max-expansion"},
    {"--cell-memory", &io::Limits::cell_memory_bytes, kMostOfAnything,
     "Bytes that the process for HDF5 may use"},
}};

void add_seconds_option(CLI::App& app, io::Limits& limits) {
  const auto check = [&limits](double seconds) {
    if (!std::isfinite(seconds) || seconds <= 0.0 || seconds > kMostSeconds) {
      throw Error(ErrorCode::usage, fmt::format("--cell-seconds must be a number above 0, not {}",
                                                shortest(std::isfinite(seconds) ? seconds : 0.0)));
    }
    limits.cell_seconds = seconds;
  };
  app.add_option_function<double>("--cell-seconds", check,
                                  "Time for HDF5 to list a file, or to read a tensor")
      ->group("Limits")
      ->check(is_number())
      ->type_name("SECONDS")
      ->default_str(shortest(limits.cell_seconds));
}

}  // namespace

void add_safety_options(CLI::App& app, SafetyArguments& arguments) {
  app.add_flag("--follow-links", arguments.follow_links,
               "Also read files through links that lead out of the directory or the checkpoint's "
               "folder, as in the cache of the Hugging Face hub")
      ->group("Safety");
  app.add_flag("--unsafe-hdf5", arguments.unsafe_hdf5,
               "Read HDF5 without a sandbox, where there is none: only for files you made")
      ->group("Safety");
  io::Limits& limits = arguments.limits;
  for (const SizeOption& option : kSizeOptions) {
    add_size_option(app, option.name, option.help, option.most,
                    [&limits, limit = option.limit](std::uint64_t size) { limits.*limit = size; })
        ->group("Limits")
        ->default_str(size_text(limits.*option.limit));
  }
  add_seconds_option(app, arguments.limits);
}

io::Limits limits_of(const SafetyArguments& arguments) {
  io::Limits limits = arguments.limits;
  limits.unsafe_hdf5 = arguments.unsafe_hdf5;
  limits.follow_links = arguments.follow_links;
  return limits;
}

void warn_of_risks(const SafetyArguments& arguments, const Messages& messages) {
  if (arguments.unsafe_hdf5) {
    messages.warning(
        "HDF5 is read without a sandbox (--unsafe-hdf5): a damaged file can crash this run, a "
        "hostile one can do whatever you can");
  }
}

}  // namespace hindcast::cli
