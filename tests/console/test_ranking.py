from __future__ import annotations

import sqlite3
from collections import Counter
from operator import itemgetter
from random import Random

import pytest

from streams.console.index.ranking import (
    MOST,
    PART,
    breakdown_of,
    place_of,
    put_counts,
    ranked,
    series_id,
)
from streams.console.index.tables import build_anew

PLACES = (0, 1, 2, 77, PART - 1, PART, PART + 5, 3 * PART + 1)
DAYS = range(736_000, 736_009)


@pytest.fixture
def db() -> sqlite3.Connection:
    found = sqlite3.connect(":memory:", isolation_level=None)
    build_anew(found)
    return found


def ranking(db: sqlite3.Connection, breakdown: int, first: int, end: int) -> list[tuple[int, int]]:
    columns = db.execute(
        "SELECT part, value FROM day_counts WHERE breakdown = ? AND day >= ? AND day < ?",
        (breakdown, first, end),
    )
    places, totals = ranked(columns)
    return list(zip(places.tolist(), totals.tolist(), strict=True))


@pytest.mark.parametrize("seed", range(20))
def test_series_rank_by_their_last_counts_of_the_days_asked_for(
    db: sqlite3.Connection, seed: int
) -> None:
    draw = Random(seed)
    known: dict[tuple[int, int, int], int] = {}
    for _ in range(draw.randrange(1, 6)):
        rows = []
        for _ in range(draw.randrange(1, 30)):
            key = draw.choice((1, 2)), draw.choice(DAYS), draw.choice(PLACES)
            known[key] = draw.choice((0, 1, 5, 300, 70_000))
            rows.append((key[1], series_id(key[0], key[2]), known[key], "more", None))
        put_counts(db, sorted(rows, key=itemgetter(0, 1)))
    first, end = sorted(draw.sample(DAYS, 2))
    for breakdown in (1, 2, 3):
        totals: Counter[int] = Counter()
        for (of, day, place), count in known.items():
            if of == breakdown and first <= day < end:
                totals[place] += count
        expected = sorted(
            ((place, total) for place, total in totals.items() if total),
            key=lambda pair: (-pair[1], pair[0]),
        )
        assert ranking(db, breakdown, first, end) == expected


def test_a_series_says_its_breakdown_and_place() -> None:
    for breakdown, place in ((1, 0), (7, 2**32 - 1), (300, 5)):
        series = series_id(breakdown, place)
        assert (breakdown_of(series), place_of(series)) == (breakdown, place)


def test_a_count_that_is_none_or_too_large_ranks_first_or_last(db: sqlite3.Connection) -> None:
    day = DAYS[0]
    put_counts(
        db, [(day, series_id(1, 0), 2**40), (day, series_id(1, 1), -3), (day, series_id(1, 2), 9)]
    )
    assert ranking(db, 1, day, day + 1) == [(0, MOST), (2, 9)]
