"""Runs a command until its own standard input ends, and then ends all that came of it.

    keep.py COMMAND...

Whoever holds the other end of standard input may die of whatever: nothing is left behind. Daemons
that detach themselves come to this process, as the system's reaper of orphans below it.
"""

import contextlib
import ctypes
import os
import pathlib
import select
import signal
import subprocess
import sys

PR_SET_CHILD_SUBREAPER = 36
PARENT = 1  # Of the numbers of /proc/PID/stat after the name.
POLL_SECONDS = 0.1


def children():
    """The processes that have this one as their parent."""
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            numbers = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(numbers[PARENT]) == os.getpid():
                yield int(folder.name)


def end_descendants():
    """Kills the children; theirs become this process's own, until there are none."""
    while True:
        for child in children():
            os.kill(child, signal.SIGKILL)
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def main():
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    command = subprocess.Popen(sys.argv[1:], stdin=subprocess.DEVNULL)
    try:
        while command.poll() is None:
            if select.select([sys.stdin], [], [], POLL_SECONDS)[0]:
                break
    finally:
        end_descendants()


if __name__ == "__main__":
    main()
