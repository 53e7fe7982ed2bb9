"""The chart of singular values in the HTML page, in a browser.

Its screenshots are kept beside those of page_test.py (tests/page): look at them.
"""

import json
import math
import random
import sys
import unittest

import support
from made_report import large_run, made_run, write_report
from page_test import HOSTILE, MOST_BYTES, SCREENSHOTS, PageTest, page_of

LAYERS = ["conv1.weight", "conv2.weight", "depthwise.weight", "pointwise.weight", "fc1.weight",
          "fc2.weight"]
CHART = '[data-chart="spectrum"]'


def add_spectra(run, size, seed=1):
    """Singular values, as many as `size`, for every layer of a made run."""
    dice = random.Random(seed)
    for checkpoint in run["checkpoints"]:
        for layer in checkpoint["layers"]:
            slope = 0.3 + 0.5 * dice.random()
            values = [20 * place**-slope for place in range(1, size + 1)]
            rank = size // 3
            low_rank = {"status": "ok", "rank": rank, "rank_ratio": rank / size,
                        "knowledge_gain": 0.2, "mapping_condition": 3.0, "noise_variance": 0.01,
                        "threshold": math.sqrt(values[rank - 1] * values[rank])}
            layer["unfoldings"]["output"].update(
                rows=size, cols=size, computed_values=size, singular_values=values,
                low_rank={"exact": low_rank, "reference": {**low_rank, "rank": rank - 1}})
    return run


class SpectrumTest(PageTest):
    """What all tests of the chart need."""

    def chart(self, key):
        """What the chart says of itself."""
        return self.run_in_page("return document.querySelector(arguments[0]).dataset[arguments[1]]",
                                CHART, key)

    def drawn(self):
        """The numbers of its curves: for each run the initial one, then for each run its own."""
        return self.run_in_page("return scheduler.charts.find((one) => one.figure.dataset.chart "
                                "=== 'spectrum').plot.data")

    def slide_to(self, place):
        self.run_in_page("const one = document.getElementById('spectrum_moment');"
                         "one.value = arguments[0]; one.dispatchEvent(new Event('input'))",
                         str(place))
        self.browser.wait_until_drawn()

    def is_seen(self, selector):
        return self.run_in_page("return document.querySelector(arguments[0])"
                                ".getClientRects().length > 0", selector)

    def picture(self, name):
        """Of the section alone."""
        self.run_in_page("document.querySelector('#spectrum').scrollIntoView()")
        self.browser.wait_until_drawn()
        self.browser.screenshot(SCREENSHOTS / f"{name}.png", of="#spectrum")


class SampleSpectrum(SpectrumTest):
    """Of a run that was analysed with --spectra."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain_page = cls.page
        cls.report = cls.folder / "spectra.json"
        support.run("analyze", "--quiet", support.SAMPLE_RUN, "--spectra", "--json", cls.report)
        (cls.folder / "with").mkdir()
        cls.page = page_of(cls.folder / "with", cls.report)

    def setUp(self):
        self.browser.open(self.page)

    def tearDown(self):
        self.assertEqual(self.browser.console(), [])

    def side(self, checkpoint, layer, side="output"):
        """An unfolding of the report."""
        layers = support.load(self.report)["runs"][0]["checkpoints"][checkpoint]["layers"]
        return next(one for one in layers if one["name"] == layer)["unfoldings"][side]

    def test_it_draws_the_values_of_the_report(self):
        self.assertEqual(self.chart("layer"), "conv1.weight")
        self.assertEqual(self.chart("series"), "2")  # And that of the initial weights.
        places, initial, now = self.drawn()
        self.assertEqual(now, self.side(-1, "conv1.weight")["singular_values"])
        self.assertEqual(initial, self.side(0, "conv1.weight")["singular_values"])
        self.assertEqual(places, list(range(1, len(now) + 1)))
        ink = self.colours("spectrum").get(self.colour_of("ink"), 0)
        self.assertGreater(ink, 100)  # The threshold.
        rank = self.side(-1, "conv1.weight")["low_rank"]["exact"]["rank"]
        self.assertRegex(self.text_of("#spectrum_says"), rf"^({rank}|None) of its {len(now)} sing")
        self.assertFalse(self.is_seen(".if_no_spectra"))
        self.assertIn("Spectrum", self.text_of("#contents"))
        self.picture("spectrum_light")

    def test_it_follows_the_layer_that_is_chosen(self):
        self.choose("spectrum_layer", "fc1.weight")
        self.assertEqual(self.highlighted(), {"fc1.weight"})
        self.assertEqual(self.chart("layer"), "fc1.weight")
        self.assertEqual(self.drawn()[2], self.side(-1, "fc1.weight")["singular_values"])
        self.assertFalse(self.is_seen("#spectrum_sides"))  # It has one unfolding only.
        self.assertGreater(self.colours("spectrum").get(self.colour_of("mark"), 0), 100)
        self.click("#table tbody tr:nth-child(2) button")
        self.assertEqual(self.chart("layer"), "conv2.weight")
        self.assertTrue(self.is_seen("#spectrum_sides"))
        self.assertEqual(self.run_in_page("return document.getElementById('spectrum_layer').value"),
                         "conv2.weight")

    def test_it_shows_either_unfolding(self):
        self.choose("spectrum_layer", "conv2.weight")
        self.choose("spectrum_side", "input")
        self.assertEqual(self.drawn()[2], self.side(-1, "conv2.weight", "input")["singular_values"])
        self.choose("spectrum_layer", "fc1.weight")
        self.assertEqual(self.drawn()[2], self.side(-1, "fc1.weight")["singular_values"])

    def test_it_shows_every_checkpoint(self):
        says = set()
        for place in range(11):
            self.slide_to(place)
            self.assertEqual(self.drawn()[2], self.side(place, "conv1.weight")["singular_values"])
            self.assertEqual(self.chart("series"), "1" if place == 0 else "2")
            moment = f"epoch {place - 1}".replace("-", "−")
            self.assertEqual(self.text_of("#spectrum_at"), moment)
            self.assertIn(moment, self.text_of(f"{CHART} .what"))
            says.add(self.text_of("#spectrum_says"))
        self.assertGreater(len(says), 5)

    def test_the_keyboard_walks_through_it(self):
        chart = f"{CHART} .plot"
        self.press(chart, "ArrowRight")
        first = self.side(-1, "conv1.weight")["singular_values"][0]
        self.assertRegex(self.text_of(f"{CHART} output"), rf"^no\. 1 · {first:.4g}"[:12])
        self.press(chart, "ArrowRight")
        self.assertRegex(self.text_of(f"{CHART} output"), r"^no\. 2 · [\d.]+, (kept|noise)$")
        self.press(chart, "End")
        self.assertRegex(self.text_of(f"{CHART} output"), r"^no\. \d+ · [\d.]+, noise$")
        place = self.run_in_page("return document.querySelector(arguments[0]).style.left",
                                 f"{CHART} .marker_line")
        self.assertRegex(place, r"^[1-9]\d\d")  # A line where the reader is.
        self.assertTrue(self.is_seen(f"{CHART} .marker"))
        self.press(chart, "ArrowDown")
        self.assertEqual(self.highlighted(), {"conv1.weight"})
        self.press(chart, "ArrowDown")
        self.assertEqual(self.chart("layer"), "conv2.weight")
        self.assertEqual(self.highlighted(), {"conv2.weight"})
        for selector in (chart, "#spectrum_layer", "#spectrum_side", "#spectrum_moment"):
            self.assertTrue(self.run_in_page(
                "const one = document.querySelector(arguments[0]); one.focus();"
                "return document.activeElement === one && one.tabIndex >= 0", selector), selector)
        self.assertEqual(self.run_in_page("return document.querySelector('#spectrum_moment')"
                                          ".getAttribute('aria-valuetext')"), "epoch 9")
        label = self.run_in_page("return document.querySelector(arguments[0])"
                                 ".getAttribute('aria-label')", chart)
        self.assertRegex(label, r"^Singular values of conv2\.weight, epoch 9\. ")

    def test_dark_narrow_and_on_paper(self):
        self.browser.open(self.page, dark=True)
        self.choose("spectrum_layer", "conv2.weight")
        self.picture("spectrum_dark")
        self.browser.open(self.page, width=375)
        self.assertEqual(self.run_in_page("return document.documentElement.scrollWidth"), 375)
        self.picture("spectrum_narrow")
        self.browser.print_to(SCREENSHOTS / "spectrum.pdf")

    def test_without_singular_values_the_page_says_how_to_get_them(self):
        self.browser.open(self.plain_page)
        self.assertFalse(self.is_seen("#spectrum"))
        self.assertIn("hindcast analyze --spectra", self.text_of("#rank .if_no_spectra"))
        self.assertNotIn("Spectrum", self.text_of("#contents"))
        self.assertNotIn("spectrum", self.figures())


class OtherSpectra(SpectrumTest):
    """Several runs, gaps, hostile names, much data."""

    def open(self, *runs):
        page = page_of(self.folder, write_report(self.folder / "other.json", *runs))
        self.browser.open(page)
        return page

    def tearDown(self):
        self.assertEqual(self.browser.console(), [])

    def test_several_runs(self):
        steps = [f"step_{t}" for t in range(5)]
        runs = [add_spectra(made_run(name, ["a.weight", "b.weight"], steps, seed=seed), size, seed)
                for seed, (name, size) in enumerate((("one", 64), ("two", 64), ("three", 32)))]
        without = made_run("four", ["a.weight"], steps)
        self.open(*runs, without)
        self.assertEqual(self.chart("series"), "6")
        rows = self.drawn()
        self.assertEqual(len(rows), 1 + 6)
        self.assertEqual(rows[0], list(range(1, 65)))
        self.assertEqual(sum(value is not None for value in rows[6]), 32)
        says = self.text_of("#spectrum_says")
        self.assertRegex(says, r"one at step 2000: 21 of its 64 singular values stand out of")
        self.assertRegex(says, r"minimiser keeps 20, with a threshold of 3\.\d+\.")
        self.assertIn("four: No singular values of it here.", says)
        self.picture("spectrum_runs")
        self.slide_to(0)
        self.assertEqual(self.chart("series"), "3")

    def test_values_that_are_not_known(self):
        """By the partial solver, below resolution, zero, and where a layer was not there."""
        run = add_spectra(made_run("gaps", ["a", "b", "c"], ["w", "x", "y"]), 40)
        for checkpoint in run["checkpoints"]:
            side = checkpoint["layers"][0]["unfoldings"]["output"]
            side.update(computed_values=14, trailing_values=4, solver="partial",
                        singular_values=side["singular_values"][:10] +
                                        side["singular_values"][-4:-2] + [None, None])
            checkpoint["layers"][1]["unfoldings"]["output"].update(
                computed_values=0, singular_values=[], status="zero")
        del run["checkpoints"][0]["layers"][2]
        for minimiser in run["checkpoints"][2]["layers"][2]["unfoldings"]["output"][
                "low_rank"].values():
            minimiser.update(dict.fromkeys(("rank", "rank_ratio", "knowledge_gain", "threshold",
                                            "mapping_condition", "noise_variance")))
        self.open(run)
        values = self.drawn()[2]
        self.assertEqual([place for place, value in enumerate(values, start=1)
                          if value is not None], [*range(1, 11), 37, 38])
        says = self.text_of("#spectrum_says")
        self.assertIn("The solver computed 14 of them", says)
        self.assertIn("2 below what double precision resolves", says)
        self.picture("spectrum_gaps")
        self.choose("spectrum_layer", "b")
        self.assertIn("no singular values to draw", self.text_of("#spectrum_says"))
        self.assertEqual(self.chart("series"), "0")
        self.choose("spectrum_layer", "c")
        self.assertIn("is not known here", self.text_of("#spectrum_says"))
        self.assertEqual(self.chart("series"), "1")
        self.slide_to(0)
        self.assertIn("No singular values of it here", self.text_of("#spectrum_says"))
        self.assertEqual(self.chart("series"), "0")

    def test_one_singular_value_and_one_checkpoint(self):
        run = add_spectra(made_run("tiny", ["a"], ["only"]), 3)
        for layer in run["checkpoints"][0]["layers"]:
            layer["unfoldings"]["output"].update(rows=1, computed_values=1, singular_values=[2.0])
        self.open(run)
        self.assertEqual(self.chart("series"), "1")
        self.assertFalse(self.is_seen("#spectrum_slider"))

    def test_weights_of_any_size_have_marks_on_their_axis(self):
        """Dead layers have weights of 1e-28; 1e-22 and 1e25 are other pitfalls of logarithms."""
        scales = {"dead": 1e-28, "tiny": 1e-22, "huge": 1e25, "usual": 1.0}
        run = add_spectra(made_run("scales", list(scales), ["a", "b"]), 8)
        for checkpoint in run["checkpoints"]:
            for layer, scale in zip(checkpoint["layers"], scales.values(), strict=True):
                output = layer["unfoldings"]["output"]
                output["singular_values"] = [one * scale for one in output["singular_values"]]
                for minimiser in output["low_rank"].values():
                    minimiser["threshold"] *= scale
        self.open(run)
        for name, scale in scales.items():
            self.choose("spectrum_layer", name)
            self.assertEqual(self.chart("layer"), name)
            self.assertEqual(self.number_of("[data-failed]"), 0)
            low, high = self.marks_of_values()
            self.assertGreaterEqual(low, scale)
            self.assertLessEqual(high, 100 * scale)
            self.assertLess(low, high)

    def marks_of_values(self):
        """The first and the last mark on the axis of the values, as the chart has them."""
        return self.run_in_page(
            "const chart = scheduler.charts.find((one) => one instanceof SpectrumChart);"
            "drawAll(); const marks = chart.plot.axes[1]._splits;"
            "return [marks[0], marks.at(-1)]")

    def test_hostile_names_are_text(self):
        page = self.open(add_spectra(made_run(HOSTILE[0], list(HOSTILE), ["a", "b"]), 8),
                         add_spectra(made_run("constructor", ["__proto__"], ["a", "b"]), 8))
        self.assertEqual(self.number_of("img, b, iframe"), 0)
        for _ in range(5):  # The first chooses the layer that is shown already.
            self.press(f"{CHART} .plot", "ArrowDown")
        self.assertEqual(self.chart("layer"), "constructor")
        self.choose("spectrum_layer", "__proto__")
        self.assertEqual(self.chart("series"), "4")
        self.assertEqual(self.browser.requests(), [page.as_uri()])

    def test_much_is_thinned_and_the_page_says_so(self):
        layers, checkpoints, size = (40, 60, 200) if support.is_sanitized() else (200, 300, 100)
        report = self.folder / "large.json"
        run = add_spectra(large_run(layers, checkpoints), size)
        report.write_text(json.dumps({
            "schema": "hindcast.report/1", "tool": {"name": "hindcast", "version": "0.1.0"},
            "options": {"solver": "auto", "spectra": True}, "runs": [run]}), encoding="utf-8")
        page = page_of(self.folder, report)
        self.assertLess(page.stat().st_size, MOST_BYTES)
        self.browser.open(page)
        milliseconds = int(self.run_in_page("return document.body.dataset.ready"))
        print(f"{layers} x {checkpoints} x {size}: {page.stat().st_size} bytes, ready after "
              f"{milliseconds} ms", file=sys.stderr)
        says = self.text_of("#spectrum_thinned")
        self.assertIn("a part of the values is drawn", says)
        self.assertRegex(says, rf"it has \d+ of the {checkpoints} checkpoints")
        places, _, values = self.drawn()
        self.assertEqual((places[0], places[-1]), (1, size))
        self.assertGreater(len(places), 20)
        last = run["checkpoints"][-1]["layers"][0]["unfoldings"]["output"]["singular_values"]
        for place, value in zip(places, values, strict=True):
            self.assertAlmostEqual(value, last[place - 1], delta=1e-5 * last[place - 1])
        self.picture("spectrum_thinned")


if __name__ == "__main__":
    unittest.main()
