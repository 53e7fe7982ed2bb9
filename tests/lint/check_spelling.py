"""Fails where what people read has a misspelt word that codespell knows.

    check_spelling.py ROOT

What people read is the text at the top and below .github, the sample runs' README, and the comments,
docstrings and messages of sources and tools. Tests are not looked at: they misspell on purpose.
"""

import pathlib
import shutil
import subprocess
import sys

PLACES = ["README.md", "CHANGELOG.md", ".github", "sample_checkpoints/README.md", "include", "src",
          "tools"]
# ROUGE is a score, and is spelt so.
RIGHT_AFTER_ALL = ["rouge"]


def main():
    """Exits with 0 where nothing was found, with 77 where there is no codespell."""
    root = pathlib.Path(sys.argv[1])
    if shutil.which("codespell") is None:
        print("no codespell here (tools/install_dependencies.sh --tests): spelling is not checked")
        sys.exit(77)
    command = ["codespell", "--check-hidden", "--skip", "*.png,*.svg", "--ignore-words-list",
               ",".join(RIGHT_AFTER_ALL), *PLACES]
    sys.exit(subprocess.run(command, cwd=root, check=False).returncode)


if __name__ == "__main__":
    main()
