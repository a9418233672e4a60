"""Events of a company that came too late to be counted, by what stands on the topic `late`."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.grammar import NO_ROW
from streams.simulate.files import EVENTS, read_events
from streams.simulate.verify import TableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from streams.simulate.truth.settle import Key

CLOSED: Final = "closed_bucket"
"""The reason of an event that was too late for the buckets, and so is not counted anywhere."""


class _Event(msgspec.Struct):
    event_id: str


class _Late(msgspec.Struct):
    topic: str
    event: _Event
    reason: str = CLOSED


def read_late(lines: Iterable[bytes]) -> Counter[Key]:
    """Count by topic and id the copies of events that came too late for the buckets.

    Raises:
        TableError: a line is no row of the topic `late`.
    """
    decode = msgspec.json.Decoder(_Late).decode
    late: Counter[Key] = Counter()
    try:
        for line in lines:
            row = decode(line)
            if row.reason == CLOSED:
                late[row.topic, row.event.event_id] += 1
    except NO_ROW as error:
        raise TableError(f"a line is no row of late: {error}") from error
    return late


def left_out(folder: Path, late: Counter[Key], sent: Mapping[str, Iterable[bytes]]) -> set[Key]:
    """Give topic and id of the events of a folder of which every copy came too late.

    Args:
        folder: of the company.
        late: the copies that did (`read_late`).
        sent: by topic, what was sent there, where that may be more copies than the folder has.
    """
    topics = sorted({topic for topic, _ in late})
    copies: Counter[Key] = Counter()
    for topic, event in read_events(folder / EVENTS, topics):
        if (topic, event.event_id) in late:
            copies[topic, event.event_id] += 1
    more: Counter[Key] = Counter()
    decode = msgspec.json.Decoder(_Event).decode
    for topic, values in sent.items():
        for value in values:
            with suppress(*NO_ROW):  # refused: no copy of any event
                more[topic, decode(value).event_id] += 1
    return {key for key, count in late.items() if count >= max(copies[key], more[key])}
