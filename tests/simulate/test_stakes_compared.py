"""What incidents say of those who complained, held against the truth."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from streams.core.customers.definitions import Definitions
from streams.simulate.events import Event
from streams.simulate.stakes import compare_stakes, read_incidents
from streams.simulate.truth.between import between_customers
from streams.simulate.truth.company import Truth
from streams.simulate.verify import TableError

CLOCK = int(datetime(2016, 12, 31, tzinfo=UTC).timestamp())


def sent(on: str, day: str, customer: str, **fields: Any) -> tuple[str, Event]:
    """Make an event of a day of 2016, such as 05-01."""
    at = datetime.fromisoformat(f"2016-{day}T10:00:00+00:00")
    name = f"{on}-{customer}-{day}-{fields.get('product')}"
    return on, Event(event_id=name, customer_id=customer, occurred_at=at, **fields)


def paying(customer: str, value: int, currency: str = "USD") -> tuple[str, Event]:
    price = {"monthly_value": value, "currency": currency}
    return sent("signups", "01-10", customer, segment="home", **price)


LOAN = {"product": "Loan"}
EVENTS = [
    paying("ann", 4_900),
    sent("complaints", "05-02", "ann", product="Loan"),
    sent("complaints", "05-03", "ann", product="Loan"),
    sent("cancellations", "05-20", "ann"),
    paying("bob", 700, "EUR"),
    sent("complaints", "05-02", "bob", product="Loan"),
    sent("changes", "05-20", "bob", change="merged", merged_into="cid"),
    paying("dot", 900),
    sent("complaints", "05-02", "dot", product="Card"),  # about something else
    sent("complaints", "04-30", "dot", product="Loan"),  # too early
    sent("complaints", "05-10", "dot", product="Loan"),  # too late: it was over then
    sent("complaints", "05-02", "eve", product="Loan"),  # no customer
    paying("fay", 300),
    sent("complaints", "05-04", "fay", product="Loan"),
    sent("cancellations", "06-20", "fay"),  # too long after it
]


def row(name: str = "i1", **fields: Any) -> bytes:
    """Encode a row of incidents, as far as it is read."""
    complained = {
        "customers": 3,
        "value": {"USD": 5_200, "EUR": 700},
        "left": 1,
        "value_left": {"USD": 4_900},
        "final": True,
    }
    return msgspec.json.encode(
        {
            "incident_id": name,
            "metric": "complaints",
            "title": "Complaints about Loan",
            "labels": LOAN,
            "started_at": "2016-05-01T00:00:00Z",
            "resolved_at": "2016-05-10T00:00:00Z",
            "complained": complained | fields.pop("said", {}),
            **fields,
        }
    )


def differences(*lines: bytes) -> list[str]:
    told = read_incidents(lines)
    asked = [one.asked for one in told.final]
    truth = Truth(Definitions(), CLOCK, between_customers(EVENTS), asked=asked)
    for customer in {event.customer_id for _, event in EVENTS}:
        truth.add(customer, [one for one in EVENTS if one[1].customer_id == customer])
    return list(compare_stakes(truth.stakes, told.final))


def test_who_complained_while_it_lasted_is_counted_once_and_who_left_within_thirty_days() -> None:
    assert differences(row()) == []
    assert differences(row(labels={**LOAN, "segment": "home"})) == []


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"customers": 4}, "customers who complained 3, reported 4"),
        ({"left": 0}, "who of them left 1, reported 0"),
        ({"value": {"USD": 5_900}}, "value {'USD': 5200, 'EUR': 700}, reported {'USD': 5900}"),
        ({"value_left": {}}, "value of those who left {'USD': 4900}, reported {}"),
    ],
)
def test_each_number_that_differs_is_told(said: dict[str, Any], found: str) -> None:
    assert differences(row(said=said)) == [f"incident i1, Complaints about Loan: {found}"]


def test_only_what_is_final_is_compared_and_of_two_rows_the_later_one() -> None:
    told = read_incidents(
        [
            row("i1", said={"customers": 9}),
            row("i1"),
            row("i2", said={"final": False}),
            row("i3", metric="cancellations"),
            row("i4", merged_into="i1"),
            row("i5", resolved_at=None),
        ]
    )
    assert [(one.asked.name, one.said.customers) for one in told.final] == [("i1", 3)]
    assert told.open == 2
    with pytest.raises(TableError, match="no row of incidents"):
        read_incidents([b"{}"])
