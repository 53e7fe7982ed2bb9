// A chart of lines over the checkpoints, by uPlot.
//
//   lines: [{ name, values, colour(), dash, layer }]   `layer`: what a click chooses; or none
//   options: { chart, title, label, moment, momentAt(t), height, range, isLogarithmic, isStepped,
//              mark: { value, text } }

const LINE_HEIGHT = 260;

class LineChart {
  constructor(place, xs, lines, options) {
    Object.assign(this, { xs, lines, options });
    this.height = options.height ?? LINE_HEIGHT;
    this.names = lines.map((line) => line.layer).filter((name) => name !== undefined);
    this.readout = el("output", {}, "");
    this.element = el("div", { className: "plot", tabIndex: 0 });
    describeChart(this.element, this.description());
    this.figure = el(
      "figure",
      {},
      el("figcaption", {}, el("span", { className: "what" }, ...options.title), this.readout),
      this.element
    );
    this.figure.dataset.chart = options.chart;
    this.figure.dataset.series = String(lines.length);
    place.append(this.figure);
    this.element.style.height = `${this.height}px`;
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    addChart(this);
  }

  description() {
    const last = extent([
      this.lines.map(
        (line) => line.values.findLast((one) => one !== null && one !== undefined) ?? null
      )
    ]);
    const range =
      last === null
        ? ""
        : ` The last values go from ${formatNumber(last[0])} to ${formatNumber(last[1])}.`;
    return (
      `${this.options.label}: ${count(this.lines.length, "line")} over ` +
      `${count(this.xs.length, "checkpoint")}.${range} The table of layers holds the numbers.`
    );
  }

  isOutgrown() {
    return this.plot !== undefined && this.plot.width !== this.element.clientWidth;
  }

  draw() {
    if (this.plot === undefined) {
      this.plot = new uPlot(
        this.settings(),
        [this.xs, ...this.lines.map((line) => line.values)],
        this.element
      );
      this.plot.over.addEventListener("click", () => this.onClick());
      this.plot.over.addEventListener("mouseleave", () => this.tell(null, null));
      this.figure.dataset.drawn = "true";
    } else if (this.isOutgrown()) {
      this.plot.setSize({ width: this.element.clientWidth, height: this.height });
    }
    const chosen = this.lines.some((line) => line.layer === selection.name) ? selection.name : null;
    const faint = this.lines.length > 60 ? 0.1 : 0.22;
    this.lines.forEach((line, i) => {
      this.plot.series[i + 1].alpha = chosen === null || line.layer === undefined ? 1 : faint;
    });
    this.figure.dataset.highlighted = chosen ?? "";
    this.plot.redraw(false, true);
  }

  settings() {
    const isFew = this.lines.length <= 24 && this.xs.length <= 40;
    return {
      width: this.element.clientWidth,
      height: this.height,
      padding: [10, 12, 0, 0],
      legend: { show: false },
      focus: { alpha: 1 },
      cursor: {
        y: false,
        focus: { prox: 40 },
        points: { one: true, size: 7, width: 0, fill: (u, i) => this.lines[i - 1].colour() }
      },
      scales: {
        x: {
          time: false,
          range: (u, low, high) => (low === high ? [low - 1, high + 1] : [low, high])
        },
        y: this.options.isLogarithmic
          ? { distr: 3, log: 10, range: (u, low, high) => logarithmicRange(low, high) }
          : { range: (u, low, high) => this.linearRange(low, high) }
      },
      axes: [
        this.axis({
          label: this.options.moment,
          labelSize: 18,
          size: 30,
          incrs: WHOLE_STEPS,
          values: (u, values) => values.map((value) => formatNumber(value, 9))
        }),
        this.axis({ size: 52, values: (u, values) => this.tickTexts(values) })
      ],
      series: [
        {},
        ...this.lines.map((line) => ({
          stroke: () => line.colour(),
          width: this.lines.length > 60 ? 1 : 1.6,
          dash: line.dash,
          spanGaps: false,
          paths: this.options.isStepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
          points: {
            show: isFew || this.xs.length === 1,
            size: 4.5,
            width: 0,
            fill: () => line.colour()
          }
        }))
      ],
      hooks: {
        draw: [
          (u) => {
            this.drawMark(u);
            this.drawChosen(u);
          }
        ],
        setCursor: [(u) => this.onCursor(u)],
        setSeries: [
          (u, i) => {
            this.near = i;
            this.onCursor(u);
          }
        ]
      }
    };
  }

  axis(more) {
    const ink = () => theme.colours.muted;
    const line = { stroke: () => theme.colours.grid, width: 1 };
    const font = `11.5px ${getComputedStyle(document.body).getPropertyValue("--sans")}`;
    return {
      stroke: ink,
      grid: line,
      ticks: { ...line, size: 4 },
      font,
      labelFont: font,
      gap: 4,
      ...more
    };
  }

  tickTexts(values) {
    return values.map((value) => (value === null ? "" : formatNumber(value, 3)));
  }

  linearRange(low, high) {
    const [least, most] = this.options.range ?? [null, null];
    if (low === null) {
      return [0, 1];
    }
    const bottom = least === null ? low : Math.min(least, low);
    const top = Math.max(most ?? high, high);
    const margin = (top - bottom || Math.abs(top) || 1) * 0.04;
    return [least === bottom ? bottom : bottom - margin, top + margin];
  }

  // The optimum, over the lines: of two hundred none would leave it to be seen.
  drawMark(u) {
    if (this.options.mark === undefined) {
      return;
    }
    const { value, text } = this.options.mark;
    const width = Math.round(1.4 * uPlot.pxRatio);
    const y = Math.round(u.valToPos(value, "y", true)) + (width % 2) / 2; // On whole pixels: sharp.
    const { ctx, bbox } = u;
    ctx.save();
    ctx.font = u.axes[0].font[0];
    ctx.textAlign = "left"; // Where all lines still are at 0.
    ctx.textBaseline = "bottom";
    ctx.lineJoin = "round";
    ctx.strokeStyle = theme.colours.paper; // A seam, so that neither is lost among lines.
    ctx.lineWidth = 3 * uPlot.pxRatio;
    const right = bbox.left + bbox.width;
    const line = new Path2D(`M${bbox.left} ${y}L${right} ${y}`);
    ctx.setLineDash([6 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
    ctx.stroke(line);
    ctx.strokeStyle = ctx.fillStyle = theme.colours.ink;
    ctx.lineWidth = width;
    ctx.stroke(line);
    ctx.setLineDash([]);
    ctx.strokeStyle = theme.colours.paper;
    ctx.lineWidth = 3 * uPlot.pxRatio;
    ctx.strokeText(text, bbox.left + 6, y - 3);
    ctx.fillText(text, bbox.left + 6, y - 3);
    ctx.restore();
  }

  // The chosen layer's line once more, on top of all others.
  drawChosen(u) {
    const { ctx, bbox } = u;
    this.lines.forEach((line, i) => {
      if (line.layer === undefined || line.layer !== selection.name) {
        return;
      }
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      ctx.lineJoin = ctx.lineCap = "round";
      ctx.setLineDash((line.dash ?? []).map((length) => length * uPlot.pxRatio));
      const path = this.pathOf(u, i);
      for (const [colour, width] of [
        [theme.colours.paper, 6],
        [theme.colours.mark, 2.6]
      ]) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = width * uPlot.pxRatio;
        ctx.stroke(path);
      }
      ctx.restore();
    });
  }

  pathOf(u, i) {
    const path = new Path2D();
    let before = null;
    this.lines[i].values.forEach((value, t) => {
      if (value === null || (this.options.isLogarithmic && value <= 0)) {
        before = null;
        return;
      }
      const x = u.valToPos(this.xs[t], "x", true);
      const y = u.valToPos(value, "y", true);
      if (before === null) {
        path.moveTo(x, y);
      } else {
        this.options.isStepped && path.lineTo(x, before);
        path.lineTo(x, y);
      }
      before = y;
    });
    return path;
  }

  onCursor(u) {
    const t = u.cursor.idx;
    const chosen = this.lines.findIndex(
      (line) => line.layer !== undefined && line.layer === selection.name
    );
    const near = this.near ?? (chosen < 0 ? null : chosen + 1);
    this.tell(near === null || near === undefined || near < 1 ? null : this.lines[near - 1], t);
  }

  tell(line, t) {
    if (line === null || t === null || t === undefined) {
      this.readout.replaceChildren();
      return;
    }
    this.readout.replaceChildren(
      nameOf(shortened(line.name, 40)),
      ` · ${this.options.momentAt(t)} · ${formatNumber(line.values[t])}`
    );
  }

  onClick() {
    const line = this.near ? this.lines[this.near - 1] : undefined;
    if (line !== undefined && line.layer !== undefined) {
      toggle(line.layer);
    }
  }

  onKey(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1 };
    const layers = { ArrowUp: -1, ArrowDown: 1 };
    if (event.key in layers && this.names.length > 0) {
      this.near = null;
      selectNeighbour([...new Set(this.names)], layers[event.key]);
    } else if (!(event.key in steps)) {
      return;
    }
    event.preventDefault();
    this.at = Math.min(
      Math.max((this.at ?? this.xs.length) + (steps[event.key] ?? 0), 0),
      this.xs.length - 1
    );
    this.near = null;
    const line =
      this.lines.find((one) => one.layer !== undefined && one.layer === selection.name) ??
      this.lines[0];
    this.tell(line, this.at);
  }
}

// Checkpoints are counted in whole numbers, so nothing stands between two of them.
const WHOLE_STEPS = [];
for (let power = 1; power < 1e18; power *= 10) {
  WHOLE_STEPS.push(power, 2 * power, 5 * power);
}

// Never so narrow that no round number lies in it.
function logarithmicRange(low, high) {
  if (low === null || !(low > 0)) {
    return [1, 10];
  }
  const middle = Math.sqrt(low * high);
  return [Math.min(low / 1.3, middle / 3), Math.max(high * 1.3, middle * 3)];
}
