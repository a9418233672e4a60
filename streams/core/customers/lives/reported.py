"""What is reported of a customer: movements, and what it was between them.

    a customer     |========|....|=====|    |=====|
                   new      away  back |    reactivated
                                       lost

A loss is reported at once, at its date, and taken back by a return within the window. Who is merged
into another customer is gone for good: a return is a reactivation. Who takes another one over is
no customer who returns, and if it is one already only the value of the other one comes in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.core.customers.lives import lifecycle as lc
from streams.core.customers.lives.movements import (
    CONTRACTION,
    DISCOVERED,
    EXPANSION,
    LOST,
    MERGED_IN,
    MERGED_OUT,
    NOBODY,
    OPENING,
    REACTIVATED,
    Movement,
    Span,
    Unfinished,
)

if TYPE_CHECKING:
    from streams.core.customers.definitions import Definitions
    from streams.core.customers.lives.life import Away
    from streams.core.customers.lives.movements import Values


class Reported:
    """What is reported of one customer.

    Attributes:
        movements: in order of time.
        spans: what the customer was, in order of time.
        origin: NEW or DISCOVERED, as the first activation is called; NOBODY before the first event.
        since: epoch seconds of the first activation; 0 if there was none.
        active: whether it is a customer; of a loss that a return may take back, before it.
        values: recurring, as of the same.
        away: the loss that a return may still take back.
        last: kind, time and reason of the last movement.
    """

    def __init__(self, definitions: Definitions) -> None:
        self._window = definitions.return_window
        self._start = definitions.start or 0
        self.movements: list[Movement] = []
        self.spans: list[Span] = []
        self.origin = NOBODY
        self.since = 0
        self.active = False
        self.values: Values = {}
        self.away: Away | None = None
        self.channel = 0
        self.last: tuple[int, int, int] | None = None
        self._unfinished: Unfinished | None = None
        self._now: tuple[bool, Values] = (False, {})

    def finish(self) -> None:
        """Report the loss that a return may still take back."""
        if (away := self.away) is not None:
            self._unfinished = Unfinished(away, self.values, self.last)
            self._leave(away)

    def resume(self) -> None:
        """Take back what `finish` reported, to go on."""
        if self._unfinished is not None:
            self.movements.pop()
            self.spans.pop()
            self.away, self.values, self.last = self._unfinished
            self.active = True
            self._unfinished = None

    def _report(self, cause: Away, now: tuple[bool, Values], *, for_good: bool) -> None:
        """Take notice of what the customer is after an event; `for_good`: no return undoes it."""
        if now == self._now:
            return
        self._now = active, values = now
        if not active:
            self.away = cause
            if for_good:
                self._leave(cause)
        elif self.away is not None and (
            cause.kind == lc.TAKEN or cause.at >= self.away.at + self._window
        ):
            self._leave(self.away)
            self._enter(cause, values)
        elif self.active:
            self.away = None
            self._revalue(cause, values)
        else:
            self._enter(cause, values)

    def _enter(self, cause: Away, values: Values) -> None:
        kind = REACTIVATED if self.since else self.origin
        if cause.kind == lc.TAKEN:
            kind = MERGED_IN
        elif kind == DISCOVERED and cause.at < self._start:
            kind = OPENING
        self.since = self.since or max(cause.at, 1)
        self.active, self.values = True, values
        self._move(kind, cause, values)
        self.spans.append(Span(cause.at, True, values))  # noqa: FBT003 (as the field)

    def _leave(self, cause: Away) -> None:
        values = self.values
        self.away, self.active, self.values = None, False, {}
        self._move(MERGED_OUT if cause.kind == lc.MERGED else LOST, cause, values)
        self.spans.append(Span(cause.at, False, {}))  # noqa: FBT003 (as the field)

    def _revalue(self, cause: Away, values: Values) -> None:
        before = self.values
        if values == before:
            return
        self.values = values
        self.spans.append(Span(cause.at, True, values))  # noqa: FBT003 (as the field)
        more: Values = {}
        less: Values = {}
        for currency in {**before, **values}:
            change = values.get(currency, 0) - before.get(currency, 0)
            if change > 0:
                more[currency] = change
            elif change < 0:
                less[currency] = -change
        if more and cause.kind == lc.TAKEN:
            self._move(MERGED_IN, cause, more, customers=0)
        elif more:
            self._move(EXPANSION, cause, more)
        if less:
            self._move(CONTRACTION, cause, less)

    def _move(self, kind: int, cause: Away, values: Values, customers: int = 1) -> None:
        reason, plan, mark = cause.reason, cause.plan, cause.mark
        movement = Movement(cause.at, kind, values, reason, plan, mark, self.channel, customers)
        self.movements.append(movement)
        self.last = kind, cause.at, cause.reason
