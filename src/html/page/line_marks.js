// What a chart of lines shows beside its lines.

// The optimum, over the lines: of two hundred none would leave it to be seen.
function drawOptimum(u, mark) {
  if (mark === undefined) {
    return;
  }
  const { value, text } = mark;
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

// That there is nothing to see is said, so that nobody looks for it.
function drawIfEmpty(u, lines) {
  if (extent(lines.map((line) => line.values.filter((one) => one !== undefined))) !== null) {
    return;
  }
  const { ctx, bbox } = u;
  ctx.save();
  ctx.font = u.axes[0].font[0];
  ctx.fillStyle = theme.colours.muted;
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.fillText("no value", bbox.left + bbox.width / 2, bbox.top + bbox.height / 2);
  ctx.restore();
}

// Through the values of a line, with gaps where there are none.
function pathOf(u, xs, values, { isLogarithmic, isStepped }) {
  const path = new Path2D();
  let before = null;
  values.forEach((value, t) => {
    if (value === null || (isLogarithmic && value <= 0)) {
      before = null;
      return;
    }
    const x = u.valToPos(xs[t], "x", true);
    const y = u.valToPos(value, "y", true);
    if (before === null) {
      path.moveTo(x, y);
      path.lineTo(x + 0.01, y); // A value alone between gaps is a point.
    } else {
      isStepped && path.lineTo(x, before);
      path.lineTo(x, y);
    }
    before = y;
  });
  return path;
}
