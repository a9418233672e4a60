"""Masking: what identifies a person or an account is removed from a text before it is shown.

By rule, not by understanding: it masks what looks like an address, a number or a titled name, and
would rather mask too much. A name without a title stays; who must not show any sends no text.
"""

from __future__ import annotations

import re
from typing import Final

_REST: Final = r"[\w'\u2019-]{1,40}"
_NAME: Final = (
    rf"(?:[^\W\d_]\.\s?){{0,3}}[^\W\d_]{_REST}(?:\s(?-i:[A-Z\u00c0-\u00de]){_REST}){{0,2}}"
)
_TITLE: Final = (
    r"(?:m(?:rs?|s|x)\.?|dr\.?|prof\.?|mister|miss|sir|madame?|herr|frau|se\u00f1ora?|monsieur)"
)

_TITLES: Final = ("mr", "mrs", "ms", "mx", "dr", "prof", "mister", "miss", "sir", "madam", "madame")
_SIGNS: Final = (b"@", b"://", b"www.")
_RULES: Final = tuple(
    (frozenset(map(str.encode, needed)), re.compile(pattern, re.IGNORECASE), stand_in)
    for needed, pattern, stand_in in (
        (("@",), r"[\w.+%'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", "[e-mail]"),
        (("://", "www."), r"(?:https?://|www\.)\S{1,300}", "[link]"),
        (("@",), r"(?<![\w@])@\w{2,40}", "[name]"),
        ((*_TITLES, "herr", "frau", "monsieur"), rf"\b{_TITLE}\s{_NAME}", "[name]"),
        (("name",), rf"\bmy name is\s{_NAME}", "[name]"),
        (
            ("ssn", "password", "pin"),
            r"\b(?:ssn|password|pin)\W{1,3}(?:is\W{1,2})?\S{1,40}",
            "[secret]",
        ),
        (
            ("aa00",),
            r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b",
            "[number]",
        ),  # IBAN
        (("0 0 0 0 0 0",), r"(?<!\w)[+(]?[\d*x](?:[ ./()*-]{0,2}[\d*x]){5,40}(?!\w)", "[number]"),
        (("0a0a0",), r"(?<!\w)(?=(?:[a-z-]{0,12}\d){3})[a-z\d][a-z\d-]{4,39}(?!\w)", "[number]"),
        (("0000",), r"\d{4,}", "[number]"),
    )
)
"""Applied in this order: an address before the numbers in it. A rule that needs signs or words of
which none is in the text can be skipped, which is most of the time.

What rules of numbers need stands for two letters and two digits at the begin of a word (`aa00`),
six digits, `x` or `*` with nothing but signs between, three digits of a word with hyphens
(`0a0a0`), and four digits in a row.
"""
_NUMBERS: Final = frozenset({b"aa00", b"0 0 0 0 0 0", b"0a0a0", b"0000"})
_WORDS: Final = frozenset[bytes]().union(*(needed for needed, _, _ in _RULES)) - {
    *_SIGNS,
    *_NUMBERS,
}

_ASCII: Final = bytes(range(128))
_DIGITS: Final = b"0123456789"
_LETTERS: Final = bytes(at for at in _ASCII if chr(at).isalpha())


def _table(digits: bytes, letters: bytes) -> bytes:
    """Make a table for `bytes.translate`: 0 for digits, `_` as it is, a space for what is neither.

    `letters`: what stands for each of `_LETTERS` that is no digit.
    """
    of = {ord("_"): ord("_"), **dict(zip(_LETTERS, letters, strict=True))}
    of |= dict.fromkeys(digits, ord("0"))
    return bytes(of.get(at, ord(" ")) for at in range(256))


_SHAPE: Final = _table(_DIGITS, b"a" * len(_LETTERS))
_HIDDEN: Final = _table(_DIGITS + b"xX*", b"a" * len(_LETTERS))
_LOWER: Final = _table(_DIGITS, _LETTERS.lower())
_BETWEEN: Final = b" ./()-"

_digits = re.compile(r"\d")


LOOKED_AT: Final = 4
"""Times as many characters of a text are looked at as are shown: masks shorten."""
EXCERPT: Final = 320
"""Characters of a text that are kept until it is shown: more than are shown, as masks shorten."""


def excerpt(text: str) -> str:
    """Cut a text that is to be masked where it is shown, at the end of a word.

    >>> excerpt("word " * 100)[-10:]
    ' word word'
    """
    if len(text) <= EXCERPT:
        return text
    end = text.rfind(" ", 0, EXCERPT)
    return text[: end if end > 0 else EXCERPT]


def _found(text: str, *, numbered: bool) -> set[bytes]:
    """Give what a text has of what rules need, in any case; of numbers only if it is `numbered`.

    Where letters are not all of ASCII, it has all words and numbers: rules take others for them.
    """
    raw = text.encode("utf-8", "replace")
    lower = raw.lower()
    found = {sign for sign in _SIGNS if sign in lower}
    if not text.isascii():
        return found.union(_WORDS, _NUMBERS if numbered else ())
    found.update(_WORDS.intersection(raw.translate(_LOWER).split()))
    if numbered:
        shape = raw.translate(_SHAPE)
        if b" aa00" in b" " + shape:
            found.add(b"aa00")
        if b"000000" in raw.translate(_HIDDEN, _BETWEEN):
            found.add(b"0 0 0 0 0 0")
        if b"000" in raw.translate(_SHAPE, _LETTERS + b"-"):
            found.add(b"0a0a0")
        if b"0000" in shape:
            found.add(b"0000")
    return found


def mask(text: str, limit: int = 240) -> str:
    """Mask addresses, links, names behind a title, secrets, phone, card and account numbers.

    White space is folded, and the text is cut at `limit` characters.

    >>> mask("Dr. Jane Roe, call 555-123-4567 or write to jr@example.org")
    '[name], call [number] or write to [e-mail]'
    """
    # Only what can end up in the cut is looked at, with room for what the masks shorten.
    short = " ".join(text[: LOOKED_AT * limit].split())
    numbered = _digits.search(short) is not None
    there = _found(short, numbered=numbered)
    for needed, pattern, stand_in in _RULES:
        if not needed.isdisjoint(there):
            short, count = pattern.subn(stand_in, short)
            if count:  # what is left may begin with a word
                there = _found(short, numbered=numbered)
    return short if len(short) <= limit else short[: limit - 1] + "…"
