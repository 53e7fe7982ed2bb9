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
  });
  return report;
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
