"""What is asked of a broker before anything else."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from streams.settings import Kafka
from streams.transport.client import broker_probe


class Link:
    """A connection to a broker that has just started: it answers, and is in no cluster yet."""

    _protocol = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        del args, kwargs

    async def connect(self) -> None:
        """Nothing keeps us."""

    async def send(self, request: Any) -> Any:
        del request
        return SimpleNamespace(brokers=[])

    def close(self) -> asyncio.Future[None]:
        return asyncio.get_running_loop().create_future()


async def test_a_broker_that_is_in_no_cluster_yet_is_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(broker_probe, "AIOKafkaConnection", Link)
    with pytest.raises(KafkaConnectionError, match=r"127\.0\.0\.1:9092: it has just started"):
        await broker_probe.probe(Kafka(brokers="127.0.0.1:9092"))
