"""A commit that was sent and not answered may still arrive: a new epoch makes it void.

Before version 2 of Kafka's transactions (KIP-890) an EndTxn request names its producer,
and not its transaction. aiokafka sends it again in silence after a time-out or a broken
connection. When the first one arrives after all, in the middle of the next transaction, it commits
what there is of that one.

So an EndTxn that may have been written and was not answered marks its producer. Before its next
transaction that asks for a new epoch, by InitProducerId with its own producer id and epoch
(KIP-360): what arrives under the old one is refused from then on. An owner that was superseded in
the meantime is refused as well, where a start of the producer, which asks without them, would fence
whoever took over.
"""

from __future__ import annotations

import asyncio
import logging
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from aiokafka.client import ConnectionGroup, CoordinationType
from aiokafka.errors import (
    ConcurrentTransactions,
    CoordinatorLoadInProgressError,
    CoordinatorNotAvailableError,
    IncompatibleBrokerVersion,
    InvalidProducerEpoch,
    KafkaError,
    NodeNotReadyError,
    NotCoordinatorError,
    for_code,
)
from aiokafka.producer.transaction_manager import PidAndEpoch
from aiokafka.protocol.transaction import EndTxnRequest

from streams.transport.failure import NoNewEpochError
from streams.transport.state.initproducerid import NewEpochRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from aiokafka import AIOKafkaProducer

log = logging.getLogger(__name__)

NEW_EPOCH_SECONDS: Final = 60.0
"""How long to ask, in seconds: a request that is not answered costs 40 of them."""

RETRY_SECONDS: Final = 0.02
"""Seconds between two tries: a coordinator is done with a commit in a moment."""

_MOVED = (CoordinatorNotAvailableError, NotCoordinatorError)
_BUSY = (ConcurrentTransactions, CoordinatorLoadInProgressError)
_PRODUCER_FENCED: Final = 90
"""aiokafka has no name for it; to version 3 brokers say INVALID_PRODUCER_EPOCH instead."""


class Outcome(StrEnum):
    """What came of asking for a new epoch."""

    TAKEN = "taken"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    UNANSWERED = "unanswered"


class _Answer(NamedTuple):
    outcome: Outcome
    detail: str


class Epochs:
    """Watches the commits of a producer that is not started yet.

    `name` is what logs call it; `note` is called with what came of each request for an epoch.
    """

    def __init__(
        self, producer: AIOKafkaProducer, name: str, note: Callable[[Outcome], None]
    ) -> None:
        self._producer = producer
        self._name = name
        self._note = note
        self._send = producer.client.send
        producer.client.send = self._watch
        self.marked = False

    async def _watch(
        self, node: int, request: object, *, group: int = ConnectionGroup.DEFAULT
    ) -> Any:
        try:
            return await self._send(node, request, group=group)
        except NodeNotReadyError:
            raise  # nothing was written
        except BaseException:
            self.marked |= isinstance(request, EndTxnRequest)
            raise

    async def renew(self) -> None:
        """Take a new epoch if a commit may still arrive; no transaction may be open.

        Raises:
            NoNewEpochError: another owner has taken over, or the broker did not do it.
        """
        if not self.marked:
            return
        try:
            async with asyncio.timeout(NEW_EPOCH_SECONDS):
                outcome, detail = await self._ask()
        except TimeoutError:
            outcome, detail = Outcome.UNANSWERED, f"no answer within {NEW_EPOCH_SECONDS:.0f} s"
        self._note(outcome)
        late = f"{self._name}: a commit was sent and not answered, and may still arrive"
        if outcome is not Outcome.TAKEN:
            raise NoNewEpochError(f"{late}; no new producer epoch against it: {detail}")
        log.warning("%s; a new producer epoch makes it void: %s", late, detail)
        self.marked = False

    async def _ask(self) -> _Answer:
        sender, state = self._producer._sender, self._producer._txn_manager
        own = state._pid_and_epoch
        name = state.transactional_id
        request = NewEpochRequest(name, state.transaction_timeout_ms, own)
        while True:
            node = await sender._find_coordinator(CoordinationType.TRANSACTION, name)
            try:
                answer = await self._send(node, request, group=ConnectionGroup.COORDINATION)
            except (IncompatibleBrokerVersion, NotImplementedError):
                return _Answer(Outcome.UNSUPPORTED, "this broker has none, Kafka 2.5 or later has")
            except KafkaError as error:
                log.debug("%s: asking for a new epoch: %r", self._name, error)
                sender._coordinator_dead(CoordinationType.TRANSACTION)
            else:
                code, kind = answer.error_code, for_code(answer.error_code)
                if not code:
                    state._pid_and_epoch = PidAndEpoch(answer.producer_id, answer.producer_epoch)
                    state._sequence_numbers.clear()  # they begin anew with an epoch
                    return _Answer(Outcome.TAKEN, f"{answer.producer_epoch}, after {own.epoch}")
                if kind in _MOVED:
                    sender._coordinator_dead(CoordinationType.TRANSACTION)
                elif kind not in _BUSY:
                    return _Answer(Outcome.REFUSED, _refusal(code))
            # One that was sent may still arrive: between transactions it changes nothing, and one
            # that is open it ends, so that the partition is taken over anew.
            await asyncio.sleep(RETRY_SECONDS)


def _refusal(code: int) -> str:
    if code in (InvalidProducerEpoch.errno, _PRODUCER_FENCED):
        return "another owner has taken over, or the broker gave this one up"
    return f"the broker refuses it ({for_code(code).message}, {code})"
