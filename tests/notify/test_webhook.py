from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime

import pytest
from receiving import CLOSE, HANG, message, receiver

from streams.notify import rendering
from streams.notify.channels.http import LONGEST_WAIT, Place, PlaceError, Poster, wait
from streams.notify.channels.outcome import Kind, Outcome
from streams.notify.channels.webhook import Webhook, key_of

HERE = Place(frozenset({"127.0.0.1", "localhost"}), private=True)
SECRET = "whsec_" + base64.b64encode(b"a secret of 24 bytes ...").decode()
RENDERED = rendering.load({}).render(message())


async def told(url: str, place: Place = HERE, answer: float = 10.0) -> Outcome:
    hook = Webhook(Poster(url, place, answer=answer), SECRET, lambda: 1_700_000_000.7)
    try:
        return await hook.deliver(message(), RENDERED)
    finally:
        await hook.close()


async def test_a_message_is_signed_and_named_so_that_its_receiver_can_tell() -> None:
    async with receiver() as there:
        assert (await told(there.url)).kind is Kind.DELIVERED
        assert (await told(there.url)).kind is Kind.DELIVERED
    first, again = there.got
    name, at = first.headers["webhook-id"], first.headers["webhook-timestamp"]
    assert (name, at) == ("c4d1a07be92f6358", "1700000000")
    assert again.headers["Idempotency-Key"] == name
    signed = f"{name}.{at}.".encode() + first.body
    mac = hmac.new(b"a secret of 24 bytes ...", signed, hashlib.sha256).digest()
    assert first.headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()
    body = json.loads(first.body)
    assert body["incidents"][0]["incident_id"] == "0000000000000000"
    assert body["may_repeat"] is False


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (204, Kind.DELIVERED),
        (302, Kind.REFUSED),
        (400, Kind.REFUSED),
        (404, Kind.REFUSED),
        (408, Kind.FAILED),
        (429, Kind.FAILED),
        (500, Kind.FAILED),
        (503, Kind.FAILED),
        (502, Kind.UNANSWERED),
        (504, Kind.UNANSWERED),
        (CLOSE, Kind.UNANSWERED),
        (HANG, Kind.UNANSWERED),
    ],
)
async def test_what_came_of_a_try(status: int, kind: Kind) -> None:
    async with receiver([status]) as there:
        assert (await told(there.url, answer=0.2)).kind is kind
        assert len(there.got) == 1


async def test_where_nobody_listens_nothing_was_taken() -> None:
    async with receiver() as there:
        url = there.url
    outcome = await told(url)
    assert outcome.kind is Kind.FAILED
    assert outcome.detail.startswith("no connection")


async def test_a_redirect_is_not_followed() -> None:
    async with receiver() as other, receiver([307], {"Location": other.url}) as there:
        outcome = await told(there.url)
        assert outcome.detail == "HTTP 307: redirects are not followed"
        assert other.got == []


async def test_a_receiver_says_when_it_wants_to_be_asked_again() -> None:
    async with receiver([429], {"Retry-After": "17"}) as there:
        assert (await told(there.url)).retry_after == 17.0


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("0", 0.0),
        (" 120 ", 120.0),
        ("999999999999999999999", LONGEST_WAIT),
        ("Tue, 14 Nov 2023 22:14:20 GMT", 60.0),
        ("Tue, 14 Nov 2023 22:00:00 GMT", 0.0),
        ("soon", None),
        ("-5", None),
        ("1.5", None),
        ("²", None),
        (f"Tue, 14 Nov 2023 22:14:20 +{'9' * 20}", None),
    ],
)
def test_retry_after_is_seconds_or_a_date(header: str | None, seconds: float | None) -> None:
    assert wait(header, datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)) == seconds


@pytest.mark.parametrize(
    "url",
    [
        "ftp://hooks.example.com/",
        "file:///etc/passwd",
        "http://other.example.com/",
        "http://hooks.example.com.other.example/",
        "http://hooks.example.com@other.example.com/",
        "hooks.example.com",
    ],
)
def test_an_address_that_is_not_allowed_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises(PlaceError) as refused:
        Poster(url, Place(frozenset({"hooks.example.com"})))
    assert "other" not in str(refused.value)


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1", "0.0.0.0"],  # noqa: S104
)
def test_a_private_address_is_refused_unless_that_is_said(address: str) -> None:
    with pytest.raises(PlaceError, match="private"):
        Place(frozenset()).check_address(address)
    Place(frozenset(), private=True).check_address(address)


async def test_a_public_name_that_stands_for_a_private_address_gets_nothing() -> None:
    async with receiver() as there:
        outcome = await told(f"http://localhost:{there.port}/", Place(frozenset({"localhost"})))
        assert there.got == []
    assert outcome == Outcome(Kind.REFUSED, "its host stands for a private address")


async def test_a_literal_private_address_gets_nothing() -> None:
    with pytest.raises(PlaceError, match="private"):
        await told("http://127.0.0.1:9/", Place(frozenset({"127.0.0.1"})))


def test_a_secret_that_is_none_is_refused_unquoted() -> None:
    assert key_of("plain") == b"plain"
    with pytest.raises(ValueError, match="base64") as refused:
        key_of("whsec_not base64 at all")
    assert "not base64 at all" not in str(refused.value)
