"""Spellings of one name: which labels differ only in how they are written."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

_FORMS: Final = frozenset(
    {
        *("inc", "incorporated", "llc", "llp", "lp", "ltd", "limited", "corp", "corporation"),
        *("co", "company", "plc", "gmbh", "ag", "bv", "nv", "sa", "sas", "srl", "spa", "pty"),
    }
)
"""What stands behind the name of a company for its legal form."""

_SHORT: Final = re.compile(r"\b(?:[^\W\d_]\.){2,}")
_BETWEEN_DIGITS: Final = re.compile(r"(?<=\d)[\W_]+(?=\d)")
_WORD: Final = re.compile(r"[^\W_]+")


class Spellings(NamedTuple):
    """One name: the spelling that is met most often, and the others with their numbers."""

    name: str
    others: Mapping[str, int]


def key(label: str) -> str:
    """Give what a label comes down to without case, spaces, punctuation and legal form.

    What stands between digits is kept as a mark: version 1.0 is not version 10.
    """
    text = unicodedata.normalize("NFKC", label).casefold().replace("&", " and ")
    text = text.replace("'", "").replace("\u2019", "")
    text = _SHORT.sub(lambda match: match[0].replace(".", ""), text + " ")
    words = _WORD.findall(_BETWEEN_DIGITS.sub("\u0001", text).replace("\u0001", "q0q"))
    while len(words) > 1 and words[-1] in _FORMS:
        words.pop()
    return "".join(words) or label


def propose(counts: Mapping[str, int]) -> list[Spellings]:
    """Put the labels together that are spellings of one name, the most frequent names first."""
    groups: dict[str, Counter[str]] = {}
    for label, count in counts.items():
        groups.setdefault(key(label), Counter())[label] += count
    found = []
    for group in groups.values():
        if len(group) > 1:
            (name, _), *others = sorted(group.items(), key=lambda pair: (-pair[1], pair[0]))
            found.append(Spellings(name, dict(others)))
    return sorted(found, key=lambda one: (-sum(one.others.values()), one.name))


def to_toml(label: str, found: Iterable[Spellings]) -> str:
    """Write them as the table of the settings, `[tables.aliases.company]`."""
    lines = [f"[tables.aliases.{label}]"]
    for one in found:
        for other, count in one.others.items():
            lines.append(f"{_quoted(other)} = {_quoted(one.name)}  # {count:,}")
    return "\n".join(lines)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in escaped) + '"'
