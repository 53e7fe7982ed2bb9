// What the arrow keys have come to in a chart: shown by a ring, and read out.

// The caption's end: what the mouse or the keys point at.
function readoutElement() {
  const readout = el("output");
  readout.setAttribute("aria-live", "polite");
  readout.setAttribute("aria-atomic", "true");
  return readout;
}

const RING = 11;

class Marker {
  constructor(parent) {
    this.line = el("div", { className: "marker_line", hidden: true });
    this.ring = el("div", { className: "marker", hidden: true });
    parent.append(this.line, this.ring);
  }

  // At a point; where there is no value only the line says which checkpoint is meant.
  showAt(x, y) {
    this.line.hidden = false;
    this.line.style.left = `${x}px`;
    this.ring.hidden = y === null;
    if (y !== null) {
      this.place(x - RING / 2, y - RING / 2, RING, RING);
    }
  }

  // Around a cell of a map.
  showAround(x, y, width, height) {
    this.ring.hidden = false;
    this.ring.classList.add("cell");
    const least = 7;
    this.place(
      Math.min(x, x + (width - least) / 2),
      Math.min(y, y + (height - least) / 2),
      Math.max(width, least),
      Math.max(height, least)
    );
  }

  place(left, top, width, height) {
    Object.assign(this.ring.style, {
      left: `${left}px`,
      top: `${top}px`,
      width: `${width}px`,
      height: `${height}px`
    });
  }

  hide() {
    this.line.hidden = this.ring.hidden = true;
  }
}

// The place that a key leads to from place `at` of `places`; null for a key that leads nowhere.
function placeAfter(key, at, places) {
  const last = places - 1;
  const moves = {
    ArrowLeft: Math.max((at ?? places) - 1, 0),
    ArrowRight: Math.min((at ?? last - 1) + 1, last),
    Home: 0,
    End: last
  };
  return Object.hasOwn(moves, key) && places > 0 ? moves[key] : null;
}
