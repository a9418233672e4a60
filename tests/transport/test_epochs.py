"""Which commits mark a producer, and what comes of asking for a new epoch."""

# ruff: noqa: ARG002 - the fakes take what aiokafka gives

from __future__ import annotations

import asyncio
import contextlib
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from aiokafka.errors import (
    IncompatibleBrokerVersion,
    KafkaConnectionError,
    NodeNotReadyError,
    RequestTimedOutError,
)
from aiokafka.producer.transaction_manager import TransactionManager
from aiokafka.protocol.transaction import AddPartitionsToTxnRequest, EndTxnRequest
from aiokafka.structs import TopicPartition

from streams.transport.failure import NoNewEpochError, passing
from streams.transport.state import epochs
from streams.transport.state.epochs import Epochs, Outcome
from streams.transport.state.initproducerid import InitProducerIdResponse, NewEpochRequest

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

COMMIT = EndTxnRequest("app-fold-3", 42, 7, transaction_result=True)
ADD = AddPartitionsToTxnRequest("app-fold-3", 42, 7, [])
PLACE = TopicPartition("changelog", 3)


class Broker:
    """Answers, or raises, what it is given, in that order; and is what else a producer has."""

    def __init__(self, *answers: BaseException | tuple[int, int, int] | None) -> None:
        self.answers = list(answers)
        self.asked: list[NewEpochRequest] = []
        self.looked_up = 0
        self._known = False
        self.state = TransactionManager("app-fold-3", 60_000)
        self.state.set_pid_and_epoch(42, 7)
        self.state.increment_sequence_number(PLACE, 5)

    async def send(self, node: int, request: object, *, group: object = None) -> Any:
        assert node == 1
        if isinstance(request, NewEpochRequest):
            self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return InitProducerIdResponse(0, *answer, {}) if answer else None

    async def _find_coordinator(self, kind: object, name: str) -> int:
        assert name == "app-fold-3"
        self.looked_up += not self._known
        self._known = True
        return 1

    def _coordinator_dead(self, kind: object) -> None:
        self._known = False


class Producer:
    def __init__(self, broker: Broker) -> None:
        self.client = SimpleNamespace(send=broker.send)
        self._sender = broker
        self._txn_manager = broker.state


class Setup:
    def __init__(self, *answers: BaseException | tuple[int, int, int] | None) -> None:
        self.broker = Broker(*answers)
        self.producer: Any = Producer(self.broker)
        self.noted: list[Outcome] = []
        self.epochs = Epochs(self.producer, "app-fold-3", self.noted.append)

    @property
    def own(self) -> tuple[int, int]:
        """What the producer knows itself by: its id and epoch."""
        return self.broker.state.producer_id, self.broker.state.producer_epoch

    async def send(self, request: object) -> None:
        """Send as aiokafka does."""
        await self.producer.client.send(1, request, group=None)

    async def refused(self) -> str:
        with pytest.raises(NoNewEpochError) as caught:
            await self.epochs.renew()
        assert passing(caught.value)
        assert self.own == (42, 7)
        return str(caught.value)


def marked(*answers: BaseException | tuple[int, int, int]) -> Setup:
    setup = Setup(*answers)
    setup.epochs.marked = True
    return setup


@pytest.mark.parametrize(
    "error",
    [RequestTimedOutError(), KafkaConnectionError("closed"), asyncio.CancelledError(), OSError()],
    ids=lambda error: type(error).__name__,
)
async def test_a_commit_that_may_have_been_written_and_was_not_answered_marks(
    error: BaseException,
) -> None:
    setup = Setup(error)
    with pytest.raises(type(error)):
        await setup.send(COMMIT)
    assert setup.epochs.marked


async def test_one_whose_repetition_is_answered_marks_no_less() -> None:
    setup = Setup(RequestTimedOutError(), None)
    with pytest.raises(RequestTimedOutError):
        await setup.send(COMMIT)
    await setup.send(COMMIT)
    assert setup.epochs.marked


async def test_an_abort_marks_too() -> None:
    setup = Setup(RequestTimedOutError())
    with pytest.raises(RequestTimedOutError):
        await setup.send(EndTxnRequest("app-fold-3", 42, 7, transaction_result=False))
    assert setup.epochs.marked


@pytest.mark.parametrize(
    ("request_", "answer"),
    [(COMMIT, None), (COMMIT, NodeNotReadyError()), (ADD, RequestTimedOutError())],
    ids=["answered", "never written", "no commit"],
)
async def test_nothing_else_marks_and_then_nothing_is_asked(
    request_: object, answer: BaseException | None
) -> None:
    setup = Setup(answer)
    with contextlib.suppress(NodeNotReadyError, RequestTimedOutError):
        await setup.send(request_)
    assert not setup.epochs.marked
    await setup.epochs.renew()
    assert (setup.broker.asked, setup.noted) == ([], [])


async def test_a_new_epoch_is_taken_once_and_sequences_begin_anew() -> None:
    setup = marked((0, 42, 8))
    await setup.epochs.renew()
    await setup.epochs.renew()
    assert len(setup.broker.asked) == 1
    assert setup.own == (42, 8)
    assert setup.broker.state.sequence_number(PLACE) == 0
    assert setup.noted == [Outcome.TAKEN]


async def test_where_epochs_are_used_up_the_producer_id_is_a_new_one() -> None:
    setup = marked((0, 43, 0))
    await setup.epochs.renew()
    assert setup.own == (43, 0)


@pytest.mark.parametrize("code", [47, 90])
async def test_a_superseded_owner_is_refused(code: int) -> None:
    setup = marked((code, -1, -1))
    assert "another owner has taken over" in await setup.refused()
    assert setup.noted == [Outcome.REFUSED]


async def test_any_other_refusal_is_reported_by_its_name() -> None:
    setup = marked((53, -1, -1))
    assert "TRANSACTIONAL_ID_AUTHORIZATION_FAILED" in await setup.refused()
    assert setup.noted == [Outcome.REFUSED]


@pytest.mark.parametrize("error", [NotImplementedError("v0"), IncompatibleBrokerVersion("none")])
async def test_a_broker_that_does_not_know_it(error: Exception) -> None:
    setup = marked(error)
    assert "this broker has none, Kafka 2.5 or later has" in await setup.refused()
    assert setup.noted == [Outcome.UNSUPPORTED]


@pytest.mark.parametrize("code", [14, 51], ids=["loading", "completing the last one"])
async def test_a_busy_coordinator_is_asked_again(code: int) -> None:
    setup = marked((code, -1, -1), (0, 42, 8))
    await setup.epochs.renew()
    assert (setup.noted, setup.broker.looked_up) == ([Outcome.TAKEN], 1)


@pytest.mark.parametrize(
    "answer",
    [(15, -1, -1), (16, -1, -1), NodeNotReadyError(), KafkaConnectionError("closed")],
    ids=["not available", "moved", "not there", "connection lost"],
)
async def test_a_coordinator_that_moved_is_looked_up(
    answer: BaseException | tuple[int, int, int],
) -> None:
    setup = marked(answer, (0, 42, 8))
    await setup.epochs.renew()
    assert (setup.noted, setup.broker.looked_up) == ([Outcome.TAKEN], 2)


async def test_asking_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(epochs, "NEW_EPOCH_SECONDS", 0.05)
    setup = marked()
    never: Callable[..., Awaitable[int]] = lambda *_: asyncio.Event().wait()  # noqa: E731
    monkeypatch.setattr(setup.broker, "_find_coordinator", never)
    assert "no answer" in await setup.refused()
    assert setup.noted == [Outcome.UNANSWERED]
    assert setup.epochs.marked
