"""What is at stake, from the events to the records of incidents: by a replay and by brute force."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import pytest
from customer_events import DAY, cancelled, event, signup, topic_of, when
from msgspec.json import encode

from schemas.topics import INCIDENTS
from streams.core.catalogue import TOPICS
from streams.core.config import Customers
from streams.core.pipeline import Pipeline
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.stage import Send

ON: Final = Settings(customers=Customers(enabled=True))
BEGIN: Final = when("2024-01-01")
SPIKE: Final = 50
"""The day on which complaints about loans rise, for two days."""
LEFT: Final = ("c3", "c5", "c8")
WALL: Final = float(when("2026-01-01"))


def events() -> list[Any]:
    """Three hundred customers of two currencies; some complain each day, many in the spike."""
    made: list[Any] = []
    for number in range(300):
        currency = "EUR" if number % 3 == 0 else "USD"
        value = 1_000 + number
        made.append(signup(BEGIN + number, f"c{number}", monthly_value=value, currency=currency))
    for day in range(130):
        at = BEGIN + day * DAY + 3_600
        for number in range(4):
            who = (7 * day + 11 * number) % 300
            made.append(event("complaints", at + 3_000 * number, f"c{who}", product="Card"))
        if SPIKE <= day < SPIKE + 2:
            made += [
                event("complaints", at + 600 * number, f"c{number % 45}", product="Loan")
                for number in range(90)
            ]
        else:
            made += [event("complaints", at + 9_000, f"c{(13 * day) % 300}", product="Loan")]
    made += [cancelled(BEGIN + (SPIKE + 5 + n) * DAY, who) for n, who in enumerate(LEFT)]
    made.append(signup(BEGIN + (SPIKE + 20) * DAY, LEFT[0], monthly_value=1_003, currency="EUR"))
    return sorted(made, key=lambda one: one.occurred_at)


def replayed(made: Iterable[Any], size: int) -> dict[str, Any]:
    """Give the incidents as they stand in the end."""
    pipeline = Pipeline(ON)
    found: dict[str, Any] = {}

    def read(sends: Iterable[Send]) -> None:
        for send in sends:
            if send.topic == INCIDENTS:
                row = json.loads(send.value or b"")
                found[row["incident_id"]] = row

    rows = list(made)
    read(pipeline.end(TOPICS.keys() - {topic_of(one) for one in rows}, WALL))
    for start in range(0, len(rows), size):
        chunk = rows[start : start + size]
        for topic in sorted({topic_of(one) for one in chunk}):
            records = [
                Record(start + at, None, encode(one))
                for at, one in enumerate(chunk)
                if topic_of(one) == topic
            ]
            read(pipeline.process(topic, records, WALL))
    read(pipeline.finish(WALL))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("size", [40, 4_000])
def test_an_incident_knows_who_complained_and_who_left(size: int) -> None:
    made = events()
    loans = [
        row
        for row in replayed(made, size).values()
        if row["labels"] == {"product": "Loan"} and row["merged_into"] is None
    ]
    assert len(loans) == 1
    row = loans[0]
    since, until = (when(row[name].removesuffix("Z")) for name in ("started_at", "resolved_at"))
    who = {
        one.customer_id
        for one in made
        if topic_of(one) == "complaints"
        and one.product == "Loan"
        and since <= one.occurred_at.timestamp() < until
    }
    value: dict[str, int] = {}
    for name in who:
        number = int(name[1:])
        currency = "EUR" if number % 3 == 0 else "USD"
        value[currency] = value.get(currency, 0) + 1_000 + number
    assert len(who) > 45
    gone = {"USD": 1_005 + 1_008}
    assert row["complained"] == {
        "customers": len(who),
        "value": value,
        "left": 2,
        "value_left": gone,
        "final": True,
    }
    assert row["value_at_risk"] == value
