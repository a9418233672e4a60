"""Which errors of a flush or a take-over go away by taking the partition over anew."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.errors import (
    IllegalOperation,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    ProducerFenced,
    TopicAuthorizationFailedError,
)

from streams.core.stage import Flush
from streams.settings import Kafka
from streams.transport.failure import passing
from streams.transport.state.writer import Writer


def wrapped(error: BaseException) -> KafkaError:
    """Wrap it as aiokafka's sender does: twice, and the words of the first wrap are its own."""
    inner = KafkaError(repr(error))
    inner.__cause__ = error
    outer = KafkaError("Unexpected error during batch delivery")
    outer.__cause__ = inner
    return outer


@pytest.mark.parametrize(
    "error", [ProducerFenced(), KafkaTimeoutError(), KafkaConnectionError("x")]
)
def test_a_fence_and_a_broker_that_does_not_answer_pass(error: KafkaError) -> None:
    assert passing(error)
    assert passing(wrapped(error))


@pytest.mark.parametrize(
    "error", [MessageSizeTooLargeError(), TopicAuthorizationFailedError(), KeyError("a bug")]
)
def test_what_will_not_go_away_by_itself_does_not_pass(error: Exception) -> None:
    assert not passing(error)
    assert not passing(wrapped(error))


async def test_a_broker_that_has_just_started_and_names_none_passes() -> None:
    with pytest.raises(AssertionError) as caught:
        await AIOKafkaClient().coordinator_lookup(CoordinationType.TRANSACTION, "an-id")
    assert passing(caught.value)
    assert passing(wrapped(caught.value))
    assert not passing(AssertionError("a bug"))


def test_a_plain_error_without_a_cause_does_not_pass() -> None:
    assert not passing(KafkaError("who knows"))


async def test_what_a_producer_ended_of_is_reported_with_its_cause(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def sends() -> None:
        raise wrapped(KafkaConnectionError("closed"))

    def begin() -> None:
        raise IllegalOperation("the producer has ended")

    sending = asyncio.create_task(sends())
    await asyncio.wait({sending})
    writer = Writer(Kafka(), "an-id", ("a-changelog", 0), {"a-changelog": 1})
    monkeypatch.setattr(writer._producer, "begin_transaction", begin)  # noqa: SLF001
    monkeypatch.setattr(writer._producer._sender, "_sender_task", sending)  # noqa: SLF001
    with pytest.raises(KafkaError, match="Unexpected error during batch delivery") as caught:
        await writer.write(writer.prepare(Flush([], []), 0.0), (b"marker", b"1"))
    assert passing(caught.value)
    await writer.stop()
