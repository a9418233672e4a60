"""The distinct customers of a bucket that is open: coupons while they are few, then registers.

A sketch of few customers lists a coupon each, 32 bits of a hash. To join lists is to put them one
behind the other; who stands there twice is counted once when somebody asks. That is fifty times as
fast as to make sketches of them and join these.
"""

from __future__ import annotations

from array import array
from typing import TYPE_CHECKING, Final

import numpy as np

from streams.core.sketches import hyperloglog
from streams.core.sketches.datasketches_format import (
    LG_K,
    MAX_COUPONS,
    REGISTERS,
    SLOT,
    raise_registers,
    read,
    write_registers,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from streams.core.sketches.datasketches_format import Registers

LIST: Final = 2
SET: Final = 3
"""First byte of a sketch as written down that lists its coupons: the words before them."""

_MAX_LIST: Final = 7
_LIST_HEADS: Final = [bytes((LIST, 1, 7, LG_K, 3, 8, n, 0)) for n in range(8)]
_SET_HEAD: Final = bytes((SET, 1, 7, LG_K))
_SET_MODE: Final = bytes((8, 0, 1))
_LG_SMALLEST_SET: Final = 5

_MAX_UNJOINED_BYTES: Final = 4096
"""Coupons that pile up, in bytes, before those that stand there twice are taken out."""


class Distinct:
    """Customers, as sketches that were written down have them (`hyperloglog.dump`)."""

    __slots__ = ("_listed", "_registers", "_tidy")

    def __init__(self, several: Sequence[bytes]) -> None:
        self._listed = b""
        self._tidy = False  # nobody stands in the list twice
        self._registers: Registers | None = None
        self.add(several)

    def add(self, several: Sequence[bytes]) -> None:
        """Join the customers of sketches in."""
        self._tidy = False
        listed = [self._listed]
        for data in several:
            kind = data[0]
            if kind == LIST:
                listed.append(data[8:])
            elif kind == SET:
                listed.append(data[12:])
            else:
                registers = read(data).registers
                if registers is not None:
                    self.raise_to(registers)
        self._listed = b"".join(listed)
        if len(self._listed) > _MAX_UNJOINED_BYTES:
            self._is_few()

    def add_listed(self, coupons: bytes) -> None:
        """Join customers in by their coupons, four bytes each, nobody twice."""
        self._tidy = not self._listed and self._registers is None
        self._listed = coupons if self._tidy else self._listed + coupons
        if len(self._listed) > _MAX_UNJOINED_BYTES:
            self._tidy = False
            self._is_few()

    def raise_to(self, registers: Registers) -> None:
        """Join customers in by registers, which stay as they are."""
        own = self._registers
        if own is None:
            self._registers = registers.copy()
        else:
            np.maximum(own, registers, out=own)

    def estimate(self) -> int:
        """Estimate how many they are: exact, but for equal hashes, up to some hundred."""
        registers = self.registers()
        if registers is None:
            return len(self._listed) // 4
        return hyperloglog.estimate_registers(registers)

    def registers(self) -> Registers | None:
        """Return the registers of many, None of few; what changes them is no concern of others."""
        return None if self._is_few() else self._registers

    def dump(self) -> bytes:
        """Write a sketch of them down."""
        registers = self.registers()
        if registers is None:
            return _head(len(self._listed) // 4) + self._listed
        return write_registers(registers[None])[0]

    def _is_few(self) -> bool:
        """Return whether all are listed, each once from now on; of too many none is listed."""
        if self._registers is None and (self._tidy or len(self._listed) == 4):  # noqa: PLR2004
            return True  # one coupon, as most have
        if self._registers is None:
            coupons = set(memoryview(self._listed).cast("I"))
            if len(coupons) <= MAX_COUPONS:
                self._listed = array("I", coupons).tobytes()
                self._tidy = True
                return True
            self._registers = np.zeros(REGISTERS, np.uint8)
        if self._listed:
            held = np.frombuffer(self._listed, "<u4")
            raise_registers(self._registers, held & SLOT, held)
            self._listed = b""
        return False


def listing(coupons: Collection[int]) -> bytes:
    """Write a sketch down that lists these coupons, at most `MAX_COUPONS`."""
    held = array("I", coupons)
    return _head(len(held)) + held.tobytes()


def _head(number: int) -> bytes:
    """Give what stands before so many coupons."""
    if number <= _MAX_LIST:
        return _LIST_HEADS[number]
    size = _LG_SMALLEST_SET  # of the table into which it is read: at most three quarters full
    while 4 * number > 3 << size:
        size += 1
    return _SET_HEAD + bytes((size,)) + _SET_MODE + number.to_bytes(4, "little")
