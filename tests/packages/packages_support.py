"""What the tests of the packages share: the packed files, and programs run in another root."""

import functools
import os
import pathlib
import shutil
import subprocess
import unittest

BUILD_DIR = pathlib.Path(os.environ["HINDCAST_BUILD_DIR"]).resolve()
PACKAGES_DIR = pathlib.Path(os.environ["HINDCAST_PACKAGES_DIR"])


def output_of(*command, **options):
    """What a command prints; that it succeeds is taken for granted."""
    done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False,
                          **options)
    if done.returncode != 0:
        raise AssertionError(f"{command}: exit code {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def packed(pattern):
    """The one packed file of this name."""
    found = sorted(PACKAGES_DIR.glob(pattern))
    if len(found) != 1:
        raise AssertionError(f"{pattern} in {PACKAGES_DIR}: {found}")
    return found[0]


def is_configured(option):
    """Is an option of the build tree on?"""
    return f"{option}:BOOL=ON" in (BUILD_DIR / "CMakeCache.txt").read_text().splitlines()


@functools.cache
def into_root():
    """The begin of a command that runs another one with a directory as its root."""
    if os.geteuid() == 0:
        prefix = ["chroot"]
    else:
        prefix = ["unshare", "--user", "--map-root-user", "chroot"]
    tried = subprocess.run([*prefix, "/", "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        raise unittest.SkipTest(f"no other root can be entered here: {tried.stderr.strip()}")
    return prefix


def tool(name):
    """The path of a program; the test is skipped without it."""
    path = shutil.which(name)
    if path is None:
        raise unittest.SkipTest(f"no {name} here")
    return path
