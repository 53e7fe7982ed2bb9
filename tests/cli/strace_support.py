"""What the program asks of the system, by strace; tests that need it are skipped without."""

import os
import re
import shutil
import subprocess
import unittest

import support
from errors_support import TIMEOUT_SECONDS

OPENED = re.compile(r'^(?:open|openat|openat2|creat)\([^"\n]*"([^"\n]*)".* = \d+$', re.MULTILINE)
STARTED = re.compile(r"^(?:fork|vfork|clone|clone3)\((?!.*CLONE_THREAD).* = \d+$", re.MULTILINE)
EXECUTED = re.compile(r"^execve(?:at)?\(", re.MULTILINE)
NETWORK = re.compile(r"^(?:socket|socketpair|connect|bind|sendto|sendmsg)\(", re.MULTILINE)


def trace(*arguments):
    """The system calls of the program and of what it starts, one a line."""
    if shutil.which("strace") is None:
        raise unittest.SkipTest("no strace here")
    if subprocess.run(["strace", "-o", os.devnull, "true"], capture_output=True,
                      check=False).returncode != 0:
        raise unittest.SkipTest("tracing is not permitted here")
    with support.temporary_directory() as place:
        # A file for each process, so that no call is torn apart by another's. The leak checker of
        # sanitizer builds cannot work while it is traced.
        subprocess.run(["strace", "-ff", "-qq", "-o", place / "log", "-e",
                        "trace=%file,%network,%process", support.PROGRAM, *map(str, arguments)],
                       capture_output=True, check=False, timeout=TIMEOUT_SECONDS,
                       env={**os.environ, "ASAN_OPTIONS": "detect_leaks=0"})
        return "\n".join(path.read_text() for path in sorted(place.iterdir()))


class TraceTest(unittest.TestCase):
    """What the program opens, starts and calls while it reads a file."""

    @classmethod
    def setUpClass(cls):
        # What the dynamic loader and the libraries do, the one for threads among them, before the
        # program itself opens anything.
        cls.before = set(OPENED.findall(trace("--version") + "\n" + trace("analyze", "/missing")))

    def check_contained(self, command, *paths):
        """Nothing is opened but these; nothing is executed, and nobody is talked to."""
        calls = trace(command, *paths)
        files = {str(path) for path in paths}
        self.assertEqual(set(OPENED.findall(calls)) - self.before, files)
        self.assertEqual(len(EXECUTED.findall(calls)), 1, "strace's own start of the program")
        self.assertEqual(NETWORK.findall(calls), [])
        return calls
