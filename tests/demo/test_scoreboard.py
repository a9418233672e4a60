from io import StringIO

import demo_rows as rows
import msgspec
from demo_rows import rolling
from rich.console import Console

from schemas.deadletter import Reason
from schemas.topics import BUCKETS, DEADLETTER, LATE, PERIODS, ROLLING
from streams.demo.scoreboard import scoreboard
from streams.readmodel.model import ReadModel


def model_of(*messages: tuple[str, rows.Row]) -> ReadModel:
    board = ReadModel()
    for topic, (key, value) in messages:
        board.apply(topic, key, value)
    return board


def drawn(board: ReadModel, width: int) -> list[str]:
    console = Console(file=StringIO(), width=width)
    console.print(scoreboard(board))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return [line.rstrip() for line in text.splitlines() if line.strip()]


def test_the_last_row_of_a_day_stands() -> None:
    board = model_of(
        (BUCKETS, rows.bucket("complaints", 3)),
        (BUCKETS, rows.bucket("complaints", 7)),
        (BUCKETS, rows.bucket("complaints", 5, start=rows.JAN_18 + rows.DAY)),
    )
    assert board.folded("complaints") == 12


def test_only_daily_totals_are_counted() -> None:
    board = model_of(
        (BUCKETS, rows.bucket("complaints", 3)),
        (BUCKETS, rows.bucket("complaints", 3, grain="1h")),
        (BUCKETS, rows.bucket("complaints", 3, labels={"company": "Navient"})),
    )
    assert board.folded("complaints") == 3


def test_renewals_and_refusals_make_up_the_topic_renewals() -> None:
    board = model_of(
        (BUCKETS, rows.bucket("renewals", 10)),
        (BUCKETS, rows.bucket("refusals", 2)),
        (BUCKETS, rows.bucket("cost_to_serve", 4)),
        (BUCKETS, rows.bucket("revenue", 4)),
    )
    assert (board.folded("renewals"), board.folded("revenue")) == (12, 4)


def test_a_message_reported_twice_counts_once() -> None:
    board = model_of(
        (DEADLETTER, rows.deadletter("signups", 4)),
        (DEADLETTER, rows.deadletter("signups", 4)),
        (DEADLETTER, rows.deadletter("signups", 9, Reason.EMPTY)),
        (LATE, rows.late("signups", 4)),
        (LATE, rows.late("signups", 4)),
    )
    assert board.refused == {"signups": 2}
    assert board.reasons == {"not_json": 1, "empty": 1}
    assert board.late == {"signups": 1}


def test_a_period_that_is_gone_is_gone() -> None:
    key, value = period("month", "2017-01", new=(3, {}))
    board = model_of((PERIODS, (key, value)))
    assert board.periods == {key: value}
    board.apply(PERIODS, key, b"")
    assert board.periods == {}


def period(
    grain: str,
    name: str,
    *,
    parts: dict[str, object] | None = None,
    segment: str | None = None,
    **numbers: tuple[int, dict[str, int]],
) -> rows.Row:
    key = {"grain": grain, "period": name, "segment": segment, "tier": None}
    value = key | {
        "start": "",
        "end": "",
        "status": "provisional",
        "numbers": {unit: {"count": n, "values": money} for unit, (n, money) in numbers.items()},
        "parts": parts or {},
        "published": None,
        "definitions": "5f0c1a2b",
        "clock": "2017-01-03T10:00:00Z",
    }
    return msgspec.json.encode(key), msgspec.json.encode(value)


def company() -> ReadModel:
    reasons = [
        {"label": "price", "count": 2, "values": {}},
        {"label": "moved away", "count": 5, "values": {}},
    ]
    lost = {"USD": 24_000, "EUR": 1_000}
    return model_of(
        (PERIODS, period("day", "2016-12-01", new=(2, {"USD": 2_000}))),
        (PERIODS, period("day", "2016-12-02", new=(1, {"USD": 1_000}))),
        (PERIODS, period("day", "2017-01-01", new=(4, {"USD": 9_000}))),
        (PERIODS, period("day", "2017-01-02", new=(4, {"USD": 9_000}))),
        (PERIODS, period("month", "2017-01", segment="student", new=(1, {"USD": 1_000}))),
        (
            PERIODS,
            period(
                "month",
                "2017-01",
                parts={"lost": {"reason": reasons}},
                opening=(1_200, {"USD": 12_000_000, "EUR": 900_000}),
                new=(9, {"USD": 20_000}),
                reactivated=(2, {"USD": 4_000}),
                discovered=(1, {"EUR": 500}),
                lost=(7, lost),
                closing=(1_205, {"USD": 12_000_000, "EUR": 899_500}),
                margin=(0, {"USD": -51_234_500}),
            ),
        ),
        (ROLLING, rolling("complaints", 12_345, customers=678)),
        (ROLLING, rolling("complaints", 9, labels={"company": "Navient"})),
    )


def test_the_scoreboard_begins_with_the_month_in_customers_and_money() -> None:
    lines = drawn(company(), width=80)
    assert lines[0] == "Customers in January 2017, as of 2017-01-03 10:00"
    assert [" ".join(line.split()) for line in lines[1:] if "\u2500" not in line] == [
        "customers to 1-2 Dec USD EUR",
        "opening 1,200 120,000 9,000",
        "new 9 +6 200",
        "back or found 3 40 5",
        "pay more",
        "pay less",
        "lost 7 240 10",
        "merged",
        "taken over",
        "closing 1,205 120,000 8,995",
        "at risk",
        "renewed",
        "refused",
        "revenue",
        "margin -512,345",
        "referrals",
        "converted",
        "Lost for: moved away 5, price 2",
        "Refused for: nothing",
        "Complaints in the last 7 days: 12,345, of 678 people",
        "Complaints in the last 28 days: none published as yet",
    ]


def test_a_wide_terminal_also_shows_how_the_money_has_changed() -> None:
    (new,) = (line for line in drawn(company(), width=120) if line.split()[0] == "new")
    assert new.split() == ["new", "9", "+6", "200", "+165"]


def test_it_fits_into_eighty_columns() -> None:
    assert max(map(len, drawn(company(), width=80))) <= 80


def test_before_anything_is_told_it_says_so() -> None:
    assert drawn(ReadModel(), width=80)[0] == "Customers of the month: none published as yet"
