"""One customer's history by brute force: all events sorted, all states written down.

Nothing here is shared with the product but the definitions and the hash that orders events of one
second: every state of every customer is written down second by second, and numbers are read off.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from customer_events import topic_of

from streams.core.customers.lives.lifecycle import hashed

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from streams.core.customers.definitions import Definitions

DAY: Final = 86_400
ORDER: Final = (
    "signup",
    "changed",
    "paused",
    "resumed",
    "trial_began",
    "trial_converted",
    "trial_ended",
    "past_due",
    "paid",
    "renewed",
    "cancelled",
    "refused",
    "merged",
)
ENDS: Final = {"trial_ended", "cancelled", "refused", "merged"}

Cells = dict[tuple[Any, ...], tuple[int, int, dict[str, int]]]
Stocks = dict[tuple[str, str, str], tuple[int, dict[str, int]]]
"""By month, segment and tier: customers and value at its end, or at the clock."""


class Happening(NamedTuple):
    at: int
    kind: str
    own: bytes
    said: int
    event: Any

    def order(self) -> tuple[int, int, bytes]:
        return self.at, ORDER.index(self.kind), self.own


def seconds(time: datetime) -> int:
    return int(time.timestamp())


def settle(events: Iterable[Any], uncounted: Container[str] = ()) -> list[tuple[Any, bytes]]:
    """Carry out the corrections: what holds, and the hash by which it is ordered.

    What is `uncounted` (event ids) came too late: it is as if neither it nor any correction of it
    had ever been sent.
    """
    given = {hashed(topic_of(e), e.event_id): e for e in events}
    never = {own for own, e in given.items() if e.event_id in uncounted}
    aims: list[tuple[int, bytes, bytes, Any]] = []  # when, in whose name, at what, instead

    def aim(own: bytes, at: int, fix: Any) -> None:
        instead = fix.replacement
        nested = instead is not None and fix.topic == "corrections"
        target = hashed(fix.topic, fix.original.event_id)
        aims.append((at, own, target, None if nested else instead))
        if nested:
            aim(own, at, instead)

    for own, e in given.items():
        if topic_of(e) == "corrections":
            aim(own, seconds(e.occurred_at), e)
    gone = never
    held: list[tuple[Any, bytes]] = []
    for _, own, target, instead in sorted(aims, key=lambda a: a[:3], reverse=True):
        if own in gone or target in gone:
            continue
        gone.add(target)
        if instead is not None:
            held.append((instead, own))
    held += [
        (e, own) for own, e in given.items() if own not in gone and topic_of(e) != "corrections"
    ]
    return held


def happening(e: Any, own: bytes) -> Happening | None:
    said = seconds(e.occurred_at)
    match topic_of(e):
        case "signups":
            return Happening(said, "signup", own, said, e)
        case "changes":
            return Happening(said, e.change, own, said, e)
        case "renewals" if e.outcome == "renewed":
            return Happening(said, "renewed", own, said, e)
        case "renewals":
            end = e.term_end
            return Happening(said if end is None else seconds(end), "refused", own, said, e)
        case "cancellations":
            at = e.effective_at
            return Happening(said if at is None else seconds(at), "cancelled", own, said, e)
    return None


class Sub:
    def __init__(self) -> None:
        self.status = "ended"
        self.value = 0
        self.stated = False
        self.plan = ""
        self.currency: str | None = None
        self.unpaid: int | None = None
        self.renewed: list[int] = []


class History:
    """One customer's history, second by second."""

    def __init__(
        self,
        definitions: Definitions,
        held: list[tuple[Any, bytes]],
        clock: int,
        *,
        forgotten: bool = False,
    ) -> None:
        self.d = definitions
        self.zone = ZoneInfo(definitions.zone)
        self.clock = clock
        self.subs: dict[str | None, Sub] = {}
        self.first: str | None = None
        self.history: list[tuple[int, bool, dict[str, int], str]] = [(-1, False, {}, "")]
        found = [h for e, own in held if (h := happening(e, own)) is not None]
        self.happenings = sorted(found, key=Happening.order)
        self.counted = [e for e, _ in held if topic_of(e) in ("revenue", "referrals", "complaints")]
        said = [(e, own) for e, own in held if topic_of(e) == "complaint_updates"]
        said.sort(key=lambda one: (one[0].occurred_at, one[1]))
        self.complaints = [
            (
                seconds(e.occurred_at),
                [
                    (seconds(u.occurred_at), u.status)
                    for u, _ in said
                    if u.complaint_id == e.event_id
                ],
            )
            for e, _ in held
            if topic_of(e) == "complaints"
        ]
        self.live()
        if forgotten and self.history[-1][1]:
            self.history.append((clock, False, {}, "forgotten|forgotten"))
        self.reported = self.bridge()

    # -- calendar: years and months as text

    def month(self, at: int) -> str:
        return datetime.fromtimestamp(at, self.zone).strftime("%Y-%m")

    def start(self, month: str) -> int:
        year, number = map(int, month.split("-"))
        return seconds(datetime(year, number, 1, tzinfo=self.zone))

    def back(self, month: str, months: int) -> str:
        year, number = map(int, month.split("-"))
        total = year * 12 + number - 1 - months
        return f"{total // 12}-{total % 12 + 1:02}"

    def midnight(self, at: int) -> int:
        day = datetime.fromtimestamp(at, self.zone)
        return seconds(day.replace(hour=0, minute=0, second=0, fold=0))

    # -- what happened

    def live(self) -> None:
        paid = [seconds(e.occurred_at) for e in self.counted if getattr(e, "amount", 0) > 0]
        instants = {h.at for h in self.happenings}
        discovery = None
        if paid:
            begin = self.start(self.month(min(paid)))
            first = self.happenings[0] if self.happenings else None
            early = first is not None and first.at <= begin
            soon = (
                first is not None
                and first.kind in ("signup", "trial_began")
                and first.at < begin + self.d.found_window
            )
            if not early and not soon:
                discovery = begin
                instants.add(begin)
        unpaid = self.d.past_due_days * DAY
        instants |= {h.at + unpaid for h in self.happenings if h.kind == "past_due"}
        for at in sorted(i for i in instants if i <= self.clock):
            late = [
                s for s in self.subs.values() if s.unpaid is not None and s.unpaid + unpaid == at
            ]
            for sub in late:
                sub.status, sub.unpaid = "ended", None
            if late:
                self.write(at, "past_due", "past due")
            if at == discovery:
                self.first = "discovered"
                self.subs[None] = Sub()
                self.subs[None].status = "active"
                self.write(at, "paid")
            now = [h for h in self.happenings if h.at == at]
            void = {h.own for h in now if self.annulled(h)}
            if self.history[-1][1]:
                now.sort(key=lambda h: h.kind not in ENDS)
            for h in now:
                if h.own not in void:
                    self.happen(h)

    def annulled(self, h: Happening) -> bool:
        if h.kind not in ("cancelled", "refused"):
            return False
        name = h.event.subscription_id
        subs = [s for n, s in self.subs.items() if name is None or n == name]
        return any(h.said < t < h.at for s in subs for t in s.renewed)

    def happen(self, h: Happening) -> None:  # noqa: C901, PLR0912 (all rules in one place)
        e, kind = h.event, h.kind
        name = e.subscription_id
        if kind in ENDS:
            if self.first is None and kind not in ("trial_ended", "merged"):
                self.first = "discovered"
                sub = self.subs[name] = Sub()
                sub.status = "active"
                if kind == "cancelled":
                    sub.value, sub.currency = e.value_lost // 12, e.currency
                elif kind == "refused" and e.term_months:
                    sub.value, sub.currency = e.value // e.term_months, e.currency
                self.write(h.at, kind)
            for n, sub in self.subs.items():
                named = name is None or n == name or kind == "merged"
                if named and (kind != "trial_ended" or sub.status == "trial"):
                    sub.status, sub.unpaid = "ended", None
            said = e.reason or next(iter(getattr(e, "reasons", None) or []), None)
            self.write(h.at, kind, said)
            return
        there = [s for s in self.subs.values() if s.status != "ended"]
        only = name is None and len(there) == 1
        sub = there[0] if only else self.subs.setdefault(name, Sub())
        if self.first is None:
            self.first = (
                "new" if kind in ("signup", "trial_began", "trial_converted") else "discovered"
            )
            if kind in ("changed", "paused", "resumed", "past_due", "paid"):
                sub.status = "active"
            if kind == "trial_converted":
                sub.status = "trial"
        was = sub.status
        if kind in ("signup", "renewed"):
            sub.status, sub.unpaid = "active", None
            sub.renewed.append(h.at)
        elif (kind == "trial_converted" and was == "trial") or (
            kind == "resumed" and was in ("ended", "paused")
        ):
            sub.status = "active"
        elif kind == "trial_began" and was == "ended":
            sub.status = "trial"
        elif kind == "paused" and was == "active":
            sub.status = "paused"
        elif kind == "past_due" and was in ("active", "paused") and sub.unpaid is None:
            sub.unpaid = h.at
        elif kind == "paid":
            sub.unpaid = None
        before = sub.currency
        if kind == "renewed":
            if e.term_months and not sub.stated:
                sub.value, sub.currency = e.value // e.term_months, e.currency
        elif e.monthly_value is not None:
            sub.value, sub.currency, sub.stated = e.monthly_value, e.currency, True
        exchanged = before is not None and sub.currency != before
        self.write(h.at, kind, "currency" if exchanged else getattr(e, "reason", None))

    def write(self, at: int, kind: str, reason: str | None = None) -> None:
        active = False
        values: dict[str, int] = defaultdict(int)
        for sub in self.subs.values():
            free = sub.stated and sub.value == 0
            if sub.status in ("active", "paused") and (self.d.count_free or not free):
                active = True
            if sub.status == "active" and sub.value:
                values[str(sub.currency)] += sub.value
        if (active, dict(values)) != self.history[-1][1:3]:
            self.history.append((at, active, dict(values), f"{kind}|{reason or 'unknown'}"))

    def bridge(self) -> list[tuple[int, bool, dict[str, int], str]]:
        """Leave out the absences from which the customer came back in time."""
        out = []
        for place, step in enumerate(self.history):
            after = self.history[place + 1] if place + 1 < len(self.history) else None
            away = not step[1] and step[0] >= 0 and not step[3].startswith("merged")
            if away and after is not None and after[0] < step[0] + self.d.return_window:
                continue
            out.append(step)
        return out

    # -- groups

    def segment(self, month: str) -> str:
        said = [
            (h.at, h.event.segment)
            for h in self.happenings
            if h.event.segment and h.kind in ("signup", "changed", "trial_began")
        ]
        start, end = self.start(month), self.start(self.back(month, -1))
        before = [s for at, s in said if at < start]
        within = [s for at, s in said if start <= at < end]
        return before[-1] if before else within[0] if within else "unknown"

    def tier(self, month: str) -> str:
        months = {self.back(month, n) for n in range(1, 13)}
        earned: dict[str, int] = defaultdict(int)
        for e in self.counted:
            if topic_of(e) == "revenue" and self.month(seconds(e.occurred_at)) in months:
                cost = e.cost_to_serve if self.d.tier_by == "margin" else 0
                earned[e.currency] += e.amount - cost
        for name, limits in self.d.tiers:
            if sum((Fraction(earned[c], n) for c, n in limits.items()), Fraction(0)) >= 1:
                return name
        return self.d.base_tier

    def group(self, month: str) -> tuple[str, str]:
        return self.segment(month), self.tier(month)
