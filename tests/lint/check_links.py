"""Fails where a link of the documents leads nowhere.

    check_links.py ROOT

A relative link must name a file that is there, and an anchor a heading of that file, as GitHub
makes anchors of headings. So must a path of the repository that stands as code in the text, unless the
text below it says what to write into it. There is no network in the tests, so that of other
addresses only the form is looked at: https, a host with a dot, no blanks, nothing left open.
"""

import pathlib
import re
import sys

DOCUMENTS = ["README.md", "CHANGELOG.md", ".github/*.md", "sample_checkpoints/README.md"]
LINK = re.compile(r"\[(?:[^\]\[]|\[[^\]]*\])*\]\(([^)\s]*)\)")
ATTRIBUTE = re.compile(r'(?:src|srcset|href)="([^"]*)"')
ADDRESS = re.compile(r"https://[\w-]+(\.[\w-]+)+(:\d+)?(/[\w\-./~%#?&=+@:,]*)?")
PATH = re.compile(r"`((?:src|tests|tools|include|sample_checkpoints|\.github)/[\w./-]+)`"
                  r"(?!:\n\n```cpp\n)")


def without_code(text):
    """The text without blocks and spans of code, in which brackets are no links."""
    text = re.sub(r"^```.*?^```$", "", text, flags=re.MULTILINE | re.DOTALL)
    return re.sub(r"`[^`\n]+`", "``", text)


def anchor(heading):
    """GitHub's anchor of a heading: lower case, no punctuation, hyphens for blanks."""
    heading = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


def anchors(document):
    """All anchors of a document; a second heading of the same words has -1 added, and so on."""
    found = []
    text = re.sub(r"^```.*?^```$", "", document.read_text(), flags=re.MULTILINE | re.DOTALL)
    for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE):
        name = anchor(heading)
        times = sum(one == name or re.fullmatch(re.escape(name) + r"-\d+", one) is not None
                    for one in found)
        found.append(name if times == 0 else f"{name}-{times}")
    return found


def trouble(document, target):
    """What is wrong with a link, or nothing."""
    if "://" in target or target.startswith("mailto:"):
        return None if ADDRESS.fullmatch(target) else "is no address of a page"
    path, _, name = target.partition("#")
    place = (document.parent / path).resolve() if path else document.resolve()
    if not place.exists():
        return "is not there"
    if name and (place.suffix != ".md" or name not in anchors(place)):
        return "has no such heading"
    return None


def missing_paths(root, text):
    """Those that the text names and nobody made."""
    return sorted({path for path in PATH.findall(text) if not (root / path).exists()})


def main():
    """Prints a line for each link that leads nowhere."""
    root = pathlib.Path(sys.argv[1])
    documents = [path for pattern in DOCUMENTS for path in sorted(root.glob(pattern))]
    troubles, links = [], 0
    for document in documents:
        text = document.read_text()
        if document.name != "CHANGELOG.md":  # Which tells of what was.
            troubles += [f"{document.relative_to(root)}: {path} is not there"
                         for path in missing_paths(root, text)]
        text = without_code(text)
        for target in LINK.findall(text) + ATTRIBUTE.findall(text):
            links += 1
            found = trouble(document, target)
            if found:
                troubles.append(f"{document.relative_to(root)}: {target} {found}")
    print("\n".join(troubles) if troubles else f"{links} links of {len(documents)} documents lead "
          "somewhere")
    sys.exit(1 if troubles or not links else 0)


if __name__ == "__main__":
    main()
