// Which charts stand in which section.

const TITLES = {
  rotation: "Rotation", step_rotation: "Step rotation", relative_distance: "Relative distance",
  knowledge_gain: "Knowledge gain", knowledge_gain_reference: "Knowledge gain (reference)",
  mapping_condition: "Mapping condition", rank_ratio: "Rank ratio", stable_rank: "Stable rank",
  effective_rank: "Effective rank", condition_number: "Condition number",
  spectral_norm: "Spectral norm", frobenius_norm: "Frobenius norm",
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
  place.append(el("p", { className: "nothing" }, text));
}

function linesOf(run, rows) {
  return run.layers.map((layer, place) => ({
    name: layer.name,
    layer: layer.name,
    values: rows[place],
    colour: () => depthColour(depthOf(run, place)),
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

function addLines(place, report, run, key, more = {}) {
  const text = TITLES[key] ?? key;
  new LineChart(place, run.places, linesOf(run, run.values[key]), {
    chart: key, label: `${text} of run ${run.name}`, title: figureTitle(report, run, text), moment: run.axis,
    momentAt: (t) => momentOf(run, t), ...more,
  });
}

function addMap(place, report, run, key, rows, range, more = {}) {
  new HeatMap(place, rows, { run, range, chart: `${key}:map`, label: `${TITLES[key] ?? key} of run ${run.name}`,
                             title: figureTitle(report, run, "Layers by checkpoints"), ...more });
}

// Runs in which a metric was measured; a line of text where there is none.
function measuredRuns(place, report, key) {
  const runs = report.runs.filter((run) => run.values[key] !== undefined && !isEmpty(run.values[key]));
  if (runs.length === 0) {
    sayNothing(place, "This was not measured.");
  }
  place.classList.toggle("single", runs.length === 1);
  place.classList.toggle("many", runs.length > 2);
  return runs;
}

function isWide(range) {
  return range !== null && range[0] > 0 && range[1] / range[0] > 30;
}

function rotationSection(report) {
  const place = placeOf("rotation");
  const runs = measuredRuns(place, report, "rotation");
  const [, high] = extent(runs.flatMap((run) => run.values.rotation)) ?? [0, 1];
  for (const run of runs) {
    addLines(place, report, run, "rotation", { range: [0, Math.max(high, 1)], mark: { value: 1, text: "optimum 1" } });
  }
}

function gainSection(report) {
  const place = placeOf("knowledge_gain");
  const runs = measuredRuns(place, report, "knowledge_gain");
  place.classList.remove("single", "many");
  const [, high] = extent(runs.flatMap((run) => run.values.knowledge_gain)) ?? [0, 1];
  for (const run of runs) {
    addLines(place, report, run, "knowledge_gain", { range: [0, high], height: besideMap(run) });
    addMap(place, report, run, "knowledge_gain", run.values.knowledge_gain, [0, high]);
  }
}

function rankSection(report) {
  const place = placeOf("effective_rank");
  const runs = measuredRuns(place, report, "effective_rank");
  place.classList.remove("single", "many");
  const range = extent(runs.flatMap((run) => run.values.effective_rank));
  const shares = new Map(runs.map((run) => [run, run.values.effective_rank.map((row, place) => {
    const bound = run.layers[place].rank_bound;
    return row.map((value) => value === null || !bound ? null : value / bound);
  })]));
  const most = extent([...shares.values()].flat()) ?? [0, 1];
  for (const run of runs) {
    addLines(place, report, run, "effective_rank", { range, isLogarithmic: isWide(range), height: besideMap(run) });
    addMap(place, report, run, "effective_rank", shares.get(run), most, { unit: " of its most" });
  }
}

function conditionSection(report) {
  const place = placeOf("mapping_condition");
  for (const run of measuredRuns(place, report, "mapping_condition")) {
    const rows = run.values.mapping_condition.map((row) => row.map((value) => value === 0 ? null : value));
    new LineChart(place, run.places, linesOf(run, rows), {
      chart: "mapping_condition", label: `Mapping condition of run ${run.name}`, isLogarithmic: true, moment: run.axis,
      title: figureTitle(report, run, "Mapping condition"), momentAt: (t) => momentOf(run, t),
    });
  }
}

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
    name: rate.layer, layer: rate.layer,
    values: hasBefore ? [schedule.init_lr, ...rate.prescribed] : rate.prescribed,
    colour: () => depthColour(depthOf(run, run.byName.get(rate.layer))),
  }));
  return { xs, lines: [...lines, ...usedLines(run, hasBefore)] };
}

// One line for all layers where they had the same rate, as most optimisers give them.
function usedLines(run, hasBefore) {
  const known = run.schedule.rates.filter((rate) => rate.used.some((value) => value !== null));
  const isCommon = known.every((rate) => rate.used.every((value, t) => value === known[0].used[t]));
  const values = (rate) => hasBefore ? [null, ...rate.used] : rate.used;
  if (known.length > 0 && isCommon) {
    return [{ name: "used, all layers", values: values(known[0]), dash: [7, 4], colour: () => theme.colours.ink }];
  }
  return known.map((rate) => ({
    name: `${rate.layer} (used)`, layer: rate.layer, values: values(rate), dash: [5, 4],
    colour: () => depthColour(depthOf(run, run.byName.get(rate.layer))),
  }));
}

function ratesSection(report) {
  const place = placeOf("rates");
  const runs = report.runs.filter((run) => run.schedule !== null && run.schedule.rates.length > 0);
  const hasUsed = runs.some((run) => run.schedule.rates.some((rate) => rate.used.some((value) => value !== null)));
  document.querySelector(".if_used").hidden = !hasUsed;
  place.classList.toggle("single", runs.length < 2);
  place.classList.toggle("many", runs.length > 2);
  for (const run of runs) {
    const { xs, lines } = rateLines(run);
    new LineChart(place, xs, lines, {
      chart: "rates", label: `Learning rates of run ${run.name}`, title: figureTitle(report, run, "Prescribed learning rate"),
      range: [0, null], isStepped: true, moment: run.axis, momentAt: (t) => `after ${run.axis} ${formatNumber(xs[t], 9)}`,
    });
  }
  for (const run of report.runs.filter((one) => !runs.includes(one))) {
    sayNothing(place, [report.runs.length > 1 ? `${run.name}: ` : "", run.no_schedule || "no layer has a rate"].join(""));
  }
}

// Those that say most of a network as a whole; what was not measured leaves its place to another.
function scatterMetrics(report) {
  const first = ["rotation", "knowledge_gain", "effective_rank", "mapping_condition"];
  const order = [...first, "stable_rank", "spectral_norm"];
  return order.map((key) => report.metrics.find((metric) => metric.key === key))
      .filter((metric) => metric !== undefined && report.runs.some((run) => !isEmpty([run.means[metric.key]]))).slice(0, 4);
}

function scoresSection(report) {
  const place = placeOf("scores");
  if (report.scores.length === 0) {
    byId("scores").hidden = true;
    return;
  }
  document.querySelector(".if_one_run").hidden = report.runs.length > 1;
  const choice = byId("score");
  choice.replaceChildren(...report.scores.map((name) => el("option", { value: name }, shortened(name, 40))));
  const show = () => {
    removeCharts(place);
    scatterMetrics(report).forEach((metric) => new ScatterChart(place, report, metric, choice.value));
    redraw();
  };
  choice.addEventListener("change", show);
  show();
}

function moreSection(report) {
  const place = placeOf("more");
  const others = report.metrics.filter((metric) => !MAIN.includes(metric.key) && !report.runs.every((run) => isEmpty(run.values[metric.key])));
  if (others.length === 0) {
    byId("more").hidden = true;
    return;
  }
  const choice = byId("metric");
  choice.replaceChildren(...others.map((metric) => el("option", { value: metric.key }, titleOf(metric))));
  const show = () => {
    removeCharts(place);
    const metric = others.find((one) => one.key === choice.value);
    byId("metric_says").textContent = `${metric.title}.`;
    const runs = measuredRuns(place, report, metric.key);
    place.classList.remove("single", "many");
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

// All runs over one another, a line for each.
function runsSection(report) {
  if (report.runs.length < 2) {
    return;
  }
  byId("runs").hidden = false;
  byId("run_key").replaceChildren(...report.runs.map((run) => el("li", {}, swatch(run), nameOf(run.name))));
  const place = placeOf("runs");
  const xs = [...new Set(report.runs.flatMap((run) => run.places))].sort((a, b) => a - b);
  for (const metric of report.metrics.filter((one) => MAIN.includes(one.key))) {
    if (isEmpty(report.runs.map((run) => run.means[metric.key]))) {
      continue;
    }
    const lines = report.runs.map((run) => overlaid(run, xs, run.means[metric.key]));
    new LineChart(place, xs, lines, {
      chart: `runs:${metric.key}`, label: `${titleOf(metric)}, mean over layers, of each run`,
      title: [`${titleOf(metric)}, mean over layers`], moment: report.runs[0].axis, range: [metric.key === "rotation" ? 0 : null, null],
      momentAt: (t) => `${report.runs[0].axis} ${formatNumber(xs[t], 9)}`,
    });
  }
}

// A run's means at the places of all runs. Where only another run has a checkpoint the line goes
// straight on (undefined), where its own has no value it has a gap (null).
function overlaid(run, xs, means) {
  const at = new Map(run.places.map((x, t) => [x, means[t]]));
  return { name: run.name, values: xs.map((x) => at.get(x)), colour: () => runColour(run.index), dash: runDash(run.index) };
}

function swatch(run) {
  const line = el("span", { className: "swatch" });
  line.dataset.run = String(run.index);
  return line;
}

function colourSwatches() {
  for (const line of document.querySelectorAll(".swatch")) {
    line.style.borderTopColor = line.dataset.run !== undefined ? runColour(Number(line.dataset.run)) : depthColour(Number(line.dataset.depth));
    line.style.borderTopStyle = line.dataset.run !== undefined && runDash(Number(line.dataset.run)).length > 0 ? "dashed" : "solid";
  }
}

const MOST_KEYS = 12;

// Names in their colours where they are few, else the colours from the first layer to the last.
function depthKeys(report) {
  const most = Math.max(...report.runs.map((run) => run.layers.length));
  for (const place of document.querySelectorAll(".depth_key")) {
    if (report.runs.length === 1 && most <= MOST_KEYS) {
      const [run] = report.runs;
      place.append(el("ul", { className: "key" }, ...run.layers.map((layer, i) => {
        const line = el("span", { className: "swatch" });
        line.dataset.depth = String(depthOf(run, i));
        const button = el("button", { type: "button", onclick: () => toggle(layer.name) }, line, nameOf(shortened(layer.name, 28)));
        button.setAttribute("aria-pressed", "false");
        onSelection((name) => button.setAttribute("aria-pressed", String(name === layer.name)));
        return el("li", {}, button);
      })));
    } else {
      place.append(el("canvas", { width: 200, height: 1 }), el("p", {}, el("span", {}, "first layer"), el("span", {}, "last layer")));
    }
  }
}

function colourDepthKeys() {
  colourSwatches();
  for (const canvas of document.querySelectorAll(".depth_key canvas")) {
    const ctx = canvas.getContext("2d");
    for (let i = 0; i < canvas.width; i++) {
      ctx.fillStyle = depthColour(i / (canvas.width - 1));
      ctx.fillRect(i, 0, 1, 1);
    }
  }
}

function addSections(report) {
  runsSection(report);
  rotationSection(report);
  gainSection(report);
  rankSection(report);
  conditionSection(report);
  ratesSection(report);
  scoresSection(report);
  moreSection(report);
  depthKeys(report);
  for (const section of document.querySelectorAll("section[data-nav]:not([hidden])")) {
    byId("contents").append(el("li", {}, el("a", { href: `#${section.id}` }, section.dataset.nav)));
  }
}
