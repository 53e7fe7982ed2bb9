// A chart of lines over the checkpoints, by uPlot.
//
//   lines: [{ name, values, colour(), dash, layer }]   `layer`: what a click chooses; or none
//   options: { chart, title, label, moment, momentAt(t), height, range, isLogarithmic, isStepped,
//              isByLayer, mark: { value, text } }
//
// Of a single checkpoint there is no course: `isByLayer`, each layer then has a point at its place
// in the model.

const LINE_HEIGHT = 260;

class LineChart {
  constructor(place, xs, lines, options) {
    Object.assign(this, { xs, lines, options });
    this.height = options.height ?? LINE_HEIGHT;
    this.names = lines.map((line) => line.layer).filter((name) => name !== undefined);
    this.readout = readoutElement();
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
    this.element.addEventListener("blur", () => this.point(null));
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
    const what = this.options.isByLayer
      ? `${count(this.lines.length, "layer")} at one checkpoint`
      : `${count(this.lines.length, "line")} over ${count(this.xs.length, "checkpoint")}`;
    return `${this.options.label}: ${what}.${range} The table of layers holds the numbers.`;
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
      this.marker = new Marker(this.plot.over);
      this.plot.over.addEventListener("click", () => this.onClick());
      this.plot.over.addEventListener("mousemove", () => this.pointed && this.point(null));
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
    this.showPointed();
  }

  settings() {
    const { isByLayer } = this.options;
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
          range: (u, low, high) => this.placeRange(low, high)
        },
        y: this.options.isLogarithmic
          ? { distr: 3, log: 10, range: (u, low, high) => this.logarithmicRange(low, high) }
          : { range: (u, low, high) => this.linearRange(low, high) }
      },
      axes: [
        axisOf({
          label: this.options.moment,
          labelSize: 18,
          size: 30,
          incrs: WHOLE_STEPS,
          ...(this.xs.length === 1 ? { splits: () => this.xs } : {}),
          values: (u, values) => this.placeTexts(values)
        }),
        axisOf({
          size: (u, texts) => axisWidth(texts),
          values: (u, values) => distinctTexts(values),
          ...(this.options.isLogarithmic
            ? {
                splits: (u, axis, low, high) => logarithmicTicks(low, high),
                filter: (u, ticks) => ticks
              }
            : {})
        })
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
            show: isFew || isByLayer || this.xs.length === 1,
            size: isByLayer || this.xs.length === 1 ? 7 : 4.5,
            width: 0,
            fill: () => line.colour()
          }
        }))
      ],
      hooks: {
        draw: [
          (u) => {
            drawOptimum(u, this.options.mark);
            this.drawChosen(u);
            drawIfEmpty(u, this.lines);
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

  placeRange(low, high) {
    if (this.options.isByLayer) {
      return [0.5, this.xs.length + 0.5];
    }
    return low === high ? [low - 1, high + 1] : [low, high];
  }

  // Layers by their names where these have room.
  placeTexts(values) {
    const letters = Math.floor(this.element.clientWidth / this.lines.length / 7.4);
    const isNamed = this.options.isByLayer && letters >= 10;
    const names = isNamed ? briefNames(this.names, letters) : [];
    return values.map((value) => (isNamed ? (names[value - 1] ?? "") : formatNumber(value, 9)));
  }

  // The same for all charts beside each other.
  logarithmicRange(low, high) {
    const given = this.options.range;
    return logarithmicRange(...(given?.[0] > 0 ? given : [low, high]));
  }

  linearRange(low, high) {
    const [least, most] = this.options.range ?? [null, null];
    if (low === null) {
      return [0, 1];
    }
    const bottom = least === null ? low : Math.min(least, low);
    const top = Math.max(most ?? high, high);
    if (least === bottom) {
      return [bottom, bottom + leastSpan(bottom, top) * 1.04];
    }
    return widened(bottom, top);
  }

  // The chosen layer's line once more, on top of all others.
  drawChosen(u) {
    const { ctx, bbox } = u;
    this.lines.forEach((line) => {
      if (line.layer === undefined || line.layer !== selection.name) {
        return;
      }
      ctx.save();
      ctx.beginPath();
      ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
      ctx.clip();
      ctx.lineJoin = ctx.lineCap = "round";
      ctx.setLineDash((line.dash ?? []).map((length) => length * uPlot.pxRatio));
      const path = pathOf(u, this.xs, line.values, this.options);
      const isPoint = this.options.isByLayer || this.xs.length === 1;
      for (const [colour, width] of [
        [theme.colours.paper, isPoint ? 12 : 6],
        [theme.colours.mark, isPoint ? 8 : 2.6]
      ]) {
        ctx.strokeStyle = colour;
        ctx.lineWidth = width * uPlot.pxRatio;
        ctx.stroke(path);
      }
      ctx.restore();
    });
  }

  onCursor(u) {
    const t = u.cursor.idx;
    if (this.options.isByLayer) {
      this.near = t === null || t === undefined ? null : t + 1;
    }
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
      nameOf(shortened(line.name, 60)),
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
    const { isByLayer } = this.options;
    const names = [...new Set(this.names)];
    const next = placeAfter(event.key, this.pointed?.t, this.xs.length);
    const sideways = isByLayer ? { ArrowLeft: -1, ArrowRight: 1 } : {};
    const by = { ArrowUp: -1, ArrowDown: 1, ...sideways }[event.key];
    if (by !== undefined && names.length > 0) {
      selectNeighbour(names, by);
    } else if (next === null) {
      return;
    } else if (isByLayer) {
      select(this.lines[next].layer);
    }
    event.preventDefault();
    const isChosen = (one) => one.layer !== undefined && one.layer === selection.name;
    const line = this.lines.find(isChosen) ?? this.lines[0];
    const t = by === undefined ? next : (this.pointed?.t ?? this.xs.length - 1);
    this.point({ line, t: isByLayer ? this.lines.indexOf(line) : t });
  }

  // By the keys at a checkpoint of a line, or (null) at nothing.
  point(pointed) {
    if (pointed !== null) {
      this.plot?.setCursor({ left: -10, top: -10 });
      this.near = null;
    }
    this.pointed = pointed;
    this.tell(pointed?.line ?? null, pointed?.t);
    this.showPointed();
  }

  showPointed() {
    if (!this.pointed) {
      this.marker?.hide();
      return;
    }
    const { line, t } = this.pointed;
    const value = line.values[t] ?? null;
    const isDrawn = value !== null && !(this.options.isLogarithmic && value <= 0);
    this.marker?.showAt(
      this.plot.valToPos(this.xs[t], "x"),
      isDrawn ? this.plot.valToPos(value, "y") : null
    );
  }
}
