"""Sketches as Apache DataSketches writes them down, made from arrays and read back into them.

    few customers (a list, or a set)   | 8 or 12 bytes | coupon | coupon | ...       at most 384
    more (registers, "HLL 4")          | 40 bytes | 4 bits a register | exceptions |

What is written can be read by DataSketches, and the other way round. The estimate that it derives
from the order in which customers came (HIP) is not written: nobody here reads it.
"""

from __future__ import annotations

from struct import Struct
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from streams import compiled
from streams.core.sketches.coupons import RANK_SHIFT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from streams.core.sketches.coupons import Coupons

    Registers = NDArray[np.uint8]

LG_K: Final = 12
"""2**12 registers: the standard error of an estimate is 1.04 / sqrt(4096) = 1.6 %."""
REGISTERS: Final = 1 << LG_K
MAX_COUPONS: Final = 384
"""Coupons that a sketch lists; one of more customers has registers."""

SLOT: Final = np.uint32(REGISTERS - 1)
"""The bits of a coupon that name its register."""

_LIST: Final = 2
_SET: Final = 3
"""Words of the preamble, by how coupons are listed; it is the first byte."""
_MAX_LIST: Final = 7
"""Coupons of a list; a set has more."""
_LG_LIST: Final = 3
_LG_SMALLEST_SET: Final = 5
"""Sizes of the tables that DataSketches reads them into."""
_VERSION, _FAMILY, _COMPACT, _OUT_OF_ORDER = 1, 7, 8, 16
_SET_MODE, _HLL_MODE = 1, 2

_HEAD: Final = Struct("<8BdddII")
"""Of registers: kind and so on; three sums for estimates; registers at the least, exceptions."""
_HLL: Final = 10
_EXCEPTION: Final = 15
"""Four bits for "it stands among the exceptions"."""


_POWERS: Final = np.ldexp(1.0, -np.arange(32))
"""Of the ranks whose sum stands apart from that of the others."""


_OF_TWO: Final = (_POWERS[:, None] + np.ldexp(1.0, -np.arange(256))).ravel()
"""By two of these ranks, as they lie one behind the other: 16 bits."""
_NOWHERE: Final = (np.zeros(0, np.intp), np.zeros(0, np.intp))
_RANKS: Final = 64
_HIGH_POWERS: Final = np.ldexp(1.0, -np.arange(len(_POWERS), _RANKS))
"""Of the others."""
_NO_REGISTERS: Final = bytes(REGISTERS // 2)


class Parsed(NamedTuple):
    """A sketch read: `registers`, or the coupons where it has none yet."""

    coupons: Coupons
    registers: Registers | None


NO_COUPONS: Final[Coupons] = np.zeros(0, np.uint32)


def registers_of(coupons: Coupons) -> Registers:
    """Return the registers that coupons come to."""
    registers = np.zeros(REGISTERS, np.uint8)
    raise_registers(registers, coupons & SLOT, coupons)
    return registers


def raise_registers(registers: Registers, places: NDArray[np.integer], coupons: Coupons) -> None:
    """Raise the registers at `places` to the ranks of the coupons."""
    np.maximum.at(registers, places, (coupons >> RANK_SHIFT).astype(np.uint8))


def read(data: bytes) -> Parsed:
    """Read a sketch that this module or DataSketches has written."""
    kind = data[0]
    if kind == _LIST:
        return Parsed(np.frombuffer(data, "<u4", data[6], 8), None)
    if kind == _SET:
        return Parsed(np.frombuffer(data, "<u4", int.from_bytes(data[8:12], "little"), 12), None)
    *_, exceptions = _HEAD.unpack_from(data)
    pairs = np.frombuffer(data, np.uint8, REGISTERS // 2, _HEAD.size).astype("<u2")
    registers: Registers = ((pairs | pairs << 4) & 0x0F0F).view(np.uint8)
    if least := data[6]:
        registers += np.uint8(least)
    if exceptions:
        listed = np.frombuffer(data, "<u4", exceptions, _HEAD.size + REGISTERS // 2)
        registers[listed & SLOT] = (listed >> RANK_SHIFT).astype(np.uint8)
    return Parsed(NO_COUPONS, registers)


def listed(data: bytes) -> bytes | None:
    """Return the coupons that a sketch lists, four bytes each; None where it has registers."""
    kind = data[0]
    if kind == _LIST:
        return data[8 : 8 + 4 * data[6]]
    return data[12 : 12 + 4 * int.from_bytes(data[8:12], "little")] if kind == _SET else None


def has_history(data: bytes) -> bool:
    """Tell whether a sketch would answer from the order in which its customers came."""
    return data[0] == _HLL and not data[5] & _OUT_OF_ORDER


def _write_coupons(coupons: Coupons, sizes: NDArray[np.int64]) -> list[bytes | None]:
    """Write sketches down whose coupons stand one after the other.

    `sizes` has how many each of them has, at most `MAX_COUPONS`; None comes of one that has none.
    """
    heads = np.where(sizes > _MAX_LIST, _SET, _LIST) * (sizes > 0)
    ends = np.cumsum(heads + sizes)
    starts = ends - heads - sizes
    words = np.zeros(int(ends[-1]) if ends.size else 0, "<u4")
    in_body = np.ones(words.size, np.bool_)
    for kind, mode in ((_LIST, 0), (_SET, _SET_MODE)):
        at, number = starts[heads == kind], sizes[heads == kind]
        words[at] = kind | _VERSION << 8 | _FAMILY << 16 | LG_K << 24
        words[at + 1] = _COMPACT << 8 | mode << 24
        if kind == _LIST:
            words[at + 1] += (_LG_LIST + (number << 16)).astype(np.uint32)
        else:
            words[at + 1] += _lg_set(number)
            words[at + 2] = number
        for place in range(kind):
            in_body[at + place] = False
    words[in_body] = coupons
    raw, cuts = words.tobytes(), (ends * words.itemsize).tolist()
    return [
        raw[start:end] if end > start else None
        for start, end in zip([0, *cuts], cuts, strict=False)
    ]


def _lg_set(number: NDArray[np.int64]) -> NDArray[np.uint32]:
    """Give the size of the table for so many coupons: at most three quarters of it are taken."""
    lg = np.full(number.size, _LG_SMALLEST_SET, np.uint32)
    for size in range(_LG_SMALLEST_SET, LG_K - 3):
        lg[4 * number > 3 << size] = size + 1
    return lg


def _write_registers(rows: Registers) -> list[bytes]:
    """Write sketches down that have registers, a row each."""
    least = rows.min(axis=1)
    above = rows - least[:, None]
    four = above if above.max() < _EXCEPTION else np.minimum(above, _EXCEPTION)
    pairs = four.view("<u2")
    packed = ((pairs | pairs >> 4) & 0xFF).astype(np.uint8).tobytes()
    low, high = _sums(rows)
    at_least = np.count_nonzero(above == 0, axis=1)
    owner, slot = np.nonzero(above >= _EXCEPTION) if four is not above else _NOWHERE
    exceptions = slot.astype("<u4") | rows[owner, slot].astype("<u4") << RANK_SHIFT
    ends = owner.searchsorted(np.arange(len(rows)), side="right").tolist()
    written = []
    begin, half = 0, REGISTERS // 2
    for place, end in enumerate(ends):
        flags = _COMPACT | _OUT_OF_ORDER
        kind = (_HLL, _VERSION, _FAMILY, LG_K, 0, flags, int(least[place]), _HLL_MODE)
        sums = (0.0, float(low[place]), float(high[place]))
        head = _HEAD.pack(*kind, *sums, int(at_least[place]), end - begin)
        body = packed[place * half : (place + 1) * half]
        written.append(head + body + exceptions[begin:end].tobytes())
        begin = end
    return written


write_coupons = compiled.instead_of(_write_coupons, "written_sketches")
write_registers = compiled.instead_of(_write_registers, "written_sketches")


def _write_head(registers: Registers) -> bytes:
    """Write a sketch down that estimates what one with these registers does, and has none of them.

    DataSketches estimates from what stands before the registers.
    """
    counts = np.bincount(registers, minlength=len(_POWERS))
    least = int(counts.nonzero()[0][0])
    kind = (_HLL, _VERSION, _FAMILY, LG_K, 0, _COMPACT | _OUT_OF_ORDER, least, _HLL_MODE)
    high = 0.0
    if counts.size > len(_POWERS):
        above = counts[len(_POWERS) :]
        high = float(above @ _HIGH_POWERS[: above.size])
    low = float(counts[: len(_POWERS)] @ _POWERS)
    return _HEAD.pack(*kind, 0.0, low, high, int(counts[least]), 0) + _NO_REGISTERS


write_head = compiled.instead_of(_write_head, "written_sketches")


def _sums(rows: Registers) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Add up 2 to the power of minus each register, a row each: of those below 32, and the others.

    Of the first the sum is exact in any order, so two are looked up at once.
    """
    if rows.max() < len(_POWERS):
        return _OF_TWO.take(rows.view("<u2")).sum(axis=1), np.zeros(len(rows))
    powers = np.ldexp(1.0, -rows.astype(np.int32))
    low = np.where(rows < len(_POWERS), powers, 0.0).sum(axis=1)
    return low, powers.sum(axis=1) - low
