// The learning rates that were prescribed, and those that were used.

// A rate is in force from its checkpoint to the next; the first epoch has the initial one.
function rateLines(run) {
  const { schedule } = run;
  const found = schedule.after.map((name) => run.places[run.checkpoints.indexOf(name)]);
  // A report from elsewhere may name checkpoints that it does not have.
  const isInOrder = found.every((x, t) => x !== undefined && (t === 0 || x > found[t - 1]));
  const places = isInOrder ? found : found.map((x, t) => t + 1);
  const hasBefore = isInOrder && places.length > 0 && run.places[0] < places[0];
  const xs = hasBefore ? [run.places[0], ...places] : places;
  const lines = schedule.rates.map((rate) => ({
    name: rate.layer,
    layer: rate.layer,
    values: hasBefore ? [schedule.init_lr, ...rate.prescribed] : rate.prescribed,
    colour: () => depthColour(depthOf(run, run.byName.get(rate.layer)))
  }));
  return { xs, lines: [...lines, ...usedLines(run, hasBefore)] };
}

// One line for all layers where they had the same rate, as most optimisers give them.
function usedLines(run, hasBefore) {
  const known = run.schedule.rates.filter((rate) => rate.used.some((value) => value !== null));
  const isCommon = known.every((rate) => rate.used.every((value, t) => value === known[0].used[t]));
  const values = (rate) => (hasBefore ? [null, ...rate.used] : rate.used);
  if (known.length > 0 && isCommon) {
    return [
      {
        name: "used, all layers",
        values: values(known[0]),
        dash: [7, 4],
        colour: () => theme.colours.ink
      }
    ];
  }
  return known.map((rate) => ({
    name: `${rate.layer} (used)`,
    layer: rate.layer,
    values: values(rate),
    dash: [5, 4],
    colour: () => depthColour(depthOf(run, run.byName.get(rate.layer)))
  }));
}

function ratesSection(report) {
  const place = placeOf("rates");
  const runs = report.runs.filter((run) => run.schedule !== null && run.schedule.rates.length > 0);
  const hasUsed = runs.some((run) =>
    run.schedule.rates.some((rate) => rate.used.some((value) => value !== null))
  );
  document.querySelector(".if_used").hidden = !hasUsed;
  document.querySelector("#rates .caution").hidden = runs.length === 0;
  place.classList.toggle("single", runs.length < 2);
  place.classList.toggle("many", runs.length > 2);
  for (const run of runs) {
    const { xs, lines } = rateLines(run);
    new LineChart(place, xs, lines, {
      chart: "rates",
      label: `Learning rates of run ${run.name}`,
      title: figureTitle(report, run, "Prescribed learning rate"),
      range: [0, null],
      isStepped: true,
      moment: run.axis,
      momentAt: (t) => `after ${run.axis} ${formatNumber(xs[t], 9)}`
    });
  }
  for (const run of report.runs.filter((one) => !runs.includes(one))) {
    sayNothing(
      place,
      [
        report.runs.length > 1 ? `${run.name}: no rates; ` : "No rates; ",
        run.no_schedule || "no layer has any",
        "."
      ].join("")
    );
  }
}
