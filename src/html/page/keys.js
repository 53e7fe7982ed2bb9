// Which colour is which run, and which layer.

function swatch(run) {
  const line = el("span", { className: "swatch" });
  line.dataset.run = String(run.index);
  return line;
}

function colourSwatches() {
  for (const line of document.querySelectorAll(".swatch")) {
    line.style.borderTopColor =
      line.dataset.run !== undefined
        ? runColour(Number(line.dataset.run))
        : depthColour(Number(line.dataset.depth));
    line.style.borderTopStyle =
      line.dataset.run !== undefined && runDash(Number(line.dataset.run)).length > 0
        ? "dashed"
        : "solid";
  }
}

const MOST_KEYS = 12;

// Names in their colours where they are few, else the colours from the first layer to the last.
function depthKeys(report) {
  const most = Math.max(...report.runs.map((run) => run.layers.length));
  for (const place of document.querySelectorAll(".depth_key")) {
    if (report.runs.length === 1 && most <= MOST_KEYS) {
      const [run] = report.runs;
      const brief = briefNames(namesOf(run), 28);
      place.append(
        el(
          "ul",
          { className: "key" },
          ...run.layers.map((layer, i) => {
            const line = el("span", { className: "swatch" });
            line.dataset.depth = String(depthOf(run, i));
            const button = el(
              "button",
              { type: "button", onclick: () => toggle(layer.name) },
              line,
              nameOf(brief[i])
            );
            button.title = layer.name;
            button.setAttribute("aria-label", layer.name);
            button.setAttribute("aria-pressed", "false");
            onSelection((name) => button.setAttribute("aria-pressed", String(name === layer.name)));
            return el("li", {}, button);
          })
        )
      );
    } else {
      place.append(
        el("canvas", { width: 200, height: 1 }),
        el("p", {}, el("span", {}, "first layer"), el("span", {}, "last layer"))
      );
    }
  }
}

function colourDepthKeys() {
  colourSwatches();
  for (const canvas of document.querySelectorAll(".depth_key canvas")) {
    const ctx = canvas.getContext("2d");
    for (let i = 0; i < canvas.width; i++) {
      ctx.fillStyle = depthColour(i / (canvas.width - 1));
      ctx.fillRect(i, 0, 1, 1);
    }
  }
}
