"""A commit request that arrives late: held back, and delivered in the middle of what comes next.

EndTxn ---x held; its connection is broken (or its answer never comes)
EndTxn -----> the client repeats it ----------> answered
AddPartitionsToTxn, Produce ------------------> the next transaction of the same id
          the held EndTxn --------------------> what does the broker say?
Produce, EndTxn ------------------------------> only now the rest of that transaction
"""

from __future__ import annotations

import asyncio
import contextlib
import enum
from typing import TYPE_CHECKING, Final, NamedTuple

from frames import ADD_PARTITIONS_TO_TXN, END_TXN, INIT_PRODUCER_ID, PRODUCE, end_txn_error

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from frames import Request

TAKEN: Final = 0
CONCURRENT: Final = 51
"""The transaction is being completed, ask again."""
REFUSED: Final = frozenset({47, 90})
"""The epoch is not that of the producer any more."""
AGAIN: Final = 0.01
ANSWER_SECONDS: Final = 30.0
PATIENCE: Final = 5.0
"""Seconds to wait for the answer to a write whose connection may have gone."""


class Pass(enum.Enum):
    """What becomes of a request."""

    ON = "it goes to the broker"
    LOST = "it does not, and its connection is broken"
    SWALLOWED = "it does not, and nobody answers"


class Outcome(NamedTuple):
    """What came of a held commit. Places are ports of brokers."""

    transactional_id: str
    error: int
    epoch: int
    next_epoch: int
    place: int
    next_place: int

    @property
    def taken(self) -> bool:
        """Tell whether the broker took it for the commit of the next transaction."""
        return self.error == TAKEN

    @property
    def refused(self) -> bool:
        """Tell whether the broker refused it by its epoch."""
        return self.error in REFUSED

    @property
    def bites(self) -> bool:
        """Tell whether it was in time to do harm, done or prevented."""
        return self.taken or self.refused

    @property
    def moved(self) -> bool:
        """Tell whether another broker had become coordinator."""
        return self.place != self.next_place

    def __str__(self) -> str:
        said = "taken" if self.taken else "refused by epoch" if self.refused else "refused"
        what = f"commit of {self.transactional_id}, epoch {self.epoch}, in the middle of the next"
        where = ", at another coordinator" if self.moved else ""
        return f"{what}, epoch {self.next_epoch}: {said} (error {self.error}){where}"


class Step(enum.Enum):
    """Where a hold is."""

    ARMED = "no commit yet"
    HELD = "waits for the repetition to be answered"
    REPEATED = "waits for the next transaction"
    NEXT = "waits for the next transaction to write"
    MIDDLE = "what was written is answered, or the late commit delivered"
    OVER = "delivered, or given up"


class Hold:
    """Holds one commit, of a transactional id that `wanted` wants.

    `move` is awaited after the repetition was answered, before the next transaction may begin; it
    gets the port of the broker the commit was for. The commit is delivered when the first write of
    the next transaction to a topic whose name ends with `behind` was answered; and before the next
    commit, if there was none.
    """

    def __init__(
        self,
        wanted: Callable[[str], bool],
        move: Callable[[int], Awaitable[None]] | None = None,
        *,
        lost: bool = True,
        behind: str = "-changelog",
    ) -> None:
        self.step = Step.ARMED
        self.outcome: Outcome | None = None
        self.over = asyncio.Event()
        self.why = ""
        self._wanted, self._move, self._lost, self._behind = wanted, move, lost, behind
        self._moving: asyncio.Future[None] | None = None
        self._delivering: asyncio.Task[None] | None = None
        self._held: Request | None = None
        self._first: Request | None = None
        self._place = self._next_place = self._next_epoch = -1

    def concerns(self, request: Request) -> bool:
        """Tell whether to ask about this request."""
        if self.step is Step.OVER or request.transactional_id is None:
            return False
        if self._held is None:
            return request.committed is True and self._wanted(request.transactional_id)
        return request.transactional_id == self._held.transactional_id

    async def passes(self, request: Request, place: int) -> Pass:
        """Say what becomes of a request that concerns us, on its way to the broker at `place`.

        It may take as long as the late commit does.
        """
        if self._held is None:
            self._held, self._place, self.step = request, place, Step.HELD
            return Pass.LOST if self._lost else Pass.SWALLOWED
        if request.key == INIT_PRODUCER_ID and request.producer_id in {None, -1}:
            self.end("another producer began")
        elif self.step is Step.REPEATED and request.key != END_TXN:
            await self._moved()
            if request.key == ADD_PARTITIONS_TO_TXN:
                self._begin(request, place)
        elif self.step is Step.NEXT:
            if request.key == ADD_PARTITIONS_TO_TXN:
                self._begin(request, place)
            elif request.key == PRODUCE and any(t.endswith(self._behind) for t in request.topics):
                self._first, self.step = request, Step.MIDDLE
                return Pass.ON
            elif request.key == END_TXN:
                self.step = Step.MIDDLE
                await self._deliver()
        if self.step is Step.MIDDLE:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE):
                    await self.over.wait()
            await self._deliver()
        return Pass.ON

    async def answered(self, request: Request, answer: bytes) -> None:
        """Take the answer to a request that concerns us."""
        if self.step is Step.HELD and request.key == END_TXN:
            if end_txn_error(request, answer) == 0:
                self.step = Step.REPEATED
        elif request is self._first and self.step is Step.MIDDLE:
            await self._deliver()

    def _begin(self, request: Request, place: int) -> None:
        self.step = Step.NEXT
        self._next_place, self._next_epoch = place, request.epoch or 0

    async def _moved(self) -> None:
        if self._move is not None:
            if self._moving is None:
                self._moving = asyncio.ensure_future(self._move(self._place))
            await asyncio.shield(self._moving)

    async def _deliver(self) -> None:
        """Deliver it, once; whose connection ends meanwhile does not end that."""
        if self.step is Step.MIDDLE:
            if self._delivering is None:
                self._delivering = asyncio.create_task(self._arrive())
            await asyncio.shield(self._delivering)

    async def _arrive(self) -> None:
        held = self._held
        assert held is not None
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                error = await deliver(held, self._next_place)
        except (OSError, EOFError, TimeoutError) as failure:
            self.end(f"not delivered: {failure!r}")
            return
        self.outcome = Outcome(
            held.transactional_id or "",
            error,
            held.epoch or 0,
            self._next_epoch,
            self._place,
            self._next_place,
        )
        self.end(str(self.outcome))

    def end(self, why: str) -> None:
        """Hold nothing back any more; the first reason is kept."""
        self.step = Step.OVER
        self.why = self.why or why
        self.over.set()


async def deliver(held: Request, place: int) -> int:
    """Send a request by a connection of its own; gives the error code of the answer.

    One that is taken is repeated until the transaction is complete: so what passes after it
    finds it complete.
    """
    reader, writer = await asyncio.open_connection("127.0.0.1", place)
    try:
        error = await _ask(held, reader, writer)
        while error == TAKEN and await _ask(held, reader, writer) == CONCURRENT:
            await asyncio.sleep(AGAIN)
        return error
    finally:
        writer.close()


async def _ask(held: Request, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> int:
    writer.write(held.frame)
    size = await reader.readexactly(4)
    answer = size + await reader.readexactly(int.from_bytes(size, "big"))
    return end_txn_error(held, answer)


class Gate:
    """Every request of the clients of one or more proxies comes by here."""

    def __init__(self) -> None:
        self._holds: list[Hold] = []

    @contextlib.contextmanager
    def hold(
        self,
        wanted: Callable[[str], bool] = lambda _: True,
        move: Callable[[int], Awaitable[None]] | None = None,
        *,
        lost: bool = True,
        behind: str = "-changelog",
    ) -> Iterator[Hold]:
        """Hold the next commit of a transactional id that is wanted, until the block ends.

        `lost` breaks its connection; otherwise the answer does not come, till the client has had
        enough.
        """
        hold = Hold(wanted, move, lost=lost, behind=behind)
        self._holds.append(hold)
        try:
            yield hold
        finally:
            hold.end(hold.step.value)
            self._holds.remove(hold)

    async def passes(self, request: Request, place: int) -> Pass:
        """Say what becomes of a request."""
        for hold in list(self._holds):
            if hold.concerns(request):
                return await hold.passes(request, place)
        return Pass.ON

    async def answered(self, request: Request, answer: bytes) -> None:
        """Take the answer to a request."""
        for hold in list(self._holds):
            if hold.concerns(request):
                await hold.answered(request, answer)
