"""The numbers about customers by brute force, read off the history of one after the other."""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from customer_events import topic_of
from customer_history import Cells, History, Stocks, seconds, settle

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator

    from streams.core.customers.definitions import Definitions


Losses = dict[tuple[str, str, str], list[int]]
"""By month and group: losses and seconds at risk before, and after, the first complaint."""

SAID = {"renewed": "renewals", "refused": "refusals", "cancelled": "cancellations"}


class Customer(History):
    """What one customer adds to the numbers."""

    def cells(self) -> Cells:  # noqa: C901 (all rules in one place)
        out: dict[tuple[Any, ...], list[Any]] = {}

        def put(key: tuple[Any, ...], values: dict[str, int], count: int = 1) -> None:
            cell = out.setdefault(key, [0, 1, defaultdict(int)])
            cell[0] += count
            for currency, amount in values.items():
                cell[2][currency] += amount

        def move(at: int, kind: str, values: dict[str, int], reason: str | None = None) -> None:
            month, day = self.month(at), self.midnight(at)
            segment, tier = self.group(month)
            labels: list[tuple[str | None, str | None]] = [(None, None)]
            if reason is not None:
                labels.append(("reason", reason))
            for label in labels:
                put(("1d", day, segment, None, kind, *label), values)
                put(("1mo", self.start(month), segment, tier, kind, *label), values)

        ever = False
        for (_, was, had, _), (at, active, values, why) in zip(
            self.reported, self.reported[1:], strict=False
        ):
            kind, _, reason = why.partition("|")
            if active and not was:
                opening = self.d.start is not None and at < self.d.start
                first = "opening" if self.first == "discovered" and opening else str(self.first)
                move(at, "reactivated" if ever else first, values)
                ever = True
            elif was and not active:
                if kind == "merged":
                    move(at, "merged_out", had)
                else:
                    move(at, "lost", had, reason)
            elif active:
                change = {c: values.get(c, 0) - had.get(c, 0) for c in {**had, **values}}
                up = {c: n for c, n in change.items() if n > 0}
                down = {c: -n for c, n in change.items() if n < 0}
                if up:
                    move(at, "expansion", up, reason)
                if down:
                    move(at, "contraction", down, reason)
        for month in self.months()[1:]:
            at = self.start(month)
            active, values = self.state(at - 1)
            before, now = self.group(self.back(month, 1)), self.group(month)
            if active and before != now:
                for kind, (segment, tier) in (("moved_out", before), ("moved_in", now)):
                    put(("1mo", at, segment, tier, kind, None, None), values)
                    if before[0] != now[0]:
                        put(("1d", at, segment, None, kind, None, None), values)
        self.count_rest(put)
        return {
            key: (cell[0], cell[1], {c: n for c, n in cell[2].items() if n})
            for key, cell in out.items()
            if cell[0] or any(cell[2].values())
        }

    def count_rest(self, put: Any) -> None:
        for h in self.happenings:
            if h.kind in SAID:
                month, kind = self.month(h.said), SAID[h.kind]
                segment, tier = self.group(month)
                cancelled = h.kind == "cancelled"
                worth = {h.event.currency: h.event.value_lost if cancelled else h.event.value}
                reasons = [h.event.reason, *(getattr(h.event, "reasons", None) or []), "unknown"]
                reason = next(filter(None, reasons))
                for label in ((None, None), ("reason", reason)):
                    put(("1mo", self.start(month), segment, tier, kind, *label), worth)
                    put(("1d", self.midnight(h.said), segment, None, kind, *label), worth)
        for e in self.counted:
            month = self.month(seconds(e.occurred_at))
            place = "1mo", self.start(month), *self.group(month)
            topic = topic_of(e)
            if topic == "revenue":
                put((*place, "revenue", None, None), {e.currency: e.amount}, int(e.amount > 0))
                put((*place, "cost_to_serve", None, None), {e.currency: e.cost_to_serve}, 0)
            else:
                put((*place, topic, None, None), {})
                if topic == "referrals" and e.converted:
                    put((*place, "converted", None, None), {})

    def state(self, at: int) -> tuple[bool, dict[str, int]]:
        return next(((a, v) for t, a, v, _ in reversed(self.reported) if t <= at), (False, {}))

    def months(self) -> list[str]:
        """Give all months from that of the first activation to that of the clock."""
        if len(self.history) < 2:
            return []
        month, out = self.month(self.history[1][0]), []
        while self.start(month) <= self.clock:
            out.append(month)
            month = self.back(month, -1)
        return out

    def at_risk(self, at: int) -> bool:
        for made, updates in self.complaints:
            said = [status for time, status in updates if time <= at]
            recent = 0 <= at - made < self.d.recent_complaint
            if recent or (made <= at and said and said[-1] != "resolved"):
                return True
        return False

    def losses(self) -> Losses:
        """Give losses and seconds at risk, before and after the first complaint, by month."""
        out: Losses = defaultdict(lambda: [0, 0, 0, 0])
        first = min((made for made, _ in self.complaints), default=self.clock)
        ends = [step[0] for step in self.reported[1:]] + [self.clock]
        for (at, active, _, _), end in zip(self.reported, ends, strict=True):
            for month in self.months() if active else []:
                begin, close = self.start(month), self.start(self.back(month, -1))
                since, until = max(at, begin), min(end, close)
                if since < until:
                    after = max(0, until - max(since, first))
                    place = out[(month, *self.group(month))]
                    place[1] += until - since - after
                    place[3] += after
        entered = None
        for (_, was, _, _), (at, active, _, why) in zip(
            self.reported, self.reported[1:], strict=False
        ):
            if active and not was:
                entered = at
            if was and not active and not why.startswith("merged") and entered != at:
                place = out[(self.month(at), *self.group(self.month(at)))]
                place[2 if first < at else 0] += 1
        return out

    def stocks(self, *, risky: bool = False) -> Stocks:
        out: Stocks = {}
        for month in self.months():
            closes = min(self.start(self.back(month, -1)) - 1, self.clock)
            active, values = self.state(closes)
            if active and (not risky or self.at_risk(closes)):
                out[(month, *self.group(month))] = 1, values
        return out


def numbers(
    events: Iterable[Any],
    clock: int,
    definitions: Definitions,
    uncounted: Container[str] = (),
) -> tuple[Cells, Stocks, Stocks, Losses]:
    """Give all cells by the fields of their keys; by month stocks, those at risk, and losses."""
    by_customer: dict[str, list[tuple[Any, bytes]]] = defaultdict(list)
    for e, own in settle(events, uncounted):
        by_customer[e.customer_id].append((e, own))
    cells: dict[tuple[Any, ...], list[Any]] = {}
    stocks: dict[tuple[str, str, str], list[Any]] = {}
    risky: dict[tuple[str, str, str], list[Any]] = {}
    losses: Losses = defaultdict(lambda: [0, 0, 0, 0])
    for customer in people(by_customer, clock, definitions):
        for key, (count, lives, values) in customer.cells().items():
            add(cells.setdefault(key, [0, 0, defaultdict(int)]), [count, lives, values])
        for month, counted in customer.losses().items():
            losses[month] = [one + more for one, more in zip(losses[month], counted, strict=True)]
        for total, mine in ((stocks, customer.stocks()), (risky, customer.stocks(risky=True))):
            for group, (count, values) in mine.items():
                add(total.setdefault(group, [0, 0, defaultdict(int)]), [count, 0, values])
    return (
        {k: (c[0], c[1], {u: n for u, n in c[2].items() if n}) for k, c in cells.items()},
        {k: (c[0], {u: n for u, n in c[2].items() if n}) for k, c in stocks.items()},
        {k: (c[0], {u: n for u, n in c[2].items() if n}) for k, c in risky.items()},
        {month: counted for month, counted in losses.items() if any(counted)},
    )


def people(
    by_customer: dict[str, list[tuple[Any, bytes]]], clock: int, definitions: Definitions
) -> Iterator[Customer]:
    """Yield everybody: who was forgotten is somebody else from then on."""
    for sent in by_customer.values():
        asks = [one for one in sent if getattr(one[0], "change", None) == "forgotten"]
        held = [one for one in sent if one not in asks]
        ends = [seconds(e.occurred_at) for e, _ in asks]
        for end in sorted(end for end in ends if end <= clock):
            former = [one for one in held if seconds(one[0].occurred_at) <= end]
            yield Customer(definitions, former, end, forgotten=True)
            held = [one for one in held if seconds(one[0].occurred_at) > end]
        yield Customer(definitions, held, clock)


def add(total: list[Any], more: list[Any]) -> None:
    total[0] += more[0]
    total[1] += more[1]
    for unit, amount in more[2].items():
        total[2][unit] += amount


def month_name(start: int, zone: str) -> str:
    return datetime.fromtimestamp(start, UTC).astimezone(ZoneInfo(zone)).strftime("%Y-%m")
