"""A real Alertmanager: who is woken, and by what."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from real_alertmanager import Running, alertmanager, until
from receiving import HANG, Receiver, message, receiver

from streams.notify import rendering
from streams.notify.channels.alertmanager import PATH, RESEND, Alertmanager
from streams.notify.channels.http import Place, Poster
from streams.notify.channels.outcome import Kind
from streams.notify.specimen import INCIDENT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from streams.notify.message import Message

HERE = Place(frozenset({"127.0.0.1"}), private=True)
TEMPLATES = rendering.load({}, "https://g.example")


def told(woken: Receiver) -> list[list[tuple[str, str]]]:
    """Give what Alertmanager told so far: of each notification the status and id of its alerts."""
    return [
        [
            (one["status"], one["labels"]["notification"][:1])
            for one in json.loads(got.body)["alerts"]
        ]
        for got in woken.got
    ]


def of(incident: str, notification: str = "a", **changes: Any) -> Message:
    """Make a message of an incident; ids are given by their first letter."""
    return message(
        notification_id=notification * 16,
        incidents=[INCIDENT | {"incident_id": incident * 16} | changes],
    )


@asynccontextmanager
async def channel(url: str, hold: float = 0.0) -> AsyncIterator[Alertmanager]:
    made = Alertmanager([Poster(url + PATH, HERE)], hold=hold)
    try:
        yield made
    finally:
        await made.close()


async def send(there: Alertmanager, what: Message) -> None:
    assert (await there.deliver(what, TEMPLATES.render(what))).kind is Kind.DELIVERED


@pytest.fixture
async def woken(tmp_path: Path) -> AsyncIterator[tuple[Receiver, Running]]:
    """Who gets what a real Alertmanager tells, and that Alertmanager."""
    async with receiver() as there:
        with alertmanager(tmp_path, there.url) as running:
            yield there, running


async def test_people_are_woken_by_messages_and_not_by_handling(
    woken: tuple[Receiver, Running],
) -> None:
    there, running = woken
    async with channel(running.url) as alerts:
        await send(alerts, of("1"))
        await until(lambda: told(there) == [[("firing", "a")]])
        [standing] = running.alerts()
        assert standing["annotations"]["event_time"] == "2017-01-19T00:00:00Z"
        assert standing["generatorURL"] == f"https://g.example/incidents/{'1' * 16}"
        assert standing["labels"]["severity"] == "warning"
        now = datetime.now(UTC)
        assert abs((datetime.fromisoformat(standing["startsAt"]) - now).total_seconds()) < 60
        assert (datetime.fromisoformat(standing["endsAt"]) - now).total_seconds() > 200

        taken = {"by": "Ada", "at": "2017-01-19T01:00:00Z", "until": "2017-01-20T01:00:00Z"}
        acknowledged = of("1", handling=INCIDENT["handling"] | {"acknowledged": taken})
        alerts.say(acknowledged, TEMPLATES.render(acknowledged))
        assert await alerts.resend() == 0
        [same] = running.alerts()
        assert same["fingerprint"] == standing["fingerprint"]
        assert same["annotations"]["acknowledged_by"] == "Ada"

        await send(alerts, of("1", "b"))  # it is worse: this one is to be heard
        await until(lambda: len(told(there)) > 1)
        assert told(there) == [[("firing", "a")], [("resolved", "a"), ("firing", "b")]]
        assert [one["labels"]["notification"] for one in running.alerts()] == ["b" * 16]

        await send(alerts, of("1", "c", state="resolved"))
        await until(lambda: [("resolved", "b")] in told(there))
        assert alerts.standing == frozenset()


async def test_what_is_over_before_it_was_told_is_heard_all_the_same(
    woken: tuple[Receiver, Running],
) -> None:
    there, running = woken
    async with channel(running.url) as alerts:  # the trap: ended as it is posted
        await send(alerts, of("1", "a", state="resolved"))
    async with channel(running.url, hold=1.5) as alerts:
        await send(alerts, of("2", "b", state="resolved"))
        await until(lambda: [("firing", "b")] in told(there))
        await until(lambda: [("resolved", "b")] in told(there))
    assert not [one for group in told(there) for one in group if one[1] == "a"]


async def test_another_process_that_takes_over_changes_nothing(
    woken: tuple[Receiver, Running],
) -> None:
    there, running = woken
    async with channel(running.url) as first, channel(running.url) as second:
        await send(first, of("1"))
        await until(lambda: told(there) == [[("firing", "a")]])
        first.leave(["1" * 16])
        second.adopt(of("1"), TEMPLATES.render(of("1")), 0.0)
        await first.resend()
        await second.resend()
        await send(second, of("1", "c", state="resolved"))
        await until(lambda: len(told(there)) > 1)
        assert told(there) == [[("firing", "a")], [("resolved", "a")]]


async def test_of_a_cluster_one_member_is_enough() -> None:
    async with receiver([500]) as broken, receiver() as good:
        alerts = Alertmanager([Poster(broken.url, HERE), Poster(good.url, HERE)])
        await send(alerts, of("1"))
        await alerts.close()
        assert len(broken.got) == len(good.got) == 1


async def test_a_member_that_does_not_answer_holds_up_nothing_that_stands_with_another() -> None:
    wall = 1_700_000_000.0
    async with receiver([HANG] * 9) as hangs, receiver() as takes:
        posters = [Poster(hangs.url, HERE, answer=1.0), Poster(takes.url, HERE)]
        alerts = Alertmanager(posters, lambda: wall)
        for incident in "123":
            await send(alerts, of(incident, incident))
        assert await alerts.resend() == 0
        assert (len(hangs.got), len(takes.got)) == (1, 6)
        wall += RESEND  # it is asked again, once
        assert await alerts.resend() == 0
        assert (len(hangs.got), len(takes.got)) == (2, 9)
        hangs.answers.clear()
        wall += RESEND  # and has all that stands when it answers
        assert await alerts.resend() == 0
        assert (len(hangs.got), len(takes.got)) == (5, 12)
        await alerts.close()


async def test_the_only_member_is_asked_though_it_did_not_answer() -> None:
    async with receiver([503, 200]) as there:
        alerts = Alertmanager([Poster(there.url, HERE)])
        assert (await alerts.deliver(of("1"), TEMPLATES.render(of("1")))).kind is Kind.FAILED
        await send(alerts, of("1"))
        await alerts.close()


async def test_each_request_has_one_alert() -> None:
    async with receiver() as there:
        alerts = Alertmanager([Poster(there.url, HERE)])
        await asyncio.gather(*(send(alerts, of(name)) for name in "123"))
        assert await alerts.resend() == 0
        await alerts.close()
    assert [len(json.loads(got.body)) for got in there.got] == [1] * 6


async def test_what_is_not_taken_when_it_is_resent_is_counted() -> None:
    async with receiver([200, 500]) as there:
        alerts = Alertmanager([Poster(there.url, HERE)])
        await send(alerts, of("1"))
        assert await alerts.resend() == 1
        assert await alerts.resend() == 0
        await alerts.close()
