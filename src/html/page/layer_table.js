// The table of layers: sorted by a click on a heading, filtered by words, with small lines of how
// each layer came there.

const SPARK_WIDTH = 92;
const SPARK_HEIGHT = 20;
const SPARK_POINTS = 46;

// At most so many points as have room; the last is always there.
function sparkline(values, [low, high]) {
  const every = Math.max(1, (values.length - 1) / SPARK_POINTS);
  const last = values.length - 1;
  const at = (t) => [
    last === 0 ? SPARK_WIDTH / 2 : (t / last) * SPARK_WIDTH,
    SPARK_HEIGHT - 2 - (high > low ? (values[t] - low) / (high - low) : 0) * (SPARK_HEIGHT - 4)
  ];
  let path = "";
  let isPen = false;
  for (let i = 0; Math.round(i * every) <= last; i++) {
    const t = Math.round(i * every);
    if (values[t] === null) {
      isPen = false;
      continue;
    }
    const [x, y] = at(t);
    path += `${isPen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
    isPen = true;
  }
  const picture = svg(
    "svg",
    { class: "spark", viewBox: `0 0 ${SPARK_WIDTH} ${SPARK_HEIGHT}`, "aria-hidden": "true" },
    svg("line", { x1: 0, x2: SPARK_WIDTH, y1: SPARK_HEIGHT - 2, y2: SPARK_HEIGHT - 2 }),
    svg("path", { d: path })
  );
  if (values[last] !== null && values[last] !== undefined) {
    const [x, y] = at(last);
    picture.append(svg("circle", { cx: x.toFixed(1), cy: y.toFixed(1), r: 1.8 }));
  }
  return picture;
}

const MOST_ROWS_ON_PAPER = 40;
const MOST_NAME = 28;

function lastOf(run, key, place) {
  return run.values[key]?.[place]?.at(-1) ?? null;
}

function nextRateOf(run, name) {
  return run.schedule?.rates.find((rate) => rate.layer === name)?.prescribed.at(-1) ?? null;
}

// Columns: `of` gives what it is sorted by, `cell` what is shown.
function columnsOf(report) {
  const number = (title, of) => ({
    title,
    of,
    isNumber: true,
    cell: (row) => formatNumber(of(row))
  });
  const metric = (title, key) => number(title, (row) => lastOf(row.run, key, row.place));
  const drawn = (title, key) => {
    const range = extent(report.runs.flatMap((run) => run.values[key] ?? [])) ?? [0, 1];
    return {
      title,
      of: (row) => change(row.run.values[key][row.place]),
      cell: (row) => sparkline(row.run.values[key][row.place], [Math.min(0, range[0]), range[1]])
    };
  };
  const has = (key) => report.metrics.some((one) => one.key === key);
  const course = (key) => (report.runs.some(hasCourse) ? [drawn("over the run", key)] : []);
  const text = (title, of) => ({ title, of, cell: (row) => nameOf(shortened(of(row), 32)) });
  const rates = report.runs.some((run) => run.schedule !== null);
  return [
    { title: "Layer", of: (row) => row.layer.name, isHead: true },
    report.runs.length > 1 ? text("Run", (row) => row.run.name) : null,
    text("Kind", (row) => row.layer.kind),
    text("Shape", (row) => row.layer.shape),
    ...(has("rotation") ? [metric("Rotation", "rotation"), ...course("rotation")] : []),
    ...(has("knowledge_gain")
      ? [metric("Gain", "knowledge_gain"), ...course("knowledge_gain")]
      : []),
    ...(has("effective_rank")
      ? [
          metric("Effective rank", "effective_rank"),
          number("of its most", (row) =>
            share(lastOf(row.run, "effective_rank", row.place), row.layer.rank_bound)
          )
        ]
      : []),
    has("mapping_condition") ? conditionColumn() : null,
    has("stable_rank") ? metric("Stable rank", "stable_rank") : null,
    rates ? number("Next rate", (row) => nextRateOf(row.run, row.layer.name)) : null,
    {
      title: "Status",
      of: statusOf,
      cell: (row) =>
        statusOf(row) === "ok" ? "ok" : el("span", { className: "flag" }, statusOf(row))
    }
  ].filter((column) => column !== null);
}

// Where nothing stands out of the noise there is no condition: a 0 would look like the best.
function conditionColumn() {
  const of = (row) => lastOf(row.run, "mapping_condition", row.place) || null;
  const isNothing = (row) => lastOf(row.run, "mapping_condition", row.place) === 0;
  return {
    title: "Mapping condition",
    of,
    isNumber: true,
    cell: (row) => (isNothing(row) ? "nothing" : formatNumber(of(row)))
  };
}

function share(value, bound) {
  return value === null || !bound ? null : value / bound;
}

// First value to last: what a small line is sorted by.
function change(values) {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.at(-1) - known[0];
}

function statusOf(row) {
  return row.layer.is_last ? row.layer.status.join(", ") || "ok" : "gone";
}

class LayerTable {
  constructor(place, report) {
    this.columns = columnsOf(report);
    this.sorted = { column: null, isUp: true };
    this.rows = report.runs.flatMap((run) => {
      const brief = briefNames(namesOf(run), MOST_NAME);
      return run.layers.map((layer, place) =>
        this.rowOf({ run, layer, place, brief: brief[place] }, report.runs.length > 1)
      );
    });
    this.ordered = this.rows;
    this.body = el("tbody", {}, ...this.rows.map((row) => row.element));
    this.heads = this.columns.map((column, i) => this.headOf(column, i));
    this.says = el("span", {}, "");
    this.says.setAttribute("role", "status");
    const filter = el("input", {
      type: "search",
      id: "filter",
      placeholder: "name, kind or status",
      oninput: () => this.filter(filter.value)
    });
    const scroller = el(
      "div",
      { className: this.rows.length > 40 ? "scroller long" : "scroller", tabIndex: 0 },
      withRoles(el("table", {}, el("thead", {}, el("tr", {}, ...this.heads)), this.body))
    );
    scroller.setAttribute("role", "region");
    scroller.setAttribute("aria-label", "Layers");
    place.append(
      el(
        "div",
        { className: "tools" },
        el("label", { htmlFor: "filter" }, "Filter "),
        filter,
        this.says
      ),
      scroller
    );
    onSelection((name) => this.mark(name));
    this.filter("");
  }

  rowOf(row, isAmongOthers) {
    const { run, layer } = row;
    const runName = isAmongOthers ? run.name : "";
    row.words = `${layer.name} ${layer.kind} ${statusOf(row)} ${runName}`.toLowerCase();
    row.button = el(
      "button",
      { type: "button", title: layer.name, onclick: () => toggle(layer.name) },
      nameOf(row.brief)
    );
    row.button.setAttribute("aria-label", layer.name);
    row.button.setAttribute("aria-pressed", "false");
    row.element = el(
      "tr",
      {},
      ...this.columns.map((column) =>
        column.isHead
          ? el("th", { scope: "row" }, row.button)
          : labelled(
              el("td", { className: column.isNumber ? "number" : "" }, column.cell(row)),
              column.title
            )
      )
    );
    return row;
  }

  headOf(column, i) {
    const head = el(
      "th",
      { scope: "col", className: column.isNumber ? "number" : "" },
      el("button", { type: "button", onclick: () => this.sort(i) }, column.title)
    );
    head.setAttribute("aria-sort", "none");
    return head;
  }

  // Numbers largest first, words from A; a third click goes back to the order of the model.
  sort(i) {
    const firstUp = !this.columns[i].isNumber;
    const isSame = this.sorted.column === i;
    this.sorted =
      isSame && this.sorted.isUp !== firstUp
        ? { column: null, isUp: true }
        : { column: i, isUp: isSame ? !firstUp : firstUp };
    this.heads.forEach((head, at) =>
      head.setAttribute(
        "aria-sort",
        at !== this.sorted.column ? "none" : this.sorted.isUp ? "ascending" : "descending"
      )
    );
    this.ordered =
      this.sorted.column === null
        ? this.rows
        : this.inOrder(this.columns[i].of, this.sorted.isUp ? 1 : -1);
    this.body.append(...this.ordered.map((row) => row.element));
    this.choosePaper();
  }

  // A sheet or two of rows: those that the reader's order put first.
  choosePaper() {
    const shown = this.ordered.filter((row) => !row.element.hidden);
    const onPaper = new Set(shown.slice(0, MOST_ROWS_ON_PAPER));
    for (const row of this.rows) {
      row.element.classList.toggle("not_on_paper", !onPaper.has(row));
    }
    byId("on_paper").textContent =
      shown.length > onPaper.size
        ? `The first ${onPaper.size} of ${count(shown.length, "layer")}, ${this.orderText()}.`
        : "";
  }

  orderText() {
    if (this.sorted.column === null) {
      return "in the order of the model";
    }
    const { title, isNumber } = this.columns[this.sorted.column];
    const ends = isNumber ? ["smallest", "largest"] : ["first", "last"];
    return `sorted by ${title}, the ${ends[this.sorted.isUp ? 0 : 1]} on top`;
  }

  // What has no value stands last, whichever way.
  inOrder(of, sign) {
    return this.rows
      .map((row) => [of(row), row])
      .sort(([a], [b]) => {
        if (a === null || b === null) {
          return (a === null) - (b === null);
        }
        return sign * (typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true }));
      })
      .map(([, row]) => row);
  }

  // Every word must be in the row.
  filter(text) {
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== "");
    let shown = 0;
    for (const row of this.rows) {
      row.element.hidden = !words.every((word) => row.words.includes(word));
      shown += row.element.hidden ? 0 : 1;
    }
    this.choosePaper();
    this.says.textContent = `${shown} of ${count(this.rows.length, "layer")}`;
  }

  mark(name) {
    for (const row of this.rows) {
      const isChosen = row.layer.name === name;
      row.element.classList.toggle("chosen_row", isChosen);
      row.button.setAttribute("aria-pressed", String(isChosen));
    }
  }
}
