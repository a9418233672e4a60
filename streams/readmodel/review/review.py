"""A loss review, put together of rows of the public topics."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from streams.load.money import largest_first
from streams.readmodel.review import losses as lost_by
from streams.readmodel.review.draw import Call, draw
from streams.readmodel.review.people import in_time, issues, never_again, talks
from streams.readmodel.review.reasons import by_label, number
from streams.readmodel.review.span import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from schemas.reviews import LossReview
    from streams.readmodel.customers import CustomerRecord
    from streams.readmodel.periods import PeriodRecord
    from streams.readmodel.review.draw import Callers
    from streams.readmodel.review.losses import Loss
    from streams.readmodel.review.people import ActionRecord, Issue, Talk
    from streams.readmodel.review.reasons import Labelled, Number


class NoPeriodError(Exception):
    """There is nothing to review; the message says what there is."""


class Sources(NamedTuple):
    """Rows of the public topics: customers, metrics.periods, actions, loss.reviews."""

    customers: Iterable[CustomerRecord]
    periods: Iterable[PeriodRecord]
    actions: Iterable[ActionRecord]
    reviews: Iterable[LossReview]


class Called(NamedTuple):
    """A customer to be called, what came of it, and when the customer came back, if it did."""

    customer_id: str
    executive: str
    drawn_by: str
    reason: str
    lost_at: str
    values: dict[str, int]
    talk: Talk | None
    returned_at: str | None

    @property
    def outcome(self) -> str | None:
        """Return what came of the call; None: nothing yet."""
        return None if self.talk is None else self.talk.outcome


class Followed(NamedTuple):
    """The review before this one: what became of those called in it, and of its issues.

    Of a customer who is not known any more (forgotten) `returned_at` is None.
    """

    period: str
    calls: list[Called]
    issues: list[Issue]


class Review(NamedTuple):
    """The review of a month or quarter.

    Attributes:
        row: the period of all customers.
        against: names of the periods it is held against.
        lost: how many, and their worth, as on metrics.periods.
        left: those of them who are known by name, by worth.
        partial: who pays less, by worth; `contraction` is what metrics.periods says of them.
        reasons: of the losses, by customers.
        avoidable: true, false, unknown.
        initiatives: customer, company, payment, unknown.
        calls: who calls whom, and what came of it.
        found: of reasons stated, by stated and found, how many calls.
        issues: of this review, and open ones of others; those first whose reason costs most.
        last: the review before; None: there was none.
    """

    row: PeriodRecord
    against: list[str]
    lost: Number
    contraction: Number
    left: list[Loss]
    partial: list[Loss]
    reasons: list[Labelled]
    avoidable: list[Labelled]
    initiatives: list[Labelled]
    calls: list[Called]
    found: dict[tuple[str, str], int]
    issues: list[Issue]
    last: Followed | None

    @property
    def period(self) -> str:
        """Return the name of the period."""
        return self.row.period

    @property
    def currencies(self) -> list[str]:
        """Return the currencies of what was lost, those first in which most customers were."""
        frequent = Counter(one.currency for one in self.left if one.currency)
        known = {*self.lost.values, *self.contraction.values, *frequent}
        worth = {name: self.lost.values.get(name, 0) for name in known}
        return sorted((name for name, _ in largest_first(worth)), key=lambda name: -frequent[name])

    @property
    def unnamed(self) -> int:
        """Return how many losses are counted but not listed: forgotten, or of long ago."""
        return self.lost.count - len(self.left)


def review_of(period: str, sources: Sources, callers: Callers) -> Review:
    """Return the review of a month or quarter; the order of the rows matters nothing.

    Raises:
        NoPeriodError: there is no such period.
    """
    wanted = span(period)
    if wanted is None:
        raise NoPeriodError(f"{period!r} is no month (2017-01) or quarter (2017-Q1)")
    rows = {
        row.period: row
        for row in sources.periods
        if row.grain == wanted.grain and row.group == (None, None)
    }
    row = rows.get(period)
    if row is None:
        there = f"from {min(rows)} to {max(rows)}" if rows else "no period"
        raise NoPeriodError(f"there is nothing of {period}: there is {there}")
    against = [name for name in wanted.against() if name in rows]
    earlier = [rows[name] for name in against]
    customers = list(sources.customers)
    actions = in_time(sources.actions)
    reviews = {one.period: one for one in sources.reviews}
    left = lost_by.losses(customers, row.start, row.end)
    returns = _returns(customers)
    drawn = draw(
        left,
        period,
        callers,
        _kept(reviews.get(period), left),
        never_again(actions) | _called(reviews.values(), but=period),
    )
    talked = talks(actions, period)
    calls = [_of(call, talked.get(call.loss.customer_id)) for call in drawn]
    reasons = by_label(row, earlier, "reason")
    return Review(
        row=row,
        against=against,
        lost=number(row, "lost"),
        contraction=number(row, "contraction"),
        left=left,
        partial=lost_by.losses(customers, row.start, row.end, "contraction"),
        reasons=reasons,
        avoidable=by_label(row, earlier, "avoidable"),
        initiatives=by_label(row, earlier, "initiative"),
        calls=calls,
        found=_found(calls),
        issues=_ranked(issues(actions), period, reasons),
        last=_followed(reviews.values(), row, actions, returns),
    )


def _of(call: Call, talk: Talk | None) -> Called:
    loss = call.loss
    return Called(
        loss.customer_id,
        call.executive,
        call.drawn_by,
        loss.reason,
        loss.at,
        loss.values,
        talk,
        loss.returned_at,
    )


def _returns(customers: Iterable[CustomerRecord]) -> dict[str, list[str]]:
    return {
        row.customer_id: back
        for row in customers
        if (back := [one.at for one in row.movements or () if one.kind in lost_by.BACK])
    }


def _kept(published: LossReview | None, left: Sequence[Loss]) -> list[Call]:
    """Return the calls that were drawn before, of those who are still lost."""
    there = {one.customer_id: one for one in sorted(left, key=lambda one: one.at)}
    return [
        Call(there[one.customer_id], one.executive, one.drawn_by)
        for one in (() if published is None else published.calls)
        if one.customer_id in there
    ]


def _called(reviews: Iterable[LossReview], but: str) -> set[str]:
    """Return who was drawn by other reviews."""
    return {call.customer_id for one in reviews if one.period != but for call in one.calls}


def _found(calls: Iterable[Called]) -> dict[tuple[str, str], int]:
    found = Counter(
        (call.reason, call.talk.reason)
        for call in calls
        if call.talk is not None and call.talk.reason is not None
    )
    return dict(sorted(found.items(), key=lambda pair: (-pair[1], pair[0])))


def _ranked(all_of_them: Iterable[Issue], period: str, reasons: Sequence[Labelled]) -> list[Issue]:
    place = {one.label: number for number, one in enumerate(reasons) if one.now.count}
    shown = [one for one in all_of_them if one.review == period or one.done_at is None]
    last = len(place)
    return sorted(shown, key=lambda one: place.get(one.reason or "", last))


def _followed(
    reviews: Iterable[LossReview],
    row: PeriodRecord,
    actions: Sequence[ActionRecord],
    returns: Mapping[str, Sequence[str]],
) -> Followed | None:
    start = datetime.fromisoformat(row.start)
    grain = row.grain
    before = [
        one
        for one in reviews
        if one.end <= start and (there := span(one.period)) is not None and there.grain == grain
    ]
    if not before:
        return None
    last = max(before, key=lambda one: one.end)
    talked = talks(actions, last.period)
    calls = [
        Called(
            one.customer_id,
            one.executive,
            one.drawn_by,
            one.reason,
            one.lost_at.isoformat(),
            dict(one.values),
            talked.get(one.customer_id),
            next(
                (
                    at
                    for at in returns.get(one.customer_id, ())
                    if datetime.fromisoformat(at) > one.lost_at
                ),
                None,
            ),
        )
        for one in last.calls
    ]
    return Followed(
        last.period, calls, [one for one in issues(actions) if one.review == last.period]
    )
