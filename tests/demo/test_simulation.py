from collections import Counter, defaultdict
from datetime import UTC, datetime
from itertools import islice, pairwise

from streams.demo.complaints import days
from streams.demo.lifecycle import Event, Simulation

DAY = 86_400


def by_customer(events: list[Event]) -> dict[str, list[Event]]:
    lives = defaultdict(list)
    for event in events:
        if "customer_id" in event.body:
            lives[event.body["customer_id"]].append(event)
    return lives


def short(seed: int) -> list[Event]:
    return list(Simulation(islice(days(), 5), opening=300, seed=seed).events())


def test_the_same_seed_gives_the_same_events() -> None:
    assert short(seed=1) == short(seed=1)


def test_another_seed_gives_other_events() -> None:
    assert short(seed=1) != short(seed=2)


def test_events_come_in_the_order_of_their_time(events: list[Event]) -> None:
    times = [event.at for event in events]
    assert times == sorted(times)


def test_event_ids_are_unique(events: list[Event]) -> None:
    ids = Counter(event.body["event_id"] for event in events)
    assert [name for name, times in ids.items() if times > 1] == []


def test_every_real_complaint_is_reported_once_on_its_day_with_its_labels(
    events: list[Event],
) -> None:
    expected = [
        (f"cfpb-{row.number:06d}", day, *row[2:])
        for day, rows in islice(days(), 62)
        for row in rows
    ]
    counted = sorted(
        (
            event.body["event_id"],
            datetime.fromtimestamp(event.at, UTC).date(),
            event.body["product"],
            event.body["issue"],
            event.body["company"],
            event.body["region"],
            event.body["channel"],
        )
        for event in events
        if event.topic == "complaints"
    )
    assert counted == expected


def test_a_life_begins_with_a_signup_and_has_one_only(events: list[Event]) -> None:
    for life in by_customer(events).values():
        assert [event.topic for event in life].index("signups") == 0
        assert sum(event.topic == "signups" for event in life) == 1


def test_nothing_happens_after_a_customer_has_left(events: list[Event]) -> None:
    for life in by_customer(events).values():
        topics = [event.topic for event in life]
        assert "cancellations" not in topics[:-1]


def test_a_refusal_ends_the_contract_within_hours(events: list[Event]) -> None:
    end = events[-1].at
    refused = 0
    for life in by_customer(events).values():
        for event in life:
            if event.body.get("outcome") == "refused" and event.at < end - DAY:
                refused += 1
                assert life[-1].topic == "cancellations"
                assert life[-1].at - event.at < DAY / 4
    assert refused > 20


def test_terms_are_renewed_or_refused_at_their_end_only(events: list[Event]) -> None:
    for life in by_customer(events).values():
        ends = [event.at for event in life if event.topic == "renewals"]
        months = {event.body["term_months"] for event in life if event.topic == "renewals"}
        assert len(months) <= 1
        assert all(b - a == months.copy().pop() * 30 * DAY for a, b in pairwise(ends))


def test_bills_are_for_whole_terms(events: list[Event]) -> None:
    months = {"monthly": 1, "quarterly": 3, "annual": 12}
    for life in by_customer(events).values():
        signup = life[0].body
        for event in life:
            if event.topic == "revenue":
                assert event.body["amount"] == signup["monthly_value"] * months[signup["plan"]]
                assert event.body["cost_to_serve"] > 0


def test_customers_and_their_worth_add_up(events: list[Event]) -> None:
    lives = by_customer(events)
    gone = {name for name, life in lives.items() if life[-1].topic == "cancellations"}
    new, lost, worth = Counter[str](), Counter[str](), 0
    for event in events:
        if event.topic == "signups":
            new[event.topic] += 1
            worth += 12 * event.body["monthly_value"]
        elif event.topic == "cancellations":
            lost[event.body["customer_id"]] += 1
            worth -= event.body["value_lost"]
    active = [life[0].body["monthly_value"] for name, life in lives.items() if name not in gone]
    assert lost == Counter(gone)
    assert new["signups"] - len(lost) == len(active)
    assert worth == 12 * sum(active)


def test_a_converted_referral_is_of_a_customer_who_came_by_referral(events: list[Event]) -> None:
    came = {
        event.body["customer_id"]: event.at
        for event in events
        if event.topic == "signups" and event.body["channel"] == "referral"
    }
    converted = [event for event in events if event.body.get("converted")]
    assert len(converted) > 50
    for event in converted:
        assert came[event.body["referred_customer_id"]] < event.at
        assert event.body["referred_customer_id"] != event.body["customer_id"]


def test_some_complain_again_and_some_do_not_say_who_they_are(events: list[Event]) -> None:
    complaints = [event for event in events if event.topic == "complaints"]
    customers = Counter(event.body.get("customer_id") for event in complaints)
    anonymous = customers.pop(None)
    assert 0.2 < anonymous / len(complaints) < 0.3
    assert sum(times > 1 for times in customers.values()) > 0.2 * len(customers)


def test_who_complained_leaves_more_often(events: list[Event]) -> None:
    left = Counter[bool]()
    all_of_them = Counter[bool]()
    for life in by_customer(events).values():
        complained = any(event.topic == "complaints" for event in life[:-1])
        all_of_them[complained] += 1
        left[complained] += life[-1].topic == "cancellations"
    assert left[True] / all_of_them[True] > 1.5 * left[False] / all_of_them[False]
