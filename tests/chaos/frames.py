"""Kafka's requests, as far as one that stands between needs to know them. Pure.

A frame is a size (4 bytes), then that many bytes. A request begins with its API key, version and
correlation id and the name of the client; its answer begins with the correlation id. From some
version on an API is "flexible": lengths are varints, one more, and a header ends with tags.
"""

from __future__ import annotations

import struct
from typing import Final, NamedTuple

PRODUCE: Final = 0
INIT_PRODUCER_ID: Final = 22
ADD_PARTITIONS_TO_TXN: Final = 24
END_TXN: Final = 26

_FLEXIBLE: Final = {PRODUCE: 9, INIT_PRODUCER_ID: 2, ADD_PARTITIONS_TO_TXN: 3, END_TXN: 3}
"""The first flexible version of each request that is read."""
_ADD_MANY: Final = 4
"""From this version on AddPartitionsToTxn is what brokers send each other."""
_PRODUCE_IN_TXN: Final = 3
_KEEP_EPOCH: Final = 3
"""From this version on InitProducerId can name the producer id and epoch there are."""


class Request(NamedTuple):
    """A request; `frame` has all its bytes. What is not known of it is None.

    `topics` are those that a Produce writes to, `committed` whether an EndTxn commits.
    """

    key: int
    version: int
    correlation: int
    client: str | None
    frame: bytes
    transactional_id: str | None = None
    producer_id: int | None = None
    epoch: int | None = None
    committed: bool | None = None
    topics: frozenset[str] = frozenset()


class Frames:
    """Cuts a stream of bytes into frames."""

    def __init__(self) -> None:
        self._rest = bytearray()

    def feed(self, chunk: bytes) -> list[bytes]:
        """Take what came next; gives the frames that are whole now, each with its size."""
        self._rest += chunk
        frames, start = [], 0
        while len(self._rest) - start >= 4:
            end = start + 4 + int.from_bytes(self._rest[start : start + 4], "big")
            if end > len(self._rest):
                break
            frames.append(bytes(self._rest[start:end]))
            start = end
        del self._rest[:start]
        return frames


class _Fields:
    """Reads field after field."""

    def __init__(self, frame: bytes, at: int) -> None:
        self._frame, self._at = frame, at
        self.flexible = False

    def number(self, kind: str) -> int:
        [value] = struct.unpack_from(f">{kind}", self._frame, self._at)
        self._at += struct.calcsize(kind)
        return int(value)

    def varint(self) -> int:
        value = shift = 0
        while True:
            byte = self.number("B")
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    def count(self, kind: str) -> int:
        """Read how long an array or string is; -1 if it is null."""
        return self.varint() - 1 if self.flexible else self.number(kind)

    def bytes_(self, kind: str) -> bytes | None:
        length = self.count(kind)
        if length < 0:
            return None
        self._at += length
        return self._frame[self._at - length : self._at]

    def string(self) -> str | None:
        raw = self.bytes_("h")
        return None if raw is None else raw.decode()

    def tags(self) -> None:
        """Pass over the tagged fields, where there are any."""
        if self.flexible:
            for _ in range(self.varint()):
                self.varint()
                size = self.varint()
                self._at += size


def parse(frame: bytes) -> Request:
    """Read a request frame."""
    fields = _Fields(frame, 4)
    key, version, correlation = fields.number("h"), fields.number("h"), fields.number("i")
    request = Request(key, version, correlation, fields.string(), frame)
    if key not in _FLEXIBLE or (key == ADD_PARTITIONS_TO_TXN and version >= _ADD_MANY):
        return request
    fields.flexible = version >= _FLEXIBLE[key]
    fields.tags()
    return _READ[key](request, fields)


def _produce(request: Request, fields: _Fields) -> Request:
    if request.version < _PRODUCE_IN_TXN:
        return request
    name = fields.string()
    fields.number("h")  # acks
    fields.number("i")  # time-out
    topics = set()
    if request.version <= 12:  # later ones have ids in the place of names
        for _ in range(fields.count("i")):
            topics.add(fields.string() or "")
            for _ in range(fields.count("i")):
                fields.number("i")
                fields.bytes_("i")
                fields.tags()
            fields.tags()
    return request._replace(transactional_id=name, topics=frozenset(topics))


def _init_producer_id(request: Request, fields: _Fields) -> Request:
    request = request._replace(transactional_id=fields.string())
    fields.number("i")  # time-out
    if request.version < _KEEP_EPOCH:
        return request
    return request._replace(producer_id=fields.number("q"), epoch=fields.number("h"))


def _of_a_transaction(request: Request, fields: _Fields) -> Request:
    return request._replace(
        transactional_id=fields.string(),
        producer_id=fields.number("q"),
        epoch=fields.number("h"),
        committed=fields.number("B") != 0 if request.key == END_TXN else None,
    )


_READ: Final = {
    PRODUCE: _produce,
    INIT_PRODUCER_ID: _init_producer_id,
    ADD_PARTITIONS_TO_TXN: _of_a_transaction,
    END_TXN: _of_a_transaction,
}


def correlation(answer: bytes) -> int:
    """Tell which request an answer frame answers."""
    return int.from_bytes(answer[4:8], "big")


def end_txn_error(request: Request, answer: bytes) -> int:
    """Give the error code of the answer to an EndTxn."""
    fields = _Fields(answer, 8)
    fields.flexible = request.version >= _FLEXIBLE[END_TXN]
    fields.tags()
    fields.number("i")  # throttle time
    return fields.number("h")
