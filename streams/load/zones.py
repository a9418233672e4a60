"""Time zones by the names that files write them with."""

from __future__ import annotations

import re
from datetime import UTC, timedelta, timezone, tzinfo
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from streams.load.errors import LoadError
from streams.naming import near

_HOURS: Final = {
    **dict.fromkeys(("Z", "UTC", "GMT", "UT"), 0.0),
    "EST": -5.0,
    "EDT": -4.0,
    "CST": -6.0,
    "CDT": -5.0,
    "MST": -7.0,
    "MDT": -6.0,
    "PST": -8.0,
    "PDT": -7.0,
    "AKST": -9.0,
    "AKDT": -8.0,
    "HST": -10.0,
    "WET": 0.0,
    "WEST": 1.0,
    "CET": 1.0,
    "CEST": 2.0,
    "EET": 2.0,
    "EEST": 3.0,
    "MSK": 3.0,
    "JST": 9.0,
    "KST": 9.0,
    "AEST": 10.0,
    "AEDT": 11.0,
    "NZST": 12.0,
    "NZDT": 13.0,
}
"""Short names and their hours from UTC. Those of North America are as in RFC 2822; names that
stand for several zones (IST, BST) are not here."""

_OFFSET: Final = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2})(?::?(\d{2}))?(?::?\d{2})?")
_ASIDE: Final = re.compile(r"\s*(?:\[[^\]]*\]|\([^)]*\))$")
_WORD: Final = re.compile(r"[A-Za-z]+(?:/[A-Za-z_+-]+\d*)*")


def zone(name: str) -> tzinfo:
    """Look a time zone up by its name, as Europe/Berlin.

    Raises:
        LoadError: there is none of that name.
    """
    if name.upper() in {"UTC", "Z"}:
        return UTC
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise LoadError(
            f"there is no time zone {name!r}; {near(name, sorted(available_timezones()))}"
        ) from error


@lru_cache(maxsize=1024)
def written(text: str) -> tzinfo | None:
    """Read what stands behind a time: `Z`, `UTC`, `+01:00`, `GMT-5`, `EST`, `Europe/Berlin`.

    Nothing is None. An offset comes before a name that stands behind it in brackets.

    Raises:
        ValueError: it names no zone.
    """
    text = text.strip()
    if not text:
        return None
    bare = _ASIDE.sub("", text).strip() or text.strip("[]()")
    if (hours := _HOURS.get(bare.upper())) is not None:
        return timezone(timedelta(hours=hours)) if hours else UTC
    if match := _OFFSET.fullmatch(bare):
        offset = timedelta(hours=int(match[2]), minutes=int(match[3] or 0))
        return timezone(-offset if match[1] == "-" else offset)
    if "/" in bare:
        try:
            return ZoneInfo(bare)
        except (KeyError, OSError) as error:
            raise ValueError(bare) from error
    raise ValueError(bare)


def replaced(text: str) -> tuple[str, tzinfo | None]:
    """Give a text with the zone that is named in it called UTC, and that zone; None: none is.

    So strptime reads any zone: of its own it knows UTC, GMT and the names of the machine's.
    """
    for match in _WORD.finditer(text):
        word = match[0]
        if word.upper() in _HOURS or "/" in word:
            try:
                return text[: match.start()] + "UTC" + text[match.end() :], written(word)
            except ValueError:
                continue
    return text, None
