"""What is at stake in an incident: asked of every source partition, summed, published and kept."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

import msgspec
import pytest
from alert_worlds import AFTER, CARD, COMPANY, DAY, GRACE, OUTBREAK, D, details, quiet, reading
from alert_worlds import signals as through

from schemas.topics import ALERTS, HISTORY, INCIDENTS
from streams.core.alerts.stage import AlertsStage
from streams.core.alerts.stakes import EVERY
from streams.core.config import Customers
from streams.core.customers.exchange.asked import FOLLOWED, Answer, Question
from streams.core.messages import EXCHANGE, SIGNALS, Answers, Questions
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.core.stage import Send

ON: Final = Settings(customers=Customers(enabled=True))
USD: Final = {"USD": 4900}


class World:
    """The alerts stage of two source partitions, with its changelog and what it published last."""

    def __init__(self, settings: Settings = ON) -> None:
        self.settings = settings
        self.rows: dict[bytes, bytes] = {}
        self.sends: list[Send] = []
        self.last: dict[str, dict[str, Any]] = {}
        self.asked: dict[tuple[int | None, str], Question] = {}
        self.number = 0
        self.wall = 0.0
        self.take_over()

    def take_over(self) -> None:
        self.stage = AlertsStage(2, 1, self.settings)
        self.stage.restore(dict(self.rows))

    def give(self, *values: bytes) -> None:
        for value in values:
            self.stage.process(SIGNALS, [Record(0, None, value)], self.wall)

    def flush(self) -> list[Send]:
        self.number += 1
        flush = self.stage.flush(self.number, self.wall)
        self.sends += flush.sends
        for key, value in flush.rows:
            if value is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = value
        for send in flush.sends:
            if send.topic in {ALERTS, INCIDENTS}:
                row = json.loads(send.value or b"")
                self.last[send.topic] = row
            elif send.topic == EXCHANGE:
                for one in msgspec.msgpack.decode(send.value or b"", type=Questions).questions:
                    self.asked[send.partition, one.name] = one
        assert self.stage.pending() == 0
        return list(flush.sends)

    def break_out(self) -> None:
        rows = [*quiet(D), OUTBREAK, (D * DAY + 43200, CARD, 20, [])]
        self.give(
            details(1, AFTER + GRACE, rows),
            details(1, AFTER + GRACE, [], partition=1),
            through(AFTER, [COMPANY]),
        )
        self.flush()

    def calm_down(self) -> None:
        calm = reading({"company": "Acme"}, D + 1, 4, 4, status="calm", since=D)
        end = AFTER + DAY
        self.give(
            *(details(2, end + GRACE, [], partition=partition) for partition in (0, 1)),
            through(end, [calm]),
        )
        self.flush()

    def pass_days(self, days: int) -> None:
        end = AFTER + (days + 1) * DAY
        self.give(
            *(details(2 + days, end + GRACE, [], partition=partition) for partition in (0, 1)),
            through(end),
        )
        self.flush()

    def answer(self, partition: int, flush: int, count: int = 1, **more: Any) -> None:
        questions = [one for (to, _), one in self.asked.items() if to == partition]
        said = {"left": 0, "values_left": {}, "final": False, **more}
        values = {currency: count * amount for currency, amount in USD.items()}
        found = [
            Answer(one.name, one.revision, count, values=values, **said)
            for one in questions
            if not one.over
        ]
        self.give(msgspec.msgpack.encode(Answers(partition, flush, found)))

    def value(self, topic: str = INCIDENTS) -> Any:
        found = self.last[topic]["complained"]
        return found and (found["customers"], found["value"], found["left"], found["value_left"])


def test_every_source_partition_is_asked_and_the_sum_of_all_answers_is_published() -> None:
    world = World()
    world.break_out()
    incident = world.last[INCIDENTS]
    assert incident["value_at_risk"] is None
    asked = world.asked[1, incident["incident_id"]]
    assert asked == world.asked[0, incident["incident_id"]]
    assert asked.labels == {"company": "Acme"}
    assert (asked.since, asked.until) == (D * DAY, None)
    world.answer(0, 1, 2)
    assert not [send for send in world.flush() if send.topic in {ALERTS, INCIDENTS}]
    world.answer(1, 1, 3, left=1, values_left=USD)
    assert {send.topic for send in world.flush()} == {ALERTS, INCIDENTS}
    assert world.value() == world.value(ALERTS) == (5, {"USD": 24_500}, 1, USD)
    incident = world.last[INCIDENTS]
    assert incident["value_at_risk"] == {"USD": 24_500}
    assert (incident["reason"], incident["message"]) == ("valued", False)


def test_an_answer_replaces_the_one_before_and_neither_an_older_nor_the_same_one_does() -> None:
    world = World()
    world.break_out()
    world.answer(0, 4, 2)
    world.answer(1, 9, 1)
    world.answer(0, 3, 7)
    world.answer(0, 4, 8)
    world.flush()
    assert world.value() == (3, {"USD": 14_700}, 0, {})


def test_what_changes_is_published_now_and_then_and_when_it_is_final_at_once() -> None:
    world = World()
    world.break_out()
    for partition in (0, 1):
        world.answer(partition, 1)
    world.flush()
    world.answer(0, 2, 9)
    assert not [send for send in world.flush() if send.topic in {ALERTS, INCIDENTS}]
    world.wall += EVERY
    world.stage.tick(world.wall, ())
    world.flush()
    assert world.value() == (10, {"USD": 49_000}, 0, {})
    for partition in (0, 1):
        world.answer(partition, 3, 9, final=True)
    world.flush()
    assert world.last[INCIDENTS]["complained"]["final"]


@pytest.mark.parametrize("at", range(4))
def test_a_stage_that_takes_over_knows_what_was_answered(at: int) -> None:
    world = World()
    steps: list[Callable[[], None]] = [
        world.break_out,
        lambda: world.answer(0, 1, 2),
        lambda: world.answer(1, 1, 3),
        lambda: world.answer(0, 2, 4, left=1, values_left=USD, final=True),
    ]
    for number, step in enumerate(steps):
        step()
        world.flush()
        if number == at:
            world.take_over()
    world.wall += EVERY
    world.stage.tick(world.wall, ())
    world.flush()
    assert world.value() == world.value(ALERTS) == (7, {"USD": 34_300}, 1, USD)


def test_what_is_over_is_asked_to_its_end_and_forgotten_once_all_is_known() -> None:
    world = World()
    world.break_out()
    for partition in (0, 1):
        world.answer(partition, 1)
    world.calm_down()
    incident = world.last[INCIDENTS]
    assert (incident["state"], world.value()) == ("resolved", (2, {"USD": 9_800}, 0, {}))
    asked = world.asked[0, incident["incident_id"]]
    assert (asked.revision, asked.until) == (2, AFTER + DAY)
    world.pass_days(20)
    world.take_over()
    for partition in (0, 1):
        world.answer(partition, 2, 3, left=1, values_left=USD, final=True)
    world.flush()
    assert world.value() == world.value(ALERTS) == (6, {"USD": 29_400}, 2, {"USD": 9_800})
    world.pass_days(21)
    assert {one.over for one in world.asked.values()} == {True}
    assert not any(key.startswith((b"v\t", b"a\t", b"i\t")) for key in world.rows)


def test_what_nobody_answers_is_forgotten_after_a_year() -> None:
    world = World()
    world.break_out()
    world.calm_down()
    world.pass_days(300)
    assert any(key.startswith(b"i\t") for key in world.rows)
    world.pass_days(FOLLOWED // DAY + 401)
    assert not any(key.startswith((b"v\t", b"a\t", b"i\t")) for key in world.rows)


def test_the_history_of_an_alert_does_not_depend_on_when_it_was_answered() -> None:
    world = World()
    world.break_out()
    for partition in (0, 1):
        world.answer(partition, 1)
    world.flush()
    world.calm_down()
    assert world.value(ALERTS) == (2, {"USD": 9_800}, 0, {})
    told = [json.loads(send.value or b"") for send in world.sends if send.topic == HISTORY]
    assert [row["state"] for row in told] == ["firing", "resolved"]
    assert [row["complained"] for row in told] == [None, None]


def test_where_no_customers_are_kept_nobody_is_asked() -> None:
    world = World(Settings())
    world.break_out()
    assert not world.asked
    assert world.value() is None
    assert world.last[INCIDENTS]["value_at_risk"] is None
    assert not any(key.startswith(b"v\t") for key in world.rows)


def test_open_incidents_of_an_older_version_are_asked_about_once() -> None:
    before = World(Settings())
    before.break_out()
    world = World()
    world.rows = before.rows
    world.take_over()
    assert world.stage.pending() > 0
    world.flush()
    assert len(world.asked) == 4
    world.asked.clear()
    world.take_over()
    world.flush()
    assert not world.asked
