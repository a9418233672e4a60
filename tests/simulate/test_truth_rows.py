"""What the truth says beside the movements: groups, reasons, risk, referrals, months."""

from __future__ import annotations

from story import (
    Sent,
    cancelled,
    change,
    correction,
    day,
    payment,
    sent,
    signup,
    year_of,
)

from streams.core.customers.definitions import Definitions
from streams.simulate.truth.company import truth_of


def test_a_tier_is_earned_by_the_margin_of_the_year_before_in_all_currencies() -> None:
    definitions = Definitions(tiers=(("gold", {"USD": 3000, "EUR": 2000}),))
    story = [
        signup("02-01", segment="home"),
        payment("02-02", 2500, cost_to_serve=1000),
        payment("03-02", 1000, currency="EUR"),
    ]
    rows = truth_of(story, definitions, int(day("2017-04-30T00:00").timestamp())).rows()
    closing = {
        row.period: row.group
        for row in rows
        if row.grain == "month" and row.unit == "closing" and row.currency == "" != row.group
        if row.group != "total"
    }
    gold = [month for month, group in closing.items() if group == "segment=home,tier=gold"]
    assert gold[0] == "2016-04", "a half from each currency, from the month after on"
    assert gold[-1] == "2017-02", "the payment of February 2016 is too old for March 2017"
    moves = {
        (row.period, row.group, row.value)
        for row in rows
        if row.grain == "month" and row.unit == "moved_in" and row.currency == "USD"
    }
    assert ("2016-04", "segment=home,tier=gold", 1000) in moves
    assert ("2017-03", "segment=home,tier=base", 1000) in moves


def test_losses_are_reported_by_reason_and_whether_they_could_be_avoided() -> None:
    story = [
        signup("02-01"),
        cancelled("05-01", reasons=["price", "service"], avoidable=True),
        signup("02-01", customer="bob"),
        change("04-01", "past_due", customer="bob"),
    ]
    rows = truth_of(story, Definitions(), int(day("12-31").timestamp())).rows()
    lost = {
        row.unit: row.value
        for row in rows
        if row[:3] == ("year", "2016", "total")
        and row.unit.startswith("lost[")
        and not row.currency
    }
    assert lost == {
        "lost[reason=price]": 1,
        "lost[reason=past due]": 1,
        "lost[avoidable=true]": 1,
        "lost[avoidable=unknown]": 1,
        "lost[plan=unknown]": 2,
    }


def test_a_customer_is_at_risk_while_a_complaint_is_recent_or_open() -> None:
    complaint = sent("complaints", "03-05", event_id="c")
    updates = [
        sent("complaint_updates", "03-06", complaint_id="c", status="acknowledged"),
        sent("complaint_updates", "06-20", complaint_id="c", status="resolved"),
    ]

    def months(*story: Sent) -> list[str]:
        rows = truth_of([signup("02-01"), *story], Definitions(), int(day("12-31").timestamp()))
        return [
            row.period
            for row in rows.rows()
            if row.grain == "month" and row.unit == "at_risk" and row.group == "total"
            if row.currency == "USD"
        ]

    assert months(complaint) == ["2016-03"]
    assert months(complaint, *updates) == ["2016-03", "2016-04", "2016-05"]


def test_referred_customers_are_worth_something_to_the_group_of_their_referrer() -> None:
    story = [
        signup("02-01", segment="home"),
        sent("referrals", "03-01", referred_customer_id="bob", converted=True),
        sent("referrals", "03-02"),
        signup("03-05", 700, customer="bob", segment="work"),
    ]
    rows = truth_of(story, Definitions(), int(day("04-30").timestamp())).rows()
    april = {
        (row.unit, row.currency): row.value
        for row in rows
        if row[:3] == ("quarter", "2016-Q2", "segment=home,tier=base")
    }
    march = {row.unit: row.value for row in rows if row[:3] == ("month", "2016-03", "total")}
    assert (april["referred", ""], april["referred", "USD"]) == (1, 700)
    assert (march["referrals"], march["referrals_converted"]) == (2, 1)


def test_months_begin_at_midnight_of_the_zone() -> None:
    night = payment("2016-03-31T22:30")
    assert year_of(night, zone="UTC") == year_of(night, zone="Europe/Berlin")

    def month(zone: str) -> list[str]:
        rows = truth_of([night], Definitions(zone=zone), int(day("12-31").timestamp())).rows()
        return [row.period for row in rows if (row.grain, row.unit) == ("month", "discovered")][:1]

    assert (month("UTC"), month("Europe/Berlin")) == (["2016-03"], ["2016-04"])


def test_money_that_came_too_late_is_not_counted_and_a_late_signup_is() -> None:
    pays, joins = payment("03-02"), signup("02-01")
    fixed = correction("03-03", pays, payment("03-02", 2000))
    late = {(topic, event.event_id) for topic, event in (pays, joins)}
    clock = int(day("12-31").timestamp())
    rows = truth_of([pays, joins, fixed], Definitions(), clock, left_out=late).rows()
    units = {row.unit for row in rows if row.grain == "year"}
    assert "new" in units
    assert "revenue" not in units


def test_an_update_of_a_complaint_that_came_too_late_is_known_all_the_same() -> None:
    complains = sent("complaints", "03-02")
    about = complains[1].event_id
    answered = sent("complaint_updates", "03-03", complaint_id=about, status="answered")
    resolved = sent("complaint_updates", "03-09", complaint_id=about, status="resolved")
    story = [signup("02-01"), complains, answered, resolved]
    late = {("complaint_updates", resolved[1].event_id)}
    rows = truth_of(story, Definitions(), int(day("12-31").timestamp()), left_out=late).rows()
    risky = {row.period for row in rows if (row.grain, row.unit) == ("month", "at_risk")}
    assert risky == {"2016-03"}, "by its 30 days only"
