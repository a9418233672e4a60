"""Distinct customers, by a HyperLogLog sketch of Apache DataSketches.

With 2**12 registers the standard error of an estimate is 1.04 / sqrt(4096) = 1.6 % (Flajolet et
al., HyperLogLog, 2007); up to some hundred customers it is exact but for hash collisions.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from datasketches import hll_sketch, hll_union, tgt_hll_type

from streams.core.sketches.datasketches_format import LG_K, has_history, write_head

SURELY_LISTED: Final = 300
"""A sketch that estimates fewer customers lists them: one with registers has more than 384."""

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from streams.core.sketches.datasketches_format import Registers

    Sketch = Any  # the package ships no types


def empty() -> Sketch:
    """Make a sketch of nobody."""
    return hll_sketch(LG_K, tgt_hll_type.HLL_4)


def load(data: bytes) -> Sketch:
    """Read a sketch back from `dump`."""
    return hll_sketch.deserialize(data)


def dump(sketch: Sketch) -> bytes:
    """Write a sketch down: 8 bytes and 4 a customer at first, 2 kB at the most."""
    return bytes(sketch.serialize_compact())


def union(sketches: Iterable[Sketch]) -> Sketch:
    """Make the sketch of the customers in any of `sketches`; of one alone it is that one."""
    held = list(sketches)
    if len(held) == 1:
        return held[0]
    merged = hll_union(LG_K)
    for sketch in held:
        merged.update(sketch)
    return merged.get_result(tgt_hll_type.HLL_4)


def estimate(sketches: Iterable[Sketch]) -> int:
    """Estimate the distinct customers in any of `sketches`.

    The value depends on the set of customers alone, not on how they were split over sketches. One
    that was built in one go would answer from its history (HIP): it is merged twice, which leaves
    the registers as they are and makes the estimator read nothing else. Of those that have no
    history, as all from the ingest stage, the answer is there at once.
    """
    once = union(sketches)
    found = float(once.get_estimate())
    if found >= SURELY_LISTED and has_history(dump(once)):
        twice = hll_union(LG_K)
        twice.update(once)
        twice.update(once)
        found = float(twice.get_estimate())
    return round(found)


def estimate_registers(registers: Registers) -> int:
    """Estimate the distinct customers whom these registers have: as `estimate` does, and faster."""
    return round(float(load(write_head(registers)).get_estimate()))
