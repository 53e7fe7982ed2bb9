// Names of layers where there is little room: no two of a run may look the same.

// Each name in at most so many letters. Where begin and end leave names alike, what they have in
// common is left out instead, and what tells them apart stands between dots.
function briefNames(names, length) {
  const brief = names.map((name) => shortened(name, length));
  const groups = new Map();
  brief.forEach((text, i) => groups.set(text, [...(groups.get(text) ?? []), i]));
  for (const group of [...groups.values()].filter((one) => one.length > 1)) {
    const letters = group.map((i) => lettersOf(names[i]));
    const begin = commonBegin(letters);
    const end = commonBegin(letters.map((one) => one.slice(begin).reverse()));
    group.forEach((i, at) => {
      brief[i] = aroundDifference(letters[at], begin, end, length);
    });
  }
  return brief;
}

// How many letters all have in common from the first on.
function commonBegin(texts) {
  const least = Math.min(...texts.map((text) => text.length));
  for (let i = 0; i < least; i++) {
    if (texts.some((text) => text[i] !== texts[0][i])) {
      return i;
    }
  }
  return least;
}

const LEAST_AROUND = 4; // Two letters of a word only puzzle.

// All of the begin or of the end where it has room, else as much of both as is of use.
function aroundDifference(letters, begin, end, length) {
  const middle = shortened(letters.slice(begin, letters.length - end).join(""), length - 2);
  const room = length - 2 - lettersOf(middle).length;
  const ofUse = (count, all) => (count === all || count >= LEAST_AROUND ? count : 0);
  const before = ofUse(begin <= room ? begin : Math.ceil(room / 2), begin);
  const after = ofUse(Math.min(end, room - before), end);
  return [
    ...letters.slice(0, before),
    before < begin ? "…" : "",
    middle,
    after < end ? "…" : "",
    ...letters.slice(letters.length - after)
  ].join("");
}
