// The singular values of one unfolding of a layer at one checkpoint, by uPlot: on logarithmic axes,
// with the threshold above which EVBMF keeps a component. A curve for each run, and a faint one for
// its initial weights.

const SPECTRUM_HEIGHT = 330;

// What stands in `facts`, src/html/spectra_data.cpp.
const FACTS = [
  "rank",
  "threshold",
  "reference_rank",
  "reference_threshold",
  "computed",
  "resolved"
];

function spectrumOf(run, layer, side) {
  const place = run.byName.get(layer);
  return place === undefined ? null : (run.spectra?.layers[place]?.[side] ?? null);
}

function positive(values) {
  return values.map((value) => (value > 0 ? value : null));
}

// Which of a run's shown checkpoints is the last one up to x; -1 where it begins later.
function momentUpTo(run, x) {
  return run.spectra.moments.findLastIndex((t) => run.places[t] <= x);
}

// A run's spectrum at one moment, and that of its initial weights beside any other.
function curveOf(run, layer, side, x) {
  const spectrum = spectrumOf(run, layer, side);
  const m = spectrum === null ? -1 : momentUpTo(run, x);
  if (m < 0 || spectrum.values[m] === null) {
    return null;
  }
  const t = run.spectra.moments[m];
  const startsInitial = run.checkpoints[0] === run.initial.checkpoint;
  const initial = startsInitial && t > 0 ? spectrum.values[0] : null;
  return {
    run,
    t,
    size: spectrum.size,
    places: spectrum.places,
    values: positive(spectrum.values[m]),
    initial: initial === null ? null : positive(initial),
    ...Object.fromEntries(FACTS.map((name, i) => [name, spectrum.facts[m][i]]))
  };
}

// The same for all checkpoints, so that what moves is the curve and not the axis.
function spectrumRange(runs, layer, side) {
  const spectra = runs.map((run) => spectrumOf(run, layer, side)).filter((one) => one !== null);
  const values = spectra.flatMap((one) => one.values.filter((row) => row !== null));
  const thresholds = spectra.flatMap((one) => one.facts.map((row) => row?.[1] ?? null));
  return extent([...values, thresholds], (value) => value > 0) ?? [null, null];
}

// From a number with one digit on, or the axis would begin with one that has many.
function roundedDown(value) {
  const digit = 10 ** Math.floor(Math.log10(value));
  return Math.floor(value / digit) * digit;
}

class SpectrumChart {
  constructor(place, runs) {
    this.runs = runs;
    this.at = null; // Which singular value the keys have come to.
    this.readout = readoutElement();
    this.what = el("span", { className: "what" });
    this.element = el("div", { className: "plot", tabIndex: 0 });
    this.figure = el("figure", {}, el("figcaption", {}, this.what, this.readout), this.element);
    this.figure.dataset.chart = "spectrum";
    place.append(this.figure);
    this.element.style.height = `${SPECTRUM_HEIGHT}px`;
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    this.element.addEventListener("blur", () => this.point(null));
    addChart(this);
  }

  // `names`: all layers that can be chosen; `says`: the chart in words.
  show({ layer, side, x, names, moment, says }) {
    Object.assign(this, { layer, names });
    this.curves = this.runs.map((run) => curveOf(run, layer, side, x));
    this.range = spectrumRange(this.runs, layer, side);
    const known = this.curves.filter((curve) => curve !== null);
    this.xs = [...new Set(known.flatMap((curve) => curve.places))].sort((a, b) => a - b);
    this.most = Math.max(...known.map((curve) => curve.size), 1);
    this.data = [
      this.xs,
      ...this.curves.map((curve) => this.aligned(curve, curve?.initial ?? null)),
      ...this.curves.map((curve) => this.aligned(curve, curve?.values ?? null))
    ];
    this.what.replaceChildren(nameOf(shortened(layer, 40)), ` · ${moment}`);
    this.at = this.at === null ? null : Math.min(this.at, this.xs.length - 1);
    this.tell(this.at);
    const drawn = this.data.slice(1).filter((row) => row.some((value) => value > 0));
    this.figure.dataset.series = String(drawn.length);
    this.figure.dataset.layer = layer;
    describeChart(this.element, `Singular values of ${layer}, ${moment}. ${says}`);
    redraw([this]);
  }

  // Where a curve has no point it goes straight on (undefined), but not over values that are not
  // known (null).
  aligned(curve, values) {
    if (values === null) {
      return this.xs.map(() => null);
    }
    const at = new Map(curve.places.map((place, i) => [place, values[i]]));
    return this.xs.map((place) => at.get(place));
  }

  isOutgrown() {
    return this.plot !== undefined && this.plot.width !== this.element.clientWidth;
  }

  draw() {
    if (this.plot === undefined) {
      this.plot = new uPlot(this.settings(), this.data, this.element);
      this.marker = new Marker(this.plot.over);
      this.plot.over.addEventListener("mouseleave", () => this.tell(null));
      this.figure.dataset.drawn = "true";
      return;
    }
    if (this.isOutgrown()) {
      this.plot.setSize({ width: this.element.clientWidth, height: SPECTRUM_HEIGHT });
    }
    this.plot.setData(this.data);
    this.mark();
  }

  colourOf(i) {
    const run = this.runs[i];
    if (this.runs.length > 1) {
      return runColour(run.index);
    }
    const place = run.byName.get(this.layer);
    return selection.name === this.layer ? theme.colours.mark : depthColour(depthOf(run, place));
  }

  settings() {
    return {
      width: this.element.clientWidth,
      height: SPECTRUM_HEIGHT,
      padding: [10, 12, 0, 0],
      legend: { show: false },
      focus: { alpha: 1 },
      cursor: {
        y: false,
        drag: { x: false, y: false },
        points: { size: 7, width: 0, fill: (u, i) => this.colourOf((i - 1) % this.runs.length) }
      },
      scales: {
        x: { time: false, distr: 3, log: 10, range: () => [0.92, Math.max(this.most * 1.12, 2)] },
        y: { distr: 3, log: 10, range: () => this.rangeOfValues() }
      },
      axes: [
        axisOf({
          label: "place of the singular value, 1 the largest",
          labelSize: 18,
          size: 30,
          values: (u, places) => distinctTexts(places),
          filter: (u, places) => this.labelled(u, places)
        }),
        axisOf({
          size: (u, texts) => axisWidth(texts),
          values: (u, values) => distinctTexts(values),
          splits: (u, axis, low, high) => logarithmicTicks(low, high),
          filter: (u, ticks) => ticks
        })
      ],
      series: [
        {},
        ...this.runs.map((_, i) => this.series(i, true)),
        ...this.runs.map((_, i) => this.series(i, false))
      ],
      hooks: {
        draw: [(u) => this.drawThresholds(u)],
        setCursor: [(u) => this.tell(u.cursor.idx ?? null)]
      }
    };
  }

  rangeOfValues() {
    const [low, high] = logarithmicRange(...this.range);
    return [roundedDown(low), high];
  }

  // 1, 2, 5, 10, ..., or powers of ten alone where there is no room for more.
  labelled(u, places) {
    const decade = u.bbox.width / uPlot.pxRatio / Math.log10(this.most + 1);
    const digits = decade < 100 ? ["1"] : ["1", "2", "5"];
    return places.map((place) =>
      place >= 1 && digits.includes(String(Number(place.toPrecision(6))).replace(/0+$/, ""))
        ? place
        : null
    );
  }

  series(i, isInitial) {
    const isAlone = this.runs.length === 1;
    const stroke = () => (isInitial && isAlone ? theme.colours.muted : this.colourOf(i));
    return {
      stroke,
      alpha: isInitial ? 0.65 : 1,
      width: isInitial ? 1.2 : 2,
      dash: isAlone ? undefined : runDash(this.runs[i].index),
      spanGaps: false,
      points: {
        show: () => !isInitial && isAlone && this.xs.length <= 100,
        size: 4.5,
        width: 0,
        fill: stroke
      }
    };
  }

  drawThresholds(u) {
    const known = this.curves
      .map((curve, i) => ({
        value: curve?.threshold ?? null,
        keepsAll: curve?.rank === curve?.size,
        i
      }))
      .filter((one) => one.value > 0)
      .sort((a, b) => b.value - a.value);
    known.forEach((one, nth) => {
      const isAlone = this.runs.length === 1;
      const text = isAlone ? `EVBMF threshold ${formatNumber(one.value)}` : "EVBMF thresholds";
      const colour = isAlone ? theme.colours.ink : this.colourOf(one.i);
      this.drawThreshold(u, { ...one, colour, text: nth === 0 ? text : "" });
    });
  }

  // Its words stand at the right end, where the curve is below the line, if it ever is.
  drawThreshold(u, { value, colour, text, keepsAll }) {
    const { ctx, bbox } = u;
    const y = Math.round(u.valToPos(value, "y", true)) + 0.5; // Sharp.
    const x = bbox.left + bbox.width - 6 * uPlot.pxRatio;
    const away = (keepsAll ? 5 : -4) * uPlot.pxRatio;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = colour;
    ctx.lineWidth = Math.round(1.2 * uPlot.pxRatio);
    ctx.setLineDash([6 * uPlot.pxRatio, 4 * uPlot.pxRatio]);
    ctx.stroke(new Path2D(`M${bbox.left} ${y}L${bbox.left + bbox.width} ${y}`));
    ctx.setLineDash([]);
    ctx.font = u.axes[0].font[0];
    ctx.textAlign = "right";
    ctx.textBaseline = keepsAll ? "top" : "bottom";
    ctx.lineJoin = "round";
    ctx.strokeStyle = theme.colours.paper;
    ctx.lineWidth = 3 * uPlot.pxRatio;
    ctx.fillStyle = theme.colours.ink;
    ctx.strokeText(text, x, y + away);
    ctx.fillText(text, x, y + away);
    ctx.restore();
  }

  tell(at) {
    this.readout.replaceChildren();
    if (at === null) {
      return;
    }
    const parts = this.curves.flatMap((curve, i) => {
      const value = this.data[1 + this.runs.length + i][at];
      if (curve === null || value === undefined || value === null) {
        return [];
      }
      const isKept = curve.threshold !== null && value > curve.threshold;
      const kept = curve.threshold === null ? "" : isKept ? ", kept" : ", noise";
      const name = this.runs.length > 1 ? [" · ", nameOf(shortened(curve.run.name, 20))] : [" ·"];
      return [...name, ` ${formatNumber(value)}${kept}`];
    });
    this.readout.append(`no. ${this.xs[at]}`, ...parts);
  }

  onKey(event) {
    const layers = { ArrowUp: -1, ArrowDown: 1 };
    // To the right from the largest value on.
    const from = this.at ?? (event.key === "ArrowRight" ? -1 : null);
    const next = placeAfter(event.key, from, this.xs.length);
    if (event.key in layers && selection.name !== this.layer) {
      select(this.layer);
    } else if (event.key in layers) {
      selectNeighbour(this.names, layers[event.key]);
    } else if (next !== null) {
      this.point(next);
    } else {
      return;
    }
    event.preventDefault();
  }

  // What the keys have come to; null: nothing any more.
  point(at) {
    this.at = at;
    this.plot?.setCursor({ left: -10, top: -10 }, false);
    this.mark();
    this.tell(at);
  }

  // Around the first run's value there, or that of the first run which has one.
  mark() {
    if (this.at === null) {
      this.marker?.hide();
      return;
    }
    const known = this.curves.map((_, i) => this.data[1 + this.runs.length + i][this.at] ?? null);
    const value = known.find((one) => one !== null) ?? null;
    this.marker?.showAt(
      this.plot.valToPos(this.xs[this.at], "x"),
      value === null ? null : this.plot.valToPos(value, "y")
    );
  }
}
