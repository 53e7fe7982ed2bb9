#!/usr/bin/python3
"""Kills an analysis with a cache at random moments, runs it again and compares the reports.

    tools/kill_drill.py PROGRAM PATH [--times 100] [--seed 0]

Each time: an empty cache, `PROGRAM analyze PATH --cache ...`, SIGKILL at a moment drawn evenly from
the time that a whole run takes, then a run to the end in the same cache. Its report must be byte for
byte that of an undisturbed run without a cache, and so must one that the killed run left. Prints how
much the second runs found in the cache; exits with 1 if a report differs.
"""

import argparse
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("program", type=pathlib.Path)
    parser.add_argument("path", type=pathlib.Path)
    parser.add_argument("--times", type=int, default=100)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()

    program, path = arguments.program.resolve(), arguments.path.resolve()
    moments = random.Random(arguments.seed)
    found = []
    differing = 0
    with tempfile.TemporaryDirectory(prefix="kill_drill_") as name:
        place = pathlib.Path(name)
        report = place / "report.json"

        def command(*options):
            return [program, "analyze", path, "--quiet", "--json", report, *options]

        def run(*options):
            done = subprocess.run(command(*options), check=True, capture_output=True)
            return report.read_bytes(), done.stderr.decode()

        expected, _ = run()
        started = time.monotonic()
        run("--cache", place / "timed")
        whole = time.monotonic() - started
        for attempt in range(arguments.times):
            cache = place / f"cache_{attempt}"
            report.unlink(missing_ok=True)
            with subprocess.Popen(command("--cache", cache), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL) as process:
                time.sleep(moments.uniform(0, whole))
                process.kill()
            differing += report.exists() and report.read_bytes() != expected
            after, said = run("--cache", cache, "--cache-stats")
            differing += after != expected
            found.append(int(re.search(r"(\d+) measurements found", said).group(1)))
    print(f"killed {arguments.times} times within {whole:.2f} s; the runs after found "
          f"{min(found)} to {max(found)} measurements; {differing} reports differ")
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
