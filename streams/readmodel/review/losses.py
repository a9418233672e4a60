"""Who left in a span, and who pays less: read off the rows of customers."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal, NamedTuple

import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.readmodel.customers import CustomerRecord, Told, ToldComplaint, ToldLoss, ToldWords

UNKNOWN: Final = "unknown"
BACK: Final = frozenset({"reactivated"})
_HANDLED: Final = ("resolved", "answered", "acknowledged", "reopened")


class Complaints(msgspec.Struct, frozen=True):
    """Complaints of a customer before it left: how many, of what issues, what became of them.

    `issues` are those stated, the most frequent first. By status: resolved, answered,
    acknowledged, reopened; `unanswered` are those of which nothing was said.
    """

    count: int
    issues: list[str]
    handled: dict[str, int]
    unanswered: int


class Loss(NamedTuple):
    """A customer who left, or who pays less.

    Attributes:
        customer_id: who.
        at: when, RFC 3339.
        values: recurring value a month by currency, in minor units; of contraction the difference.
        currency: the one in which it was worth most; empty where it was worth nothing.
        segment: in the month of the loss; in the last month known where the row does not say.
        tier: the same.
        days: how long it had been a customer, first to last; None where that is not known.
        reason: as stated.
        avoidable: as stated; None: not stated, or not known.
        initiative: the same.
        complaints: those before; None where the row does not say.
        returned_at: when the customer came back; None: not yet.
        words: what it wrote before it came back, masked, the oldest first.
    """

    customer_id: str
    at: str
    values: dict[str, int]
    currency: str
    segment: str
    tier: str
    days: int | None
    reason: str
    avoidable: bool | None
    initiative: str | None
    complaints: Complaints | None
    returned_at: str | None
    words: Sequence[ToldWords]

    @property
    def worth(self) -> int:
        """Return what it was worth a month, in minor units of `currency`."""
        return self.values.get(self.currency, 0)


def losses(
    rows: Iterable[CustomerRecord],
    start: str,
    end: str,
    kind: Literal["lost", "contraction"] = "lost",
) -> list[Loss]:
    """Return the losses of a span, those first that were worth most.

    The currency that most of them were worth most in comes first. One customer may stand there
    several times: lost, back, and lost again.

    Args:
        rows: of the topic of customers, in any order.
        start: beginning of the span, RFC 3339 in UTC, as on metrics.periods.
        end: its end, exclusive.
        kind: lost, or contraction.
    """
    first, last = datetime.fromisoformat(start), datetime.fromisoformat(end)
    found = []
    for row in rows:
        if row.movements is None:
            continue
        for place, one in enumerate(row.movements):
            if one.kind == kind and first <= datetime.fromisoformat(one.at) < last:
                found.append(_loss(row, one, row.movements[place + 1 :]))
    return in_order(found)


def in_order(found: Sequence[Loss]) -> list[Loss]:
    """Return losses, those first that were worth most, by currency."""
    frequent = Counter(one.currency for one in found if one.currency)

    def rank(one: Loss) -> tuple[bool, int, str, int, str, str]:
        places = (not one.currency, -frequent[one.currency], one.currency)
        return (*places, -one.worth, one.customer_id, one.at)

    return sorted(found, key=rank)


def _loss(row: CustomerRecord, one: Told, later: Sequence[Told]) -> Loss:
    more = _more(row.losses or (), one)
    since = None if row.since is None else datetime.fromisoformat(row.since)
    at = datetime.fromisoformat(one.at)
    returned_at = next((after.at for after in later if after.kind in BACK), None)
    return Loss(
        customer_id=row.customer_id,
        at=one.at,
        values=one.values,
        currency=max(sorted(one.values), key=lambda name: one.values[name], default=""),
        segment=row.segment if more is None else more.segment,
        tier=row.tier if more is None else more.tier,
        days=None if since is None else max(0, (at - since).days),
        reason=one.reason,
        avoidable=None if more is None else more.avoidable,
        initiative=None if more is None else more.initiative,
        complaints=None if row.complaints is None else _complaints(row.complaints, at),
        returned_at=returned_at,
        words=[said for said in row.words or () if returned_at is None or said.at < returned_at],
    )


def _more(told: Iterable[ToldLoss], one: Told) -> ToldLoss | None:
    return next((more for more in told if (more.kind, more.at) == (one.kind, one.at)), None)


def _complaints(told: Iterable[ToldComplaint], until: datetime) -> Complaints:
    before = [one for one in told if datetime.fromisoformat(one.at) <= until]
    issues = Counter(one.issue for one in before if one.issue)
    statuses = Counter(one.status for one in before)
    return Complaints(
        count=len(before),
        issues=[name for name, _ in sorted(issues.items(), key=lambda pair: (-pair[1], pair[0]))],
        handled={name: statuses[name] for name in _HANDLED if statuses[name]},
        unanswered=statuses[None],
    )
