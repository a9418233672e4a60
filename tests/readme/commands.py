"""The commands that the README and the docs show: in blocks, in named terminals, in text."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT: Final = Path(__file__).resolve().parents[2]
README: Final = ROOT / "README.md"
DOCS: Final = sorted(
    (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*/README.md"))
)

MARK: Final = "<!-- make readme runs this -->"

_FENCED: Final = re.compile(r"^ *```\w*\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
_INDENTED: Final = re.compile(r"(?:^ {4}\S.*\n(?:^(?: {4}.*)?\n)*)+", re.MULTILINE)
_INLINE: Final = re.compile(r"`([^`]+)`")
_TERMINAL: Final = re.compile(
    r"^Terminal \d, \*(\w+)\*(?:.*\S.*\n)+\n((?: {4}.*\n)+)", re.MULTILINE
)
_OURS: Final = re.compile(r"(?:^|[\s(|])(?:\.venv/bin/)?groundswell +((?![a-z]+:)[a-z-].*)")
"""A call; `groundswell worker: ...` is what it says."""
_MAKE: Final = re.compile(r"^\s*make +([a-z][a-z-]*)", re.MULTILINE)


class Command(NamedTuple):
    """A call of `groundswell` that a page shows, with its words."""

    page: str
    words: list[str]


def code(text: str) -> Iterator[str]:
    """Yield the code of a page: its blocks, and what stands between backticks; lines joined."""
    for block in (*_FENCED.findall(text), *_INDENTED.findall(text)):
        yield re.sub(r" *\\\n *", " ", block)
    outside = _INDENTED.sub("", _FENCED.sub("", text))
    for paragraph in re.split(r"\n\n", outside):
        yield from (span.replace("\n", " ") for span in _INLINE.findall(paragraph))


def ours(page: Path) -> Iterator[Command]:
    """Yield the calls of our own command on a page."""
    for piece in code(page.read_text()):
        for line in piece.splitlines():
            if found := _OURS.search(line):
                lexer = shlex.shlex(found[1], posix=True, punctuation_chars="|;>&")
                lexer.whitespace_split, lexer.commenters = True, "#"
                words = []
                for word in lexer:
                    if set(word) <= set("|;>&"):
                        break  # what it is piped into
                    words.append(word)
                yield Command(page.name, words)


def targets(page: Path) -> set[str]:
    """Name the targets of make on a page."""
    return {name for piece in code(page.read_text()) for name in _MAKE.findall(piece)}


def terminals(page: str) -> dict[str, str]:
    """Give the commands of each terminal that a page names, as a script."""
    return {
        name: re.sub(r"^ {4}", "", block, flags=re.MULTILINE)
        for name, block in _TERMINAL.findall(page)
    }


def block_with(page: str, words: str) -> str:
    """Give the first block of a page that has these words, as a script."""
    for block in _INDENTED.findall(page):
        if words in block:
            return re.sub(r"^ {4}", "", block, flags=re.MULTILINE).rstrip("\n") + "\n"
    raise LookupError(words)


def marked(page: str) -> list[str]:
    """Give the blocks of a page that are to be run, as scripts."""
    found = re.findall(rf"{re.escape(MARK)}\n\n((?: {{4}}.*\n)+)", page)
    return [re.sub(r"^ {4}", "", block, flags=re.MULTILINE) for block in found]
