// A map of layers by checkpoints, drawn here: one pixel for each number, made as large as there is
// room. uPlot draws lines, and 60 000 rectangles would take it long.
//
//   rows: numbers of each layer; options: { run, title, label, range, chart }

const MAP_TOP = 4;
const MAP_BOTTOM = 34;
const KEY_HEIGHT = 24;
const MOST_HEIGHT = 600;

// Whole pixels as long as a map of so many rows is not too high for a screen or a sheet.
function rowHeightOf(rows) {
  const whole = Math.min(Math.max(Math.round(200 / rows), 2), 33);
  return Math.min(whole, MOST_HEIGHT / rows);
}

function mapHeight(rows) {
  return MAP_TOP + rowHeightOf(rows) * rows + MAP_BOTTOM + KEY_HEIGHT;
}

class HeatMap {
  constructor(place, rows, options) {
    Object.assign(this, { rows, options });
    this.columns = options.run.places.length;
    this.rowHeight = rowHeightOf(rows.length);
    this.height = mapHeight(rows.length);
    this.readout = readoutElement();
    this.canvas = el("canvas");
    this.element = el("div", { className: "plot", tabIndex: 0 }, this.canvas);
    const [low, high] = options.range.map((value) => formatNumber(value));
    describeChart(
      this.element,
      `${options.label}: a map of ${count(rows.length, "layer")} by ` +
        `${count(this.columns, "checkpoint")}, from ${low} to ${high}.`
    );
    this.figure = el(
      "figure",
      {},
      el("figcaption", {}, el("span", { className: "what" }, ...options.title), this.readout),
      this.element
    );
    this.figure.dataset.chart = options.chart;
    this.figure.dataset.series = String(rows.length);
    place.append(this.figure);
    this.element.style.height = `${this.height}px`;
    this.marker = new Marker(this.element);
    this.element.addEventListener("mousemove", (event) => this.onMove(event));
    this.element.addEventListener("mouseleave", () => this.tell(null));
    this.element.addEventListener("blur", () => this.point(null));
    this.element.addEventListener("click", (event) => this.onClick(event));
    this.element.addEventListener("keydown", (event) => this.onKey(event));
    addChart(this);
  }

  isOutgrown() {
    return this.width !== undefined && this.width !== this.element.clientWidth;
  }

  get hasNames() {
    return this.rowHeight >= 11;
  }

  draw() {
    const ratio = devicePixelRatio;
    this.width = this.element.clientWidth;
    this.left = this.hasNames ? Math.round(Math.min(this.width * 0.34, 130)) : 10;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.canvas.style.width = `${this.width}px`;
    this.canvas.style.height = `${this.height}px`;
    const ctx = this.canvas.getContext("2d");
    ctx.scale(ratio, ratio);
    ctx.font = `11.5px ${getComputedStyle(document.body).getPropertyValue("--sans")}`;
    this.drawCells(ctx);
    this.drawNames(ctx);
    this.drawMoments(ctx);
    this.drawKey(ctx);
    this.drawChosen(ctx);
    this.showPointed();
    this.figure.dataset.drawn = "true";
  }

  get plotWidth() {
    return this.width - this.left - 6;
  }

  share(value) {
    const scale = this.options.isLogarithmic ? Math.log : (one) => one;
    const [low, high] = this.options.range.map(scale);
    return high > low ? (scale(value) - low) / (high - low) : 0;
  }

  drawCells(ctx) {
    if (this.picture === undefined || this.isPictureDark !== theme.isDark) {
      this.picture = this.cells();
      this.isPictureDark = theme.isDark;
    }
    ctx.imageSmoothingEnabled = this.rowHeight < 1; // So that no row is left out.
    ctx.drawImage(
      this.picture,
      this.left,
      MAP_TOP,
      this.plotWidth,
      this.rowHeight * this.rows.length
    );
  }

  cells() {
    const picture = el("canvas", { width: this.columns, height: this.rows.length });
    const ctx = picture.getContext("2d");
    const pixels = ctx.createImageData(this.columns, this.rows.length);
    const table = Array.from({ length: 256 }, (_, i) => viridis(i / 255));
    const missing = theme.colours.missing
      .match(/[0-9a-f]{2}/gi)
      .map((digits) => parseInt(digits, 16));
    let at = 0;
    for (const row of this.rows) {
      for (const value of row) {
        const rgb =
          value === null
            ? missing
            : table[Math.round(255 * Math.min(Math.max(this.share(value), 0), 1))];
        pixels.data.set(rgb, at);
        pixels.data[at + 3] = 255;
        at += 4;
      }
    }
    ctx.putImageData(pixels, 0, 0);
    return picture;
  }

  drawNames(ctx) {
    if (!this.hasNames) {
      return;
    }
    ctx.textAlign = "right";
    ctx.textBaseline = "middle";
    const letters = Math.max(6, Math.floor((this.left - 8) / 6.1));
    const brief = briefNames(namesOf(this.options.run), letters);
    this.options.run.layers.forEach((layer, place) => {
      ctx.fillStyle = layer.name === selection.name ? theme.colours.mark : theme.colours.muted;
      ctx.fillText(
        brief[place],
        this.left - 7,
        MAP_TOP + (place + 0.5) * this.rowHeight,
        this.left - 8
      );
    });
  }

  // As many checkpoints as have room are named below.
  drawMoments(ctx) {
    const { run } = this.options;
    const step = this.plotWidth / this.columns;
    const every = WHOLE_STEPS.find((one) => one * step >= 34) ?? this.columns;
    const y = MAP_TOP + this.rowHeight * this.rows.length;
    ctx.fillStyle = theme.colours.muted;
    ctx.textAlign = "center";
    ctx.textBaseline = "top";
    for (let t = 0; t < this.columns; t += every) {
      const text = formatNumber(run.places[t], 9);
      ctx.fillText(text, this.left + (t + 0.5) * step, y + 4);
    }
    ctx.fillText(run.axis, this.left + this.plotWidth / 2, y + 19);
  }

  drawKey(ctx) {
    const [low, high] = this.options.range;
    const y = this.height - KEY_HEIGHT + 9;
    const width = Math.min(130, this.plotWidth / 3);
    const before = formatNumber(low, 3);
    const start = this.width < 480 ? 8 : this.left;
    const x = start + ctx.measureText(before).width + 6;
    for (let i = 0; i < width; i++) {
      ctx.fillStyle = `rgb(${viridis(i / (width - 1)).join(",")})`;
      ctx.fillRect(x + i, y, 1.5, 9);
    }
    ctx.fillStyle = theme.colours.muted;
    ctx.textBaseline = "middle";
    ctx.textAlign = "left";
    ctx.fillText(before, start, y + 5);
    const unit = this.options.isLogarithmic ? ", logarithmic" : (this.options.unit ?? "");
    ctx.fillText(formatNumber(high, 3) + unit, x + width + 6, y + 5);
    if (this.rows.some((row) => row.includes(null))) {
      const line = this.height - KEY_HEIGHT - 14;
      ctx.textAlign = "right";
      ctx.fillText("no value", this.width - 6, line + 5);
      ctx.fillStyle = theme.colours.missing;
      ctx.fillRect(this.width - 12 - ctx.measureText("no value").width - 12, line, 12, 9);
    }
  }

  drawChosen(ctx) {
    const place = this.options.run.byName.get(selection.name);
    this.figure.dataset.highlighted = place === undefined ? "" : selection.name;
    if (place === undefined) {
      return;
    }
    const y = MAP_TOP + place * this.rowHeight;
    ctx.strokeStyle = theme.colours.paper;
    ctx.lineWidth = 4;
    ctx.strokeRect(this.left - 1, y - 1, this.plotWidth + 2, this.rowHeight + 2);
    ctx.strokeStyle = theme.colours.mark;
    ctx.lineWidth = 2;
    ctx.strokeRect(this.left - 1, y - 1, this.plotWidth + 2, this.rowHeight + 2);
  }

  cellAt(event) {
    const t = Math.floor((event.offsetX - this.left) / (this.plotWidth / this.columns));
    const place = Math.floor((event.offsetY - MAP_TOP) / this.rowHeight);
    return place >= 0 && place < this.rows.length && t < this.columns
      ? { place, t: Math.max(t, 0) }
      : null;
  }

  onMove(event) {
    this.pointed = null;
    this.marker.hide();
    this.tell(this.cellAt(event));
  }

  onClick(event) {
    const cell = this.cellAt(event);
    if (cell !== null) {
      toggle(this.options.run.layers[cell.place].name);
    }
  }

  onKey(event) {
    const { byName } = this.options.run;
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    const next = placeAfter(event.key, this.pointed?.t, this.columns);
    if (by !== undefined) {
      selectNeighbour(namesOf(this.options.run), by);
    } else if (next === null) {
      return;
    }
    event.preventDefault();
    const t = next ?? this.pointed?.t ?? this.columns - 1;
    this.point({ place: byName.get(selection.name) ?? this.pointed?.place ?? 0, t });
  }

  // By the keys at a cell, or (null) at none.
  point(cell) {
    this.pointed = cell;
    this.tell(cell);
    this.showPointed();
  }

  showPointed() {
    if (!this.pointed || this.width === undefined) {
      this.marker.hide();
      return;
    }
    const { place, t } = this.pointed;
    const width = this.plotWidth / this.columns;
    const top = MAP_TOP + place * this.rowHeight;
    this.marker.showAround(this.left + t * width, top, width, this.rowHeight);
  }

  tell(cell) {
    this.readout.replaceChildren();
    if (cell !== null) {
      const { run } = this.options;
      this.readout.append(
        nameOf(shortened(run.layers[cell.place].name, 60)),
        ` · ${momentOf(run, cell.t)} · ${formatNumber(this.rows[cell.place][cell.t])}`
      );
    }
  }
}
