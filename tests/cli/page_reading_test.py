"""The HTML page under the eyes of readers: with the keyboard, on a narrow screen, on paper, and of
reports with little or very much in them.
"""

import re
import unittest

import support
from made_report import made_run, write_report
from page_test import SCREENSHOTS, PageTest, contrast, page_of

NAMES = [f"stem.block{i}.weight" for i in range(5)]
LONG_NAMES = [f"model.decoder.transformer_blocks.{i:03d}.self_attention.{part}_projection.weight"
              for i in range(30) for part in "qkvo"]
STEPS = [f"step_{t}" for t in range(8)]
LEAST_TARGET = 24  # Pixels: https://www.w3.org/TR/WCAG22/#target-size-minimum


class ReadingTest(PageTest):
    """With pages of made reports."""

    def open(self, *runs, **options):
        report = write_report(self.folder / "made.json", *runs)
        self.browser.open(page_of(self.folder, report), **options)

    def tearDown(self):
        self.assertEqual(self.browser.console(), [])

    def emulate_paper(self):
        self.browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
        self.addCleanup(self.browser.driver.execute_cdp_cmd, "Emulation.setEmulatedMedia",
                        {"media": ""})


class OneCheckpoint(ReadingTest):
    """Nothing has a course: layers stand side by side."""

    def test_layers_are_points_and_there_is_no_map(self):
        self.open(made_run("alone", NAMES, ["step_7"]))
        self.browser.screenshot(SCREENSHOTS / "one_checkpoint.png")
        figures = self.figures()
        self.assertEqual(figures["knowledge_gain"], len(NAMES))
        self.assertFalse([name for name in figures if name.endswith(":map")])
        ticks = self.run_in_page(
            "return scheduler.charts.map(({ plot }) => plot.axes[0]._values)")
        for texts in ticks:
            self.assertEqual(len(set(texts)), len(texts), texts)
        self.assertNotIn("over the run", self.text_of("#table thead"))

    def test_nothing_is_said_of_a_rotation_that_could_not_be(self):
        self.open(made_run("alone", NAMES, ["step_7"]))
        self.assertIn("One checkpoint has no course", self.text_of("#abstract"))
        self.assertNotIn("rotation", self.text_of("#abstract"))
        self.assertIn("nothing yet that it could have turned from", self.text_of("#rotation"))

    def test_a_rotation_from_other_weights_is_shown(self):
        run = made_run("alone", NAMES, ["step_7"])
        run["initial"] = {"checkpoint": "init", "how": "given", "reason": "--init"}
        self.open(run)
        self.assertIn("rotation 0", self.text_of("#abstract"))
        self.assertEqual(self.figures()["rotation"], len(NAMES))

    def test_the_keys_go_from_layer_to_layer(self):
        self.open(made_run("alone", NAMES, ["step_7"]))
        chart = '[data-chart="knowledge_gain"] .plot'
        self.press(chart, "ArrowRight")
        self.press(chart, "ArrowRight")
        self.assertEqual(self.highlighted(), {NAMES[1]})
        self.assertIn(NAMES[1], self.text_of('[data-chart="knowledge_gain"] output'))
        self.assertGreater(self.colours("effective_rank").get(self.colour_of("mark"), 0), 20)


class Values(ReadingTest):
    """What stands for numbers."""

    def test_no_condition_is_neither_shown_nor_sorted_as_the_best(self):
        run = made_run("net", NAMES, STEPS)
        run["checkpoints"][-1]["layers"][1]["mapping_condition"] = 0.0
        self.open(run)
        self.assertIn("nothing", self.text_of("#table tbody tr:nth-child(2)"))
        heads = self.run_in_page("return [...document.querySelectorAll('#table thead th')]"
                                 ".map((one) => one.textContent)")
        button = f"#table thead th:nth-child({heads.index('Mapping condition') + 1}) button"
        for _ in ("largest", "smallest"):
            self.click(button)
            self.assertEqual(self.names()[-1], NAMES[1])

    def test_a_run_without_any_condition_says_so(self):
        run = made_run("net", NAMES, STEPS)
        for checkpoint in run["checkpoints"]:
            for layer in checkpoint["layers"]:
                layer["mapping_condition"] = 0.0
        self.open(run)
        self.assertIn("stands out of the noise", self.text_of('[data-charts="mapping_condition"]'))
        self.assertNotIn("mapping_condition", self.figures())

    def test_a_map_of_zeros_is_as_dark_as_its_key(self):
        run = made_run("net", NAMES, STEPS)
        for checkpoint in run["checkpoints"]:
            for layer in checkpoint["layers"]:
                layer["knowledge_gain"] = 0.0
        self.open(run)
        colours = self.colours("knowledge_gain:map")
        self.assertEqual(max((one for one in colours if one != "rgb(255, 255, 255)"),
                             key=colours.get), "rgb(68, 1, 84)")

    def test_the_lead_says_of_how_many_layers_a_mean_is(self):
        run = made_run("net", NAMES, STEPS)
        run["checkpoints"][-1]["layers"][3]["effective_rank"] = None
        self.open(run)
        text = self.text_of("#abstract")
        self.assertRegex(text, r"effective rank [\d.]+ \(mean of 4 layers of 5\)")
        self.assertEqual(text.count("mean of"), 1)

    def test_no_two_ticks_read_the_same(self):
        self.open(made_run("net", NAMES, STEPS))
        for values in ([6.4801, 6.4802, 6.4803], [1e-9, 2e-9], [1000000, 1000001], [0, 0.1]):
            texts = self.run_in_page("return distinctTexts(arguments[0])", values)
            self.assertEqual(len(set(texts)), len(values), texts)
        for low, high in ((0.00139, 0.6), (1, 10), (0.2, 3e9), (2, 2.6)):
            ticks = self.run_in_page("return logarithmicTicks(...arguments)", low, high)
            self.assertTrue(ticks)
            for tick in ticks:
                self.assertRegex(f"{tick:.3e}", r"^[1-9]\.[05]00e")


class Names(ReadingTest):
    """Long ones, and what they look like when they are cut."""

    def test_a_table_of_long_names_fits(self):
        self.open(made_run("net", LONG_NAMES, STEPS))
        self.assertEqual(self.run_in_page("return document.documentElement.scrollWidth"), 1280)
        self.assertLessEqual(*self.run_in_page(
            "const one = document.querySelector('#table .scroller');"
            "return [one.scrollWidth, one.clientWidth]"))
        buttons = self.run_in_page("return [...document.querySelectorAll('#table tbody button')]"
                                   ".map((one) => [one.textContent, one.title, one.ariaLabel])")
        self.assertEqual([title for _, title, _ in buttons], LONG_NAMES)
        self.assertEqual([label for _, _, label in buttons], LONG_NAMES)
        self.assertEqual(len({shown for shown, _, _ in buttons}), len(LONG_NAMES))
        self.assertLessEqual(max(len(shown) for shown, _, _ in buttons), 28)
        self.browser.screenshot(SCREENSHOTS / "long_names.png")

    def test_no_cut_goes_through_an_escape_or_a_letter_with_its_marks(self):
        self.open(made_run("net", NAMES, STEPS))
        name = "\\x1b\\x07" * 9 + "e\u0301" * 9
        for length in range(4, 20):
            shown = self.run_in_page("return shortened(...arguments)", name, length)
            whole = re.sub(r"\\x[0-9a-f]{2}|e\u0301|…", "", shown)
            self.assertEqual(whole, "", shown)
        long_names = ["a" * 40 + middle + "b" * 40 for middle in ("x", "yy", "xz")]
        for length in (7, 12, 28):
            shown = self.run_in_page("return briefNames(...arguments)", long_names, length)
            self.assertEqual(len(set(shown)), 3, shown)
            self.assertLessEqual(max(map(len, shown)), length)
        self.assertEqual(self.run_in_page("return briefNames(...arguments)",
                                          ["conv1.weight", "conv2.weight", "fc.bias"], 9),
                         ["conv1…", "conv2…", "fc.bias"])

    def test_no_line_breaks_in_an_option(self):
        run = made_run("net", NAMES, STEPS)
        run["schedule"] = None
        run["no_schedule"] = "it needs the initial learning rate; give --init-lr"
        for width in range(300, 1300, 100):
            self.open(run, width=width)
            self.assertEqual(self.run_in_page(
                "return [...document.querySelectorAll('.option')]"
                ".map((one) => one.textContent + one.getClientRects().length)"),
                ["--init-lr1", "--init-lr1"])


class Keyboard(ReadingTest):
    """What it has come to is marked where the caption says, and read out."""

    def marker(self, chart):
        """The ring's middle and the middle of what it is to mark."""
        return self.run_in_page("""
            const middle = ({ left, top, width, height }) => [left + width / 2, top + height / 2];
            const chart = scheduler.charts.find((one) =>
              one.figure.dataset.chart === arguments[0]);
            const ring = chart.element.querySelector(".marker");
            if (ring.hidden) { return null; }
            const area = (chart.plot?.over ?? chart.element).getBoundingClientRect();
            const at = chart.pointed;
            const place = chart.plot === undefined
              ? [chart.left + (at.t + 0.5) * chart.plotWidth / chart.columns,
                 4 + (at.place + 0.5) * chart.rowHeight]
              : chart.points === undefined
                ? [chart.plot.valToPos(chart.xs[at.t], "x"),
                   chart.plot.valToPos(at.line.values[at.t], "y")]
                : [chart.plot.valToPos(chart.points[at.at].x, "x"),
                   chart.plot.valToPos(chart.points[at.at].y, "y")];
            return [middle(ring.getBoundingClientRect()),
                    [area.left + place[0], area.top + place[1]]];""", chart)

    def test_the_marker_stands_where_the_caption_says(self):
        self.open(made_run("net", NAMES, STEPS))
        for chart, keys, says in (
                ("rotation", ("ArrowDown", "ArrowDown", "ArrowLeft"), f"{NAMES[1]} · step 3000 · "),
                ("rotation", ("Home", "ArrowRight"), f"{NAMES[1]} · step 500 · "),
                ("knowledge_gain:map", ("ArrowDown", "ArrowLeft", "ArrowLeft"),
                 f"{NAMES[2]} · step 2500 · "),
                ("scores:rotation", ("ArrowLeft", "ArrowLeft"), "step 3000 · ")):
            for key in keys:
                self.press(f'[data-chart="{chart}"] .plot', key)
            self.assertIn(says, self.text_of(f'[data-chart="{chart}"] output'))
            ring, place = self.marker(chart)
            for one, other in zip(ring, place, strict=True):
                self.assertLess(abs(one - other), 1.5, chart)
        self.browser.screenshot(SCREENSHOTS / "marker.png")

    def test_what_is_read_is_read_out(self):
        self.open(made_run("net", NAMES, STEPS))
        lives = self.run_in_page("return [...document.querySelectorAll('figure output')]"
                                 ".map((one) => one.getAttribute('aria-live'))")
        self.assertEqual(set(lives), {"polite"})

    def test_it_lets_go_of_what_is_left(self):
        self.open(made_run("net", NAMES, STEPS))
        self.press('[data-chart="rotation"] .plot', "ArrowLeft")
        self.assertIsNotNone(self.marker("rotation"))
        self.run_in_page("document.querySelector('#filter').focus()")
        self.assertIsNone(self.marker("rotation"))
        self.assertEqual(self.text_of('[data-chart="rotation"] output'), "")


class NarrowScreens(ReadingTest):
    """Of telephones, light and dark."""

    def check(self, width):
        """Nothing is cut at the sides, and everything can be hit with a finger."""
        self.assertEqual(self.run_in_page("return document.documentElement.scrollWidth"), width)
        cut = self.run_in_page("""
            return [...document.querySelectorAll(".bar a, td, th, figcaption, .facts dd, button")]
              .filter((one) => one.getClientRects().length > 0)
              .filter((one) => {
                const { left, right } = one.getBoundingClientRect();
                return left < 0 || right > arguments[0] || one.scrollWidth > one.clientWidth + 1;
              })
              .map((one) => one.outerHTML.slice(0, 100));""", width)
        self.assertEqual(cut, [])
        small = self.run_in_page("""
            const isInSentence = (one) => one.localName === "a" && one.parentElement.localName === "p"
              && one.parentElement.textContent !== one.textContent;
            return [...document.querySelectorAll("a, button, select, summary, input")]
              .filter((one) => one.getClientRects().length > 0 && !isInSentence(one))
              .filter((one) => one.getBoundingClientRect().height < arguments[0])
              .map((one) => one.outerHTML.slice(0, 100));""", LEAST_TARGET)
        self.assertEqual(small, [])

    def test_nothing_is_cut_and_all_can_be_hit(self):
        run = made_run("net", NAMES + LONG_NAMES[:3], STEPS)
        for name, runs in (("one", (run,)), ("two", (run, made_run("other", NAMES, STEPS)))):
            for width in (375, 320):
                for dark in (False, True):
                    self.open(*runs, width=width, dark=dark)
                    self.check(width)
                    kind = "dark" if dark else "light"
                    self.browser.screenshot(SCREENSHOTS / f"narrow_{name}_{width}_{kind}.png")

    def test_a_card_still_is_a_row_for_those_who_hear_it(self):
        self.open(made_run("net", NAMES, STEPS), width=375)
        self.assertEqual(self.number_of("#table [role=row] > [role=cell][data-label]"),
                         len(NAMES) * 12)
        self.assertEqual(self.number_of("#table [role=rowheader]"), len(NAMES))

    def test_targets_are_as_high_on_a_wide_screen(self):
        self.open(made_run("net", NAMES, STEPS))
        self.check(1280)


class Contrast(ReadingTest):
    """What colours mean must be seen."""

    def test_lines_stand_out_of_the_paper(self):
        for dark in (False, True):
            self.open(made_run("net", NAMES, STEPS), dark=dark)
            paper = self.colour_of("paper")
            colours = self.run_in_page(
                "return Array.from({ length: 41 }, (_, i) => depthColour(i / 40))")
            self.assertEqual(len(set(colours)), 41)
            for colour in colours:
                self.assertGreaterEqual(contrast(colour.replace(",", ", "), paper), 3, colour)


    def test_a_chosen_row_is_legible(self):
        for dark in (False, True):
            self.open(made_run("net", NAMES, STEPS), dark=dark)
            self.click("#table tbody button")
            colours = self.run_in_page("""
                const row = document.querySelector(".chosen_row");
                const canvas = Object.assign(document.createElement("canvas"),
                                             { width: 1, height: 1 });
                const ctx = canvas.getContext("2d", { willReadFrequently: true });
                const rgb = (colour) => {
                  ctx.fillStyle = colour;
                  ctx.fillRect(0, 0, 1, 1);
                  return `rgb(${ctx.getImageData(0, 0, 1, 1).data.slice(0, 3).join(", ")})`;
                };
                const style = (selector) => getComputedStyle(row.querySelector(selector));
                return [rgb(style("td").backgroundColor), rgb(style("td").color),
                        rgb(style("th").backgroundColor), rgb(style("button").color)];""")
            self.assertEqual(colours[0], colours[2])
            for text in (colours[1], colours[3]):
                self.assertGreaterEqual(contrast(text, colours[0]), 4.5, colours)


class Paper(ReadingTest):
    """A bounded number of sheets, whatever the model."""

    def test_the_rows_that_the_readers_order_puts_first(self):
        self.open(made_run("net", LONG_NAMES, STEPS))
        self.click("#table thead th:nth-child(4) button")
        first = self.names()[:40]
        self.emulate_paper()
        self.assertEqual(self.names(), first)
        self.assertIn(f"The first 40 of {len(LONG_NAMES)} layers, sorted by Rotation, the largest on "
                      "top.", self.text_of("#layers"))

    def test_the_filters_rows_alone_and_no_words_where_all_are_there(self):
        self.open(made_run("net", LONG_NAMES, STEPS))
        self.run_in_page("const one = document.querySelector('#filter'); one.value = '.007.';"
                         "one.dispatchEvent(new Event('input'))")
        self.emulate_paper()
        self.assertEqual(self.names(), LONG_NAMES[28:32])
        self.assertNotIn("The first", self.text_of("#layers"))

    def test_few_sheets_with_whole_charts(self):
        self.open(made_run("net", LONG_NAMES, STEPS))
        self.browser.print_to(SCREENSHOTS / "long_names.pdf")
        content = (SCREENSHOTS / "long_names.pdf").read_bytes()
        self.assertLessEqual(len(re.findall(rb"/Type\s*/Page\b(?!s)", content)), 9)
        self.run_in_page("dispatchEvent(new Event('beforeprint'))")
        heights = self.run_in_page("return [...document.querySelectorAll('figure')]"
                                   ".map((one) => one.getBoundingClientRect().height)")
        self.run_in_page("dispatchEvent(new Event('afterprint'))")
        self.assertLess(max(heights), 800)


if __name__ == "__main__":
    unittest.main()
