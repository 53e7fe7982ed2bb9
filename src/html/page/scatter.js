// A metric against the score, a point for each checkpoint. uPlot has the axes and the cursor; the
// points are drawn here, because each has a colour of its own: the run's or, of a single run, that
// of its place in the training.

const SCATTER_HEIGHT = 250;

class ScatterChart {
  constructor(place, report, metric, score) {
    Object.assign(this, { report, metric, score });
    this.points = report.runs.flatMap((run) => pointsOf(run, metric.key, score));
    this.points.sort((a, b) => a.x - b.x);
    this.readout = readoutElement();
    this.element = el("div", { className: "plot", tabIndex: 0 });
    describeChart(
      this.element,
      `${titleOf(metric)} against ${score}: ${count(this.points.length, "checkpoint")}.`
    );
    this.figure = el(
      "figure",
      {},
      el(
        "figcaption",
        {},
        el("span", { className: "what" }, titleOf(metric), `, ${meanOver(metric.key)}`),
        this.readout
      ),
      this.element
    );
    this.figure.dataset.chart = `scores:${metric.key}`;
    this.figure.dataset.series = String(this.points.length);
    place.append(this.figure);
    this.element.style.height = `${SCATTER_HEIGHT}px`;
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("blur", () => this.point(null));
    addChart(this);
  }

  isOutgrown() {
    return this.plot !== undefined && this.plot.width !== this.element.clientWidth;
  }

  draw() {
    if (this.plot === undefined) {
      this.plot = new uPlot(
        this.settings(),
        [this.points.map((one) => one.x), this.points.map((one) => one.y)],
        this.element
      );
      this.marker = new Marker(this.plot.over);
      this.plot.over.addEventListener("mousemove", () => this.pointed && this.point(null));
      this.figure.dataset.drawn = "true";
    } else if (this.isOutgrown()) {
      this.plot.setSize({ width: this.element.clientWidth, height: SCATTER_HEIGHT });
    } else {
      this.plot.redraw(false, true);
    }
    this.showPointed();
  }

  settings() {
    const axis = axisOf({ values: (u, values) => distinctTexts(values) });
    return {
      width: this.element.clientWidth,
      height: SCATTER_HEIGHT,
      padding: [10, 12, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, points: { show: false } },
      scales: {
        x: { time: false, range: (u, low, high) => widened(low, high) },
        y: { range: (u, low, high) => widened(low, high) }
      },
      axes: [
        { ...axis, size: 30 },
        {
          ...axis,
          size: (u, texts) => axisWidth(texts),
          label: shortened(this.score, 30),
          labelSize: 16,
          labelGap: 2
        }
      ],
      series: [{}, { paths: () => null, points: { show: false } }],
      hooks: {
        draw: [(u) => this.drawPoints(u)],
        setCursor: [(u) => this.tell(this.points[u.cursor.idx])]
      }
    };
  }

  drawPoints(u) {
    const { ctx } = u;
    ctx.save();
    ctx.strokeStyle = theme.colours.paper;
    ctx.lineWidth = uPlot.pxRatio;
    for (const point of this.points) {
      ctx.fillStyle =
        this.report.runs.length > 1 ? runColour(point.run.index) : depthColour(point.share);
      ctx.beginPath();
      ctx.arc(
        u.valToPos(point.x, "x", true),
        u.valToPos(point.y, "y", true),
        4.2 * uPlot.pxRatio,
        0,
        2 * Math.PI
      );
      ctx.fill();
      if (this.points.length <= 60) {
        ctx.stroke();
      }
    }
    ctx.restore();
  }

  tell(point) {
    this.readout.replaceChildren();
    if (point !== undefined) {
      const name =
        this.report.runs.length > 1 ? [nameOf(shortened(point.run.name, 24)), " · "] : [];
      this.readout.append(
        ...name,
        `${momentOf(point.run, point.t)} · ${formatNumber(point.x)} · `,
        nameOf(shortened(this.score, 20)),
        ` ${formatNumber(point.y)}`
      );
    }
  }

  onKey(event) {
    const at = placeAfter(event.key, this.pointed?.at, this.points.length);
    if (at !== null) {
      event.preventDefault();
      this.point({ at });
    }
  }

  // By the keys at one of the points, or (null) at none.
  point(pointed) {
    if (pointed !== null) {
      this.plot?.setCursor({ left: -10, top: -10 });
    }
    this.pointed = pointed;
    this.tell(this.points[pointed?.at]);
    this.showPointed();
  }

  showPointed() {
    const point = this.points[this.pointed?.at];
    if (point === undefined) {
      this.marker?.hide();
    } else {
      this.marker?.showAt(this.plot.valToPos(point.x, "x"), this.plot.valToPos(point.y, "y"));
    }
  }
}

function pointsOf(run, key, score) {
  const scores = Object.hasOwn(run.scores, score) ? run.scores[score] : [];
  // The initial weights have turned by 0 and score by chance: they would press the rest together.
  const first = run.checkpoints[0] === run.initial.checkpoint ? 1 : 0;
  const means = meansOf(run, key);
  return scores
    .map((y, t) => ({
      run,
      t,
      x: means[t],
      y,
      share: scores.length < 2 ? 0.5 : t / (scores.length - 1)
    }))
    .filter((point) => point.t >= first && point.x !== null && point.y !== null);
}
