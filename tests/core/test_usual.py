"""What the evidence knows of the weeks before: as counted, after a restart, and of older states."""

from __future__ import annotations

import random
from collections import Counter
from typing import TYPE_CHECKING

from alert_worlds import GRACE, NAMES, SETTINGS

from streams.core.alerts.kinds import LAYOUT
from streams.core.alerts.rows import changed, read
from streams.core.alerts.stage import Watch
from streams.core.event_time.buckets import DAY, HOUR
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


def lived(events: Events, rows: dict[bytes, bytes]) -> Watch:
    """Live through them day by day, and write down what changes."""
    watch = Watch("complaints", 1, SETTINGS)
    for number, at in enumerate(range(FIRST, END, DAY)):
        counts = Counter((start, of) for start, of in events if at <= start < at + DAY)
        told = [
            DetailRow(start, (product, "Rate", "Acme", "CA"), count, [])
            for (start, product), count in sorted(counts.items())
        ]
        source = Source("complaints", 0, number, 0, at + DAY + GRACE, idle=False)
        watch.evidence.take(Details(source, "complaints", NAMES, told))
        watch.evidence.pass_on(at + DAY)
        watch.evidence.prune(at + DAY)
        for key, value in changed(watch):
            rows.pop(key, None) if value is None else rows.__setitem__(key, value)
        watch.written()
    return watch


def restored(rows: Mapping[bytes, bytes]) -> Watch:
    watch = Watch("complaints", 1, SETTINGS)
    for row in LAYOUT.read(rows):
        read(watch, row)
    return watch


def test_what_the_hours_of_the_weeks_before_brought_is_counted_and_survives_a_restart() -> None:
    events, rows = history(), dict[bytes, bytes]()
    for watch in (lived(events, rows), restored(rows)):
        place = watch.evidence.place({"product": "Loan"})
        weeks = watch.evidence.weeks(END, place)
        for start in range(END - 35 * DAY, END, 5 * HOUR):
            exact = sum(start <= at < start + 7 * HOUR and of == "Loan" for at, of in events)
            assert weeks.count(start, start + 7 * HOUR) == exact
            assert watch.evidence.count(start, start + 7 * HOUR, place) == exact
    assert sum(key.startswith(b"c\t") for key in rows) == 33  # three days have single events


def test_what_single_labels_brought_adds_up_to_the_series() -> None:
    watch = lived(history(), {})
    for start, end in ((END - 8 * HOUR, END), (END - 40 * HOUR, END - 9 * HOUR), (END - DAY, END)):
        usual = watch.evidence.typical(start, end, start, (), 0)
        assert usual is not None
        spans = list(watch.evidence.weeks(end, ()).like(start, end, start))
        assert len(spans) >= 4
        names = watch.evidence.window(start, end, ()).values(0)
        for name, brought in zip(names, usual.tolist(), strict=True):
            place = watch.evidence.place({"product": name})
            counts = sorted(watch.evidence.count(a, b, place) for a, b in spans)
            assert brought == counts[(len(counts) - 1) // 2]


def test_a_state_from_before_knows_days_and_no_hours() -> None:
    """The hours of before version 5 are not known: whole days are compared, and no night."""
    rows: dict[bytes, bytes] = {}
    lived([event for event in history() if event[0] < END - 2 * DAY or event[0] >= END - DAY], rows)
    older = restored({key: row for key, row in rows.items() if not key.startswith(b"c\t")})
    assert older.evidence.silence(END - DAY + 9 * HOUR, END, ()) == (
        END - 2 * DAY,
        END - DAY,
        0,
        30,
    )
    assert older.evidence.silence(END - 10 * DAY + 9 * HOUR, END - 9 * DAY, ()) is None
