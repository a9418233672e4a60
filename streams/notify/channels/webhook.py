"""A webhook: the message as JSON, signed as Standard Webhooks 1.0 says.

`webhook-id` is the notification's id: the same on each try, so a receiver that keeps the ids it has
seen takes each once. `webhook-signature` is `v1,` and the base64 of the HMAC-SHA256 of
`{webhook-id}.{webhook-timestamp}.{body}`. A receiver refuses a time stamp that is minutes old.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import time
from typing import TYPE_CHECKING, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from streams.notify.channels.http import Poster
    from streams.notify.channels.outcome import Outcome
    from streams.notify.message import Message, Rendered

PREFIX: Final = "whsec_"
"""With this a secret is base64; without it is its own bytes."""


def key_of(secret: str) -> bytes:
    """Return the bytes of a secret.

    Raises:
        ValueError: what follows whsec_ is not base64; the message does not quote it.
    """
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        raise ValueError("what follows whsec_ in a webhook's secret must be base64") from None


def signature(key: bytes, name: str, at: int, body: bytes) -> str:
    """Return the signature of a message: `at` is epoch seconds."""
    signed = f"{name}.{at}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def payload(message: Message, rendered: Rendered) -> bytes:
    """Return the body: the message in words, and the records of its incidents as they stand."""
    return msgspec.json.encode(
        {
            "schema_version": 1,
            "notification_id": message.notification_id,
            "may_repeat": message.may_repeat,
            "attempt": message.attempt,
            "route": message.route,
            "receiver": message.receiver,
            "why": message.why,
            "subject": rendered.subject,
            "text": rendered.text,
            "number": message.number,
            "incidents": list(message.incidents),
        }
    )


class Webhook:
    """Posts to one address; `wall` gives epoch seconds.

    Raises:
        PlaceError: the address is none that is allowed.
        ValueError: the secret is not one.
    """

    def __init__(self, poster: Poster, secret: str, wall: Callable[[], float] = time.time) -> None:
        self._poster = poster
        self._key = key_of(secret)
        self._wall = wall

    async def deliver(self, message: Message, rendered: Rendered) -> Outcome:
        """Try once."""
        body, at = payload(message, rendered), int(self._wall())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "groundswell",
            "Idempotency-Key": message.notification_id,
            "webhook-id": message.notification_id,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._key, message.notification_id, at, body),
        }
        return await self._poster.post(body, headers)

    async def close(self) -> None:
        """Let go of connections."""
        await self._poster.close()
