"""Every odd, broken and malicious file behaves as the index of the hostile corpus says."""

import hashlib
import json
import resource
import subprocess
import unittest

import strace_support
import support

# Longer than any of these files takes, and more than it needs. Sanitizers slow the program down and
# keep memory that was freed.
HANG_SECONDS = 60 if support.is_sanitized() else 10
MOST_KILOBYTES = 1 << 20
# Formats that are recognised and not read: refused by name.
LATER = {"flax": "msgpack", "gguf": "GGUF", "orbax": "Orbax", "tensorbundle": "TensorFlow"}
# Nothing is left to read once the hostile part is refused; what that is must be said.
NOTHING_LEFT = {"pt/hostile/inst_op.pt": "refers to os.system, which is not run"}
# What the links of other files lead to, without one of their own.
LED_TO = ("h5/links/extstore/h5copy_extlinks_trg.h5", "h5/links/vds/1_a.h5", "h5/links/vds/1_b.h5",
          "h5/links/vds/1_c.h5")
READ = ("ok", "ok-part", "refuse-part")


def entries(*expectations):
    """The index's entries that are run, with one of these expectations."""
    index = support.load(support.shared("hostile/index.json"))
    return [entry for entry in index["files"] if entry["expect"] in expectations]


def run(file, *arguments):
    """(exit code, stdout, stderr) for one file, in a time that a hang would exceed."""
    done = subprocess.run([support.PROGRAM, *arguments, str(support.shared("hostile") / file)],
                          capture_output=True, check=False, timeout=HANG_SECONDS)
    return done.returncode, done.stdout, done.stderr.decode(errors="replace")


def inspect(file):
    """The same of inspecting it."""
    return run(file, "inspect", "--json")


def names_of(tensor):
    return [tensor["name"], *tensor.get("aliases", [])]


def is_one_error(stderr):
    """One line that names the file and says what is wrong."""
    errors = [line for line in stderr.splitlines() if not line.startswith("hindcast: warning: ")]
    return len(errors) == 1 and errors[0].startswith("hindcast: ") and len(errors[0]) > 30


class Hostile(unittest.TestCase):
    def tearDown(self):
        # The largest process so far, the cells of HDF5 files among them.
        if not support.is_sanitized():
            peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
            self.assertLess(peak, MOST_KILOBYTES)

    def test_every_entry_of_the_index_is_tried(self):
        index = support.load(support.shared("hostile/index.json"))["files"]
        tried = entries(*READ, "error", "safe")
        self.assertGreater(len(tried), 350)
        self.assertEqual({entry["expect"] for entry in index} - {"support"},
                         {entry["expect"] for entry in tried})
        self.assertEqual(len(tried), sum(entry["expect"] != "support" for entry in index))

    def test_broken_files_are_refused_with_one_line(self):
        refused = entries("error")
        self.assertGreater(len(refused), 150)
        for entry in refused:
            with self.subTest(file=entry["file"], why=entry["why"]):
                code, stdout, stderr = inspect(entry["file"])
                self.assertEqual(code, 2)
                self.assertEqual(stdout, b"")
                self.assertTrue(is_one_error(stderr), stderr)

    def test_sound_files_are_read_with_every_tensor(self):
        compared = 0
        for entry in entries(*READ):
            top = entry["file"].split("/")[0]
            if top in LATER:
                continue
            with self.subTest(file=entry["file"], why=entry["why"]):
                code, stdout, stderr = inspect(entry["file"])
                if entry["file"] in NOTHING_LEFT:
                    self.assertEqual((code, entry.get("tensors", [])), (2, []))
                    self.assertIn(NOTHING_LEFT[entry["file"]], stderr)
                    continue
                self.assertEqual(code, 0, stderr)
                if entry["expect"] == "refuse-part" and entry["file"] not in LED_TO:
                    self.assertRegex(stderr, "(?m)^hindcast: warning: ")
                found = {}
                for tensor in json.loads(stdout)["files"][0]["tensors"]:
                    for name in names_of(tensor):
                        found[name.removeprefix("model_weights/")] = tensor
                for expected in entry.get("tensors", []):
                    self.check_tensor(entry["file"], found, expected)
                    compared += 1
        self.assertGreater(compared, 200)

    def check_tensor(self, file, found, expected):
        name = expected["name"].removeprefix("model_weights/")
        if name not in found and len(found) == 1:
            name = next(iter(found))  # A lone array has no name of its own.
        if file == "pt/made/sparse.pt":
            return  # Listed as one tensor, and said to be unsupported.
        self.assertIn(name, found)
        self.assertEqual(found[name]["shape"], expected["shape"], name)

    def test_formats_of_later_versions_are_refused_by_name(self):
        tried = 0
        for entry in entries("ok", "ok-part"):
            top = entry["file"].split("/")[0]
            if top not in LATER:
                continue
            tried += 1
            with self.subTest(file=entry["file"]):
                code, _, stderr = inspect(entry["file"])
                self.assertEqual(code, 2)
                self.assertIn(LATER[top], stderr)
        self.assertGreater(tried, 1)

    def test_what_is_only_required_to_be_safe_ends_cleanly(self):
        for entry in entries("safe"):
            with self.subTest(file=entry["file"], why=entry["why"]):
                code, stdout, stderr = inspect(entry["file"])
                self.assertIn(code, (0, 2))
                self.assertNotIn("internal error", stderr)
                for line in stderr.splitlines():
                    self.assertTrue(line.startswith("hindcast: "), line)
                if code == 2:
                    self.assertEqual(stdout, b"")
                    self.assertTrue(is_one_error(stderr), stderr)

    def test_to_analyse_them_is_no_more_dangerous(self):
        for entry in entries(*READ, "error", "safe"):
            with self.subTest(file=entry["file"], why=entry["why"]):
                code, stdout, stderr = run(entry["file"], "analyze", "--json", "-")
                self.assertIn(code, (2,) if entry["expect"] == "error" else (0, 2))
                self.assertNotIn("internal error", stderr)
                if stdout:
                    self.assertEqual(json.loads(stdout)["schema"], "hindcast.report/1")

    def test_nothing_is_written_or_run(self):
        before = self.fingerprint()
        for entry in entries("refuse-part", "error"):
            if entry["file"].startswith(("pt/", "pickle/", "keras/", "onnx/")):
                inspect(entry["file"])
        self.assertEqual(self.fingerprint(), before)

    @staticmethod
    def fingerprint():
        folder = support.shared("hostile")
        digest = hashlib.sha256()
        for path in sorted(folder.rglob("*")):
            digest.update(f"{path} {path.stat().st_size} {path.stat().st_mtime_ns}\n".encode())
        return digest.hexdigest()


class Contained(strace_support.TraceTest):
    def test_what_must_be_safe_opens_itself_and_nothing_else(self):
        traced = entries("safe")
        self.assertGreater(len(traced), 50)
        for entry in traced:
            with self.subTest(file=entry["file"], why=entry["why"]):
                self.check_contained("inspect", support.shared("hostile") / entry["file"])


if __name__ == "__main__":
    unittest.main()
