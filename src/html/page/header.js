// What was analysed, and how far it can be trusted.

const HOW = {
  given: "given on the command line",
  named: "found by what it says of itself",
  first: "not known: measured from the first checkpoint"
};

function spanOf(run) {
  const last = run.checkpoints.length - 1;
  return last < 0
    ? "none"
    : last === 0
      ? momentOf(run, 0)
      : `${momentOf(run, 0)} to ${formatNumber(run.places[last], 9)}`;
}

function lastMean(run, key) {
  return run.means[key]?.at(-1) ?? null;
}

// The run's end in a sentence, of what was measured.
function abstractOf(report) {
  if (report.runs.length > 1) {
    const layers = Math.max(...report.runs.map((run) => run.layers.length));
    const checkpoints = report.runs.reduce((sum, run) => sum + run.checkpoints.length, 0);
    return (
      `${report.runs.length} training runs of up to ${count(layers, "layer")} each, ` +
      `judged by the weights of ${count(checkpoints, "checkpoint")}.`
    );
  }
  const [run] = report.runs;
  const means = [
    ["rotation", "rotation"],
    ["knowledge_gain", "knowledge gain"],
    ["effective_rank", "effective rank"]
  ]
    .map(([key, text]) => [key, text, lastMean(run, key)])
    .filter(([, , value]) => value !== null)
    .map(([key, text, value]) => `${text} ${formatNumber(value, 3)}${coveredBy(run, key)}`);
  const checkpoints = count(run.checkpoints.length, "checkpoint");
  const sentences = [
    `${count(run.layers.length, "layer")} at ${checkpoints}, judged by their weights alone.`
  ];
  if (run.checkpoints.length === 1) {
    sentences.push("One checkpoint has no course to show: each layer is a point.");
  }
  if (means.length > 0) {
    const end = momentOf(run, run.checkpoints.length - 1);
    sentences.push(`At ${end}, on average over the layers: ${means.join(", ")}.`);
  }
  return sentences.join(" ");
}

// Of how many layers a mean is, where not all have a value at the last checkpoint.
function coveredBy(run, key) {
  if (lastMean(run, key) === null) {
    return "";
  }
  const there = run.layers.filter((layer) => layer.is_last).length;
  const known = run.values[key].filter((row) => row.at(-1) !== null).length;
  return known === there ? "" : ` (mean of ${count(known, "layer")} of ${there})`;
}

function fact(term, text, more = null) {
  return el(
    "div",
    {},
    el("dt", {}, term),
    el("dd", {}, nameOf(text), more ? el("small", {}, wordsOf(more)) : null)
  );
}

function scheduleText(run) {
  const { schedule } = run;
  if (schedule === null) {
    return ["none", run.no_schedule];
  }
  const rates = [formatNumber(schedule.init_lr), formatNumber(schedule.beta)];
  return [
    `RMSGD (${schedule.rmsgd}) from ${rates[0]}, β ${rates[1]}`,
    `gains of the ${schedule.evbmf} minimiser; ${count(schedule.sensitive, "rate")} would change ` +
      "by more than 10 % with the other; " +
      `order of parameters from ${schedule.order_evidence}`
  ];
}

function coverageText(run) {
  return run.coverage === null
    ? "–"
    : `${run.coverage.analysed} of ${count(run.coverage.tensors, "tensor")}`;
}

function factsOf(run) {
  const coverage = run.coverage;
  const facts = [
    fact(
      "Checkpoints",
      `${run.checkpoints.length}: ${spanOf(run)}`,
      run.order.reason ? `ordered by ${run.order.reason}` : null
    ),
    fact(
      "Layers",
      String(run.layers.length),
      run.changes.length > 0
        ? count(run.changes.length, "change") + " of layers between checkpoints"
        : "the same at every checkpoint"
    ),
    fact(
      "Rotation from",
      run.initial.checkpoint || "the first checkpoint",
      `${HOW[run.initial.how] ?? run.initial.how}; ${run.initial.reason}`
    ),
    fact("Learning rates", ...scheduleText(run))
  ];
  if (coverage !== null) {
    facts.push(
      fact(
        "Coverage",
        coverageText(run),
        coverage.text + (coverage.same_in_all ? "" : " (last checkpoint; others differ)")
      )
    );
  }
  if (run.scores_from !== null) {
    facts.push(
      fact(
        "Scores",
        run.scores_from.file || run.scores_from.source,
        `${run.scores_from.reason}; ` +
          `${run.scores_from.matched} of ${count(run.checkpoints.length, "checkpoint")}`
      )
    );
  }
  return facts;
}

function showFacts(report) {
  const tool = `hindcast ${report.version}`;
  const solver = `solver ${report.solver || "auto"}`;
  if (report.runs.length === 1) {
    byId("facts").append(
      el("dl", { className: "facts" }, ...factsOf(report.runs[0]), fact("Made by", tool, solver))
    );
    return;
  }
  byId("facts").append(
    runTable(report),
    el("p", { className: "nothing" }, `Made by ${tool}, ${solver}.`)
  );
}

function small(text) {
  return text ? el("small", {}, wordsOf(text)) : null;
}

function runTable(report) {
  const heads = [
    "Run",
    "Checkpoints",
    "Layers",
    "Rotation from",
    "Coverage",
    "Scores",
    "Rotation",
    "Gain"
  ];
  const cell = (at, ...content) =>
    labelled(el("td", { className: at > 5 ? "number" : "" }, ...content), heads[at]);
  const rows = report.runs.map((run) =>
    el(
      "tr",
      {},
      el("th", { scope: "row" }, swatch(run), nameOf(run.name)),
      cell(
        1,
        `${run.checkpoints.length}: ${spanOf(run)}`,
        small(run.order.reason ? `by ${run.order.reason}` : "")
      ),
      cell(2, String(run.layers.length)),
      cell(
        3,
        nameOf(shortened(run.initial.checkpoint || "the first checkpoint", 28)),
        small(run.initial.reason)
      ),
      cell(4, coverageText(run), small(run.coverage?.text ?? "")),
      cell(
        5,
        nameOf(
          run.scores_from === null
            ? "none"
            : shortened(run.scores_from.file || run.scores_from.source, 28)
        )
      ),
      ...["rotation", "knowledge_gain"].map((key, i) =>
        cell(6 + i, formatNumber(lastMean(run, key)), small(coveredBy(run, key)))
      )
    )
  );
  const head = heads.map((text, at) =>
    el("th", { scope: "col", className: at > 5 ? "number" : "" }, text)
  );
  return el(
    "div",
    { className: "scroller key", tabIndex: 0, ariaLabel: "Runs", role: "region" },
    withRoles(
      el("table", {}, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...rows))
    )
  );
}

function showWarnings(report) {
  const texts = report.runs.flatMap((run) => {
    const prefix = report.runs.length > 1 ? `${run.name}: ` : "";
    const notes =
      run.schedule === null
        ? []
        : run.schedule.notes.slice(1).map((text) => `learning rates: ${text}`);
    return [
      ...run.unread.map((one) => `not read: ${one.path}: ${one.reason}`),
      ...run.warnings,
      ...run.changes.map((one) => `layer ${one.layer} ${one.change} at ${one.checkpoint}`),
      ...notes
    ].map((text) => prefix + text);
  });
  if (texts.length > 0) {
    byId("warnings").append(
      el(
        "details",
        { className: "warnings", open: texts.length <= 4 },
        el("summary", {}, count(texts.length, "warning")),
        el("ul", {}, ...texts.map((text) => el("li", {}, wordsOf(text))))
      )
    );
  }
}

const DIGITS = {
  all: "Numbers are shown rounded; this file holds them in full.",
  six: "Numbers are rounded to six significant digits; the report’s JSON holds them in full."
};

function showHeader(report) {
  byId("digits").textContent = DIGITS[report.digits];
  byId("title").append(
    report.runs.length === 1 ? nameOf(report.runs[0].name) : `${report.runs.length} runs`
  );
  byId("abstract").textContent = abstractOf(report);
  showFacts(report);
  showGate(report.gate);
  showWarnings(report);
}
