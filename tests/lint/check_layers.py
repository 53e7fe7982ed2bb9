"""Fails when a source file includes a layer above its own (see .github/ARCHITECTURE.md), or a
public header one that is not."""

import pathlib
import re
import sys

# Bottom to top. A file may include its own layer and any layer listed before it.
LAYERS = ["base", "statistics", "tensor", "io", "spectral", "metrics", "schedule", "report", "gate",
          "compare", "lint", "correlate", "html", "analysis", "cli"]
# Independent of each other although the list must order them: a spectrum can be tested without a
# file, a reader without linear algebra; reports, and what judges or compares
# them, know nothing of files.
STRANGERS = {(layer, "io") for layer in ("spectral", "metrics", "schedule", "report", "gate",
                                         "compare", "lint", "correlate", "html")}
STRANGERS |= {("schedule", "spectral"), ("schedule", "tensor"), ("lint", "gate"),
              ("lint", "compare"), ("correlate", "gate"), ("correlate", "lint"),
              ("correlate", "compare"), ("html", "compare"), ("html", "lint")}

INCLUDE = re.compile(r'#include "(?:hindcast/)?(?!hindcast/)(\w+)/')
PRIVATE_INCLUDE = re.compile(r'#include "(?!hindcast/)')


def files_of(root):
    """Every source and header that lies in a layer."""
    return sorted([*root.glob("include/hindcast/*/**/*.hpp"), *root.glob("src/*/**/*.[ch]pp")])


def layer_of(path, root):
    """The layer that a file lies in."""
    parts = path.relative_to(root).parts
    return parts[2] if parts[0] == "include" else parts[1]


def is_public(path, root):
    """Is it a header that is installed?"""
    return path.relative_to(root).parts[0] == "include"


def violations(root):
    """A line for each include that points upwards, to a layer's stranger, or from a public header
    to one that is not."""
    files = files_of(root)
    if not files:
        yield f"{root}: no sources found"
    for path in files:
        layer = layer_of(path, root)
        for number, line in enumerate(path.read_text().splitlines(), start=1):
            if is_public(path, root) and PRIVATE_INCLUDE.match(line):
                yield f"{path.relative_to(root)}:{number}: is not installed beside this header"
            match = INCLUDE.match(line)
            if not match:
                continue
            used = match.group(1)
            if LAYERS.index(used) > LAYERS.index(layer) or (layer, used) in STRANGERS:
                yield f"{path.relative_to(root)}:{number}: {layer} must not include {used}"


if __name__ == "__main__":
    found = list(violations(pathlib.Path(sys.argv[1])))
    print("\n".join(found) if found else "every include points downwards")
    sys.exit(1 if found else 0)
