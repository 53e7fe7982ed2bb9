// What a gate said of the report.

const VERDICTS = { pass: "passed", fail: "failed", could_not_judge: "could not be judged" };

// "is not >= 0.95 * baseline (0.41)"
function comparisonOf(finding) {
  const says = `${finding.verdict === "fail" ? "is not" : "is"} ${finding.condition}`;
  const isSaid = finding.bound === null || finding.condition.endsWith(String(finding.bound));
  return isSaid ? says : `${says} (${formatNumber(finding.bound)})`;
}

function findingText(finding) {
  const where = [finding.run, finding.checkpoint, finding.layer]
    .filter((text) => text !== "")
    .join(", ");
  const what = finding.reason || `${formatNumber(finding.value)} ${comparisonOf(finding)}`;
  return where ? `${where}: ${what}` : what;
}

function ruleItem(rule) {
  const more = rule.conditions - rule.findings.length;
  const isOpen = rule.verdict !== "pass";
  const findings = isOpen
    ? rule.findings.map((finding) => el("p", {}, nameOf(findingText(finding))))
    : [];
  return el(
    "li",
    {},
    el("span", { className: `verdict ${rule.verdict}` }, VERDICTS[rule.verdict]),
    " ",
    el("code", {}, nameOf(rule.rule)),
    rule.name ? " " : null,
    rule.name ? nameOf(rule.name) : null,
    ...findings,
    isOpen && more > 0 ? el("p", {}, `and ${count(more, "condition")} more`) : null
  );
}

function showGate(gate) {
  if (gate === null) {
    return;
  }
  const title =
    gate.verdict === "pass"
      ? "The gate passed"
      : gate.verdict === "fail"
        ? "The gate failed"
        : "The gate could not judge";
  byId("gate").append(
    el(
      "div",
      { className: `gate ${gate.verdict}`, role: "region", ariaLabel: "Verdict of the gate" },
      el("h2", { className: `verdict ${gate.verdict}` }, title),
      gate.error ? el("p", {}, nameOf(gate.error)) : null,
      el("ul", {}, ...gate.rules.map(ruleItem))
    )
  );
}
