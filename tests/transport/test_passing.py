"""Which errors of a flush or a take-over go away by taking the partition over anew."""

from __future__ import annotations

import pytest
from aiokafka.errors import (
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    MessageSizeTooLargeError,
    ProducerFenced,
    TopicAuthorizationFailedError,
)

from streams.transport.writer import passing


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


def test_a_plain_error_without_a_cause_does_not_pass() -> None:
    assert not passing(KafkaError("who knows"))
