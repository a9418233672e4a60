"""What is counted in columns is what a plain loop over the events counts, however they come.

The columns are as short as can be here, dictionaries are soon full, and caps are low.
"""

from __future__ import annotations

import random
from collections import defaultdict
from typing import TYPE_CHECKING, Any, Final
from zlib import crc32

import numpy as np
import pytest
from events import T0, WALL, complaint, records
from state_rows import cells_of

from schemas.fields import MAX_MONEY
from streams.core import messages
from streams.core.catalogue import TOPIC_OF, TOPICS
from streams.core.detail_messages import decode
from streams.core.ingest import cells, details, event_columns, label_codes, series_router, topic
from streams.core.ingest.kinds import CELLS, LAYOUT
from streams.core.ingest.stage import IngestStage
from streams.core.partials import read as read_partials
from streams.core.series_key import series_key
from streams.core.sketches import datasketches_format
from streams.core.sketches.coupons import coupons
from streams.core.sketches.fingerprints import make
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from schemas.metrics import Metric
    from streams.core.catalogue import Labels

CAP, DETAILS = 3, 6
BREAKDOWNS: Final = ((), ("product",), ("product", "company"), ("issue", "product", "region"))
SETTINGS: Final = Settings(
    tables={
        "label_cap": CAP,
        "breakdowns": {
            "complaints": BREAKDOWNS,
            "revenue": ((), ("kind",)),
            "cost_to_serve": ((), ("segment",)),
        },
        "aliases": {"product": {"Morgage": "Mortgage"}},
    },
    detect={"metrics": ["complaints", "cost_to_serve"]},
)
Event = dict[str, Any]
Cell = tuple[int, dict[str, int], frozenset[int]]
DetailCell = tuple[int, bytes, list[tuple[int, str]]]


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(event_columns, "MAX_EVENTS", 7)
    monkeypatch.setattr(topic, "MAX_EVENTS", 7)
    monkeypatch.setattr(label_codes, "MAX_CODES", 4)
    monkeypatch.setattr(series_router, "MAX_CODES", 4)
    monkeypatch.setattr(cells, "FEW", 4)  # so that some are few, and some are not
    monkeypatch.setattr(series_router, "FEW", 4)
    monkeypatch.setattr(details, "MAX_DETAILS", DETAILS)


class Model:
    """Counts complaints and revenue one by one."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, int], list[Any]] = defaultdict(lambda: [0, {}, set()])
        self.details: dict[tuple[str, int, Labels], list[Event]] = {}
        self._admitted: dict[tuple[str, tuple[str, ...]], set[tuple[str, ...]]] = defaultdict(set)

    def count(self, name: str, event: Event) -> None:
        if name == "complaints":
            product = event.get("product")
            event["product"] = "Mortgage" if product == "Morgage" else product
            self._metric("complaints", event, 0)
        else:
            self._metric("revenue", event, event["amount"])
            self._metric("cost_to_serve", event, event["cost_to_serve"])

    def _metric(self, metric: Metric, event: Event, amount: int) -> None:
        start = event["time"] - event["time"] % 300
        names = TOPICS[TOPIC_OF[metric]].labels
        labels = tuple(event.get(name) for name in names)
        given = {name: value or "unknown" for name, value in zip(names, labels, strict=True)}
        for breakdown in SETTINGS.tables.breakdowns[metric]:
            values = tuple(given[name] for name in breakdown)
            admitted = self._admitted[metric, breakdown]
            if len(admitted) < CAP:
                admitted.add(values)
            if values not in admitted:
                values = ("other",) * len(values)
            cell = self.cells[series_key(metric, dict(zip(breakdown, values, strict=True))), start]
            cell[0] += 1
            if currency := event.get("currency"):
                cell[1][currency] = cell[1].get(currency, 0) + amount
            if event.get("customer_id"):
                cell[2].add(event["customer_id"])
        if metric == "revenue":
            return
        held = [key for key in self.details if key[:2] == (metric, start)]
        key = (metric, start, labels)
        if key not in self.details and len(held) >= DETAILS:
            key = (metric, start, ("other",) * len(labels))
        self.details.setdefault(key, []).append(event)

    def expected_cells(self) -> dict[tuple[str, int], Cell]:
        return {
            key: (count, values, frozenset(coupons(sorted(customers)).tolist()))
            for key, (count, values, customers) in self.cells.items()
        }

    def expected_details(self) -> dict[tuple[str, int, Labels], list[DetailCell]]:
        found: dict[tuple[str, int, Labels], list[DetailCell]] = defaultdict(list)
        for (metric, start, labels), events in self.details.items():
            prints = sorted(
                make(crc32(e["event_id"].encode()), e.get("customer_id"), e.get("text"), e["time"])
                for e in events
            )
            said = [(crc32(e["event_id"].encode()), e["text"]) for e in events if "text" in e]
            shown = tuple(label or "unknown" for label in labels)
            found[metric, start, shown].append(
                (len(events), b"".join(prints[:16]), sorted(said)[:3])
            )
        return {key: sorted(rows) for key, rows in found.items()}


class Reader:
    """Keeps the last snapshot of each cell and detail that a stage sends."""

    def __init__(self) -> None:
        self.cells: dict[tuple[str, int], Cell] = {}
        self.details: dict[tuple[str, int, Labels], list[DetailCell]] = {}

    def read(self, sends: Iterable[Any]) -> None:
        for send in sends:
            if send.topic == messages.PARTIALS:
                partials = read_partials(send.value)
                for name, cells in partials.series:
                    for start, count, values, data in cells:
                        self.cells[name, start] = count, values or {}, self._coupons(data)
            elif send.topic == messages.SIGNALS:
                self._details(decode(send.value))

    def _coupons(self, data: bytes | None) -> frozenset[int]:
        return frozenset(datasketches_format.read(data).coupons.tolist() if data else ())

    def _details(self, found: messages.Details) -> None:
        fresh: dict[tuple[str, int, Labels], list[DetailCell]] = defaultdict(list)
        for row in found.rows:
            texts = [(hashed, text) for hashed, text in row.texts]
            fresh[found.metric, row.start, row.labels].append((row.count, row.prints, texts))
        self.details |= {key: sorted(rows) for key, rows in fresh.items()}


def made(dice: random.Random, number: int) -> Iterator[tuple[str, Event]]:
    """Make events in the order of time."""
    times = sorted(dice.choices(range(T0, T0 + 4_000), k=number))
    for place, time in enumerate(times):
        event: Event = {"event_id": f"{dice.random()}-{place}", "time": time}
        if dice.random() < 0.9:
            event["customer_id"] = dice.choice(("ana", "bo", "cy", "Zoë"))
        if dice.random() < 0.3:
            money = {"currency": dice.choice(("EUR", "USD")), "kind": dice.choice("abcde")}
            amounts = {"amount": dice.choice((MAX_MONEY, -7)), "cost_to_serve": MAX_MONEY}
            customer = {"customer_id": event.get("customer_id", "ana")}
            yield "revenue", event | money | amounts | customer
            continue
        event["product"] = dice.choice(("Loan", "other", "Morgage", "Mortgage", "Card", "Bank"))
        for label, values in (("company", "vwxyz"), ("region", "NS"), ("issue", "abc")):
            if dice.random() < 0.8:
                event[label] = dice.choice(values)
        if dice.random() < 0.3:
            event["text"] = f"they closed my account {dice.choice('ab')} and nobody told me why"
        yield "complaints", event


def payload(event: Event) -> Event:
    body = {name: value for name, value in event.items() if name != "time"}
    return complaint(body.pop("event_id"), event["time"], **body)


def rows_of(stage: IngestStage, rows: dict[bytes, bytes], number: int, reader: Reader) -> None:
    flush = stage.flush(number, WALL)
    for key, value in flush.rows:
        if value is None:
            del rows[key]
        else:
            rows[key] = value
    reader.read(flush.sends)


@pytest.mark.parametrize("seed", range(12))
def test_columns_count_as_a_loop_does(seed: int) -> None:
    dice = random.Random(seed)
    model, reader = Model(), Reader()
    rows: dict[bytes, bytes] = {}
    stage = IngestStage(0, 2, SETTINGS)
    waiting: dict[str, list[Event]] = {"complaints": [], "revenue": []}
    for number, (name, event) in enumerate(made(dice, 200)):
        waiting[name].append(event)
        if dice.random() < 0.2:
            for each, events in waiting.items():
                stage.process(each, records(*map(payload, events)), WALL)
                for one in events:
                    model.count(each, one)
                events.clear()
        if dice.random() < 0.03:
            rows_of(stage, rows, number, reader)
            assert stage.pending() == 0
        if dice.random() < 0.01:
            rows_of(stage, rows, number, reader)
            stage = IngestStage(0, 2, SETTINGS)
            stage.restore(rows)
    for wall in (WALL, WALL + 100):  # idle: what is open is sent, too
        stage.tick(wall, set(waiting))
    rows_of(stage, rows, 1_000, reader)
    assert len(model.cells) > 100
    assert reader.cells == model.expected_cells()
    assert reader.details == model.expected_details()


def test_no_label_and_one_called_unknown_share_a_series_and_are_two_details() -> None:
    stage, reader = IngestStage(0, 1, SETTINGS), Reader()
    events = [complaint("a", T0), complaint("b", T0, product="unknown"), complaint("c", T0)]
    stage.process("complaints", records(*events), WALL)
    stage.tick(WALL + 100, {"complaints"})
    reader.read(stage.flush(1, WALL).sends)
    assert reader.cells[series_key("complaints", {"product": "unknown"}), T0][0] == 3
    (details,) = reader.details.values()
    assert [count for count, _, _ in details] == [1, 2]


def test_amounts_add_up_beyond_64_bits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(topic, "MAX_EVENTS", 5_000)
    stage, reader = IngestStage(0, 1, SETTINGS), Reader()
    fields = {"customer_id": "c", "currency": "EUR", "amount": MAX_MONEY, "cost_to_serve": 0}
    events = [complaint(f"e{number}", T0, **fields) for number in range(10_000)]
    stage.process("revenue", records(*events), WALL)
    reader.read(stage.flush(1, WALL).sends)
    assert np.iinfo(np.int64).max < MAX_MONEY * 10_000
    assert reader.cells[series_key("revenue", {}), T0][1] == {"EUR": MAX_MONEY * 10_000}


def test_a_cell_of_many_customers_goes_on_after_a_take_over() -> None:
    names = [f"customer-{number}" for number in range(900)]
    stage = IngestStage(0, 1, SETTINGS)
    for part in (names[:300], names[200:600], names[500:]):
        events = [complaint(f"{part[0]}-{one}", T0, customer_id=one) for one in part]
        stage.process("complaints", records(*events), WALL)
        rows = {key: value for key, value in stage.flush(1, WALL).rows if value is not None}
        stage = IngestStage(0, 1, SETTINGS)
        stage.restore(rows)
    (cells,) = [cells_of(row.value) for row in LAYOUT.read(rows) if row.kind is CELLS]
    data = cells[series_key("complaints", {})][-1]
    registers = datasketches_format.read(data).registers
    assert registers is not None
    assert registers.tolist() == datasketches_format.registers_of(coupons(names)).tolist()


def test_a_stage_that_is_not_durable_writes_no_rows_and_deletes_none() -> None:
    stage = IngestStage(0, 1, SETTINGS, durable=False)
    for number in range(20):
        event = complaint(f"e{number}", T0 + 300 * number, customer_id="c", text="Why?")
        stage.process("complaints", records(event), WALL)
        assert stage.flush(number, WALL).rows == []
    assert stage.sizes()["cells"] < 20
