"""What those are worth who complained, and who of them left: whenever it is asked."""

from __future__ import annotations

from collections import defaultdict
from random import Random
from typing import TYPE_CHECKING, Any

import pytest
from customer_company import BEGIN, company, feed, shuffled, time_of
from customer_events import DAY, Partition, cancelled, change, correction, event, signup, when
from customer_history import seconds, settle
from customer_oracle import Customer

from streams.core.customers.definitions import Definitions
from streams.core.customers.exchange.asked import FOLLOWED, Answer, Question
from streams.core.customers.stored.store import shard_of

if TYPE_CHECKING:
    from customer_events import Partition as Kept

LABELS = ("product", "channel", "severity")


def complaint(at: str | int, customer: str = "ada", **labels: Any) -> Any:
    return event("complaints", at, customer, **{"product": "Loan", **labels})


# -- by brute force --------------------------------------------------------------------------------


def answers(events: list[Any], clock: int, meaning: Definitions, asked: Question) -> Answer:
    """Give the answer read off everybody's history, one after the other."""
    everybody: dict[str, list[tuple[Any, bytes]]] = defaultdict(list)
    for one, own in settle(events):
        everybody[one.customer_id].append((one, own))
    total, gone = 0, 0
    values: dict[str, int] = defaultdict(int)
    values_left: dict[str, int] = defaultdict(int)
    for sent in everybody.values():
        who = Customer(meaning, sent, clock)
        worth = complained(who, asked)
        if worth is None:
            continue
        total += 1
        for currency, amount in worth.items():
            values[currency] += amount
        if left(who, clock if asked.until is None else min(clock, asked.until + FOLLOWED)):
            gone += 1
            for currency, amount in worth.items():
                values_left[currency] += amount
    past = asked.until is not None and clock >= asked.until + FOLLOWED + meaning.return_window
    return Answer(
        asked.name, asked.revision, total, gone, dict(values), dict(values_left), final=past
    )


def complained(who: Customer, asked: Question) -> dict[str, int] | None:
    for one in sorted(who.counted, key=time_of):
        at = seconds(one.occurred_at)
        until = who.clock + 1 if asked.until is None else min(asked.until, who.clock + 1)
        if "complaints" not in one.event_id or not asked.since <= at < until:
            continue
        said = {name: getattr(one, name) or "unknown" for name in LABELS}
        said["segment"] = who.group(who.month(at))[0]
        active, values = who.state(at)
        if active and all(said[name] == value for name, value in asked.labels.items()):
            return values
    return None


def left(who: Customer, at: int) -> bool:
    steps = [step for step in who.reported if step[0] <= at]
    return bool(steps) and not steps[-1][1] and not steps[-1][3].startswith("merged")


class Asked(Partition):
    """Is asked another question now and then, before something is handed out."""

    def __init__(self, meaning: Definitions, questions: list[Question], chance: Random) -> None:
        super().__init__(meaning)
        self.questions = list(questions)
        self.chance = chance

    def flush(self) -> None:
        while self.questions and self.chance.random() < 0.3:
            self.customers.hear(self.questions.pop())
        super().flush()


def questions(chance: Random, end: int) -> list[Question]:
    found = []
    for number in range(4):
        since = end - chance.choice([60, 200, 330, 350]) * DAY
        until = since + chance.choice([30, 90, 200]) * DAY if chance.random() < 0.6 else None
        some = [
            {},
            {},
            {"product": chance.choice(["Loan", "Card", "unknown"])},
            {"product": "Loan", "severity": "high"},
            {"segment": chance.choice(["A", "B", "unknown"])},
            {"channel": "web", "product": "Card"},
        ]
        found.append(Question(f"q{number}", 1, chance.choice(some), since, until))
    later = found[0]
    return [Question(later.name, 2, {}, later.since, later.until), *found]


def more_complaints(chance: Random, events: list[Any], end: int) -> list[Any]:
    """Have everybody complain up to five times in the last year."""
    who = sorted({one.customer_id for one in events})
    made = [
        complaint(
            end - chance.randrange(340 * DAY),
            customer,
            product=chance.choice(["Loan", "Card", None]),
            channel=chance.choice(["web", None]),
            severity=chance.choice(["high", None]),
        )
        for customer in who
        for _ in range(chance.randrange(6))
    ]
    made += [correction(one, end, None) for one in made if chance.random() < 0.1]
    return made


def check(seed: int) -> int:
    chance = Random(seed)
    events = company(chance, customers=8, months=14)
    if not events:
        return 0
    meaning = Definitions(return_window=chance.choice([7, 30]) * DAY)
    last = int(max(map(time_of, events)))
    end = max(last + chance.choice([-100, 0, 10, 100]) * DAY, BEGIN + 1)
    events += more_complaints(chance, events, min(last, end + 20 * DAY))
    asked = questions(chance, end)
    wanted = {one.name: answers(events, end, meaning, one) for one in reversed(asked)}
    for _ in range(2):
        partition = Asked(meaning, asked, chance)
        feed(chance, partition, shuffled(chance, events), end)
        while partition.questions:
            partition.flush()
        partition.advance(end)
        assert partition.answers == wanted
    return sum(one.customers for one in wanted.values())


@pytest.mark.parametrize("seed", range(0, 60, 20))
def test_whenever_it_is_asked_the_answer_is_that_of_one_sorted_pass(seed: int) -> None:
    assert sum(check(one) for one in range(seed, seed + 20)) > 20


# -- one by one ------------------------------------------------------------------------------------


def told(partition: Kept) -> tuple[int, dict[str, int], int, dict[str, int], bool]:
    one = partition.answers["q"]
    return one.customers, one.values, one.left, one.values_left, one.final


def asking(until: str | None = None, **labels: str) -> Question:
    end = None if until is None else when(until)
    return Question("q", 1, {"product": "Loan", **labels}, when("2024-03-01"), end)


def test_each_counts_once_with_what_it_was_worth_when_it_first_complained() -> None:
    partition = Partition()
    partition.customers.hear(asking())
    partition.process(
        [
            signup("2024-01-01"),
            complaint("2024-03-02"),
            change("changed", "2024-03-03", monthly_value=9900, currency="USD"),
            complaint("2024-03-04"),
            signup("2024-01-01", "bob", monthly_value=700, currency="EUR"),
            complaint("2024-03-05", "bob"),
            complaint("2024-03-05", "nobody"),
            complaint("2024-02-28", "early"),
            signup("2024-01-01", "early"),
            complaint("2024-03-05", "other", product="Card"),
            signup("2024-01-01", "other"),
        ]
    )
    partition.advance("2024-03-10")
    assert told(partition) == (2, {"USD": 4900, "EUR": 700}, 0, {}, False)


def test_who_leaves_is_counted_and_who_comes_back_in_time_is_not() -> None:
    partition = Partition()
    partition.customers.hear(asking())
    partition.process([signup("2024-01-01"), complaint("2024-03-02"), cancelled("2024-03-20")])
    partition.advance("2024-03-19")
    assert told(partition) == (1, {"USD": 4900}, 0, {}, False)
    partition.advance("2024-03-21")
    assert told(partition) == (1, {"USD": 4900}, 1, {"USD": 4900}, False)
    partition.process([change("resumed", "2024-04-01")])
    partition.advance("2024-04-02")
    assert told(partition) == (1, {"USD": 4900}, 0, {}, False)


def test_who_became_a_part_of_another_customer_has_not_left() -> None:
    partition = Partition()
    partition.customers.hear(asking())
    merged = change("merged", "2024-03-20", merged_into="bob")
    partition.process([signup("2024-01-01"), complaint("2024-03-02"), merged])
    partition.advance("2024-03-21")
    assert told(partition) == (1, {"USD": 4900}, 0, {}, False)


def test_those_who_complained_in_time_are_looked_after_for_a_month_more() -> None:
    partition = Partition()
    partition.process(
        [
            *(signup("2024-01-01", who) for who in ("ada", "bob", "cid")),
            complaint("2024-03-02", "ada"),
            complaint("2024-03-02", "bob"),
            complaint("2024-03-11", "cid"),
            cancelled("2024-04-08", "ada"),
            cancelled("2024-04-10", "bob"),
        ]
    )
    partition.advance("2024-05-01")
    partition.customers.hear(asking("2024-03-10"))
    partition.customers.settle()
    partition.flush()
    assert told(partition) == (2, {"USD": 9800}, 1, {"USD": 4900}, False)
    partition.advance("2024-05-10")
    assert told(partition) == (2, {"USD": 9800}, 1, {"USD": 4900}, True)


def test_who_is_forgotten_is_in_no_answer_whenever_it_was_asked() -> None:
    partition = Partition()
    partition.customers.hear(asking())
    partition.process([signup("2024-01-01"), complaint("2024-03-02")])
    partition.advance("2024-03-10")
    assert told(partition)[0] == 1
    partition.process([change("forgotten", "2024-03-11")])
    partition.advance("2024-03-12")
    assert told(partition) == (0, {}, 0, {}, False)


def test_a_question_that_is_over_leaves_nothing_and_costs_nothing() -> None:
    partition = Partition()
    partition.customers.hear(asking())
    partition.advance("2024-03-10")
    assert any(key.startswith(b"w\t") for key in partition.log)
    partition.customers.hear(Question("q", 2, {}, 0, None, over=True))
    partition.flush()
    assert not any(key.startswith(b"w\t") for key in partition.log)
    assert not partition.customers.lives.questions
    assert partition.customers.pending() == 0


def test_lives_of_a_shard_that_is_looked_at_in_pieces_may_change_meanwhile(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("streams.core.customers.exchange.questions.PIECE", 1)
    names = [f"c{number}" for number in range(4_000)]
    seen, left, gone, silent, new = [one for one in names if shard_of(one.encode()) == 0][:5]
    partition = Partition()
    partition.process([signup("2024-01-01", name) for name in (seen, left, gone, silent)])
    partition.process([complaint("2024-03-02", name) for name in (seen, left, gone)])
    partition.advance("2024-03-10")
    partition.customers.hear(asking())
    partition.customers.work(0)  # looks at the first of three, and settles nothing
    partition.process([cancelled("2024-03-11", name) for name in (seen, left)])
    partition.process([change("forgotten", "2024-03-11", gone), complaint("2024-03-11", silent)])
    partition.process([signup("2024-03-11", new), complaint("2024-03-12", new)])
    partition.advance("2024-03-20")
    partition.customers.settle()
    partition.flush()
    assert told(partition) == (4, {"USD": 4 * 4900}, 2, {"USD": 2 * 4900}, False)


def test_it_is_answered_while_many_lives_are_still_due() -> None:
    partition = Partition()
    names = [f"c{number}" for number in range(300)]
    partition.process([signup("2024-01-01", name) for name in names])
    partition.process([complaint("2024-03-02", name) for name in names])
    partition.advance("2024-03-10")
    partition.customers.hear(asking())
    partition.customers.advance(when("2024-04-10"))  # nobody is at risk any more
    for _ in range(20):
        assert partition.customers.work(1)
    partition.flush()
    assert told(partition) == (300, {"USD": 300 * 4900}, 0, {}, False)
    assert partition.customers.work(1)
    partition.advance("2024-04-10")
    assert told(partition) == (300, {"USD": 300 * 4900}, 0, {}, False)
