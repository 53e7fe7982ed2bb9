// When charts are drawn: at once where they can be seen, the others when there is time, so that a
// page of many charts answers soon. A chart is { element, draw() }.

// For those who do not see it: what it is, and that it takes the arrow keys.
function describeChart(element, text) {
  element.setAttribute("role", "application");
  element.setAttribute("aria-roledescription", "chart");
  element.setAttribute("aria-label", text);
}

const scheduler = { charts: [], stale: new Set(), visible: new Set() };

const visibility = new IntersectionObserver(
  (entries) => {
    for (const entry of entries) {
      const chart = scheduler.charts.find((one) => one.element === entry.target);
      if (entry.isIntersecting) {
        scheduler.visible.add(chart);
        drawIfStale(chart);
      } else {
        scheduler.visible.delete(chart);
      }
    }
  },
  { rootMargin: "300px" }
);

function drawIfStale(chart) {
  if (!scheduler.stale.delete(chart)) {
    return;
  }
  try {
    delete chart.element.dataset.failed;
    chart.draw();
  } catch (error) {
    chart.element.dataset.failed = "This chart cannot be drawn."; // Not an older picture for it.
    console.error(error);
  }
}

function addChart(chart) {
  scheduler.charts.push(chart);
  scheduler.stale.add(chart);
  visibility.observe(chart.element);
}

function removeCharts(place) {
  for (const chart of scheduler.charts.filter((one) => place.contains(one.element))) {
    visibility.unobserve(chart.element);
    scheduler.stale.delete(chart);
    scheduler.visible.delete(chart);
  }
  scheduler.charts = scheduler.charts.filter((one) => !place.contains(one.element));
  place.replaceChildren();
}

// A drawn chart takes half a megabyte. Of more charts than these only those are drawn that are seen.
const MOST_AHEAD = 150;

let drawing = null;

// One chart in each slice of time; whatever the reader does comes between.
function drawInSlices() {
  drawing = null;
  const [next] = scheduler.stale;
  if (next !== undefined && scheduler.charts.length <= MOST_AHEAD) {
    drawIfStale(next);
    drawSoon();
  } else {
    document.body.dataset.drawn = "all";
  }
}

function drawSoon() {
  if (drawing === null) {
    drawing = setTimeout(drawInSlices, 0);
  }
}

// What is seen is drawn with the next frame, and only then what is not.
function redraw(charts = scheduler.charts) {
  charts.forEach((chart) => scheduler.stale.add(chart));
  document.body.dataset.drawn = "";
  requestAnimationFrame(() => {
    [...scheduler.visible].forEach(drawIfStale);
    drawSoon();
  });
}

function drawAll() {
  [...scheduler.stale].forEach(drawIfStale);
}

new ResizeObserver(() => redraw(scheduler.charts.filter((chart) => chart.isOutgrown()))).observe(
  document.documentElement
);
