// Where the axes of charts have their marks, and what stands beside them.

// How an axis looks, and what more there is to say of it to uPlot.
function axisOf(more) {
  const line = { stroke: () => theme.colours.grid, width: 1 };
  const font = `11.5px ${getComputedStyle(document.body).getPropertyValue("--sans")}`;
  return {
    stroke: () => theme.colours.muted,
    grid: line,
    ticks: { ...line, size: 4 },
    font,
    labelFont: font,
    gap: 4,
    ...more
  };
}

// Checkpoints are counted in whole numbers, so nothing stands between two of them.
const WHOLE_STEPS = [];
for (let power = 1; power < 1e18; power *= 10) {
  WHOLE_STEPS.push(power, 2 * power, 5 * power);
}

// With as many digits as it takes for no two to be the same.
function distinctTexts(values) {
  const known = values.filter((value) => value !== null);
  for (let digits = 3; digits < 9; digits++) {
    const texts = known.map((value) => formatNumber(value, digits));
    if (new Set(texts).size === new Set(known).size) {
      return values.map((value) => (value === null ? "" : formatNumber(value, digits)));
    }
  }
  return values.map((value) => (value === null ? "" : formatNumber(value, 9)));
}

// Room for the longest of the texts beside an axis.
function axisWidth(texts) {
  const longest = Math.max(0, ...(texts ?? []).map((text) => (text ?? "").length));
  return Math.max(52, Math.ceil(longest * 6.9) + 14);
}

// Round numbers only, and no more of them than have room.
function logarithmicTicks(low, high) {
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const decades = Math.log10(high / low);
  const every = Math.max(1, Math.ceil(decades / 8));
  const factors = decades <= 1 ? [1, 1.5, 2, 3, 4, 5, 7] : decades <= 3 ? [1, 2, 5] : [1];
  const ticks = [];
  for (let power = first; power <= last; power += every) {
    for (const factor of factors) {
      ticks.push(Number((factor * 10 ** power).toPrecision(3)));
    }
  }
  return ticks.filter((tick) => tick >= low && tick <= high);
}

// Never so narrow that no round number lies in it.
function logarithmicRange(low, high) {
  if (low === null || !(low > 0)) {
    return [1, 10];
  }
  const middle = Math.sqrt(low * high);
  return [Math.min(low / 1.3, middle / 3), Math.max(high * 1.3, middle * 3)];
}

// Differences that are smaller than a hundredth of the numbers are not blown up to fill a chart.
function leastSpan(low, high) {
  return Math.max(high - low, 0.01 * Math.max(Math.abs(low), Math.abs(high))) || 1;
}

function widened(low, high) {
  if (low === null) {
    return [0, 1];
  }
  const middle = (low + high) / 2;
  const half = leastSpan(low, high) * 0.56;
  return [middle - half, middle + half];
}
