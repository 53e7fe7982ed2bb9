"""The HTML page in a browser: it opens without a network, draws, sorts, filters and highlights.

Its screenshots, and a PDF, are kept in the build tree (tests/page): look at them.
"""

import itertools
import os
import pathlib
import sys
import unittest

import support
from browser import Browser
from made_report import large_run, made_run, write_report

SCREENSHOTS = pathlib.Path(os.environ["HINDCAST_TEST_DATA_DIR"]).resolve().parent / "page"
HOSTILE = ("</script><img src=x onerror=\"document.title='taken'\">", "<b>bold</b> & \"quoted\"",
           "]]>--><!-- {{data}} ${1} \u2028 \u2029", "__proto__", "constructor", "a" * 300,
           "\u202egnp.\u202c right to left", "{{programs}}")
LAYERS = ["conv1.weight", "conv2.weight", "depthwise.weight", "pointwise.weight", "fc1.weight",
          "fc2.weight"]
# An ordinary machine takes one second for the large page, which is said on stderr. What is asked
# for leaves room for one that is busy with other things.
MOST_MILLISECONDS = 10_000
MOST_BYTES = 5_000_000


def page_of(folder, *arguments):
    """Writes the page of these reports."""
    page = folder / "page.html"
    support.run("report", "--quiet", *arguments, "-o", page)
    return page


def contrast(one, other):
    """The contrast of two colours, "rgb(1, 2, 3)", as WCAG 2 defines it."""
    def luminance(colour):
        parts = [float(part) / 255 for part in colour[4:-1].split(",")]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055)**2.4
                  for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


class PageTest(unittest.TestCase):
    """One browser for all tests, and a page of the sample run."""

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser.start()
        cls.addClassCleanup(cls.browser.stop)
        cls.folder = cls.enterClassContext(support.temporary_directory())
        cls.report = cls.folder / "digits.json"
        support.run("analyze", "--quiet", support.SAMPLE_RUN, "--init-lr", "0.05", "--linear",
                    "--scores", support.SAMPLE_RUN / "test_accuracy.csv", "--json", cls.report)
        cls.page = page_of(cls.folder, cls.report)

    def run_in_page(self, program, *arguments):
        return self.browser.run(program, *arguments)

    def text_of(self, selector):
        """What a reader sees of an element."""
        return self.run_in_page("return document.querySelector(arguments[0]).innerText", selector)

    def number_of(self, selector):
        """How many elements there are."""
        return self.run_in_page("return document.querySelectorAll(arguments[0]).length", selector)

    def figures(self):
        """Chart name to number of lines, rows or points, of charts that were drawn."""
        return dict(self.run_in_page(
            "return [...document.querySelectorAll('figure')]"
            ".filter((one) => one.dataset.drawn === 'true')"
            ".map((one) => [one.dataset.chart, Number(one.dataset.series)])"))

    def highlighted(self):
        """What each chart of layers shows above the others."""
        return set(self.run_in_page("return [...document.querySelectorAll('figure')]"
                                    ".map((one) => one.dataset.highlighted)"
                                    ".filter((name) => name !== undefined)"))

    def names(self):
        """The layers of the table as they stand, by their full names."""
        return self.run_in_page("return [...document.querySelectorAll('#table tbody tr')]"
                                ".filter((row) => row.getClientRects().length > 0)"
                                ".map((row) => row.querySelector('th button').title)")

    def press(self, selector, key):
        self.run_in_page("const one = document.querySelector(arguments[0]); one.focus();"
                         "one.dispatchEvent(new KeyboardEvent('keydown', "
                         "{ key: arguments[1], bubbles: true, cancelable: true }))", selector, key)
        self.browser.wait_until_drawn()

    def choose(self, id_of_list, value):
        self.run_in_page("const one = document.getElementById(arguments[0]);"
                         "one.value = arguments[1]; one.dispatchEvent(new Event('change'))",
                         id_of_list, value)
        self.browser.wait_until_drawn()

    def click(self, selector):
        self.run_in_page("document.querySelector(arguments[0]).click()", selector)
        self.browser.wait_until_drawn()

    def colours(self, chart):
        """How many pixels of a chart have each colour."""
        counts = self.run_in_page("""
            const canvas = document.querySelector(`[data-chart="${arguments[0]}"] canvas`);
            const { width, height } = canvas;
            const copy = Object.assign(document.createElement("canvas"), { width, height });
            const ctx = copy.getContext("2d", { willReadFrequently: true });
            ctx.drawImage(canvas, 0, 0);
            const { data } = ctx.getImageData(0, 0, width, height);
            const counts = {};
            for (let at = 0; at < data.length; at += 4) {
              const rgb = data.slice(at, at + 3).join(", ");
              const colour = data[at + 3] === 255 ? `rgb(${rgb})` : "";
              counts[colour] = (counts[colour] ?? 0) + 1;
            }
            return counts;""", chart)
        counts.pop("", None)
        return counts

    def colour_of(self, token):
        """A colour of the theme as the browser sees it."""
        return self.run_in_page("const one = document.createElement('i');"
                                "document.body.append(one);"
                                "one.style.color = `var(--${arguments[0]})`;"
                                "const is = getComputedStyle(one).color; one.remove(); return is;",
                                token)


class SampleRun(PageTest):
    """The page of one run."""

    def setUp(self):
        self.browser.open(self.page)

    def tearDown(self):
        self.assertEqual(self.browser.console(), [])

    def test_it_opens_without_a_network_and_asks_for_nothing(self):
        self.assertEqual(self.browser.requests(), [self.page.as_uri()])
        self.assertEqual(self.text_of("h1"), "digits_cnn")
        self.browser.screenshot(SCREENSHOTS / "light.png")

    def test_its_policy_stops_what_it_does_not_name(self):
        """The policy is in force: what it does not allow by its hash does not run, nor load."""
        self.run_in_page("const one = document.createElement('script');"
                         "one.textContent = 'document.title = \"taken\"';"
                         "document.body.append(one);"
                         "document.body.append(Object.assign(new Image(), { src: 'x.png' }));")
        self.assertNotEqual(self.run_in_page("return document.title"), "taken")
        refusals = self.browser.console()
        self.assertEqual(len(refusals), 2, refusals)
        for refusal in refusals:
            self.assertIn("Content Security Policy", refusal)

    def test_the_head_says_what_was_analysed(self):
        text = self.text_of(".masthead")
        for words in ("11: epoch −1 to 9", "6 of 23 tensors", "attribute epoch = -1",
                      "6 normalisation", "RMSGD (release) from 0.05", "test_accuracy.csv",
                      "hindcast 0.1.0"):
            self.assertIn(words, text)
        self.assertIn("this file holds them in full", self.text_of("footer"))

    def test_every_chart_has_its_lines(self):
        expected = {name: 6 for metric in ("knowledge_gain", "effective_rank", "step_rotation")
                    for name in (metric, f"{metric}:map")}
        expected |= {"rotation": 6, "mapping_condition": 6, "rates": 6}
        expected |= {f"scores:{metric}": 10 for metric in
                     ("rotation", "knowledge_gain", "effective_rank", "mapping_condition")}
        self.assertEqual(self.figures(), expected)
        for chart in ("rotation", "knowledge_gain:map", "scores:rotation"):
            # Each has what is drawn in at least as many colours as it has layers.
            lively = [colour for colour, pixels in self.colours(chart).items() if pixels >= 8]
            self.assertGreater(len(lively), 6, chart)
        self.assertGreater(self.colours("rotation").get(self.colour_of("ink"), 0), 100)

    def test_headings_sort(self):
        self.assertEqual(self.names(), LAYERS)
        values = {layer["name"]: layer["rotation"] for layer in
                  support.load(self.report)["runs"][0]["checkpoints"][-1]["layers"]}
        by_rotation = sorted(LAYERS, key=values.get)
        head = "#table thead th:nth-child(4)"
        for direction, names in (("descending", by_rotation[::-1]), ("ascending", by_rotation),
                                 ("none", LAYERS)):
            self.click(head + " button")
            self.assertEqual(self.names(), names)
            self.assertEqual(self.run_in_page("return document.querySelector(arguments[0])"
                                              ".getAttribute('aria-sort')", head), direction)

    def test_words_filter(self):
        for words, names in (("CONV", LAYERS[:4]), ("wise weight", LAYERS[2:4]), ("nothing", []),
                             ("", LAYERS)):
            self.run_in_page("const one = document.querySelector('#filter');"
                             "one.value = arguments[0];"
                             "one.dispatchEvent(new Event('input'))", words)
            self.assertEqual(self.names(), names)
            self.assertIn(f"{len(names)} of 6 layers", self.text_of(".tools"))

    def test_a_click_in_the_table_highlights_in_every_chart(self):
        mark = self.colour_of("mark")
        before = self.colours("effective_rank").get(mark, 0)
        self.click("#table tbody tr:nth-child(2) button")
        self.assertEqual(self.highlighted(), {"conv2.weight"})
        self.assertGreater(self.colours("effective_rank").get(mark, 0), before + 100)
        self.assertGreater(self.colours("knowledge_gain:map").get(mark, 0), 100)
        self.assertEqual(self.text_of(".chosen_row th"), "conv2.weight")
        self.browser.screenshot(SCREENSHOTS / "highlighted.png")
        self.press("#table tbody button", "Escape")
        self.assertEqual(self.highlighted(), {""})
        self.assertEqual(self.colours("effective_rank").get(mark, 0), before)

    def test_a_click_on_a_map_highlights_its_row(self):
        self.run_in_page("""
            const map = document.querySelector('[data-chart="knowledge_gain:map"] .plot');
            map.scrollIntoView();
            const { left, top, width } = map.getBoundingClientRect();
            map.querySelector("canvas").dispatchEvent(new MouseEvent("click", {
              bubbles: true, clientX: left + 0.8 * width, clientY: top + 4 + 33 * 4.5 }));""")
        self.browser.wait_until_drawn()
        self.assertEqual(self.highlighted(), {"fc1.weight"})

    def test_a_click_on_a_line_highlights_it(self):
        """Where the mouse is, uPlot says which line is nearest."""
        self.run_in_page("document.querySelector('#rotation').scrollIntoView()")
        place = self.run_in_page("""
            const over = document.querySelector('[data-chart="rotation"] .u-over');
            const chart = scheduler.charts.find((one) => one.figure.dataset.chart === "rotation");
            const { left, top } = over.getBoundingClientRect();
            const { plot } = chart;
            return [left + plot.valToPos(9, "x") - 1,
                    top + plot.valToPos(chart.lines[1].values.at(-1), "y") - 1];""")
        click = {"button": "left", "clickCount": 1}
        for kind, more in (("mouseMoved", {}), ("mousePressed", click), ("mouseReleased", click)):
            self.browser.driver.execute_cdp_cmd("Input.dispatchMouseEvent", {
                "type": kind, "x": place[0], "y": place[1], **more})
        self.browser.wait_until_drawn()
        self.assertEqual(self.highlighted(), {"conv2.weight"})
        self.assertIn("conv2.weight · epoch 9 · 0.6406",
                      self.text_of('[data-chart="rotation"] output'))

    def test_the_keyboard_walks_through_a_chart(self):
        chart = '[data-chart="rotation"] .plot'
        self.press(chart, "ArrowDown")
        self.assertEqual(self.highlighted(), {"conv1.weight"})
        self.press(chart, "ArrowDown")
        self.press(chart, "ArrowLeft")
        self.assertEqual(self.highlighted(), {"conv2.weight"})
        self.assertIn("conv2.weight · epoch 8 · ", self.text_of('[data-chart="rotation"] output'))
        for selector in (chart, "#table thead button", "#table tbody button", "#filter", "#theme"):
            self.assertTrue(self.run_in_page(
                "const one = document.querySelector(arguments[0]); one.focus();"
                "return document.activeElement === one && one.tabIndex >= 0", selector), selector)

    def test_every_link_inside_leads_somewhere(self):
        lost = self.run_in_page("return [...document.querySelectorAll('a[href^=\"#\"]')]"
                                ".map((one) => one.getAttribute('href'))"
                                ".filter((href) => document.querySelector(href) === null)")
        self.assertEqual(lost, [])

    def test_other_metrics_are_a_choice_away(self):
        self.choose("metric", "stable_rank")
        self.assertEqual(self.figures().get("stable_rank"), 6)
        self.assertNotIn("step_rotation", self.figures())

    def test_dark_light_and_contrast(self):
        papers = []
        for dark in (False, True):
            self.browser.open(self.page, dark=dark)
            paper = self.colour_of("paper")
            papers.append(paper)
            self.assertEqual(self.run_in_page(
                "return getComputedStyle(document.body).backgroundColor"), paper)
            for token in ("ink", "muted", "accent", "mark", "good", "bad", "unsure"):
                self.assertGreaterEqual(contrast(self.colour_of(token), paper), 4.5, token)
        self.assertGreater(contrast(*papers), 10)
        self.browser.screenshot(SCREENSHOTS / "dark.png")
        self.choose("theme", "light")
        self.assertEqual(self.colour_of("paper"), papers[0])

    def test_a_narrow_screen_shows_all_of_the_width(self):
        self.browser.open(self.page, width=375)
        self.assertEqual(self.run_in_page("return document.documentElement.scrollWidth"), 375)
        self.browser.screenshot(SCREENSHOTS / "narrow.png")

    def test_paper_is_light(self):
        self.browser.open(self.page, dark=True)
        self.browser.print_to(SCREENSHOTS / "page.pdf")
        self.assertTrue((SCREENSHOTS / "page.pdf").read_bytes().startswith(b"%PDF"))
        self.run_in_page("dispatchEvent(new Event('beforeprint'))")
        self.assertEqual(self.colour_of("paper"), "rgb(255, 255, 255)")
        self.run_in_page("dispatchEvent(new Event('afterprint'))")
        self.browser.wait_until_drawn()
        self.assertNotEqual(self.colour_of("paper"), "rgb(255, 255, 255)")


class OtherPages(PageTest):
    """Several runs, a gate, hostile names, much data."""

    def write(self, name, *runs):
        return write_report(self.folder / name, *runs)

    def test_several_runs(self):
        steps = [f"step_{t}" for t in range(5)]
        reports = [self.write(f"{seed}.json", made_run("net", ["a.weight", "b.weight"], steps,
                                                       seed=seed)) for seed in (1, 2, 3)]
        self.browser.open(page_of(self.folder, *reports))
        figures = self.figures()
        for metric in ("rotation", "knowledge_gain", "effective_rank", "mapping_condition"):
            self.assertEqual(figures[f"runs:{metric}"], 3)
            self.assertEqual(self.number_of(f'[data-chart="{metric}"]'), 3)
        self.assertEqual(figures["scores:rotation"], 3 * 4)
        self.click("#table tbody button")
        self.assertEqual(self.highlighted() - {""}, {"a.weight"})
        self.assertEqual(self.number_of(".chosen_row"), 3)
        self.assertEqual(self.browser.console(), [])
        self.browser.screenshot(SCREENSHOTS / "runs.png")

    def test_a_crowd_of_runs(self):
        """Charts out of sight are then left until they are seen."""
        runs = [made_run(f"run {i}", ["a.weight", "b.weight"], ["one", "two"], seed=i)
                for i in range(30)]
        self.browser.open(page_of(self.folder, self.write("crowd.json", *runs)))
        charts = self.number_of("figure")
        self.assertGreater(charts, 8 * len(runs))
        self.assertLess(self.number_of("figure[data-drawn]"), charts / 4)
        self.run_in_page("document.querySelector('#more figure').scrollIntoView()")
        self.run_in_page("return new Promise((done) => setTimeout(done, 500))")
        self.assertEqual(self.number_of("#more figure:first-of-type[data-drawn]"), 1)
        self.assertEqual(self.browser.console(), [])

    def test_the_verdict_of_a_gate(self):
        verdicts = self.folder / "verdicts.json"
        support.run("gate", "--quiet", self.report, "--rule", "min(rotation) >= 0.9", "--rule",
                    "max(rotation) <= 2", "--json", verdicts, exit_code=1)
        self.browser.open(page_of(self.folder, self.report, "--gate-result", verdicts))
        text = self.text_of("#gate")
        for words in ("The gate failed", "min(rotation) >= 0.9", "passed max(rotation) <= 2",
                      "conv1.weight: 0.4025 is not >= 0.9"):
            self.assertIn(words, text)
        self.browser.screenshot(SCREENSHOTS / "gate.png", height=900)

    def test_hostile_names_are_text(self):
        run = made_run(HOSTILE[0], list(HOSTILE), [f"{name} {i}" for i, name in enumerate(HOSTILE)],
                       score=HOSTILE[0])
        run["warnings"] = list(HOSTILE)
        run["initial"]["reason"] = HOSTILE[0]
        other = made_run("constructor", ["__proto__"], ["a", "b"], score="constructor")
        verdicts = self.folder / "hostile_verdicts.json"
        report = self.write("hostile.json", run, other)
        support.run("gate", "--quiet", report, "--rule", "each(rotation) >= 3", "--json", verdicts,
                    exit_code=1)
        page = page_of(self.folder, report, "--gate-result", verdicts)
        self.browser.open(page)
        self.assertEqual(self.run_in_page("return document.title"), "2 runs · hindcast")
        self.assertEqual(self.number_of("img, b, iframe"), 0)
        names = self.names()
        for name in (*HOSTILE[:2], "__proto__", "constructor", "{{programs}}"):
            self.assertIn(name, names)
        self.assertNotIn("\u202e", "".join(names))  # Turned into visible letters.
        self.assertEqual(self.figures()["rotation"], 1)  # Of the last chart with that name.
        self.assertEqual(self.browser.console(), [])
        self.assertEqual(self.browser.requests(), [page.as_uri()])
        self.browser.screenshot(SCREENSHOTS / "hostile.png")
        for score, points in ((HOSTILE[0], len(HOSTILE) - 1), ("constructor", 1)):
            self.choose("score", score)
            self.assertEqual(self.figures()["scores:rotation"], points)
        self.assertEqual(self.browser.console(), [])

    def test_runs_with_next_to_nothing(self):
        """One checkpoint; layers without a number; no layer at all."""
        alone = made_run("alone", ["a.weight"], ["only"])
        broken = made_run("broken", ["a.weight"], ["one", "two"])
        for checkpoint in broken["checkpoints"]:
            for layer in checkpoint["layers"]:
                layer.update({key: None for key in layer if isinstance(layer[key], float)})
                layer["status"] = "non_finite"
        empty = made_run("empty", ["a.weight"], ["one"])
        empty["checkpoints"][0]["layers"] = []
        empty["schedule"] = None
        for runs in ((alone,), (alone, broken, empty)):
            self.browser.open(page_of(self.folder, self.write("little.json", *runs)))
            self.assertEqual(self.browser.console(), [])
            self.assertIn("knowledge_gain", self.figures())
        self.assertIn("non_finite", self.text_of("#table"))

    def test_a_report_of_one_metric(self):
        report = self.folder / "one_metric.json"
        support.run("analyze", "--quiet", support.SAMPLE_RUN, "--metrics", "stable_rank", "--json",
                    report)
        self.browser.open(page_of(self.folder, report))
        self.assertEqual(self.browser.console(), [])
        self.assertEqual(self.figures(), {"stable_rank": 6, "stable_rank:map": 6})
        self.assertIn("This was not measured.", self.text_of("#rotation"))

    def test_numbers_beyond_all_sense(self):
        """A report from elsewhere may hold any; the page must neither fail nor hang."""
        run = made_run("odd", ["a", "b", "c"], ["w", "x", "y", "z"])
        odd = itertools.cycle((1.7e308, -1.7e308, 5e-324, 0.0, 1e-300, 3.0, -5.0, 1e18))
        for checkpoint, step in zip(run["checkpoints"], (0, 1, 10**12, 9 * 10**18), strict=True):
            checkpoint["step"] = step
            checkpoint["scores"] = {"loss": next(odd)}
            for thing in (*checkpoint["layers"], *checkpoint["summary"].values()):
                thing.update({key: next(odd) for key in thing if isinstance(thing[key], float)})
        run["schedule"]["epochs"][0]["after"] = "not there"
        self.browser.open(page_of(self.folder, self.write("odd.json", run)))
        self.assertEqual(self.browser.console(), [])
        self.assertEqual(self.figures()["rates"], 4)

    def test_200_layers_by_300_checkpoints(self):
        layers, checkpoints = (40, 60) if support.is_sanitized() else (200, 300)
        page = page_of(self.folder, self.write("large.json", large_run(layers, checkpoints)))
        self.assertLess(page.stat().st_size, MOST_BYTES)
        self.browser.open(page)
        milliseconds = int(self.run_in_page("return document.body.dataset.ready"))
        print(f"{layers} x {checkpoints}: {page.stat().st_size} bytes, ready after "
              f"{milliseconds} ms", file=sys.stderr)
        self.assertLess(milliseconds, MOST_MILLISECONDS)
        if not support.is_sanitized():
            self.assertIn("rounded to six significant digits", self.text_of("footer"))
        self.assertEqual(self.figures()["rotation"], layers)
        self.assertEqual(self.figures()["rates"], layers + 1)  # And the rate that was used.
        self.click("#table tbody tr:nth-child(7) button")
        self.assertEqual(self.highlighted(), {"encoder.layers.1.attention.v_proj.weight"})
        self.assertEqual(self.browser.console(), [])
        self.browser.screenshot(SCREENSHOTS / "large.png")


if __name__ == "__main__":
    unittest.main()
