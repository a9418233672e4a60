"""The hours of the evidence: packed or not, they are the same."""

from __future__ import annotations

from streams.core.incidents.evidence import Entry
from streams.core.incidents.hours import PACK_FROM, Hours

HOUR = 3600


def filled(hours: int) -> Hours[Entry]:
    held = Hours(Entry)
    for number in range(hours):
        entries = held.change(number * HOUR)
        for place in range(PACK_FROM + number):
            entries[f"p{place}", "x"] = Entry(place, [(place, f"text {place}")])
    return held


def test_what_has_gone_by_is_packed_and_reads_the_same() -> None:
    packed, plain = filled(5), filled(5)
    packed.pack()
    assert packed.size() == plain.size()
    assert sorted(packed) == sorted(plain) == [number * HOUR for number in range(5)]
    for start in plain:
        assert packed.get(start) == plain.get(start)
    assert packed.get(0) is not packed.get(0)  # a fresh one each time: it is packed
    assert packed.get(4 * HOUR) is packed.get(4 * HOUR)


def test_a_packed_hour_changes_goes_and_is_replaced_like_any_other() -> None:
    held = filled(5)
    held.pack()
    held.change(0)["late", "x"] = Entry(1, [])
    assert held.get(0)["late", "x"] == Entry(1, [])
    held.pack()
    assert held.get(0)["late", "x"] == Entry(1, [])
    del held[0]
    assert held.find(0) is None
    held[HOUR] = {}
    assert held.find(HOUR) == {}
    assert sorted(held) == [number * HOUR for number in range(1, 5)]
