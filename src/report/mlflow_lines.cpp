// What mlflow.log_metric takes: `key`, `value`, `step`, `timestamp`; and what each number is of. A
// number that is missing has no line.

#include "base/json_writer.hpp"
#include "report/exports.hpp"
#include "report/safe_names.hpp"

namespace hindcast::report {
namespace {

// Names that MLflow takes as they are keep them, also where another becomes the same by being
// changed.
UniqueNames legal_keys(const RunReport& run, const Scalars& scalars) {
  UniqueNames keys;
  for (const CheckpointReport& checkpoint : run.checkpoints) {
    scalars.for_each(checkpoint, [&](const Scalar& scalar) {
      const std::string tag = tag_of(scalar);
      if (scalar.value && mlflow_key(tag) == tag) {
        keys.keep(identity(scalar), tag);
      }
    });
  }
  return keys;
}

Exported write(const Report& report, const ScalarChoice& choice, const Sink& sink) {
  Exported done;
  for (const RunReport& run : report.runs) {
    const Scalars scalars(run, choice);
    UniqueNames keys = legal_keys(run, scalars);
    const StepAxis axis = step_axis(run);
    for (std::size_t t = 0; t < run.checkpoints.size(); ++t) {
      const CheckpointReport& checkpoint = run.checkpoints[t];
      scalars.for_each(checkpoint, [&](const Scalar& scalar) {
        if (!scalar.value) {
          return;
        }
        JsonWriter line;
        line.begin_inline_object();
        line.member("run", run.name);
        line.member("key", keys.of(identity(scalar), [&] { return mlflow_key(tag_of(scalar)); }));
        line.member("value", *scalar.value);
        line.member("step", axis.steps[t]);
        line.member("timestamp", 0);
        line.member("checkpoint", checkpoint.name);
        line.member("scope", name(scalar.scope));
        line.member("layer", scalar.layer);
        line.member("unfolding", scalar.unfolding);
        line.member("metric", scalar.metric);
        line.end_inline_object();
        sink(line.take());
        ++done.numbers;
      });
    }
  }
  return done;
}

}  // namespace

extern const TextExport mlflow_export;
const TextExport mlflow_export = {
    .option = "--mlflow",
    .help =
        "Write a JSON object a line for each number, as mlflow.log_metric takes it; '-' is stdout",
    .is_json = true,
    .write = write,
};

}  // namespace hindcast::report
