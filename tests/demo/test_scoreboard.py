from io import StringIO

import demo_rows as rows
import pytest
from rich.console import Console

from schemas.deadletter import Reason
from schemas.topics import BUCKETS, DEADLETTER, LATE, ROLLING
from streams.demo.scoreboard import dollars, scoreboard
from streams.readmodel.model import ReadModel


def model_of(*messages: tuple[str, rows.Row]) -> ReadModel:
    board = ReadModel()
    for topic, (key, value) in messages:
        board.apply(topic, key, value)
    return board


def drawn(board: ReadModel) -> list[str]:
    console = Console(file=StringIO(), width=100)
    console.print(scoreboard(board))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()]


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


def test_the_scoreboard_shows_customers_and_money() -> None:
    board = model_of(
        (ROLLING, rows.rolling("signups", 10, cents=200_000)),
        (ROLLING, rows.rolling("cancellations", 4, cents=900_000)),
        (ROLLING, rows.rolling("revenue", 7, cents=123_456_700)),
        (ROLLING, rows.rolling("cost_to_serve", 7, cents=123_556_700)),
        (ROLLING, rows.rolling("complaints", 12_345, customers=678)),
        (ROLLING, rows.rolling("complaints", 9, labels={"company": "Navient"})),
    )
    assert drawn(board)[2:] == [
        "new customers 10 $24,000/year - -",
        "lost customers 4 $9,000/year - -",
        "net 6 $15,000/year - -",
        "renewals - - - -",
        "refusals - - - -",
        "revenue 7 $1.23 M - -",
        "cost to serve $1.24 M -",
        "profit -$1,000 -",
        "referrals - -",
        "complaints 12,345 678 customers - - customers",
    ]


@pytest.mark.parametrize(
    ("cents", "text"),
    [
        (None, "-"),
        (0, "$0"),
        (-950_00, "-$950"),
        (12_345_67, "$12,346"),
        (-1_234_567_89, "-$1.23 M"),
    ],
)
def test_money_is_written_in_short(cents: int | None, text: str) -> None:
    assert dollars(cents) == text
