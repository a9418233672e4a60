"""The consumer group as the keeper of partitions sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from aiokafka import TopicPartition

    from streams.transport.batch import Reach


class Group(Protocol):
    """What is asked of the consumer; see `batching.Consumer`."""

    def assignment(self) -> Collection[TopicPartition]: ...  # noqa: D102
    def generation(self) -> int: ...  # noqa: D102
    def rejoining(self) -> bool: ...  # noqa: D102
    def reach(self, tp: TopicPartition) -> Reach | None: ...  # noqa: D102
    async def rejoin(self) -> None: ...  # noqa: D102
    async def pause(self, tps: Collection[TopicPartition], generation: int) -> None: ...  # noqa: D102
    def hold(self, tps: frozenset[TopicPartition], epoch: int) -> None: ...  # noqa: D102
    async def commit_offsets(self, offsets: Mapping[TopicPartition, int]) -> bool: ...  # noqa: D102
    async def seek_more(  # noqa: D102
        self, offsets: Mapping[TopicPartition, int], epoch: int
    ) -> None: ...
    async def seek_all(  # noqa: D102
        self, offsets: Mapping[TopicPartition, int], generation: int
    ) -> int | None: ...
