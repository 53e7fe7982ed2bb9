// Light or dark: as the system has it, or as the reader chooses; light on paper.

const systemIsDark = matchMedia("(prefers-color-scheme: dark)");

function applyTheme(isDark) {
  document.documentElement.classList.toggle("dark", isDark);
  readTheme();
  colourDepthKeys();
}

function chosenIsDark() {
  const chosen = byId("theme").value;
  return chosen === "auto" ? systemIsDark.matches : chosen === "dark";
}

function changeTheme() {
  applyTheme(chosenIsDark());
  redraw();
}

// Charts are pictures: they are drawn anew in the width of the sheet, and back again.
function drawForPaper() {
  for (const one of document.querySelectorAll("details.warnings:not([open])")) {
    one.dataset.closed = "";
    one.open = true; // A closed list cannot be opened on paper.
  }
  document.documentElement.classList.add("paper");
  applyTheme(false);
  scheduler.charts.forEach((chart) => scheduler.stale.add(chart));
  drawAll();
}

function drawForScreen() {
  for (const one of document.querySelectorAll("details[data-closed]")) {
    one.open = false;
    delete one.dataset.closed;
  }
  document.documentElement.classList.remove("paper");
  changeTheme();
}

function startTheme() {
  byId("theme").addEventListener("change", changeTheme);
  systemIsDark.addEventListener("change", changeTheme);
  addEventListener("beforeprint", drawForPaper);
  addEventListener("afterprint", drawForScreen);
  applyTheme(chosenIsDark());
}
