// Colours: viridis for depth and for maps, a few that the colour-blind can tell apart for runs, and
// those of the theme.

// Viridis (van der Walt and Smith 2015) at eleven even places; between them it is nearly straight.
const VIRIDIS = [
  [68, 1, 84],
  [72, 36, 117],
  [65, 68, 135],
  [53, 95, 141],
  [42, 120, 142],
  [33, 145, 140],
  [34, 168, 132],
  [68, 191, 112],
  [122, 209, 81],
  [189, 223, 38],
  [253, 231, 37]
];

function viridis(share) {
  const place = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const low = Math.min(Math.floor(place), VIRIDIS.length - 2);
  return VIRIDIS[low].map((one, i) =>
    Math.round(one + (VIRIDIS[low + 1][i] - one) * (place - low))
  );
}

// Okabe and Ito's colours, without those that are faint on one of the two papers.
const RUNS_LIGHT = ["#0072b2", "#b8500a", "#00795a", "#a1457f", "#6b6100", "#5b5b5b"];
const RUNS_DARK = ["#56b4e9", "#f0934a", "#2fc79b", "#e08bc0", "#d8cc4b", "#b9bdc7"];

const theme = { isDark: false, colours: {} };

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  theme.isDark = document.documentElement.classList.contains("dark");
  for (const name of ["paper", "ink", "muted", "grid", "rule", "mark", "missing"]) {
    theme.colours[name] = style.getPropertyValue(`--${name}`).trim();
  }
}

// Viridis, made darker on light paper and lighter on dark paper until a line of it stands out.
function depthColour(share) {
  return `rgb(${standingOut(viridis(share)).join(",")})`;
}

// What lines and points must at least have: https://www.w3.org/TR/WCAG22/#non-text-contrast
const LEAST_CONTRAST = 3;

// With a little to spare: thin lines look paler than they are.
function standingOut(rgb) {
  const paper = luminance(theme.isDark ? [20, 22, 26] : [255, 255, 255]);
  const target = theme.isDark ? 255 : 0;
  const isFaint = (colour) => contrast(luminance(colour), paper) < 1.05 * LEAST_CONTRAST;
  let out = rgb;
  for (let by = 0.05; by < 1 && isFaint(out); by += 0.05) {
    out = rgb.map((part) => Math.round(part + (target - part) * by));
  }
  return out;
}

function luminance(rgb) {
  const [red, green, blue] = rgb.map((part) => {
    const share = part / 255;
    return share <= 0.03928 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
}

function runColour(index) {
  const colours = theme.isDark ? RUNS_DARK : RUNS_LIGHT;
  return colours[index % colours.length];
}

// From the sixth run on the same colours come again, broken.
function runDash(index) {
  return [[], [8, 4], [2, 3]][Math.floor(index / RUNS_LIGHT.length) % 3];
}
