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
_SIGNS: Final = ("@", "://", "www.", "0")
_NUMBER: Final = frozenset({"0"})
_RULES: Final = tuple(
    (frozenset(needed), re.compile(pattern, re.IGNORECASE), stand_in)
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
            ("0",),
            r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b",
            "[number]",
        ),  # IBAN
        (("0",), r"(?<!\w)[+(]?[\d*x](?:[ ./()*-]{0,2}[\d*x]){5,40}(?!\w)", "[number]"),
        (("0",), r"(?<!\w)(?=(?:[a-z-]{0,12}\d){3})[a-z\d][a-z\d-]{4,39}(?!\w)", "[number]"),
        (("0",), r"\d{4,}", "[number]"),
    )
)
"""Applied in this order: an address before the numbers in it. A rule of whose signs (digits as 0)
and words none is in the text can be skipped, which is most of the time."""
_ANY_WORD: Final = frozenset().union(*(needed for needed, _, _ in _RULES)).difference(_SIGNS)
_NO_WORD: Final = {at: " " for at in range(128) if not (chr(at).isalnum() or chr(at) == "_")}

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


def _words(text: str) -> frozenset[str]:
    """Return the words of rules that a text has, in any case.

    Those are all, where letters are not all of ASCII: a rule takes some of others for them.
    """
    if not text.isascii():
        return _ANY_WORD
    return _ANY_WORD.intersection(text.lower().translate(_NO_WORD).split())


def mask(text: str, limit: int = 240) -> str:
    """Mask addresses, links, names behind a title, secrets, phone, card and account numbers.

    White space is folded, and the text is cut at `limit` characters.

    >>> mask("Dr. Jane Roe, call 555-123-4567 or write to jr@example.org")
    '[name], call [number] or write to [e-mail]'
    """
    # Only what can end up in the cut is looked at, with room for what the masks shorten.
    short = " ".join(text[: LOOKED_AT * limit].split())
    lower = short.lower()
    if _digits.search(short):
        lower += "0"
    signs = {sign for sign in _SIGNS if sign in lower}
    there = _words(short) | signs
    for needed, pattern, stand_in in _RULES:
        if not needed.isdisjoint(there):
            short, count = pattern.subn(stand_in, short)
            if count and needed != _NUMBER:  # what is left may begin with a word
                there = _words(short) | signs
    return short if len(short) <= limit else short[: limit - 1] + "…"
