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
    if (isEmpty(report.runs.map((run) => run.means[metric.key]))) {
      continue;
    }
    const lines = report.runs.map((run) => overlaid(run, xs, run.means[metric.key]));
    new LineChart(place, xs, lines, {
      chart: `runs:${metric.key}`,
      label: `${titleOf(metric)}, mean over layers, of each run`,
      title: [`${titleOf(metric)}, mean over layers`],
      moment: report.runs[0].axis,
      range: [metric.key === "rotation" ? 0 : null, null],
      momentAt: (t) => `${report.runs[0].axis} ${formatNumber(xs[t], 9)}`
    });
  }
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
