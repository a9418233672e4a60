"""Errors that end a worker or a take-over, and which errors of Kafka pass by themselves."""

from __future__ import annotations

from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTxnState,
    KafkaConnectionError,
    KafkaError,
    KafkaTimeoutError,
    OutOfOrderSequenceNumber,
    ProducerFenced,
)


class WorkerFailedError(Exception):
    """The worker must stop; nothing that the cause touched has been committed."""


class StateRefusedError(WorkerFailedError):
    """The state in the changelog cannot be taken over by this worker; the message says why."""


class SupersededError(Exception):
    """A newer rebalance makes a take-over pointless."""


class TooLargeError(Exception):
    """A topic refuses what a flush is to write there; the message says which row it is."""


class NoNewEpochError(Exception):
    """The partition must be dropped and taken over anew; the message says why."""


_LOST = (
    ProducerFenced,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    InvalidTxnState,
    OutOfOrderSequenceNumber,
    NoNewEpochError,
)
"""To the broker we are no longer the owner: another worker took over, or it forgot us."""

_NO_BROKER = "Did we not perform bootstrap?"
"""What aiokafka asserts where no broker is known: one that has just started names none yet."""


def passing(error: BaseException) -> bool:
    """Return whether to drop the state and take over anew: we were fenced, or nobody answered.

    Everything else will not go away by itself.
    """
    if isinstance(error, AssertionError):
        return str(error) == _NO_BROKER
    if isinstance(error, (*_LOST, KafkaTimeoutError, KafkaConnectionError)):
        return True
    # What aiokafka's sender meets comes wrapped in plain errors.
    if type(error) is KafkaError and error.__cause__ is not None:
        return passing(error.__cause__)
    return isinstance(error, KafkaError) and error.retriable
