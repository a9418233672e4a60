"""What the evidence knows of the weeks before: as counted, after a restart, and of older states."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from alert_worlds import GRACE, NAMES

from streams.core.alerts.kinds import LAYOUT
from streams.core.event_time.buckets import DAY, HOUR
from streams.core.evidence.evidence import Evidence
from streams.core.messages import DetailRow, Details, Source

if TYPE_CHECKING:
    from collections.abc import Mapping

FIRST = 102 * DAY
DAYS = 40
END = FIRST + DAYS * DAY
PRODUCTS = ("Loan", "Card")
Events = list[tuple[int, str]]


def history(seed: int = 1) -> Events:
    """Complaints from nine to five, of two products, up to the evening of the last day."""
    dice = random.Random(seed)
    return [
        (FIRST + day * DAY + 9 * HOUR + 300 * dice.randrange(96), dice.choice(PRODUCTS))
        for day in range(DAYS)
        for _ in range(30)
    ]


def lived(events: Events, rows: dict[bytes, bytes]) -> Evidence:
    """Live through them day by day, and write down what changes."""
    evidence = Evidence(GRACE)
    for number, at in enumerate(range(FIRST, END, DAY)):
        counts = Counter((start, of) for start, of in events if at <= start < at + DAY)
        counted = [
            DetailRow(start, (product, "Rate", "Acme", "CA"), count, [])
            for (start, product), count in sorted(counts.items())
        ]
        source = Source("complaints", 0, number, 0, at + DAY + GRACE, idle=False)
        evidence.admit(Details(source, "complaints", NAMES, counted))
        evidence.advance(at + DAY)
        for key, value in evidence.flush("complaints"):
            rows.pop(key, None) if value is None else rows.__setitem__(key, value)
    return evidence


def restored(rows: Mapping[bytes, bytes]) -> Evidence:
    evidence = Evidence(GRACE)
    for row in LAYOUT.read(rows):
        evidence.restore(row)
    return evidence


def test_what_the_hours_of_the_weeks_before_brought_is_counted_and_survives_a_restart() -> None:
    events, rows = history(), dict[bytes, bytes]()
    for evidence in (lived(events, rows), restored(rows)):
        place = evidence.place({"product": "Loan"})
        weeks = evidence.usual.weeks(END, place)
        for start in range(END - 35 * DAY, END, 5 * HOUR):
            exact = sum(start <= at < start + 7 * HOUR and of == "Loan" for at, of in events)
            assert weeks.count(start, start + 7 * HOUR) == exact
            assert evidence.counts.count(start, start + 7 * HOUR, place) == exact
    assert sum(key.startswith(b"c\t") for key in rows) == 33  # three days have single events


def test_what_single_labels_brought_adds_up_to_the_series() -> None:
    evidence = lived(history(), {})
    for start, end in ((END - 8 * HOUR, END), (END - 40 * HOUR, END - 9 * HOUR), (END - DAY, END)):
        usual = evidence.usual.by_value(start, end, start, (), 0)
        assert usual is not None
        spans = list(evidence.usual.weeks(end, ()).like(start, end, start))
        assert len(spans) >= 4
        names = evidence.counts.window(start, end, ()).values(0)
        for name, brought in zip(names, usual.tolist(), strict=True):
            place = evidence.place({"product": name})
            counts = sorted(evidence.counts.count(a, b, place) for a, b in spans)
            assert brought == counts[(len(counts) - 1) // 2]


def test_a_state_from_before_knows_days_and_no_hours() -> None:
    """The hours of before version 5 are not known: whole days are compared, and no night."""
    rows: dict[bytes, bytes] = {}
    lived([event for event in history() if event[0] < END - 2 * DAY or event[0] >= END - DAY], rows)
    older = restored({key: row for key, row in rows.items() if not key.startswith(b"c\t")})
    assert older.usual.gap(END - DAY + 9 * HOUR, END, ()) == (
        END - 2 * DAY,
        END - DAY,
        0,
        30,
    )
    assert older.usual.gap(END - 10 * DAY + 9 * HOUR, END - 9 * DAY, ()) is None
