#!/usr/bin/python3
"""Times the program on checkpoints of well-known shapes, against the floor of the arithmetic.

    tools/bench/run.py [--program build/release/hindcast] [--models resnet18,bert_base] [--json FILE]

Needs python3-numpy, a C++ compiler, Eigen and OpenBLAS. Checkpoints are made once, in --folder
(1.3 GB for all models and --growth). For every model and number of threads it prints the time of
the whole process, from start to report: median, least and spread over the runs, with the file in
the page cache; peak memory; GF/s; and the ratio to the floor.

The floor is what the matrix products alone take: L^2 M for the Gram matrix of every unfolding
(L <= M its sides) and 4/3 L^3 for its tridiagonalisation, at the best double-precision rate that
any way reaches on as many threads: every kernel of OpenBLAS that the processor can run, Eigen built
for this processor, and our own. It is measured again before every round of runs, and the best counts, so
that a busy machine makes the ratios worse and not better. The ratio is of the least time, since
that of a loaded machine says nothing about the program; the median's stands beside it.

numpy's ways are timed without start-up, reading or conversion, with the kernels that do best.
"""

import argparse
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import time

try:
    import numpy
except ImportError:
    sys.exit("run.py: needs python3-numpy, the one of /usr/bin/python3")

import models

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# OpenBLAS's kernels, and what /proc/cpuinfo must list for them.
CORES = {"Prescott": "pni", "Nehalem": "sse4_2", "Sandybridge": "avx", "Haswell": "fma",
         "Zen": "fma", "SkylakeX": "avx512vl", "Cooperlake": "avx512_bf16"}
# numpy's SVD of more than this many GF takes minutes.
SVD_GFLOP = 20.0
GROWTH = (1, 4, 16)
# What --policy asks for instead of all metrics.
CHOICES = {"norms": "spectral_norm,stable_rank,frobenius_norm",
           "rotations": "rotation,step_rotation,relative_distance"}


def arguments():
    """The options."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/hindcast")
    parser.add_argument("--models", default=",".join(models.MODELS),
                        help="comma-separated, of: " + ", ".join(models.MODELS))
    parser.add_argument("--threads", default=f"1,{os.cpu_count()}", help="comma-separated")
    parser.add_argument("--runs", type=int, default=7, help="of each model and number of threads")
    parser.add_argument("--json", type=pathlib.Path, help="results, for other programs")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / ".cache/bench",
                        help="where the checkpoints are kept")
    parser.add_argument("--no-numpy", action="store_true", help="leave numpy's ways out")
    parser.add_argument("--growth", action="store_true",
                        help="also series of 1, 4 and 16 checkpoints of ResNet-18")
    parser.add_argument("--policy", action="store_true",
                        help="also with --metrics that need no whole spectrum")
    options = parser.parse_args()
    options.models = options.models.split(",")
    options.threads = sorted({int(count) for count in options.threads.split(",")})
    if unknown := set(options.models) - set(models.MODELS):
        parser.error(f"no such model: {', '.join(sorted(unknown))}")
    if not options.program.is_file():
        parser.error(f"no program at {options.program}")
    return options


def processor():
    """Its name, and what it can do."""
    text = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    lines = dict(line.split(":", 1) for line in text.split("\n\n")[0].splitlines() if ":" in line)
    entry = {key.strip(): value.strip() for key, value in lines.items()}
    return entry.get("model name", platform.processor()), entry.get("flags", "").split()


def checkpoint(folder, name, seed=models.SEED, stem=None):
    """The file of a model, made if it is not there."""
    path = folder / f"{stem or name}.safetensors"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        models.write(path, models.MODELS[name](), seed)
    return path


class Floor:
    """The best rate of matrix products, by number of threads."""

    def __init__(self, folder, flags):
        self._binary = folder / "gemm_rate"
        self._cores = [core for core, flag in CORES.items() if flag in flags]
        self.rates = {}
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([os.environ.get("CXX", "c++"), "-std=c++20", "-O3", "-march=native",
                        "-DNDEBUG", "-I/usr/include/eigen3", f"-I{ROOT}/src", "-o", self._binary,
                        HERE / "gemm_rate.cpp", ROOT / "src/spectral/packed_product.cpp",
                        *sorted((ROOT / "src/spectral/kernels").glob("*.cpp")),
                        "-lopenblas", "-lpthread"], check=True)

    def measure(self, threads):
        """Every way, once; the best ever is what counts."""
        ways = self.rates.setdefault(threads, {})
        for core in self._cores:
            done = subprocess.run([self._binary, str(threads), "0.1"], check=True, text=True,
                                  env={**os.environ, "OPENBLAS_CORETYPE": core},
                                  capture_output=True)
            for line in done.stdout.splitlines():
                way, rate = line.split()
                ways[way] = max(ways.get(way, 0.0), float(rate))

    def rate(self, threads):
        """GF/s."""
        return max(self.rates[threads].values())

    def best_core(self, threads):
        """OpenBLAS's best kernels."""
        ways = {way: rate for way, rate in self.rates[threads].items()
                if way not in ("Eigen", "hindcast")}
        return max(ways, key=ways.get)


def spawn(command, **options):
    """Runs a command; seconds and peak memory in MB."""
    start = time.perf_counter()
    with subprocess.Popen(command, **options) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return seconds, usage.ru_maxrss / 1024


def analyse(program, path, threads, report, *flags):
    """Seconds and peak memory of one analysis."""
    return spawn([program, "analyze", path, "--quiet", "--threads", str(threads), "--json",
                  report, *flags], stdout=subprocess.DEVNULL)


def unfoldings(report):
    """Every one that the report has."""
    return [side for run in json.loads(report.read_text(encoding="utf-8"))["runs"]
            for one in run["checkpoints"] for layer in one["layers"]
            for side in layer["unfoldings"].values()]


def flops(report):
    """Of every unfolding that the report has."""
    total = 0.0
    for side in unfoldings(report):
        short, long = sorted((side["rows"], side["cols"]))
        total += short**2 * long + 4 / 3 * short**3
    return total


def forget(path):
    """Asks the system to drop a file from its page cache."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def measure(options, floor, name, path, report):
    """Rounds over the numbers of threads, so that a busy moment does not fall on one alone."""
    times = {threads: [] for threads in options.threads}
    memory = {threads: 0.0 for threads in options.threads}
    analyse(options.program, path, options.threads[-1], report)  # Into the page cache.
    work = flops(report)
    for _ in range(options.runs):
        for threads in options.threads:
            floor.measure(threads)
            seconds, peak = analyse(options.program, path, threads, report)
            times[threads].append(seconds)
            memory[threads] = max(memory[threads], peak)
    cold = None
    if path.is_file():
        forget(path)
        cold = analyse(options.program, path, options.threads[-1], report)[0]
    return [{"model": name, "threads": threads, "gflop": work / 1e9, "seconds": times[threads],
             "median": statistics.median(times[threads]), "least": min(times[threads]),
             "spread": max(times[threads]) - min(times[threads]), "peak_mb": memory[threads],
             "cold": cold if threads == options.threads[-1] else None}
            for threads in options.threads]


def time_numpy(floor, row, path, way, runs):
    """The least time of one of numpy's ways."""
    environment = {**os.environ, "OPENBLAS_CORETYPE": floor.best_core(row["threads"]),
                   "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, "-B", HERE / "numpy_ways.py", path, way, str(row["threads"])]
    return min(float(subprocess.run(command, check=True, capture_output=True, text=True,
                                    env=environment).stdout) for _ in range(runs))


def compare(options, floor, rows):
    """Adds the floor to every row, and numpy's ways to those with most threads."""
    for row in rows:
        rate = floor.rate(row["threads"])
        row |= {"floor": row["gflop"] / rate, "gflops": row["gflop"] / row["least"],
                "ratio": row["least"] * rate / row["gflop"],
                "ratio_of_median": row["median"] * rate / row["gflop"]}
        if options.no_numpy or row["threads"] != options.threads[-1]:
            continue
        path = options.folder / f"{row['model']}.safetensors"
        row["numpy_gram"] = time_numpy(floor, row, path, "gram", 3)
        if row["gflop"] < SVD_GFLOP:
            row["numpy_svd"] = time_numpy(floor, row, path, "svd", 2)


def grow(options, report):
    """Time and memory of series of several lengths."""
    rows = []
    for count in GROWTH:
        folder = options.folder / f"series_{count}"
        for i in range(count):
            checkpoint(folder, "resnet18", seed=100 + i, stem=f"epoch_{i}")
        runs = [analyse(options.program, folder, options.threads[-1], report)
                for _ in range(min(options.runs, 3))]
        rows.append({"checkpoints": count, "least": min(seconds for seconds, _ in runs),
                     "peak_mb": max(peak for _, peak in runs)})
    return rows


def choose(options, rows, report):
    """Adds to the rows with most threads what is saved where less is asked for."""
    for row in rows:
        if row["threads"] != options.threads[-1]:
            continue
        path = options.folder / f"{row['model']}.safetensors"
        row["choices"] = {}
        for name, metrics in CHOICES.items():
            least = min(analyse(options.program, path, row["threads"], report,
                                "--metrics", metrics)[0] for _ in range(options.runs))
            sides = unfoldings(report)
            row["choices"][name] = {
                "least": least, "unfoldings": len(sides),
                "dense": sum(side["computed_values"] == min(side["rows"], side["cols"])
                             for side in sides)}


def seconds_text(value):
    """Three digits, or a dash."""
    return "-" if value is None else f"{value:.3g}"


def table(results):
    """Markdown."""
    lines = [f"{results['processor']}, {results['cores']} cores; best kernels: "
             + ", ".join(f"{threads} thread{'s' if int(threads) > 1 else ''} {max(ways.values()):.0f}"
                         f" GF/s ({max(ways, key=ways.get)})"
                         for threads, ways in results["gemm_gflops"].items()), "",
             "| model | GF | threads | median s | least s | spread s | cold s | MB | GF/s | floor s |"
             " ratio | of median | numpy Gram s | numpy SVD s |",
             "|---|---|---|---|---|---|---|---|---|---|---|---|---|---|"]
    for row in results["models"]:
        cells = [row["model"], f"{row['gflop']:.3g}", str(row["threads"]),
                 *(seconds_text(row[key]) for key in ("median", "least", "spread", "cold")),
                 f"{row['peak_mb']:.0f}", f"{row['gflops']:.1f}", seconds_text(row["floor"]),
                 f"{row['ratio']:.2f}", f"{row['ratio_of_median']:.2f}",
                 seconds_text(row.get("numpy_gram")), seconds_text(row.get("numpy_svd"))]
        lines.append("| " + " | ".join(cells) + " |")
    if results["growth"]:
        lines += ["", "| checkpoints of ResNet-18 | least s | MB |", "|---|---|---|"]
        lines += [f"| {row['checkpoints']} | {row['least']:.3g} | {row['peak_mb']:.0f} |"
                  for row in results["growth"]]
    if any("choices" in row for row in results["models"]):
        lines += ["", "| model | asked for | decomposed wholly | least s | share of all metrics' time |"
                  " ratio to the floor |", "|---|---|---|---|---|---|"]
        lines += [f"| {row['model']} | {name} | {choice['dense']} of {choice['unfoldings']} |"
                  f" {choice['least']:.3g} | {choice['least'] / row['least']:.2f} |"
                  f" {choice['least'] / row['floor']:.2f} |"
                  for row in results["models"] for name, choice in row.get("choices", {}).items()]
    return "\n".join(lines)


def main():
    options = arguments()
    name, flags = processor()
    floor = Floor(options.folder, flags)
    report = options.folder / "report.json"
    rows = []
    for model in options.models:
        path = checkpoint(options.folder, model)
        rows += measure(options, floor, model, path, report)
        print(f"{model}: done", file=sys.stderr)
    compare(options, floor, rows)
    if options.policy:
        choose(options, rows, report)
    results = {"processor": name, "cores": os.cpu_count(), "numpy": numpy.__version__,
               "load": os.getloadavg(), "gemm_gflops": floor.rates, "models": rows,
               "growth": grow(options, report) if options.growth else []}
    if options.json:
        options.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    print(table(results))


if __name__ == "__main__":
    main()
