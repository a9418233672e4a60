"""Refused events on their way to a person and back: which are meant, how a line of a file reads."""

from __future__ import annotations

from contextlib import aclosing
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import msgspec

from schemas.grammar import NO_ROW
from schemas.topics import DEADLETTER
from streams.cli.unread import Unread
from streams.load.errors import LoadError
from streams.transport.client.reader import follow

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from streams.settings import Kafka

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
Offset = Annotated[int, msgspec.Meta(ge=0, le=2**46 - 1)]
Partition = Annotated[int, msgspec.Meta(ge=0, le=2**17 - 1)]


class Letter(msgspec.Struct):
    """A message of deadletter: `payload` and `key` are the bytes that were refused."""

    reason: str
    detail: str
    topic: str
    partition: Partition
    offset: Offset
    key: bytes | None = msgspec.field(name="key_base64")
    payload: bytes | None = msgspec.field(name="payload_base64")
    at: Instant

    @property
    def origin(self) -> str:
        """Where it was read from."""
        return f"{self.topic}:{self.partition}:{self.offset}"


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    """A line of an exported file.

    `key` is text, or null for none; where the bytes are no UTF-8, `key_base64` stands in its
    place. `payload` likewise; a person may also write the event itself there, as an object.
    """

    topic: str
    partition: Partition
    offset: Offset
    reason: str
    detail: str
    at: Instant
    key: str | msgspec.UnsetType | None = msgspec.UNSET
    key_base64: bytes | msgspec.UnsetType = msgspec.UNSET
    payload: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET
    payload_base64: bytes | msgspec.UnsetType = msgspec.UNSET

    def key_bytes(self) -> bytes | None:
        if isinstance(self.key_base64, bytes):
            _alone("key", self.key)
            return self.key_base64
        if isinstance(self.key, msgspec.UnsetType):
            raise LoadError("neither key nor key_base64 is there; null is no key")
        return None if self.key is None else self.key.encode()

    def payload_bytes(self) -> bytes | None:
        if isinstance(self.payload_base64, bytes):
            _alone("payload", self.payload)
            return self.payload_base64
        if isinstance(self.payload, msgspec.UnsetType):
            raise LoadError("neither payload nor payload_base64 is there")
        raw = bytes(self.payload)
        if raw == b"null":
            return None
        return _text(raw).encode() if raw.startswith(b'"') else raw


def _alone(name: str, other: object) -> None:
    if other is not msgspec.UNSET:
        raise LoadError(f"both {name} and {name}_base64 are there: take one of them out")


_letter = msgspec.json.Decoder(Letter).decode
_line = msgspec.json.Decoder(_Line).decode
_text = msgspec.json.Decoder(str).decode
_encode = msgspec.json.encode


class Wanted(NamedTuple):
    """Which refused events are meant: of these topics and reasons, refused at `since` or later."""

    topics: frozenset[str] = frozenset()
    reasons: frozenset[str] = frozenset()
    since: datetime | None = None

    def __call__(self, letter: Letter) -> bool:
        """Tell whether a dead letter is wanted."""
        return (
            (not self.topics or letter.topic in self.topics)
            and (not self.reasons or letter.reason in self.reasons)
            and (self.since is None or letter.at >= self.since)
        )


async def letters(kafka: Kafka, wanted: Wanted) -> AsyncGenerator[Letter, None]:
    """Yield what stands on deadletter now; one event once, however often it was refused.

    A worker that starts anew with another app id refuses the same messages again. Messages that
    are no refused events are left out, and told of on stderr.
    """
    seen: set[str] = set()
    unread = Unread(DEADLETTER)
    messages = follow(kafka, DEADLETTER, from_beginning=True, to_end=True)
    async with aclosing(messages):
        async for _, value in messages:
            try:
                letter = _letter(value)
            except NO_ROW as error:
                unread.note(error)
                continue
            if wanted(letter) and letter.origin not in seen:
                seen.add(letter.origin)
                yield letter
    unread.tell()


def write_line(letter: Letter) -> bytes:
    """Write an event for a person to correct, as one line of JSON."""
    line: dict[str, Any] = {
        "topic": letter.topic,
        "partition": letter.partition,
        "offset": letter.offset,
        "reason": letter.reason,
        "detail": letter.detail,
        "at": letter.at,
    }
    for name, content in (("key", letter.key), ("payload", letter.payload)):
        try:
            line[name] = None if content is None else content.decode()
        except UnicodeDecodeError:
            line[f"{name}_base64"] = content  # msgspec writes bytes in base64
    return _encode(line) + b"\n"


def read_line(line: bytes) -> Letter:
    """Read such a line back, corrected or not.

    Raises:
        LoadError: it is none; the message says what is wrong with it.
    """
    try:
        read = _line(line)
        key, payload = read.key_bytes(), read.payload_bytes()
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise LoadError(f"no line of an export: {error}") from None
    return Letter(
        read.reason, read.detail, read.topic, read.partition, read.offset, key, payload, read.at
    )
