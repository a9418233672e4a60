"""The distinct customers of a bucket that is open: coupons while they are few, then registers.

A sketch of few customers lists a coupon each, 32 bits of a hash. To join lists is to put them one
behind the other; who stands there twice is counted once when somebody asks. That is fifty times as
fast as to make sketches of them and join these.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

from streams.core.sketches import hyperloglog

if TYPE_CHECKING:
    from collections.abc import Iterable

LIST: Final = 2
SET: Final = 3
"""First byte of a sketch as written down that lists its coupons: the words before them."""
MAX_COUPONS: Final = 384
"""Coupons that a sketch can list: with one more it gets registers."""

_MAX_LIST: Final = 7
_LIST_HEADS: Final = [bytes((LIST, 1, 7, hyperloglog.LG_K, 3, 8, n, 0)) for n in range(8)]
_SET_HEAD: Final = bytes((SET, 1, 7, hyperloglog.LG_K))
_SET_MODE: Final = bytes((8, 0, 1))
_LG_SMALLEST_SET: Final = 5

_MAX_UNJOINED_BYTES: Final = 4096
"""Coupons that pile up, in bytes, before those that stand there twice are taken out."""
_MAX_UNJOINED: Final = 16
"""Sketches that pile up before they are joined; joining one by one costs more."""


class Distinct:
    """Customers, as sketches that were written down have them (`hyperloglog.dump`)."""

    __slots__ = ("_listed", "_sketches")

    def __init__(self, data: bytes) -> None:
        self._listed = b""
        self._sketches: list[hyperloglog.Sketch] | None = None
        self.add(data)

    def add(self, data: bytes) -> None:
        """Join the customers of a sketch in."""
        kind = data[0]
        if self._sketches is not None or kind > SET:
            self._pile_up(hyperloglog.load(data))
            return
        self._listed += data[8:] if kind == LIST else data[12:]
        if len(self._listed) > _MAX_UNJOINED_BYTES:
            self._tidy()

    def estimate(self) -> int:
        """Estimate how many they are: exact, but for equal hashes, up to some hundred."""
        if len(self._listed) == 4:  # noqa: PLR2004 - one coupon, as most have
            return 1
        if self._sketches is None and (coupons := self._tidy()):
            return len(coupons)
        return hyperloglog.estimate([self.sketch()])

    def sketch(self) -> hyperloglog.Sketch:
        """Return a sketch of them."""
        if self._sketches is None:
            coupons = self._tidy()
            if self._sketches is None:
                return hyperloglog.load(listing(coupons))
        if len(self._sketches) > 1:
            self._sketches = [hyperloglog.union(self._sketches)]
        return self._sketches[0]

    def dump(self) -> bytes:
        """Write a sketch of them down."""
        if len(self._listed) == 4:  # noqa: PLR2004
            return _LIST_HEADS[1] + self._listed
        if self._sketches is None and (coupons := self._tidy()):
            return listing(coupons)
        return hyperloglog.dump(self.sketch())

    def _tidy(self) -> set[int]:
        """Take out who stands in the list twice, and return it; empty where there are too many."""
        coupons = set(memoryview(self._listed).cast("I"))
        if len(coupons) > MAX_COUPONS:
            self._listed = b""
            several = list(coupons)
            for first in range(0, len(several), MAX_COUPONS):
                some = several[first : first + MAX_COUPONS]
                self._pile_up(hyperloglog.load(listing(some)))
            return set()
        if len(self._listed) > 4 * len(coupons):
            self._listed = array("I", coupons).tobytes()
        return coupons

    def _pile_up(self, sketch: hyperloglog.Sketch) -> None:
        if self._sketches is None:
            self._sketches = []
            if self._listed:
                self._sketches.append(hyperloglog.load(listing(self._tidy())))
                self._listed = b""
        self._sketches.append(sketch)
        if len(self._sketches) >= _MAX_UNJOINED:
            self._sketches = [hyperloglog.union(self._sketches)]


def listing(coupons: Iterable[int]) -> bytes:
    """Write a sketch down that lists these coupons, at most `MAX_COUPONS`."""
    held = array("I", sorted(coupons))
    number = len(held)
    if number <= _MAX_LIST:
        return _LIST_HEADS[number] + held.tobytes()
    size = _LG_SMALLEST_SET  # of the table into which it is read: at most three quarters full
    while 4 * number > 3 << size:
        size += 1
    head = _SET_HEAD + bytes((size,)) + _SET_MODE + number.to_bytes(4, "little")
    return head + held.tobytes()
