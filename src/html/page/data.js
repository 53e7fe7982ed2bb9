// The report, out of the element that holds it.

async function inflated(base64) {
  const letters = atob(base64);
  const bytes = new Uint8Array(letters.length);
  for (let i = 0; i < bytes.length; i++) {
    // Uint8Array.from() takes twenty times as long.
    bytes[i] = letters.charCodeAt(i);
  }
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).text();
}

async function readData() {
  const element = byId("data");
  const isPacked = element.dataset.encoding === "deflate-base64";
  const report = JSON.parse(isPacked ? await inflated(element.textContent) : element.textContent);
  report.runs.forEach((run, index) => {
    run.index = index;
    run.byName = new Map(run.layers.map((layer, place) => [layer.name, place]));
    forgetZeroDistances(run);
  });
  return report;
}

// Of a single checkpoint that is itself what distances are measured from they say nothing: each is
// 0.
function forgetZeroDistances(run) {
  const isOrigin = run.initial.how === "first" || run.initial.checkpoint === run.checkpoints[0];
  if (hasCourse(run) || !isOrigin) {
    return;
  }
  for (const key of ["rotation", "relative_distance"]) {
    if (run.values[key] !== undefined) {
      run.values[key] = run.values[key].map((row) => row.map(() => null));
      run.means[key] = run.means[key].map(() => null);
    }
  }
}

function namesOf(run) {
  return run.layers.map((layer) => layer.name);
}

// Is there more than one checkpoint?
function hasCourse(run) {
  return run.places.length > 1;
}

// At each checkpoint; a condition of 0 says that there is none: nothing stands out of the noise.
function mappingConditions(run) {
  return run.values.mapping_condition.map((row) =>
    row.map((value) => (value === 0 ? null : value))
  );
}

// First layer 0, last layer 1.
function depthOf(run, place) {
  return run.layers.length < 2 ? 0.5 : place / (run.layers.length - 1);
}

function extent(rows, accept = () => true) {
  let low = Infinity;
  let high = -Infinity;
  for (const row of rows) {
    for (const value of row) {
      if (value !== null && accept(value)) {
        low = Math.min(low, value);
        high = Math.max(high, value);
      }
    }
  }
  return low <= high ? [low, high] : null;
}
