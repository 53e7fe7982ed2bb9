// Which charts stand in which section.

const TITLES = {
  rotation: "Rotation",
  step_rotation: "Step rotation",
  relative_distance: "Relative distance",
  knowledge_gain: "Knowledge gain",
  knowledge_gain_reference: "Knowledge gain (reference)",
  mapping_condition: "Mapping condition",
  rank_ratio: "Rank ratio",
  stable_rank: "Stable rank",
  effective_rank: "Effective rank",
  condition_number: "Condition number",
  spectral_norm: "Spectral norm",
  frobenius_norm: "Frobenius norm"
};

// Metrics with a section of their own.
const MAIN = ["rotation", "knowledge_gain", "effective_rank", "mapping_condition"];

function titleOf(metric) {
  return TITLES[metric.key] ?? metric.title;
}

function placeOf(id) {
  return document.querySelector(`[data-charts="${id}"]`);
}

function sayNothing(place, text) {
  place.append(el("p", { className: "nothing" }, wordsOf(text)));
}

function linesOf(run, rows) {
  return run.layers.map((layer, place) => ({
    name: layer.name,
    layer: layer.name,
    values: rows[place],
    colour: () => depthColour(depthOf(run, place))
  }));
}

function isEmpty(rows) {
  return rows.every((row) => row.every((value) => value === null));
}

// The run's name over its chart where there are several, else what the chart shows.
function figureTitle(report, run, text) {
  return report.runs.length > 1 ? [nameOf(shortened(run.name, 40)), ` · ${text}`] : [text];
}

// Beside a map of the same layers, lines are as high as the map, as far as that is of use.
function besideMap(run) {
  return Math.min(Math.max(mapHeight(run.layers.length), LINE_HEIGHT), 480);
}

function addLines(place, report, run, key, { rows = run.values[key], ...more } = {}) {
  const text = TITLES[key] ?? key;
  const lines = linesOf(run, rows);
  const isByLayer = !hasCourse(run);
  new LineChart(
    place,
    isByLayer ? lines.map((_, i) => i + 1) : run.places,
    isByLayer ? lines.map(alone) : lines,
    {
      chart: key,
      label: `${text} of run ${run.name}`,
      title: figureTitle(report, run, isByLayer ? `${text} at ${momentOf(run, 0)}` : text),
      moment: isByLayer ? "layer, from the first to the last" : run.axis,
      momentAt: (t) => momentOf(run, isByLayer ? 0 : t),
      isByLayer,
      ...more
    }
  );
}

// The one value of a layer, at the layer's place among all.
function alone(line, place, lines) {
  return { ...line, values: lines.map((_, i) => (i === place ? line.values[0] : null)) };
}

// A map of one column would say what the chart beside it says.
function addMap(place, report, run, key, rows, range, more = {}) {
  if (!hasCourse(run)) {
    return;
  }
  new HeatMap(place, rows, {
    run,
    range,
    chart: `${key}:map`,
    label: `${TITLES[key] ?? key} of run ${run.name}`,
    title: figureTitle(report, run, "Layers by checkpoints"),
    ...more
  });
}

// Runs in which a metric was measured; a line of text where there is none.
function measuredRuns(place, report, key) {
  const runs = report.runs.filter(
    (run) => run.values[key] !== undefined && !isEmpty(run.values[key])
  );
  if (runs.length === 0) {
    sayNothing(place, notMeasured(report, key));
  }
  place.classList.toggle("single", runs.length === 1);
  place.classList.toggle("many", runs.length > 2);
  return runs;
}

function notMeasured(report, key) {
  const isKnown = report.metrics.some((metric) => metric.key === key);
  const isDistance = key === "rotation" || key === "relative_distance";
  return isKnown && isDistance && !report.runs.some(hasCourse)
    ? "One checkpoint, from which rotation is measured: there is nothing yet that it could have " +
        "turned from."
    : "This was not measured.";
}

// Lines and a map side by side; lines alone where there is no course to map.
function besideEachOther(place, runs) {
  const isSingle = runs.length === 1 && !hasCourse(runs[0]);
  place.classList.toggle("single", isSingle);
  place.classList.remove("many");
}

function isWide(range) {
  return range !== null && range[0] > 0 && range[1] / range[0] > 30;
}

function rotationSection(report) {
  const place = placeOf("rotation");
  const runs = measuredRuns(place, report, "rotation");
  const [, high] = extent(runs.flatMap((run) => run.values.rotation)) ?? [0, 1];
  for (const run of runs) {
    addLines(place, report, run, "rotation", {
      range: [0, Math.max(high, 1)],
      mark: { value: 1, text: "optimum 1" }
    });
  }
}

function gainSection(report) {
  const place = placeOf("knowledge_gain");
  const runs = measuredRuns(place, report, "knowledge_gain");
  besideEachOther(place, runs);
  const [, high] = extent(runs.flatMap((run) => run.values.knowledge_gain)) ?? [0, 1];
  for (const run of runs) {
    addLines(place, report, run, "knowledge_gain", { range: [0, high], height: besideMap(run) });
    addMap(place, report, run, "knowledge_gain", run.values.knowledge_gain, [0, high]);
  }
}

function rankSection(report) {
  const place = placeOf("effective_rank");
  const runs = measuredRuns(place, report, "effective_rank");
  besideEachOther(place, runs);
  const range = extent(runs.flatMap((run) => run.values.effective_rank));
  const shares = new Map(
    runs.map((run) => [
      run,
      run.values.effective_rank.map((row, place) => {
        const bound = run.layers[place].rank_bound;
        return row.map((value) => (value === null || !bound ? null : value / bound));
      })
    ])
  );
  const most = extent([...shares.values()].flat()) ?? [0, 1];
  for (const run of runs) {
    addLines(place, report, run, "effective_rank", {
      range,
      isLogarithmic: isWide(range),
      height: besideMap(run)
    });
    addMap(place, report, run, "effective_rank", shares.get(run), most, { unit: " of its most" });
  }
}

function conditionSection(report) {
  const place = placeOf("mapping_condition");
  const runs = measuredRuns(place, report, "mapping_condition");
  const range = extent(runs.flatMap(mappingConditions), (value) => value > 0);
  for (const run of runs) {
    const rows = mappingConditions(run);
    if (isEmpty(rows)) {
      const whose = report.runs.length > 1 ? `${run.name}: ` : "";
      sayNothing(place, `${whose}No layer has anything that stands out of the noise.`);
    } else {
      addLines(place, report, run, "mapping_condition", { rows, range, isLogarithmic: true });
    }
  }
}

// Those that say most of a network as a whole; what was not measured leaves its place to another.
function scatterMetrics(report) {
  const first = ["rotation", "knowledge_gain", "effective_rank", "mapping_condition"];
  const order = [...first, "stable_rank", "spectral_norm"];
  return order
    .map((key) => report.metrics.find((metric) => metric.key === key))
    .filter(
      (metric) =>
        metric !== undefined && report.runs.some((run) => !isEmpty([run.means[metric.key]]))
    )
    .slice(0, 4);
}

function scoresSection(report) {
  const place = placeOf("scores");
  if (report.scores.length === 0) {
    byId("scores").hidden = true;
    return;
  }
  document.querySelector(".if_one_run").hidden = report.runs.length > 1;
  const choice = byId("score");
  choice.replaceChildren(
    ...report.scores.map((name) => el("option", { value: name }, shortened(name, 40)))
  );
  const show = () => {
    removeCharts(place);
    for (const metric of scatterMetrics(report)) {
      if (report.runs.some((run) => pointsOf(run, metric.key, choice.value).length > 0)) {
        new ScatterChart(place, report, metric, choice.value);
      }
    }
    if (place.children.length === 0) {
      sayNothing(place, "No checkpoint after the initial one has both this score and a metric.");
    }
    redraw();
  };
  choice.addEventListener("change", show);
  show();
}

function moreSection(report) {
  const place = placeOf("more");
  const others = report.metrics.filter(
    (metric) =>
      !MAIN.includes(metric.key) && !report.runs.every((run) => isEmpty(run.values[metric.key]))
  );
  if (others.length === 0) {
    byId("more").hidden = true;
    return;
  }
  const choice = byId("metric");
  choice.replaceChildren(
    ...others.map((metric) => el("option", { value: metric.key }, titleOf(metric)))
  );
  const show = () => {
    removeCharts(place);
    const metric = others.find((one) => one.key === choice.value);
    byId("metric_says").textContent = `${metric.title}.`;
    const runs = measuredRuns(place, report, metric.key);
    besideEachOther(place, runs);
    const range = extent(runs.flatMap((run) => run.values[metric.key]));
    const isLogarithmic = isWide(range);
    for (const run of runs) {
      addLines(place, report, run, metric.key, { range, isLogarithmic, height: besideMap(run) });
      addMap(place, report, run, metric.key, run.values[metric.key], range, { isLogarithmic });
    }
    redraw();
  };
  choice.addEventListener("change", show);
  show();
}

function addSections(report) {
  runsSection(report);
  rotationSection(report);
  gainSection(report);
  rankSection(report);
  conditionSection(report);
  spectrumSection(report);
  ratesSection(report);
  scoresSection(report);
  moreSection(report);
  depthKeys(report);
  for (const words of document.querySelectorAll(".if_course")) {
    words.hidden = !report.runs.some(hasCourse);
  }
  for (const section of document.querySelectorAll("section[data-nav]:not([hidden])")) {
    byId("contents").append(el("li", {}, el("a", { href: `#${section.id}` }, section.dataset.nav)));
  }
}
