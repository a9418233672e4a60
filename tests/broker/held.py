"""A commit request that is held on its way, and arrives when the test says so."""

# ruff: noqa: SLF001 - what is between a writer and its broker

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aiokafka.client import ConnectionGroup
from aiokafka.errors import RequestTimedOutError, for_code
from aiokafka.protocol.transaction import EndTxnRequest

if TYPE_CHECKING:
    from streams.transport.state.writer import Writer


class HeldCommit:
    """Holds the next commit of a writer: to that it looks as if nobody had answered in time.

    aiokafka sends it again by itself.
    """

    def __init__(self, writer: Writer) -> None:
        epochs: Any = writer._epochs
        self._send = epochs._send
        self._held: tuple[int, EndTxnRequest] | None = None
        epochs._send = self._hold

    async def _hold(
        self, node: int, request: object, *, group: int = ConnectionGroup.DEFAULT
    ) -> Any:
        if self._held is None and isinstance(request, EndTxnRequest):
            self._held = node, request
            raise RequestTimedOutError
        return await self._send(node, request, group=group)

    async def arrive(self) -> str:
        """Let it arrive; gives the broker's answer."""
        assert self._held is not None, "no commit was held"
        node, request = self._held
        answer = await self._send(node, request, group=ConnectionGroup.COORDINATION)
        name: str = for_code(answer.error_code).__name__
        return name


def older(writer: Writer) -> None:
    """Have its broker speak no more of InitProducerId than Kafka 2.4 does, as far as it knows."""
    for connection in writer._producer.client._conns.values():
        connection._versions[22] = (0, 2)
