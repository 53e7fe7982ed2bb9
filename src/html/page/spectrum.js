// The section of the singular values: what is chosen, and what it says in words.

// One run's spectrum in a sentence or two.
function spectrumSays(curve) {
  if (curve.resolved === 0) {
    return "It has no singular values to draw: its weights are zero, or too large or not finite.";
  }
  const more = [];
  if (curve.rank === null) {
    more.push("Which of them stand out of the noise is not known here.");
  } else if (curve.rank === 0) {
    more.push(
      `None of its ${count(curve.size, "singular value")} stands out of the noise: the ` +
        `threshold is ${formatNumber(curve.threshold)}.`
    );
  } else {
    const [stand, those] = curve.rank === 1 ? ["stands", "the one"] : ["stand", "those"];
    more.push(
      `${curve.rank} of its ${count(curve.size, "singular value")} ${stand} out of the noise: ` +
        `${those} above ${formatNumber(curve.threshold)}.`
    );
  }
  if (curve.rank !== null && curve.reference_rank !== null && curve.reference_rank !== curve.rank) {
    more.push(
      `The published optimiser’s own minimiser keeps ${curve.reference_rank}, with a threshold of ` +
        `${formatNumber(curve.reference_threshold)}.`
    );
  }
  if (curve.computed < curve.size) {
    more.push(
      `The solver computed ${curve.computed} of them; the curve has a gap where it left some out.`
    );
  }
  if (curve.resolved < curve.computed) {
    more.push(
      `${curve.computed - curve.resolved} below what double precision resolves are not drawn.`
    );
  }
  return more.join(" ");
}

// Why the page does not show all that the report holds; empty where it does.
function thinningSays(runs) {
  const texts = [];
  const layers = runs.flatMap((run) => run.spectra.layers.filter((one) => one !== null));
  const sides = layers.flatMap((one) => Object.values(one));
  if (sides.some((side) => side.places.length < side.size)) {
    texts.push("Of long spectra a part of the values is drawn, evenly spaced along the axis.");
  }
  const thinned = runs.find((run) => run.spectra.moments.length < run.checkpoints.length);
  if (thinned !== undefined) {
    texts.push(
      `To keep the page small it has ${thinned.spectra.moments.length} of the ` +
        `${thinned.checkpoints.length} checkpoints: the first, the last and some evenly between ` +
        "them."
    );
  }
  return texts.length === 0 ? "" : [...texts, "The report’s JSON holds all."].join(" ");
}

// The controls, and what they choose.
class SpectrumSection {
  constructor(report, runs) {
    this.report = report;
    this.runs = runs;
    this.names = [
      ...new Set(
        runs.flatMap((run) =>
          run.layers.map((layer) => layer.name).filter((_, i) => run.spectra.layers[i] !== null)
        )
      )
    ];
    const moments = runs.flatMap((run) => run.spectra.moments.map((t) => run.places[t]));
    this.xs = [...new Set(moments)].sort((a, b) => a - b);
    [this.layer] = this.names;
    this.side = "output";
    this.at = this.xs.length - 1;
    this.chart = new SpectrumChart(placeOf("spectrum"), runs);
    this.addControls();
    this.show();
    onSelection((name) => {
      if (this.names.includes(name)) {
        this.layer = name;
        this.show();
      }
    });
  }

  addControls() {
    this.layers = byId("spectrum_layer");
    this.layers.replaceChildren(
      ...this.names.map((name) => el("option", { value: name }, shortened(name, 60)))
    );
    this.layers.addEventListener("change", () => select(this.layers.value));
    this.sides = byId("spectrum_side");
    this.sides.addEventListener("change", () => {
      this.side = this.sides.value;
      this.show();
    });
    this.slider = byId("spectrum_moment");
    this.slider.max = String(this.xs.length - 1);
    this.slider.value = String(this.at);
    this.slider.addEventListener("input", () => {
      this.at = Number(this.slider.value);
      this.show();
    });
    byId("spectrum_slider").hidden = this.xs.length < 2;
    placeOf("spectrum").append(byId("spectrum_slider"), byId("spectrum_says"));
    byId("spectrum_thinned").textContent = thinningSays(this.runs);
  }

  moment() {
    const [run] = this.runs;
    const x = this.xs[this.at];
    return this.runs.length > 1
      ? `${run.axis} ${formatNumber(x, 9)}`
      : momentOf(run, run.places.indexOf(x));
  }

  has(side) {
    return this.runs.some((run) => spectrumOf(run, this.layer, side) !== null);
  }

  show() {
    const hasBoth = this.has("output") && this.has("input");
    byId("spectrum_sides").hidden = !hasBoth;
    const side = hasBoth ? this.side : this.has("output") ? "output" : "input";
    const moment = this.moment();
    this.layers.value = this.layer;
    this.slider.setAttribute("aria-valuetext", moment);
    byId("spectrum_at").textContent = moment;
    const says = this.says(side);
    byId("spectrum_says").replaceChildren(...says.map((one) => el("p", {}, ...one)));
    colourSwatches();
    this.chart.show({
      layer: this.layer,
      side,
      x: this.xs[this.at],
      names: this.names,
      moment,
      says: byId("spectrum_says").textContent
    });
  }

  // A paragraph for each run.
  says(side) {
    return this.report.runs.map((run) => {
      const curve = this.runs.includes(run)
        ? curveOf(run, this.layer, side, this.xs[this.at])
        : null;
      const text = curve === null ? "No singular values of it here." : spectrumSays(curve);
      if (this.report.runs.length === 1) {
        return [text];
      }
      const moment = curve === null ? "" : ` at ${momentOf(run, curve.t)}`;
      return [swatch(run), nameOf(shortened(run.name, 40)), `${moment}: ${text}`];
    });
  }
}

function hasThreshold(run) {
  const sides = run.spectra.layers.flatMap((layer) => Object.values(layer ?? {}));
  return sides.some((side) => side.facts.some((row) => (row?.[1] ?? null) !== null));
}

// Is there a spectrum to compare the others with?
function beginsBeforeTraining(run) {
  return run.checkpoints[0] === run.initial.checkpoint && run.spectra.moments.length > 1;
}

function spectrumSection(report) {
  const runs = report.runs.filter((run) => (run.spectra ?? null) !== null);
  const section = byId("spectrum");
  section.hidden = runs.length === 0;
  section.querySelector(".if_threshold").hidden = !runs.some(hasThreshold);
  section.querySelector(".if_initial").hidden = !runs.some(beginsBeforeTraining);
  document.querySelector(".if_no_spectra").hidden = runs.length > 0;
  if (runs.length > 0) {
    new SpectrumSection(report, runs);
  }
}
