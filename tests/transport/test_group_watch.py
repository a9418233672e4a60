"""aiokafka stands still after an error of the group until it is asked for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from aiokafka.errors import GroupAuthorizationFailedError, KafkaError, UnknownError

from streams.worker.group_watch import MOST, GroupWatch

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pytest


class Partitions:
    def __init__(self) -> None:
        self.active = False
        self.failed: list[str] = []

    def fail(self, origin: str, error: BaseException) -> None:
        self.failed.append(f"{origin}: {error!r}")


def watch(errors: Iterable[KafkaError | None], partitions: Partitions) -> GroupWatch:
    left = iter(errors)

    async def ask() -> KafkaError | None:
        return next(left)

    return GroupWatch(ask, partitions)


async def test_an_error_that_passes_is_told_and_does_no_more(
    caplog: pytest.LogCaptureFixture,
) -> None:
    partitions = Partitions()
    one = watch([None, UnknownError(), None], partitions)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await one.look()
    assert [record.message for record in caplog.records] == [
        "the group does not take us: UnknownError(); trying again"
    ]
    assert partitions.failed == []


async def test_errors_in_a_row_stop_the_worker_unless_it_worked_in_between() -> None:
    partitions = Partitions()
    one = watch([UnknownError()] * (2 * MOST + 1), partitions)
    for _ in range(MOST):
        await one.look()
    partitions.active = True
    await one.look()
    partitions.active = False
    for _ in range(MOST - 1):
        await one.look()
    assert partitions.failed == []
    await one.look()
    assert partitions.failed == ["joining the group: UnknownError()"]


async def test_a_group_that_is_not_allowed_stops_the_worker_at_once() -> None:
    partitions = Partitions()
    await watch([GroupAuthorizationFailedError("groundswell")], partitions).look()
    assert partitions.failed == ["joining the group: GroupAuthorizationFailedError('groundswell')"]
