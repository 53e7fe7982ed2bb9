#include "cli/gate/init_policy.hpp"

#include "hindcast/base/error.hpp"

#include "base/text.hpp"
#include "cli/github_actions.hpp"
#include "gate/policy.hpp"

namespace hindcast::cli {

ExitStatus init_policy(const GateArguments& arguments) {
  const Messages messages(arguments.quiet);
  refuse_judging_options(arguments, "--init-policy");
  if (!arguments.baselines.empty()) {
    throw Error(ErrorCode::usage, "--init-policy judges nothing; leave out --baseline");
  }
  require_report(arguments);
  OutputPlaces places(files_read(arguments), {{"--output", arguments.output}});
  warn_of_risks(arguments.safety, messages);
  const Work work(arguments.work);
  const LoadedReport known_good = load_and_tell(arguments.report, arguments, work, messages);
  const std::string policy = with_context(printable(arguments.report),
                                          [&] { return gate::make_policy(known_good.report); });
  if (AtomicFile* const file = places.file(0)) {
    file->commit(policy);
  } else {
    print_result(json_for_log(policy));
  }
  return incomplete_status(known_good.troubles.incomplete, arguments.strict);
}

}  // namespace hindcast::cli
