// Numbers and names as people read them.

function formatNumber(value, digits = 4) {
  if (value === null || value === undefined) {
    return "–";
  }
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) {
    const short = Number(value.toPrecision(Math.max(digits - 1, 1))).toExponential();
    return short.replace("e+", "e").replaceAll("-", "−");
  }
  return String(Number(value.toPrecision(digits))).replace("-", "−");
}

// What a reader takes for one letter: with its marks, and "\x1b" for a byte that is no letter.
function lettersOf(text) {
  return text.match(/\\x[0-9a-f]{2}|\P{M}\p{M}*|\p{M}+/gsu) ?? [];
}

// "block4.att…proj.weight": begin and end tell layers apart, the middle seldom does.
function shortened(text, length) {
  const letters = lettersOf(text);
  if (letters.length <= length) {
    return text;
  }
  const end = Math.floor((length - 1) / 2);
  return letters.slice(0, length - 1 - end).join("") + "…" + letters.slice(-end).join("");
}

function count(number, one, many = one + "s") {
  return `${number} ${number === 1 ? one : many}`;
}

// Which checkpoint stands at place t of a run: "epoch 3", or its name where there is no number.
function momentOf(run, t) {
  return run.axis === "checkpoint"
    ? run.checkpoints[t]
    : `${run.axis} ${formatNumber(run.places[t], 9)}`;
}
