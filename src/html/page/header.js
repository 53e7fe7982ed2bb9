// What was analysed, how far it can be trusted, and what a gate said.

const VERDICTS = { pass: "passed", fail: "failed", could_not_judge: "could not be judged" };
const HOW = { given: "given on the command line", named: "found by what it says of itself",
              first: "not known: measured from the first checkpoint" };

function spanOf(run) {
  const last = run.checkpoints.length - 1;
  return last < 0 ? "none" : last === 0 ? momentOf(run, 0) : `${momentOf(run, 0)} to ${formatNumber(run.places[last], 9)}`;
}

function lastMean(run, key) {
  return run.means[key]?.at(-1) ?? null;
}

// The run's end in a sentence, of what was measured.
function abstractOf(report) {
  if (report.runs.length > 1) {
    const layers = Math.max(...report.runs.map((run) => run.layers.length));
    return `${report.runs.length} training runs of up to ${count(layers, "layer")} each, judged by the weights of ` +
        `${report.runs.reduce((sum, run) => sum + run.checkpoints.length, 0)} checkpoints.`;
  }
  const [run] = report.runs;
  const means = [["rotation", "rotation"], ["knowledge_gain", "knowledge gain"], ["effective_rank", "effective rank"]]
      .map(([key, text]) => [text, lastMean(run, key)]).filter(([, value]) => value !== null)
      .map(([text, value]) => `${text} ${formatNumber(value, 3)}`);
  const end = means.length > 0 && run.checkpoints.length > 0 ? ` At ${momentOf(run, run.checkpoints.length - 1)}, on average over the layers: ${means.join(", ")}.` : "";
  return `${count(run.layers.length, "layer")} at ${count(run.checkpoints.length, "checkpoint")}, judged by their weights alone.${end}`;
}

function fact(term, text, more = null) {
  return el("div", {}, el("dt", {}, term), el("dd", {}, nameOf(text), more ? el("small", {}, nameOf(more)) : null));
}

function scheduleText(run) {
  const { schedule } = run;
  return schedule === null ? ["none", run.no_schedule]
      : [`RMSGD (${schedule.rmsgd}) from ${formatNumber(schedule.init_lr)}, β ${formatNumber(schedule.beta)}`,
         `gains of the ${schedule.evbmf} minimiser; ${count(schedule.sensitive, "rate")} would change by more than 10 % with the other; order of parameters from ${schedule.order_evidence}`];
}

function factsOf(run) {
  const coverage = run.coverage;
  const facts = [
    fact("Checkpoints", `${run.checkpoints.length}: ${spanOf(run)}`, run.order.reason ? `ordered by ${run.order.reason}` : null),
    fact("Layers", String(run.layers.length), run.changes.length > 0 ? count(run.changes.length, "change") + " of layers between checkpoints" : "the same at every checkpoint"),
    fact("Rotation from", run.initial.checkpoint || "the first checkpoint", `${HOW[run.initial.how] ?? run.initial.how}; ${run.initial.reason}`),
    fact("Learning rates", ...scheduleText(run)),
  ];
  if (coverage !== null) {
    facts.push(fact("Coverage", `${coverage.analysed} of ${coverage.tensors} tensors`, coverage.text + (coverage.same_in_all ? "" : " (last checkpoint; others differ)")));
  }
  if (run.scores_from !== null) {
    facts.push(fact("Scores", run.scores_from.file || run.scores_from.source, `${run.scores_from.reason}; ${run.scores_from.matched} of ${run.checkpoints.length} checkpoints`));
  }
  return facts;
}

function showFacts(report) {
  const tool = `hindcast ${report.version}`;
  const solver = `solver ${report.solver || "auto"}`;
  if (report.runs.length === 1) {
    byId("facts").append(el("dl", { className: "facts" }, ...factsOf(report.runs[0]), fact("Made by", tool, solver)));
    return;
  }
  byId("facts").append(runTable(report), el("p", { className: "nothing" }, `Made by ${tool}, ${solver}.`));
}

function small(text) {
  return text ? el("small", {}, nameOf(text)) : null;
}

function runTable(report) {
  const heads = ["Run", "Checkpoints", "Layers", "Rotation from", "Coverage", "Scores", "Rotation", "Gain"];
  const rows = report.runs.map((run) => el("tr", {},
      el("th", { scope: "row" }, swatch(run), nameOf(run.name)),
      el("td", {}, `${run.checkpoints.length}: ${spanOf(run)}`, small(run.order.reason ? `by ${run.order.reason}` : "")),
      el("td", {}, String(run.layers.length)),
      el("td", {}, nameOf(shortened(run.initial.checkpoint || "the first checkpoint", 28)), small(run.initial.reason)),
      el("td", {}, run.coverage === null ? "–" : `${run.coverage.analysed} of ${run.coverage.tensors} tensors`, small(run.coverage?.text ?? "")),
      el("td", {}, nameOf(run.scores_from === null ? "none" : shortened(run.scores_from.file || run.scores_from.source, 28))),
      el("td", { className: "number" }, formatNumber(lastMean(run, "rotation"))),
      el("td", { className: "number" }, formatNumber(lastMean(run, "knowledge_gain")))));
  return el("div", { className: "scroller key", tabIndex: 0, ariaLabel: "Runs", role: "region" }, el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((text, i) => el("th", { scope: "col", className: i > 5 ? "number" : "" }, text)))), el("tbody", {}, ...rows)));
}

function findingText(finding) {
  const where = [finding.run, finding.checkpoint, finding.layer].filter((text) => text !== "").join(", ");
  const what = finding.reason || `${formatNumber(finding.value)} ${finding.verdict === "fail" ? "is not" : "is"} ${finding.condition}` +
      (finding.bound === null || finding.condition.endsWith(String(finding.bound)) ? "" : ` (${formatNumber(finding.bound)})`);
  return where ? `${where}: ${what}` : what;
}

function ruleItem(rule) {
  const more = rule.conditions - rule.findings.length;
  const isOpen = rule.verdict !== "pass";
  const findings = isOpen ? rule.findings.map((finding) => el("p", {}, nameOf(findingText(finding)))) : [];
  return el("li", {}, el("span", { className: `verdict ${rule.verdict}` }, VERDICTS[rule.verdict]), " ",
      el("code", {}, nameOf(rule.rule)), rule.name ? " " : null, rule.name ? nameOf(rule.name) : null, ...findings,
      isOpen && more > 0 ? el("p", {}, `and ${count(more, "condition")} more`) : null);
}

function showGate(gate) {
  if (gate === null) {
    return;
  }
  const title = gate.verdict === "pass" ? "The gate passed" : gate.verdict === "fail" ? "The gate failed" : "The gate could not judge";
  byId("gate").append(el("div", { className: `gate ${gate.verdict}`, role: "region", ariaLabel: "Verdict of the gate" },
      el("h2", { className: `verdict ${gate.verdict}` }, title), gate.error ? el("p", {}, nameOf(gate.error)) : null,
      el("ul", {}, ...gate.rules.map(ruleItem))));
}

function showWarnings(report) {
  const texts = report.runs.flatMap((run) => {
    const prefix = report.runs.length > 1 ? `${run.name}: ` : "";
    const notes = run.schedule === null ? [] : run.schedule.notes.slice(1).map((text) => `learning rates: ${text}`);
    return [...run.unread.map((one) => `not read: ${one.path}: ${one.reason}`), ...run.warnings,
            ...run.changes.map((one) => `layer ${one.layer} ${one.change} at ${one.checkpoint}`), ...notes].map((text) => prefix + text);
  });
  if (texts.length > 0) {
    byId("warnings").append(el("details", { className: "warnings", open: texts.length <= 4 },
        el("summary", {}, count(texts.length, "warning")), el("ul", {}, ...texts.map((text) => el("li", {}, nameOf(text))))));
  }
}

function showHeader(report) {
  byId("title").append(report.runs.length === 1 ? nameOf(report.runs[0].name) : `${report.runs.length} runs`);
  byId("abstract").textContent = abstractOf(report);
  showFacts(report);
  showGate(report.gate);
  showWarnings(report);
}
