from collections import Counter
from datetime import UTC, datetime
from itertools import islice

from streams.core.event_time.buckets import DAY
from streams.demo.borrowers import PRODUCT, Borrowers
from streams.demo.complaints import days
from streams.demo.consumers import Consumers
from streams.demo.events import NAME, Event, company_of, of_company
from streams.demo.fault_injection import TOPICS
from streams.simulate.customer import draw


def short(seed: int) -> list[Event]:
    company = company_of(seed, customers=100)
    return list(of_company(company, company.start + 5 * 86_400))


def complaints_of(seed: int) -> list[object]:
    return list(Consumers(company_of(seed, customers=100)).of(islice(days(), 5)))


def test_the_same_seed_gives_the_same_events() -> None:
    assert short(seed=1) == short(seed=1)
    assert complaints_of(seed=1) == complaints_of(seed=1)


def test_another_seed_gives_other_events() -> None:
    assert short(seed=1) != short(seed=2)
    assert complaints_of(seed=1) != complaints_of(seed=2)


def test_events_come_in_the_order_of_their_time(events: list[Event]) -> None:
    times = [event.at for event in events]
    assert times == sorted(times)


def test_there_are_events_of_every_topic_each_with_an_id_of_its_own(events: list[Event]) -> None:
    ids = Counter((event.topic, event.body["event_id"]) for event in events)
    assert [name for name, times in ids.items() if times > 1] == []
    assert {topic for topic, _ in ids} == set(TOPICS)


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
        if event.body["event_id"].startswith("cfpb")
    )
    assert counted == expected


def test_the_company_is_named_in_its_complaints_also_in_corrected_ones(
    events: list[Event],
) -> None:
    own = [e.body for e in events if e.topic == "complaints" and "cfpb" not in e.body["event_id"]]
    corrected = [
        event.body["original"]
        for event in events
        if event.topic == "corrections" and event.body["topic"] == "complaints"
    ]
    assert own
    assert {body["company"] for body in own + corrected} == {NAME}


def test_some_complain_again_and_some_do_not_say_who_they_are(events: list[Event]) -> None:
    complaints = [event for event in events if event.body["event_id"].startswith("cfpb")]
    people = Counter(event.body.get("customer_id") for event in complaints)
    anonymous = people.pop(None)
    assert 0.2 < anonymous / len(complaints) < 0.3
    assert sum(times > 1 for times in people.values()) > 0.15 * len(people)


def test_who_complains_about_a_student_loan_is_a_customer_of_the_company_and_nobody_else_is(
    events: list[Event],
) -> None:
    people: dict[bool, set[str]] = {True: set(), False: set()}
    customers: set[str] = set()
    for event in events:
        who = event.body.get("customer_id")
        if who is not None and event.body["event_id"].startswith("cfpb"):
            people[event.body["product"] == PRODUCT].add(who)
        elif who is not None:
            customers.add(who)
    assert len(people[True]) > 200
    assert people[True] < customers
    assert people[False]
    assert not people[False] & customers


def test_who_complains_is_there_on_that_day_and_the_likelier_to_leave_soon() -> None:
    company = company_of(1, customers=1_000)
    day = company.start + 100 * DAY
    borrowers = Borrowers(company)
    names = [borrowers.one(day) for _ in range(2_000)]
    people = {one.id: one for one in (draw(company, number) for number in range(1_000))}
    there = [one for one in people.values() if one.stays(day) and one.currency == "USD"]
    leaving = {one.id for one in there if not one.stays(day + company.effect)}
    assert set(names) <= {one.id for one in there}
    among, drawn = len(leaving) / len(there), sum(name in leaving for name in names) / len(names)
    assert 0.8 < drawn / (1 - drawn) / (among / (1 - among)) / company.factor < 1.2
