"""When the test bed takes the topics for settled."""

from __future__ import annotations

from typing import Any

import compare
import verdict
from compare import PUBLIC

from schemas.topics import DEADLETTER


class Reading:
    """Gives messages on the dead letter topic, so many at a time."""

    def __init__(self, *counts: int) -> None:
        self.messages: dict[str, list[tuple[bytes, bytes]]] = {topic: [] for topic in PUBLIC}
        self.counts = list(counts)

    def read(self) -> int:
        count = self.counts.pop(0)
        have = self.messages[DEADLETTER]
        have += [(b"%d" % number, b"{}") for number in range(len(have), len(have) + count)]
        return count


def wanted(count: int) -> dict[str, Any]:
    rows: dict[str, dict[bytes, Any]] = {topic: {} for topic in PUBLIC}
    rows[DEADLETTER] = {b"%d" % number: {} for number in range(count)}
    return rows


async def test_it_is_compared_when_nothing_comes_and_settled_when_nothing_differs() -> None:
    reader: Any = Reading(3, 2, 0, 0, 4, 0, 7)
    assert await verdict.settled(reader, wanted(9), lambda: True) == 0
    assert reader.counts == [7]


async def test_what_came_is_compared_once_while_nothing_comes(monkeypatch: Any) -> None:
    compared: list[int] = []

    def differences(want: Any, have: Any) -> list[str]:
        compared.append(len(have[DEADLETTER]))
        return compare.differences(want, have)

    monkeypatch.setattr(verdict, "differences", differences)
    reader: Any = Reading(3, 0, 0, 0, 2, 0)
    assert await verdict.settled(reader, wanted(5), lambda: True) == 0
    assert compared == [3, 5]


async def test_what_never_comes_is_not_waited_for_when_all_is_owned(monkeypatch: Any) -> None:
    monkeypatch.setattr(verdict, "QUIET_SECONDS", 0.0)
    reader: Any = Reading(3, 0, 0)
    assert await verdict.settled(reader, wanted(4), lambda: True) == 1
    owned = iter([False, False, True])
    reader = Reading(3, 0, 0, 0)
    assert await verdict.settled(reader, wanted(4), lambda: next(owned, True)) == 1
    assert reader.counts == []


async def test_there_is_an_end_to_waiting(monkeypatch: Any) -> None:
    monkeypatch.setattr(verdict, "CATCH_UP_SECONDS", -1.0)
    reader: Any = Reading(3)
    assert await verdict.settled(reader, wanted(4), lambda: False) == 1
