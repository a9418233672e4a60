"""Which bytes are a JSON object at all: judged here, once, for the fast and the slow path alike."""

from __future__ import annotations

import re
from typing import ClassVar, Final

import msgspec

from schemas.deadletter import Reason

MAX_DEPTH: Final = 256
"""How deep arrays and objects may nest: less than any parser's stack, more than any real event."""

SHORT: Final = 2 * MAX_DEPTH
"""Bytes below which a message cannot nest deeper than that: each level opens and closes."""

_TOKENS: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|([\[{])|[\]}]', re.DOTALL)


NO_ROW: Final = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on a line or message of JSON that somebody else wrote and that is no row."""


class UnreadableError(msgspec.DecodeError):
    """Refused before any JSON was read, for the reason given."""

    reason: ClassVar[Reason]


class TooDeepError(UnreadableError):
    """Nested deeper than MAX_DEPTH."""

    reason = Reason.TOO_DEEP


class NullValueError(UnreadableError):
    """A message without a value."""

    reason = Reason.NULL_VALUE


def check_depth(payload: bytes) -> None:
    """Pass JSON that nests to MAX_DEPTH at most; brackets inside strings do not count.

    Needed because a parser's own limit depends on how deep its caller stands on the stack, and
    the same bytes must meet the same fate in every process.

    Raises:
        TooDeepError: it nests deeper.
    """
    if payload.count(b"[") + payload.count(b"{") <= MAX_DEPTH:
        return
    depth = 0
    for token in _TOKENS.finditer(payload):
        if token.lastindex:
            depth += 1
            if depth > MAX_DEPTH:
                raise TooDeepError(f"nested deeper than {MAX_DEPTH} levels")
        elif token[0] in b"]}":
            depth -= 1


def check(payload: bytes | None) -> bytes:
    """Pass what the decoders may be given, and give it back.

    Raises:
        NullValueError: there is no value.
        TooDeepError: it nests too deep.
        UnicodeDecodeError: it is not UTF-8, be it in a field that nobody reads.
    """
    if payload is None:
        raise NullValueError("the message has no value")
    if len(payload) > SHORT:
        check_depth(payload)
    if not payload.isascii():
        payload.decode()
    return payload
