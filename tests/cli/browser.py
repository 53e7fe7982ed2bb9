"""A headless Chromium without a network, for tests of the HTML page."""

import base64
import json
import os
import pathlib
import shutil
import time
import unittest

try:
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    webdriver = None

PATIENCE_SECONDS = 60
OFFLINE = {"offline": True, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}


class Browser:
    """One window; the pages that it opens come from files."""

    def __init__(self, driver):
        self.driver = driver

    @classmethod
    def start(cls):
        """A browser, or the test is skipped with the reason why there is none."""
        chromium, chromedriver = shutil.which("chromium"), shutil.which("chromedriver")
        if webdriver is None or chromium is None or chromedriver is None:
            raise unittest.SkipTest("no chromium, chromium-driver or python3-selenium here")
        options = Options()
        options.binary_location = chromium
        for argument in ("--headless=new", "--disable-gpu", "--hide-scrollbars",
                         "--disable-dev-shm-usage", "--force-device-scale-factor=1",
                         "--window-size=1280,900"):
            options.add_argument(argument)
        if os.geteuid() == 0:
            options.add_argument("--no-sandbox")  # Chromium refuses to be root inside of its own.
        options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
        driver = webdriver.Chrome(service=Service(chromedriver), options=options)
        driver.execute_cdp_cmd("Network.enable", {})
        driver.execute_cdp_cmd("Network.emulateNetworkConditions", OFFLINE)
        return cls(driver)

    def stop(self):
        """Closes the window and the browser."""
        self.driver.quit()

    def open(self, path, width=1280, dark=False):
        """Opens a page and waits until all of its charts are drawn."""
        self.console()
        self.requests()
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        self.prefer("dark" if dark else "light")
        self.driver.get(pathlib.Path(path).as_uri())
        self.wait_until_drawn()

    def prefer(self, scheme):
        """What the system says of light and dark."""
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": "prefers-color-scheme", "value": scheme}]})

    def run(self, program, *arguments):
        """The value that a piece of JavaScript returns."""
        return self.driver.execute_script(program, *arguments)

    def wait_until_drawn(self):
        """Until no chart is waiting to be drawn; a page that failed says why."""
        end = time.monotonic() + PATIENCE_SECONDS
        while self.run("return document.body.dataset.drawn") != "all" or not self.run(
                "return document.body.dataset.ready"):
            failure = self.run("return document.body.dataset.failed")
            if failure or time.monotonic() > end:
                raise AssertionError(f"the page is not drawn: {failure}, {self.console()}")
            time.sleep(0.05)

    def console(self):
        """What was written to the console since it was last asked for."""
        return [entry["message"] for entry in self.driver.get_log("browser")]

    def requests(self):
        """The addresses that were asked for since then, data in the page itself left out."""
        events = [json.loads(entry["message"])["message"]
                  for entry in self.driver.get_log("performance")]
        urls = [event["params"]["request"]["url"] for event in events
                if event["method"] == "Network.requestWillBeSent"]
        return [url for url in urls if not url.startswith("data:")]

    def screenshot(self, path, height=None, of="html"):
        """The whole page, as much of it, or one element, as a PNG."""
        place = self.run("const box = document.querySelector(arguments[0]).getBoundingClientRect();"
                         "return { y: box.top + scrollY, height: box.height,"
                         " width: document.documentElement.clientWidth }", of)
        picture = self.driver.execute_cdp_cmd("Page.captureScreenshot", {
            "format": "png", "captureBeyondViewport": True,
            "clip": {"x": 0, **place, "height": height or place["height"], "scale": 1}})
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(base64.b64decode(picture["data"]))

    def print_to(self, path):
        """The page on sheets of A4."""
        sheets = self.driver.execute_cdp_cmd("Page.printToPDF", {
            "printBackground": True, "paperWidth": 8.27, "paperHeight": 11.69})
        path.write_bytes(base64.b64decode(sheets["data"]))
