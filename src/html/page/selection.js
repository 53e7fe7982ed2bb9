// The layer that is shown in every chart. By name, so that it is the same layer in every run.

const selection = { name: null, listeners: [] };

function onSelection(listener) {
  selection.listeners.push(listener);
}

function select(name) {
  if (selection.name === name) {
    return;
  }
  selection.name = name;
  document.body.dataset.selected = name === null ? "" : name;
  selection.listeners.forEach((listener) => listener(name));
}

// A second click on the same layer lets go of it.
function toggle(name) {
  select(selection.name === name ? null : name);
}

// The layer after (or before) the chosen one.
function selectNeighbour(names, by) {
  const place = names.indexOf(selection.name);
  const next = place < 0 ? (by > 0 ? 0 : names.length - 1) : place + by;
  if (next >= 0 && next < names.length) {
    select(names[next]);
  }
}

function showSelection() {
  const says = el("span", {}, nameOf(""));
  const release = el("button", { type: "button", onclick: () => select(null) }, "Let go");
  const chosen = el("div", { className: "chosen", hidden: true }, says, release);
  chosen.setAttribute("role", "status");
  document.body.append(chosen);
  onSelection((name) => {
    chosen.hidden = name === null;
    says.replaceChildren("Shown: ", nameOf(name ?? ""));
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      select(null);
    }
  });
}
