#include "cli/safety.hpp"

namespace hindcast::cli {

void add_safety_options(CLI::App& app, SafetyArguments& arguments) {
  app.add_flag("--unsafe-hdf5", arguments.unsafe_hdf5,
               "Read HDF5 without a sandbox, where there is none: only for files you made")
      ->group("Safety");
}

io::Limits limits_of(const SafetyArguments& arguments) {
  io::Limits limits;
  limits.unsafe_hdf5 = arguments.unsafe_hdf5;
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
