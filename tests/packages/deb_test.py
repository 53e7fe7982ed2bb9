"""The Debian packages: what they say of themselves, and the program's on a clean Debian."""

import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

import support
from packages_support import into_root, output_of, packed, tool

PROGRAM = "hindcast_*.deb"
DEVELOPMENT = "libhindcast-dev_*.deb"


def fields(pattern):
    """The fields of a package."""
    text = output_of(tool("dpkg-deb"), "--show", "--showformat",
                     "${Package}\n${Section}\n${Priority}\n${Architecture}\n${Version}\n${Depends}",
                     packed(pattern))
    *others, depends = text.split("\n")
    return others, [part.split(" ")[0] for part in depends.split(", ")]


def contents(pattern):
    """The paths of the files in a package."""
    listing = output_of(tool("dpkg-deb"), "--contents", packed(pattern))
    return [line.split(" ./")[1] for line in listing.splitlines() if not line.endswith("/")]


class Fields(unittest.TestCase):
    def setUp(self):
        self.architecture = output_of(tool("dpkg"), "--print-architecture").strip()
        self.version = output_of(support.PROGRAM, "--version").split()[1] + "-1"

    def test_of_the_program(self):
        said, depends = fields(PROGRAM)
        self.assertEqual(said, ["hindcast", "science", "optional", self.architecture, self.version])
        self.assertEqual(set(depends), {
            "libc6", "libfmt9", "libgcc-s1", "liblzf1", "libnettle8", "libopenblas0",
            "libopenblas0-serial", "libstdc++6", "libsz2", "libtbb12", "libutf8proc2", "zlib1g"})
        files = contents(PROGRAM)
        self.assertIn("usr/bin/hindcast", files)
        self.assertIn("usr/share/doc/hindcast/copyright", files)
        self.assertIn("usr/share/doc/hindcast/changelog.Debian.gz", files)
        self.assertIn("usr/share/man/man1/hindcast-gate.1.gz", files)
        self.assertIn("usr/share/bash-completion/completions/hindcast", files)

    def test_of_the_library(self):
        said, depends = fields(DEVELOPMENT)
        self.assertEqual(said, ["libhindcast-dev", "libdevel", "optional", self.architecture,
                                self.version])
        needed = (support.SOURCE_DIR / "tools" / "install_dependencies.sh").read_text()
        for package in set(depends) - {"libaec-dev"}:  # Of which libhdf5-dev is made.
            self.assertIn(f"\n  {package} ", needed.replace("\n", " \n"))
        self.assertIn("libtbb-dev", depends)
        files = contents(DEVELOPMENT)
        self.assertIn("usr/include/hindcast/version.hpp", files)
        for name in ("libhindcast.a", "hindcast.pc", "hindcast-config.cmake"):
            self.assertTrue(any(path.endswith(f"/{name}") for path in files), name)


class CleanDebian(unittest.TestCase):
    """A bookworm with nothing but apt."""

    def setUp(self):
        if os.geteuid() != 0:
            self.skipTest("only root can set up another Debian")
        into_root()
        # Not one of unittest's: what is mounted in it is mounted for the child alone.
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="hindcast_debian_"))
        self.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.root = self.place / "root"
        archive, *_ = output_of(tool("apt-get"), "indextargets", "--format", "$(REPO_URI)",
                                "Created-By: Packages", "Release: bookworm",
                                "Component: main").split() or [None]
        if archive is None:
            self.skipTest("apt knows no archive of bookworm here")
        done = subprocess.run(
            ["timeout", "300", tool("unshare"), "--mount", tool("mmdebstrap"), "--variant=apt",
             "--dpkgopt=force-unsafe-io", "--aptopt=Acquire::Languages { \"none\"; }",
             "bookworm", self.root, f"deb {archive} bookworm main"],
            capture_output=True, text=True, check=False)
        if done.returncode != 0:
            why = done.stderr.strip().rpartition("\n")[2]
            self.skipTest(f"no clean Debian can be had here: {done.returncode}: {why}")

    def inside(self, *command):
        return output_of("unshare", "--mount", "chroot", self.root, *command,
                         env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin",
                              "DEBIAN_FRONTEND": "noninteractive"})

    def test_from_the_package_to_the_first_table(self):
        shutil.copy(packed(PROGRAM), self.root / "tmp")
        shutil.copytree(support.SAMPLE_RUN, self.root / "srv" / "digits_cnn")
        start = time.monotonic()
        self.inside("apt-get", "update")
        self.inside("apt-get", "install", "--yes", "--no-install-recommends",
                    f"/tmp/{packed(PROGRAM).name}")
        table = self.inside("hindcast", "analyze", "/srv/digits_cnn")
        seconds = time.monotonic() - start
        print(f"{self.id()}: {seconds:.1f} s", file=sys.stderr)
        self.assertEqual(table, support.run("analyze", support.SAMPLE_RUN).stdout.decode())
        self.check_what_a_user_gets()

    def check_what_a_user_gets(self):
        """Not as root, and of the libraries of OpenBLAS the one without threads."""
        page = self.inside("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups",
                           "hindcast", "analyze", "/srv/digits_cnn", "--quiet", "--json", "-")
        self.assertEqual(page.encode(), support.run("analyze", "--quiet", "--json", "-",
                                                    support.SAMPLE_RUN).stdout)
        known = self.inside("dpkg-query", "--show", "--showformat",
                            "${db:Status-Status} ${Package}\n", "libopenblas*").splitlines()
        self.assertEqual([line.split()[1] for line in known if line.startswith("installed ")],
                         ["libopenblas0", "libopenblas0-serial"])


if __name__ == "__main__":
    unittest.main()
