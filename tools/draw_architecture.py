#!/usr/bin/python3
"""Draws .github/architecture.svg: the layers of hindcast, and which of them includes which.

    tools/draw_architecture.py [--check]

The arrows are the #include lines of include/ and src/, without those that follow from others: cli
includes base, but so does all that cli is built on. With --check nothing is written, and the exit
status is 1 where the picture is not what the sources give; a test asks for that. The same sources
give the same bytes. Nothing but Python is needed.
"""

import itertools
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "lint"))

from check_layers import INCLUDE, LAYERS, files_of, layer_of  # pylint: disable=wrong-import-position

PICTURE = ROOT / ".github" / "architecture.svg"
WIDTH, ROW, MARGIN = 640, 74, 14
BOX_WIDTH, BOX_HEIGHT = 112, 34
LANE = 30  # Room for an arrow that passes a row without touching it.
CROSSING = 300 ** 2  # As bad as an arrow that leans so far.
SWEEPS = 6

# Opaque boxes and a grey that both a white and a black page leave legible.
STYLE = ("rect { fill: #dce7f5; stroke: #4b6a94; } text { fill: #14253d; "
         "font: 600 15px sans-serif; text-anchor: middle; } "
         "path { fill: none; stroke: #7d8aa0; stroke-width: 1.6; }")


def includes(root):
    """Layer to the layers that it includes, itself left out."""
    used = {layer: set() for layer in LAYERS}
    for path in files_of(root):
        layer = layer_of(path, root)
        for match in map(INCLUDE.match, path.read_text().splitlines()):
            if match and match[1] != layer:
                used[layer].add(match[1])
    return used


def without_shortcuts(used):
    """The same without what follows from the rest: what is above reaches it anyway."""
    reached = {}
    for layer in LAYERS:  # From the bottom, so that what it includes is known.
        reached[layer] = used[layer].union(*(reached[one] for one in used[layer]))
    return {layer: [one for one in LAYERS if one in below
                    and not any(one in reached[other] for other in below)]
            for layer, below in used.items()}


def heights(used):
    """Each layer one row above the highest that it includes."""
    height = {}
    for layer in LAYERS:
        height[layer] = 1 + max((height[one] for one in used[layer]), default=-1)
    return height


class Drawing:
    """Rows of boxes, from the top, and of lanes where an arrow passes a row."""

    def __init__(self, used):
        self.height = heights(used)
        self.top = max(self.height.values())
        self.rows = [[layer for layer in LAYERS if self.height[layer] == level]
                     for level in range(self.top + 1)]
        self.arrows = [self._lanes(layer, one) for layer in LAYERS for one in used[layer]]
        self.at = {}
        self._settle()

    def _lanes(self, layer, below):
        """The stations of an arrow: the layer, a lane in each row between, what it includes."""
        stations = [layer]
        for level in range(self.height[layer] - 1, self.height[below], -1):
            stations.append((layer, below, level))
            self.rows[level].append(stations[-1])
        return [*stations, below]

    def _settle(self):
        """Puts each row, again and again, in the order of the least cost; rows are short."""
        for row in self.rows:
            self._place(row)
        for _ in range(SWEEPS):
            for row in self.rows:
                row[:] = min(map(list, itertools.permutations(row)), key=self._cost)
                self._place(row)

    def _cost(self, row):
        """How far the arrows at a row in this order lean, and how often they cross."""
        self._place(row)
        steps = [(self.at[one], self.at[other], one in row) for arrow in self.arrows
                 for one, other in itertools.pairwise(arrow) if one in row or other in row]
        lean = sum((x - to_x) ** 2 for x, to_x, _ in steps)
        crossings = sum((a[0] - b[0]) * (a[1] - b[1]) < 0
                        for a, b in itertools.combinations(steps, 2) if a[2] == b[2])
        return lean + CROSSING * crossings

    def _place(self, row):
        """Spreads a row over the width, lanes narrower than boxes."""
        widths = [BOX_WIDTH if isinstance(one, str) else LANE for one in row]
        gap = (WIDTH - 2 * MARGIN - sum(widths)) / (len(row) + 1)
        x = MARGIN + gap
        for one, width in zip(row, widths):
            self.at[one] = x + width / 2
            x += width + gap

    def _y(self, one):
        level = self.height[one] if isinstance(one, str) else one[2]
        return MARGIN + (self.top - level) * ROW + BOX_HEIGHT / 2

    def _path(self, arrow):
        """A smooth line from the lower edge of the first to the upper edge of the last."""
        points = [(self.at[one], self._y(one)) for one in arrow]
        points[0] = (points[0][0], points[0][1] + BOX_HEIGHT / 2)
        points[-1] = (points[-1][0], points[-1][1] - BOX_HEIGHT / 2 - 7)
        steps = [f"M{points[0][0]:.0f} {points[0][1]:.0f}"]
        for (x, y), (to_x, to_y) in itertools.pairwise(points):
            bend = (to_y - y) / 2
            steps.append(f"C{x:.0f} {y + bend:.0f} {to_x:.0f} {to_y - bend:.0f} "
                         f"{to_x:.0f} {to_y:.0f}")
        return f'<path d="{" ".join(steps)}" marker-end="url(#tip)"/>'

    def _box(self, layer):
        x, y = self.at[layer] - BOX_WIDTH / 2, self._y(layer) - BOX_HEIGHT / 2
        return (f'<rect x="{x:.0f}" y="{y:.0f}" width="{BOX_WIDTH}" height="{BOX_HEIGHT}" rx="7"/>'
                f'<text x="{self.at[layer]:.0f}" y="{self._y(layer) + 5:.0f}">{layer}</text>')

    def svg(self):
        """The picture."""
        bottom = 2 * MARGIN + self.top * ROW + BOX_HEIGHT
        lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom}" '
                 f'width="{WIDTH}" height="{bottom}" role="img">',
                 "<title>The layers of hindcast: each includes those that its arrows lead to"
                 "</title>",
                 f"<style>{STYLE}</style>",
                 '<marker id="tip" viewBox="0 0 8 8" refX="2" refY="4" markerWidth="6" '
                 'markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" '
                 'style="fill: #7d8aa0; stroke: none"/></marker>',
                 *map(self._path, self.arrows), *map(self._box, LAYERS), "</svg>"]
        return "\n".join(lines) + "\n"


def main():
    """Writes the picture, or checks it."""
    picture = Drawing(without_shortcuts(includes(ROOT))).svg()
    if sys.argv[1:] == ["--check"]:
        if not PICTURE.exists() or PICTURE.read_text() != picture:
            sys.exit(f"{PICTURE.relative_to(ROOT)} is not what the sources include: "
                     "run tools/draw_architecture.py")
    elif sys.argv[1:]:
        sys.exit("usage: tools/draw_architecture.py [--check]")
    else:
        PICTURE.write_text(picture)


if __name__ == "__main__":
    main()
