// Elements of the page. Text goes in as text only: nothing here makes markup of a string, so that a
// layer's name can be anything.

function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name in element && name !== "list") {
      element[name] = value;
    } else {
      element.setAttribute(name, value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== ""));
  return element;
}

// On a narrow screen a row of a table is shown as a card, on which each number needs its heading.
function labelled(cell, heading) {
  cell.dataset.label = heading;
  return cell;
}

// A table that the style may show as something else stays one for those who hear it.
function withRoles(table) {
  const roles = { thead: "rowgroup", tbody: "rowgroup", tr: "row", td: "cell" };
  for (const [tag, role] of Object.entries(roles)) {
    table.querySelectorAll(tag).forEach((one) => one.setAttribute("role", role));
  }
  for (const head of table.querySelectorAll("th")) {
    head.setAttribute("role", head.scope === "row" ? "rowheader" : "columnheader");
  }
  table.setAttribute("role", "table");
  return table;
}

function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

function byId(id) {
  return document.getElementById(id);
}

// A name from a file, which may be in any script and direction.
function nameOf(text) {
  return el("bdi", {}, text);
}

// Words in which no line breaks the name of an option.
function wordsOf(text) {
  const parts = text.split(/(--[a-z][\w-]*)/);
  return el(
    "bdi",
    {},
    ...parts.map((part, i) => (i % 2 === 1 ? el("span", { className: "option" }, part) : part))
  );
}
