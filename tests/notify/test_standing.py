"""What stands in an Alertmanager, as incidents come, change, are merged and are taken over."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import msgspec
from delivering import START, TEMPLATES, decided
from receiving import Receiver, receiver

from streams.notify.attempts import began, ended
from streams.notify.channels.alertmanager import Alertmanager
from streams.notify.channels.http import Place, Poster
from streams.notify.channels.outcome import DELIVERED
from streams.notify.outgoing import outgoing
from streams.notify.specimen import INCIDENT
from streams.notify.standing import Standing

if TYPE_CHECKING:
    from streams.core.notify.notification import Notification

HERE = Place(frozenset({"127.0.0.1"}), private=True)


def record(incident: str = "1", **changes: Any) -> bytes:
    """Make a record of an incident, as on its topic."""
    return msgspec.json.encode(INCIDENT | {"incident_id": incident * 16, "message": True} | changes)


def delivered(name: str = "a", **changes: Any) -> Notification:
    """Make a notification that was taken: its incident stands there no more."""
    one = began(decided(name, **changes), START)
    return ended(one, DELIVERED, START + 1, jitter=0.0, give_up_after=60)


class Posts:
    """One receiver with what stands in it."""

    def __init__(self, there: Receiver) -> None:
        self.there = there
        self.channel = Alertmanager([Poster(there.url, HERE)], lambda: START + 1000.0)
        self.standing = Standing("desk", self.channel, TEMPLATES)

    async def resent(self) -> list[dict[str, Any]]:
        """Resend, and give what was posted by that."""
        before = len(self.there.got)
        await self.standing.resend()
        return [json.loads(got.body)[0] for got in self.there.got[before:]]


async def test_what_stood_is_resent_after_a_take_over_with_the_same_labels() -> None:
    async with receiver() as there:
        first, second = Posts(there), Posts(there)
        one = decided("a")
        first.standing.observe(record())
        await first.channel.deliver(outgoing(one), TEMPLATES.render(outgoing(one)))
        first.standing.delivered(delivered())
        [before] = await first.resent()

        second.standing.observe(record(severity="critical", observed=99))
        second.standing.restore([delivered(), decided("b", receiver="other")])
        [after] = await second.resent()
        assert after["labels"] == before["labels"]
        assert after["labels"]["severity"] == "warning"  # of when it was told
        assert after["annotations"]["observed"] == "99"
        await first.channel.close()
        await second.channel.close()


async def test_what_changes_is_said_with_the_next_resend() -> None:
    async with receiver() as there:
        posts = Posts(there)
        posts.standing.observe(record())
        posts.standing.restore([delivered()])
        posts.standing.observe(record(handling=INCIDENT["handling"] | {"owner": "Bo"}))
        [resent] = await posts.resent()
        assert resent["annotations"]["owner"] == "Bo"
        await posts.channel.close()


async def test_an_incident_that_was_merged_ends_without_a_message() -> None:
    async with receiver() as there:
        posts = Posts(there)
        posts.standing.observe(record())
        posts.standing.restore([delivered()])
        posts.standing.observe(record(state="resolved", message=False, merged_into="2" * 16))
        [end] = await posts.resent()
        assert end["endsAt"] <= "2023-11-14T22:30:01"
        assert await posts.resent() == []
        await posts.channel.close()


async def test_nothing_is_resent_of_what_is_over_or_was_never_told() -> None:
    async with receiver() as there:
        posts = Posts(there)
        posts.standing.observe(record("1", state="resolved"))
        posts.standing.observe(record("2"))
        posts.standing.restore([delivered(), delivered("b", incident="3")])
        assert await posts.resent() == []
        await posts.channel.close()


async def test_who_leaves_resends_nothing() -> None:
    async with receiver() as there:
        posts = Posts(there)
        posts.standing.observe(record())
        posts.standing.restore([delivered()])
        posts.standing.leave()
        assert await posts.resent() == []
        await posts.channel.close()
