"""Events about customers as the decoders give them, and a partition of customers to feed."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Any, Final

from schemas import wire
from streams.core.changelog import Layout
from streams.core.customers.customers import Customers
from streams.core.customers.definitions import Definitions
from streams.core.customers.kinds import ADDED, KINDS
from streams.core.customers.lives.merges import Handover
from streams.core.customers.stored.store import SHARDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.customers.exchange.asked import Answer
    from streams.core.customers.kinds import AddedRows
    from streams.core.customers.sums.cell_change import CellChange
    from streams.core.customers.sums.row import CustomerRow

DAY: Final = 86_400
LAYOUT: Final = Layout("customers in tests", 20, *KINDS)

NEEDED: Final[dict[str, dict[str, Any]]] = {
    "signups": {"monthly_value": 0, "currency": "USD"},
    "changes": {"change": "changed"},
    "renewals": {"outcome": "renewed", "value": 0, "currency": "USD"},
    "cancellations": {"value_lost": 0, "currency": "USD"},
    "revenue": {"amount": 0, "currency": "USD"},
    "complaint_updates": {"complaint_id": "unknown", "status": "answered"},
}
"""What an event must have, and a story need not say."""
STRUCTS: Final[dict[str, Any]] = dict(wire.structs)
TOPIC_OF: Final = {struct: topic for topic, struct in STRUCTS.items()}

_numbers = count(1)


def when(text: str) -> int:
    """Read `2024-03-05` or `2024-03-05T10:00:00` as epoch seconds."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def instant(time: str | int) -> datetime:
    return datetime.fromtimestamp(when(time) if isinstance(time, str) else time, UTC)


def event(of: str, at: str | int, customer: str | None = "ada", **fields: Any) -> Any:
    """Make an event; every one has an id of its own unless it is given."""
    for name in ("effective_at", "term_end"):
        if fields.get(name) is not None:
            fields[name] = instant(fields[name])
    fields.setdefault("event_id", f"{of}-{next(_numbers)}")
    given = {**NEEDED.get(of, {}), **fields}
    return STRUCTS[of](customer_id=customer, occurred_at=instant(at), **given)


def change(what: str, at: str | int, customer: str = "ada", **fields: Any) -> Any:
    return event("changes", at, customer, change=what, **fields)


def correction(original: Any, at: str | int, replacement: Any = None, **fields: Any) -> Any:
    return event(
        "corrections",
        at,
        original.customer_id,
        topic=TOPIC_OF[type(original)],
        original=original,
        replacement=replacement,
        **fields,
    )


def signup(at: str | int, customer: str = "ada", **fields: Any) -> Any:
    return event("signups", at, customer, **{"monthly_value": 4900, "currency": "USD", **fields})


def cancelled(at: str | int, customer: str = "ada", **fields: Any) -> Any:
    return event("cancellations", at, customer, **{"value_lost": 58_800, **fields})


def paid(at: str | int, amount: int = 4900, customer: str = "ada", **fields: Any) -> Any:
    return event("revenue", at, customer, amount=amount, **fields)


def topic_of(one: Any) -> str:
    return TOPIC_OF[type(one)]


class Partition:
    """The customers of one partition, with all that they ever handed out merged."""

    def __init__(self, definitions: Definitions | None = None) -> None:
        self.definitions = definitions or Definitions()
        self.customers = Customers(self.definitions)
        self.cells: dict[tuple[Any, ...], CellChange] = {}
        self.rows: dict[str, CustomerRow] = {}
        self.log: dict[bytes, bytes] = {}
        self.answers: dict[str, Answer] = {}
        self.handed: list[Handover] = []
        self.heard = 0
        self.wall = 0.0

    def process(self, events: Iterable[Any]) -> list[str]:
        """Process events one by one; give why some were refused."""
        refused = []
        for one in events:
            refused += [str(r.reason) for r in self.customers.process(topic_of(one), [one])]
        return refused

    def flush(self) -> None:
        """Hand out what changed, and merge it as whoever reads it does."""
        self.wall += 1.0
        changes = self.customers.changes(self.wall)
        for cell in changes.cells:
            key = (
                cell.grain,
                cell.start,
                cell.segment,
                cell.tier,
                cell.kind,
                cell.dimension,
                cell.label,
            )
            self.cells[key] = cell
            if not (cell.count or cell.lives or cell.values):
                del self.cells[key]
        for customer, row in changes.customers:
            if row is None:
                self.rows.pop(customer, None)
            else:
                self.rows[customer] = row
        self.handed += [one for one in changes.links if isinstance(one, Handover)]
        self.answers.update((one.name, one) for one in changes.answers)
        for name, value in changes.rows:
            if value is None:
                self.log.pop(name, None)
            else:
                self.log[name] = value

    def exchange(self) -> None:
        """Let customers hear what others handed over to them, until nobody has more to say."""
        while self.heard < len(self.handed):
            self.heard += 1
            self.customers.hear(self.handed[self.heard - 1])
            self.customers.settle()
            self.flush()

    def advance(self, clock: str | int) -> None:
        """Move the clock, do all that is due, and hand it out."""
        self.customers.advance(when(clock) if isinstance(clock, str) else clock)
        self.customers.settle()
        self.flush()

    def restart(self) -> None:
        """Begin anew from the changelog; what was not handed out is lost."""
        self.customers = Customers(self.definitions)
        for row in LAYOUT.read(self.log):
            self.customers.restore(row)
        self.customers.restored()

    def count(self, kind: str, grain: str = "1mo", **labels: Any) -> int:
        return sum(cell.count for cell in self.select(kind, grain, **labels))

    def value(self, kind: str, grain: str = "1mo", **labels: Any) -> dict[str, int]:
        total: dict[str, int] = {}
        for cell in self.select(kind, grain, **labels):
            for currency, amount in cell.values.items():
                total[currency] = total.get(currency, 0) + amount
        return {currency: amount for currency, amount in total.items() if amount}

    def select(
        self, kind: str, grain: str, dimension: str | None = None, **labels: Any
    ) -> list[CellChange]:
        return [
            cell
            for cell in self.cells.values()
            if cell.kind == kind
            and cell.grain == grain
            and cell.dimension == dimension
            and all(getattr(cell, name) == label for name, label in labels.items())
        ]

    def movements(self) -> list[tuple[str, str, dict[str, int]]]:
        """Give day, kind and value of all movements and renewals, in order of days."""
        found = [
            (datetime.fromtimestamp(c.start, UTC).strftime("%Y-%m-%d"), c.kind, c.values)
            for c in self.cells.values()
            if c.grain == "1d" and c.dimension is None and c.kind != "cancellations"
        ]
        return sorted(found, key=lambda m: (m[0], m[1]))

    def adds_up(self) -> bool:
        """Count every customer, and hold the ledger to it."""
        found = [self.customers.check() for _ in range(SHARDS)]
        errors = self.customers.census.conservation_error()
        return found == [[]] * SHARDS and not any(errors.values())

    def groups(self, kind: str) -> list[tuple[str, str | None, int]]:
        """Give segment, tier and count of the cells of months of one kind, in order of months."""
        cells = sorted(self.select(kind, "1mo"), key=lambda c: (c.start, c.segment, str(c.tier)))
        return [(c.segment, c.tier, c.count) for c in cells]


def complaint(at: str | int, customer: str = "ada", **fields: Any) -> Any:
    return event("complaints", at, customer, **fields)


def packed(partition: Partition, customer: str = "ada") -> bytes:
    found = partition.customers.store.get(customer.encode())
    assert found is not None
    return found


def added_rows(partition: Partition) -> dict[int, AddedRows]:
    """Give the rows of the changelog that have complaints, by number."""
    rows = LAYOUT.read(partition.log)
    return {row.fields[0]: row.value for row in rows if row.kind is ADDED}
