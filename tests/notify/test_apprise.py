from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest
from mailbox_here import mail_server
from receiving import HANG, message, receiver

from streams.notify import rendering
from streams.notify.channels.apprise_urls import AppriseError, AppriseReceiver, _declined, check
from streams.notify.channels.outcome import Kind, Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator


RENDERED = rendering.load({}, "https://g.example").render(message())
TOKEN = "s3cr3t-t0ken"  # noqa: S105 (it opens nothing)


async def told(url: str, **changes: object) -> Outcome:
    there = AppriseReceiver(url)
    try:
        return await there.deliver(message(**changes), RENDERED)
    finally:
        await there.close()


async def test_a_mail_has_a_page_with_its_chart_inside() -> None:
    async with mail_server() as (box, url):
        assert (await told(url)).kind is Kind.DELIVERED
    [got] = box.got
    assert got["Subject"] == "Opened: more complaints"
    page = got.get_body(("html",))
    assert page is not None
    assert "cid:chart.png" in page.get_content()
    [picture] = [part for part in got.walk() if part.get_content_type() == "image/png"]
    assert picture["Content-ID"] == "<chart.png>"
    assert picture.get_content() == RENDERED.chart


@pytest.mark.parametrize(
    ("answer", "kind"),
    [("451 later", Kind.FAILED), ("554 no", Kind.FAILED)],
)
async def test_a_mail_that_is_refused_was_not_taken(answer: str, kind: Kind) -> None:
    async with mail_server() as (box, url):
        box.choose = lambda: answer
        assert (await told(url)).kind is kind
        assert box.got == []


async def test_of_several_recipients_some_may_have_it() -> None:
    async with mail_server() as (box, url):
        outcome = await told(url + ",nobody@example.com")
    assert len(box.got) == 1
    assert outcome == Outcome(Kind.UNANSWERED, "not all of its recipients took it")


async def test_where_no_mail_server_is_nothing_was_taken() -> None:
    async with mail_server() as (_, url):
        pass
    assert (await told(url)).kind is not Kind.DELIVERED


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Kind.DELIVERED),
        (429, Kind.FAILED),
        (500, Kind.FAILED),
        (403, Kind.REFUSED),
        (302, Kind.REFUSED),
        (HANG, Kind.UNANSWERED),
    ],
)
async def test_what_came_of_a_try(status: int, kind: Kind) -> None:
    async with receiver([status]) as there:
        url = f"json://127.0.0.1:{there.port}/?rto=0.2&retry=5&optional=yes"
        assert (await told(url)).kind is kind
        [got] = there.got  # one try is one request, whatever the URL says
    assert json.loads(got.body)["message"] == RENDERED.text.strip()


async def test_where_nobody_listens_nothing_was_sent() -> None:
    async with receiver() as there:
        url = f"json://127.0.0.1:{there.port}/"
    assert await told(url) == Outcome(Kind.FAILED, "no connection")


def test_a_failure_of_which_nothing_is_known_may_have_arrived() -> None:
    assert _declined(["Failed to send.", "Socket Exception: Read timed out."]).kind is (
        Kind.UNANSWERED
    )


class Everything(logging.Handler):
    """Keeps what the handlers of a program get to see."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        if not record.name.startswith("aiohttp"):  # the receiver's
            self.text += record.getMessage() + "\n"


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> Iterator[Everything]:
    """What reaches the root logger; pytest's own capture looks past `propagate`."""
    root, seen = logging.getLogger(), Everything()
    monkeypatch.setattr(root, "level", logging.DEBUG)
    root.addHandler(seen)
    yield seen
    root.removeHandler(seen)


async def test_no_token_gets_into_logs_or_outcomes(logged: Everything) -> None:
    logging.getLogger("other").debug("something else")
    async with receiver([500]) as there:
        outcome = await told(f"json://u:{TOKEN}@127.0.0.1:{there.port}/{TOKEN}?+X-Key={TOKEN}")
    assert outcome.kind is Kind.FAILED
    assert TOKEN not in outcome.detail
    assert TOKEN not in logged.text
    assert "something else" in logged.text


@pytest.mark.parametrize("url", [f"slack://{TOKEN}", f"nothing://{TOKEN}", TOKEN, ""])
def test_a_url_that_is_none_is_refused_unquoted(url: str, logged: Everything) -> None:
    with pytest.raises(AppriseError, match="does not take its URL") as refused:
        check(url)
    assert TOKEN not in str(refused.value)
    assert TOKEN not in logged.text


def test_a_url_names_its_service() -> None:
    assert check("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/") == "Slack"
