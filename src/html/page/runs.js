// Several runs over one another.

// All runs over one another, a line for each.
function runsSection(report) {
  if (report.runs.length < 2) {
    return;
  }
  byId("runs").hidden = false;
  byId("run_key").replaceChildren(
    ...report.runs.map((run) => el("li", {}, swatch(run), nameOf(run.name)))
  );
  const place = placeOf("runs");
  const xs = [...new Set(report.runs.flatMap((run) => run.places))].sort((a, b) => a - b);
  for (const metric of report.metrics.filter((one) => MAIN.includes(one.key))) {
    const means = report.runs.map((run) => meansOf(run, metric.key));
    if (isEmpty(means)) {
      continue;
    }
    const lines = report.runs.map((run, r) => overlaid(run, xs, means[r]));
    new LineChart(place, xs, lines, {
      chart: `runs:${metric.key}`,
      label: `${titleOf(metric)}, ${meanOver(metric.key)}, of each run`,
      title: [`${titleOf(metric)}, ${meanOver(metric.key)}`],
      isLogarithmic: metric.key === "mapping_condition",
      moment: report.runs[0].axis,
      range: [metric.key === "rotation" ? 0 : null, null],
      momentAt: (t) => `${report.runs[0].axis} ${formatNumber(xs[t], 9)}`
    });
  }
}

// At each checkpoint. A condition of 0 says that nothing stands out of the layer's noise: counted in,
// the layers that learned nothing would make a run look the evenest.
function meansOf(run, key) {
  if (key !== "mapping_condition") {
    return run.means[key];
  }
  return run.places.map((_, t) => {
    const known = run.values[key].map((row) => row[t]).filter((value) => value > 0);
    return known.length === 0 ? null : known.reduce((a, b) => a + b) / known.length;
  });
}

function meanOver(key) {
  return key === "mapping_condition" ? "mean over layers with signal" : "mean over layers";
}

// A run's means at the places of all runs. Where only another run has a checkpoint the line goes
// straight on (undefined), where its own has no value it has a gap (null).
function overlaid(run, xs, means) {
  const at = new Map(run.places.map((x, t) => [x, means[t]]));
  return {
    name: run.name,
    values: xs.map((x) => at.get(x)),
    colour: () => runColour(run.index),
    dash: runDash(run.index)
  };
}
