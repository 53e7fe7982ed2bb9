#!/usr/bin/python3
"""Makes the pictures of the HTML page that the README shows, in tools/screenshots.

    tools/make_screenshots.py

They lie beside what makes them: they are neither source nor test, and the top of the repository
has no folder for pictures. Needs build/release/hindcast (tools/run_sample.sh) and a browser
(tools/install_dependencies.sh --tests).
"""

import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "cli"))

from browser import Browser  # pylint: disable=wrong-import-position

PROGRAM = ROOT / "build" / "release" / "hindcast"
SAMPLE = ROOT / "sample_checkpoints" / "digits_cnn"
PICTURES = ROOT / "tools" / "screenshots"
MOST_BYTES = 200_000  # A clone of the repository carries them for ever.
WIDTH = 1120


def make_page(folder):
    """The page of the sample run, with its scores and the verdict of a gate."""
    report, verdicts, page = (folder / name for name in ("report.json", "gate.json", "page.html"))
    commands = (
        ["analyze", SAMPLE, "--init-lr", "0.05", "--spectra", "--scores", SAMPLE / "test_accuracy.csv",
         "--json", report],
        ["gate", report, "--policy", SAMPLE.parent / "gate_policy.json", "--exit-zero",
         "--json", verdicts],
        ["report", report, "--gate-result", verdicts, "-o", page])
    for command in commands:
        subprocess.run([PROGRAM, *command, "--quiet"], check=True, stdout=subprocess.DEVNULL)
    return page


def make_pictures(browser, page):
    """The top of the page in light and dark."""
    for dark in (False, True):
        browser.open(page, width=WIDTH, dark=dark)
        browser.screenshot(PICTURES / f"page_{'dark' if dark else 'light'}.png", height=1250)


def main():
    """Makes the pictures and says how large they are."""
    browser = Browser.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            make_pictures(browser, make_page(pathlib.Path(folder)))
    finally:
        browser.stop()
    for picture in sorted(PICTURES.glob("*.png")):
        size = picture.stat().st_size
        print(f"{picture.relative_to(ROOT)}: {size} bytes")
        if size > MOST_BYTES:
            sys.exit(f"make_screenshots.py: {picture.name} is larger than {MOST_BYTES} bytes")


if __name__ == "__main__":
    main()
