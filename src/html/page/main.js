// The page, from its data to what is seen.

async function start() {
  const report = await readData();
  startTheme();
  showHeader(report);
  addSections(report);
  colourDepthKeys();
  new LayerTable(byId("table"), report);
  showSelection();
  onSelection(() => redraw());
  redraw();
  requestAnimationFrame(() =>
    setTimeout(() => {
      document.body.dataset.ready = String(Math.round(performance.now()));
    }, 0)
  );
}

start().catch((error) => {
  const says = byId("failure");
  says.hidden = false;
  says.textContent =
    typeof DecompressionStream === "undefined"
      ? "This browser is too old for a report of this size: it needs one of 2023 or later."
      : `The page cannot be shown: ${error.message}`;
  document.body.dataset.failed = error.message;
  throw error;
});
