"""What was written in complaints that stand beside lives: masked once a flush, not once a text.

                 flush       flush       the life is read
    fresh     a b -->     c -->
    standing      b masked    c masked ---> into the life

So a customer who writes often costs a flush no more than one who wrote once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from streams.core.customers.lives.life import Words
from streams.core.customers.lives.words import masked, newest, spoken

if TYPE_CHECKING:
    from collections.abc import Iterable

_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[Words]).decode


class Heard:
    """The newest words of customers, by customer; no life has them yet."""

    def __init__(self) -> None:
        self._fresh: dict[bytes, list[Words]] = {}
        """Not masked,"""
        self._standing: dict[bytes, bytes] = {}
        """masked and packed."""
        self._again: set[bytes] = set()
        """Whose words are to be written again."""

    @property
    def fresh(self) -> Iterable[bytes]:
        """Who wrote something since the last `drain`."""
        return self._fresh.keys()

    def hear(self, customer: bytes, at: int, own: bytes, text: str) -> None:
        """Note the text of a complaint: when it was made, epoch seconds, and its hash."""
        said, before = spoken("complaints", at, own, text), self._fresh.get(customer)
        self._fresh[customer] = [said] if before is None else newest(before, said)

    def take(self, customer: bytes) -> list[Words]:
        """Give the words of a customer, masked: from now on the life has them."""
        standing = self._standing.pop(customer, None)
        words = [] if standing is None else _decode(standing)
        for said in self._fresh.pop(customer, ()):
            words = [masked(one) if one is said else one for one in newest(words, said)]
        return words

    def write_again(self, customers: Iterable[bytes]) -> None:
        """Have `drain` give the words of customers, though nothing came."""
        self._again.update(self._standing.keys() & customers)

    def drain(self, customers: Iterable[bytes]) -> list[bytes]:
        """Give the words of customers, packed, that are to be written; nothing of most.

        These are all whose words are to be written.
        """
        again, self._again = self._again, set()
        for customer in list(self._fresh):
            self._standing[customer] = _encode(self.take(customer))
            again.add(customer)
        return [self._standing[one] if one in again else b"" for one in customers]

    def restore(self, customer: bytes, packed: bytes) -> None:
        """Take over words from the changelog.

        Raises:
            ValueError: these are none.
        """
        _decode(packed)
        self._standing[customer] = packed
