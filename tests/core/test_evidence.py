"""The evidence: what a step sees is a matter of event time, however early the rest came."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING
from zlib import crc32

from streams.core.event_time.buckets import BASE, DAY, HOUR
from streams.core.evidence import days, hours
from streams.core.evidence.evidence import Evidence
from streams.core.evidence.store import EvidenceStore
from streams.core.messages import DetailRow, Details, Source
from streams.core.sketches import fingerprints

if TYPE_CHECKING:
    import pytest

GRACE = 600
NAMES = ("product", "region")
FIRST = 100 * DAY


def rows(partition: int, hours: int) -> list[DetailRow]:
    """So many hours of events by 5 minutes, of one source partition."""
    dice = random.Random(partition)
    reported = []
    for start in range(FIRST, FIRST + hours * HOUR, BASE):
        for product in ("Loan", "Card"):
            count = dice.randrange(4)
            sample = b"".join(
                fingerprints.make(
                    crc32(f"{partition}{start}{product}{n}".encode()), "c", None, start + 20 * n
                )
                for n in range(count)
            )
            if count:
                reported.append(DetailRow(start, (product, "CA"), count, [], sample))
    return reported


def published(partition: int, flush: int, own: list[DetailRow], watermark: int) -> Details:
    source = Source("complaints", partition, flush, 0, watermark, idle=False)
    return Details(source, "complaints", NAMES, own)


def early(hours: int, *, pack: bool) -> Evidence:
    """All of it at once, before any step."""
    evidence = Evidence(GRACE)
    for partition in (0, 1):
        end = FIRST + hours * HOUR
        evidence.admit(published(partition, 1, rows(partition, hours), end + GRACE))
        if pack:
            evidence.pack()
    return evidence


def in_time(hours: int) -> Evidence:
    """Hour by hour."""
    evidence = Evidence(GRACE)
    for partition in (0, 1):
        reported = rows(partition, hours)
        for hour in range(hours):
            start = FIRST + hour * HOUR
            own = [row for row in reported if start <= row.start < start + HOUR]
            evidence.admit(published(partition, hour, own, start + HOUR + GRACE))
    return evidence


def test_a_step_within_an_hour_sees_nothing_of_what_comes_after_it() -> None:
    reported = [row for partition in (0, 1) for row in rows(partition, 30)]
    held = [early(30, pack=False), early(30, pack=True), in_time(30)]
    place = held[0].place({"product": "Loan"})
    for end in range(FIRST + 20 * HOUR, FIRST + 30 * HOUR, 35 * 60):
        exact = sum(
            row.count
            for row in reported
            if row.labels[0] == "Loan" and end - 2 * HOUR <= row.start < end
        )
        for evidence in held:
            evidence.advance(end)
            assert evidence.counts.count(end - 2 * HOUR, end, place) == exact
            window = evidence.counts.window(end - 2 * HOUR, end, place)
            assert (window.by(0), window.by(1)) == ({"Loan": exact}, {"CA": exact})
        held[1].pack()
    assert len({evidence.size() for evidence in held}) == 1


def test_the_last_events_of_a_partition_that_is_idle_since_are_usual_too() -> None:
    evidence = Evidence(GRACE)
    last = FIRST + 5 * HOUR
    evidence.admit(published(0, 1, [DetailRow(last, ("Loan", "CA"), 3, [], b"")], last))
    end = FIRST + 2 * DAY
    evidence.admit(published(1, 1, rows(1, 24), end + GRACE))
    evidence.advance(end)
    others = sum(row.count for row in rows(1, 24) if row.labels[0] == "Loan")
    place = evidence.place({"product": "Loan"})
    assert evidence.counts.base(end, place).total() == others + 3
    evidence.admit(published(0, 2, [], end + GRACE))  # it goes on: now they are closed
    evidence.advance(end)
    assert evidence.counts.base(end, place).total() == others + 3


def test_what_waits_for_its_step_is_packed() -> None:
    store = EvidenceStore(GRACE)
    for partition in (0, 1):
        counted = rows(partition, 24 * 20)
        store.admit(published(partition, 1, counted, FIRST + 24 * 20 * HOUR + GRACE))
        store.pack()
    assert not list(store.open_buckets.between(FIRST, FIRST + 20 * DAY))
    end = FIRST + 3 * HOUR + BASE
    store.advance(end)
    starts = {row.start for partition in (0, 1) for row in rows(partition, 24)}
    left = {at for at, _ in store.open_buckets.between(FIRST, FIRST + DAY)}
    assert left == {at for at in starts if at >= end}


def test_who_is_counted_under_other_does_not_depend_on_the_order_of_messages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nor on how many source partitions there are: a replay has one."""
    monkeypatch.setattr(hours, "COMBINATIONS_AN_HOUR", 2)
    monkeypatch.setattr(days, "COMBINATIONS_A_DAY", 2)
    reported = [DetailRow(FIRST, (product, "CA"), 1, [], b"") for product in "dbca"]
    one = EvidenceStore(GRACE)
    one.admit(published(0, 1, reported, FIRST + DAY))
    several = EvidenceStore(GRACE)
    for partition, row in enumerate(reported):
        several.admit(published(partition, 1, [row], FIRST + DAY))
    for store in (one, several):
        store.advance(FIRST + HOUR)
        counts = {labels: row.count for labels, row in store.hours.get(FIRST).items()}
        assert counts == {("a", "CA"): 1, ("b", "CA"): 1, ("other", "other"): 2}
        assert store.days.find(FIRST) == counts
