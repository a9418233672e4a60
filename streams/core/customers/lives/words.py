"""What a customer wrote last: of its complaints, and as it left; masked before it is kept.

    complaint A "..."   complaint B   complaint C "..."   cancellation D "..."
                                                  |                     |
                                                  C                     D    are kept

Of each only the newest text: which that is depends on no order. Where several are of one second,
as an event and its correction are, two are kept, so that the one that holds is among them.
"""

from __future__ import annotations

from bisect import insort
from typing import TYPE_CHECKING, Any, Final

from streams.core.customers.lives.corrections import void
from streams.core.customers.lives.life import Words
from streams.core.customers.lives.lifecycle import seconds
from streams.core.masking import LOOKED_AT, mask

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.customers.lives.life import Life

KEPT: Final = 100
"""Characters of a text that are kept."""
TOPICS: Final = ("complaints", "cancellations")
"""`Words.of` is a place in it."""
WHERE: Final[Mapping[str, str]] = {"complaints": "text", "cancellations": "detail"}
"""The field that has the customer's own words, by topic."""
TIES: Final = 2


def hear(life: Life, topic: str, event: Any, own: bytes) -> None:  # noqa: ANN401
    """Keep what a customer wrote in an event, if it is the newest; `own` as of what it brings."""
    text = getattr(event, WHERE[topic]) if topic in WHERE else None
    if not text:
        return
    said = spoken(topic, seconds(event.occurred_at), own, text)
    life.words = [masked(one) if one is said else one for one in newest(life.words, said)]


def spoken(topic: str, at: int, own: bytes, text: str) -> Words:
    """Give words as they were written, not masked, as far as any of them may be kept."""
    return Words(TOPICS.index(topic), at, own, text[: LOOKED_AT * KEPT])


def masked(said: Words) -> Words:
    """Give words as they are kept."""
    return Words(said.of, said.at, said.own, mask(said.text, KEPT))


def newest(words: list[Words], said: Words) -> list[Words]:
    """Give which of words are kept when something more was said; `words`, if that is not."""
    same = [one for one in words if one.of == said.of]
    if any(one.own == said.own or one.at > said.at for one in same):
        return words
    ties = [one for one in same if one.at == said.at]
    insort(ties, said)
    return sorted([*(one for one in words if one.of != said.of), *ties[-TIES:]])


def heard(life: Life, clock: int) -> list[tuple[int, str, str]]:
    """Give what was written by a clock (epoch seconds): when, the topic, the text; oldest first."""
    if not life.words:
        return []
    gone = void(life)
    found = {
        TOPICS[one.of]: (one.at, TOPICS[one.of], one.text)
        for one in life.words
        if one.own not in gone and one.at <= clock
    }
    return sorted(found.values())
