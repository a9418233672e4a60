"""Each preset reads a file made after the published form of its kind, with nothing said besides."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from streams.cli.options import UnitOfMoney
from streams.cli.reading import Fields, Reading
from streams.load.errors import LoadError
from streams.load.loading import Loading
from streams.load.presets import find, names
from streams.settings import Settings

Write = Callable[..., Path]


def read(file: Path, preset: str, topic: str | None = None, **given: Any) -> list[dict[str, Any]]:
    """Read a file by a preset; all events of all its topics, each with the topic."""
    found = []
    for name, options in Reading(**given).sources(Fields(topic=topic, preset=preset), Settings()):
        loading = Loading(file, name, options)
        for batch in loading.batches():
            found += [{"topic": name, **json.loads(event.value)} for event in batch]
        assert loading.report.refused.total() == 0, loading.report.examples
        assert loading.report.rows == loading.rows
    return found


def test_every_preset_is_whole() -> None:
    assert names() == ["boston311", "cfpb", "nhtsa", "nyc311", "stripe", "telco", "zendesk"]
    for name in names():
        assert find(name).about


CFPB = (
    "Date received,Product,Sub-product,Issue,Sub-issue,Consumer complaint narrative,"
    "Company public response,Company,State,ZIP code,Tags,Consumer consent provided?,Submitted via,"
    "Date sent to company,Company response to consumer,Timely response?,{}Complaint ID"
)


@pytest.mark.parametrize("disputed", ["", "Consumer disputed?,"])
def test_the_csv_of_the_cfpb_is_read_with_days_and_times_in_one_column(
    write: Write, disputed: str
) -> None:
    cell = "No," if disputed else ""
    file = write(
        CFPB.format(disputed),
        f"03/12/2014,Mortgage,Other,Loan servicing,,,,Bank A,CA,94105,None,N/A,Web,03/17/2014,"
        f"Closed,Yes,{cell}759217",
        f'2017-04-10,Student loan,,Dealing with my lender,,"They, ""lost"" it",,Navient,NY,10001,'
        f"Older American,N/A,Web,2017-04-11,Closed,Yes,{cell}2430000",
        f"2019-09-10T12:00:00-05:00,Mortgage,,Trouble,,,,Bank A,TX,75001,,N/A,Phone,2019-09-11,"
        f"Closed,Yes,{cell}3370000",
    )
    first, second, third = read(file, "cfpb")
    assert first == {
        "topic": "complaints",
        "event_id": "759217",
        "occurred_at": "2014-03-12T12:00:00Z",
        "product": "Mortgage",
        "issue": "Loan servicing",
        "company": "Bank A",
        "region": "CA",
        "channel": "Web",
    }
    assert (second["segment"], second["text"]) == ("Older American", 'They, "lost" it')
    assert third["occurred_at"] == "2019-09-10T17:00:00Z"


def test_the_json_of_the_cfpb_s_search_is_read(write: Write) -> None:
    rows = [
        {
            "_id": str(number),
            "_source": {
                "complaint_id": str(number),
                "date_received": f"2019-09-{day:02}T12:00:00-05:00",
                "product": product,
                "tags": None,
                "complaint_what_happened": "",
            },
        }
        for number, (day, product) in enumerate([(10, "Mortgage")] * 8 + [(12, "Card")] * 8)
    ]
    file = write(json.dumps({"took": 5, "hits": {"total": {"value": 16}, "hits": rows}}, indent=1))
    events = read(file, "cfpb")
    assert Counter((e["occurred_at"][:10], e["product"]) for e in events) == {
        ("2019-09-10", "Mortgage"): 8,
        ("2019-09-12", "Card"): 8,
    }
    assert len({event["occurred_at"] for event in events}) == 16  # days, spread over the day


def test_311_of_new_york_has_a_clock_of_twelve_hours_and_no_zone(write: Write) -> None:
    file = write(
        "Unique Key,Created Date,Closed Date,Agency,Agency Name,Complaint Type,Descriptor,Borough,"
        "Open Data Channel Type",
        "59890000,01/05/2024 11:59:59 PM,,NYPD,Police,Noise - Street,Loud Talking,BROOKLYN,PHONE",
        "59890001,07/05/2024 12:00:01 AM,,HPD,Housing,HEAT/HOT WATER,ENTIRE BUILDING,BRONX,ONLINE",
    )
    winter, summer = read(file, "nyc311")
    assert winter["occurred_at"] == "2024-01-06T04:59:59Z"
    assert summer["occurred_at"] == "2024-07-05T04:00:01Z"
    assert (winter["product"], winter["company"], winter["region"]) == (
        *("Noise - Street", "NYPD"),
        "BROOKLYN",
    )


def test_311_of_boston_is_read_in_its_zone(write: Write) -> None:
    file = write(
        "case_enquiry_id,open_dt,target_dt,closed_dt,case_status,case_title,subject,reason,type,"
        "department,neighborhood,source",
        "101004113298,2022-01-01 00:31:00,,,Open,Pothole,Public Works,Highway Maintenance,"
        "Request for Pothole Repair,PWDx,Dorchester,Citizens Connect App",
    )
    (event,) = read(file, "boston311")
    assert event["occurred_at"] == "2022-01-01T05:31:00Z"
    assert (event["product"], event["issue"]) == (
        "Highway Maintenance",
        "Request for Pothole Repair",
    )


def test_complaints_of_nhtsa_have_tabs_no_header_and_quotes_that_are_none(write: Write) -> None:
    def line(number: int, day: str, text: str) -> str:
        cells = [""] * 49
        cells[:6] = [str(number), f"9{number}", "Ford Motor Company", "FORD", "FOCUS", "2002"]
        cells[11], cells[13], cells[15], cells[16] = "ENGINE", "OH", day, day
        cells[19], cells[20] = text, "IVOQ"
        return "\t".join(cells)

    file = write(
        line(1, "20040301", 'OWNER STATES "NOISE'),
        line(2, "20040301", '"DEALER, "SAYS" SO'),
        line(3, "20040302", "FINE"),
    )
    events = read(file, "nhtsa")
    days = Counter((event["occurred_at"][:10], event["brand"]) for event in events)
    assert days == {("2004-03-01", "FORD"): 2, ("2004-03-02", "FORD"): 1}
    assert {event["text"] for event in events} == {
        *('OWNER STATES "NOISE', '"DEALER, "SAYS" SO'),
        "FINE",
    }


def test_tickets_of_zendesk_are_read_with_their_tags_and_priorities(write: Write) -> None:
    tickets = [
        {
            "id": 35436 + number,
            "created_at": f"2009-07-20T22:55:{number:02}Z",
            "requester_id": 20978392,
            "priority": priority,
            "status": status,
            "tags": tags,
            "type": "incident",
            "via": {"channel": "web"},
            "description": "The fire is very colorful.",
        }
        for number, (priority, status, tags) in enumerate(
            [
                ("urgent", "open", ["enterprise", "other"]),
                ("normal", "open", []),
                (None, "deleted", ["enterprise"]),
            ]
        )
    ]
    first, second = read(write(json.dumps({"tickets": tickets, "count": 3})), "zendesk")
    assert (first["severity"], first["product"], first["channel"]) == (
        *("critical", "enterprise"),
        "web",
    )
    assert second["severity"] == "medium"
    assert "product" not in second
    assert second["customer_id"] == "20978392"


def stripe(kind: str, number: int, **inside: Any) -> dict[str, Any]:
    object_ = {"customer": "cus_1", "currency": "usd", **inside}
    return {
        "id": f"evt_{number}",
        "object": "event",
        "type": kind,
        "created": 1704067200,
        "data": {"object": object_},
    }


def price(amount: int, interval: str = "month", count: int = 1) -> dict[str, Any]:
    recurring = {"interval": interval, "interval_count": count}
    item = {"quantity": 2, "price": {"unit_amount": amount, "recurring": recurring}}
    return {"items": {"data": [item]}}


def test_events_of_stripe_become_those_of_four_topics(write: Write) -> None:
    events = [
        stripe("customer.subscription.created", 1, start_date=1704157200, **price(1500)),
        stripe(
            "customer.subscription.deleted", 2, ended_at=1706749200, canceled_at=1, **price(1500)
        ),
        stripe("customer.subscription.deleted", 3, currency="jpy", **price(12000, "year")),
        stripe(
            *("invoice.paid", 4),
            amount_paid=3000,
            currency="kwd",
            billing_reason="subscription_cycle",
        ),
        stripe(*("invoice.paid", 5), amount_paid=500000, currency="isk", billing_reason="manual"),
        stripe("customer.updated", 6),
    ]
    events[2]["data"]["object"]["items"]["data"][0]["current_period_end"] = 1706835600
    found = read(write(json.dumps({"object": "list", "data": events}, indent=2)), "stripe")
    by_id = {(event["topic"], event["event_id"]): event for event in found}
    assert set(by_id) == {
        *(("signups", "evt_1"), ("cancellations", "evt_2"), ("cancellations", "evt_3")),
        *(("renewals", "evt_4"), ("revenue", "evt_4"), ("revenue", "evt_5")),
    }
    signup = by_id["signups", "evt_1"]
    assert (signup["monthly_value"], signup["currency"]) == (3000, "USD")
    assert signup["occurred_at"] == "2024-01-02T01:00:00Z"
    lost = by_id["cancellations", "evt_2"]
    assert (lost["value_lost"], lost["occurred_at"]) == (36000, "2024-02-01T01:00:00Z")
    yearly = by_id["cancellations", "evt_3"]
    assert (yearly["value_lost"], yearly["currency"]) == (24000, "JPY")
    assert yearly["occurred_at"] == "2024-02-02T01:00:00Z"
    assert by_id["revenue", "evt_4"]["amount"] == 3000
    assert by_id["revenue", "evt_5"]["amount"] == 5000


TELCO = (
    "customerID,gender,tenure,Contract,InternetService,MonthlyCharges,TotalCharges,Churn",
    "7590-VHVEG,Female,1,Month-to-month,DSL,29.85,29.85,No",
    "3668-QPYBK,Male,2,Month-to-month,DSL,53.85,108.15,Yes",
    "4472-LVYGI,Female,0,Two year,DSL,52.55, ,No",
)


def test_a_row_of_a_telco_is_a_sign_up_and_perhaps_a_loss(write: Write) -> None:
    from datetime import datetime  # noqa: PLC0415

    as_of = datetime(2024, 3, 31)  # noqa: DTZ001 (as the command line gives it)
    events = read(write(*TELCO), "telco", as_of=as_of)
    ups = [(e["customer_id"], e["occurred_at"][:10], e["monthly_value"]) for e in events[:3]]
    assert sorted(ups) == [
        ("3668-QPYBK", "2024-01-31", 5385),
        ("4472-LVYGI", "2024-03-31", 5255),
        ("7590-VHVEG", "2024-02-29", 2985),
    ]
    (lost,) = events[3:]
    assert (lost["topic"], lost["customer_id"], lost["value_lost"]) == (
        *("cancellations", "3668-QPYBK"),
        64620,
    )


def test_a_telco_without_the_day_it_is_of_is_an_error(write: Write) -> None:
    with pytest.raises(LoadError, match="--as-of"):
        read(write(*TELCO), "telco")


def test_a_preset_of_one_s_own_is_a_file_and_options_come_before_it(write: Write) -> None:
    preset = write(
        'about = "ours"',
        'timezone = "Europe/Berlin"',
        "[[events]]",
        'topic = "revenue"',
        'set = { currency = "EUR" }',
        'map = { occurred_at = "tag", customer_id = ["kunde", "customer"], amount = "betrag" }',
        name="ours.toml",
    )
    file = write("tag,kunde,betrag", '2024-01-05 10:00,k1,"1.234,50"')
    (event,) = read(file, str(preset), money=UnitOfMoney.MAJOR)
    assert (event["amount"], event["occurred_at"]) == (123450, "2024-01-05T09:00:00Z")


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("cfbp", "did you mean 'cfpb'"),
        ("not-there.toml", "cannot be read"),
    ],
)
def test_a_preset_that_is_none_says_what_there_is(wanted: str, told: str) -> None:
    with pytest.raises(LoadError, match=told):
        find(wanted)
