"""The files of a simulated company: events by topic in the order of their arrival, and tables."""

from __future__ import annotations

import csv
import heapq
import tempfile
from contextlib import ExitStack
from typing import IO, TYPE_CHECKING, Any, Final

import msgspec

from streams.simulate.events import TOPICS, decode, encode

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from streams.simulate.events import Event

EVENTS: Final = "events"
TRUTH: Final = "truth"
TRUE_PERIODS: Final = "periods.csv"
"""The true numbers of every period, among the truth."""
MANIFEST: Final = "manifest.json"
README: Final = "README.txt"
SETTINGS: Final = "groundswell.toml"
"""The settings by which the events are counted as their truth is."""

HELD: Final = 60_000
"""Lines of a topic that are held in memory; more go to a temporary file, sorted."""

_DIGITS: Final = 12

COMMON: Final = ("event_id", "customer_id", "occurred_at", "segment")
FIELDS: Final[dict[str, tuple[str, ...]]] = {
    "signups": ("subscription_id", "channel", "plan", "monthly_value", "currency"),
    "changes": (
        "change",
        "subscription_id",
        "plan",
        "channel",
        "reason",
        "monthly_value",
        "currency",
        "merged_into",
    ),
    "renewals": (
        "subscription_id",
        "outcome",
        "term_months",
        "term_end",
        "value",
        "currency",
        "reason",
    ),
    "cancellations": (
        "subscription_id",
        "reason",
        "reasons",
        "avoidable",
        "initiative",
        "detail",
        "value_lost",
        "currency",
        "effective_at",
    ),
    "revenue": ("amount", "cost_to_serve", "currency", "kind"),
    "complaints": ("product", "issue", "channel", "region", "severity", "text"),
    "complaint_updates": ("complaint_id", "status", "channel", "text"),
    "referrals": ("referred_customer_id", "converted", "channel"),
    "corrections": ("topic", "original", "replacement", "reason"),
}
"""The fields of each topic besides the common ones."""


class EventFiles:
    """Writes events by topic into files sorted by arrival, in bounded memory.

    The first line of a file names every field of its topic, the absent ones with null: who looks
    at the first lines only, as the loader does, knows them all.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._held: dict[str, list[bytes]] = {topic: [] for topic in TOPICS}
        self._runs: dict[str, list[IO[bytes]]] = {topic: [] for topic in TOPICS}
        self.written = dict.fromkeys(TOPICS, 0)

    def add(self, topic: str, event: Event, arrives: int) -> None:
        """Add an event that arrives at a time."""
        held = self._held[topic]
        held.append(b"%0*d%s\n" % (_DIGITS, arrives, encode(event)))
        self.written[topic] += 1
        if len(held) >= HELD:
            run = self._stack.enter_context(_temporary())
            run.writelines(sorted(held))
            run.seek(0)
            self._runs[topic].append(run)
            held.clear()

    def close(self) -> None:
        """Write the files."""
        self._folder.mkdir(parents=True, exist_ok=True)
        with self._stack:
            for topic in TOPICS:
                lines = heapq.merge(*self._runs[topic], sorted(self._held[topic]))
                with event_file(self._folder, topic).open("wb") as file:
                    for number, line in enumerate(lines):
                        json = line[_DIGITS:]
                        file.write(json if number else _with_every_field(topic, json))


def event_file(folder: Path, topic: str) -> Path:
    """Give the file of a topic in a folder of events."""
    return folder / f"{topic}.jsonl"


def read_events(folder: Path, topics: Sequence[str] = TOPICS) -> Iterator[tuple[str, Event]]:
    """Read events back, topic by topic, in the order of their arrival."""
    for topic in topics:
        with event_file(folder, topic).open("rb") as file:
            for line in file:
                yield topic, decode(line)


def write_table(file: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Write a table as CSV; it is there in whole or not at all."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.part")
    try:
        with part.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(header)
            writer.writerows(rows)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)


def _temporary() -> IO[bytes]:
    return tempfile.TemporaryFile(prefix="groundswell-simulate-")


def _with_every_field(topic: str, line: bytes) -> bytes:
    event: dict[str, Any] = msgspec.json.decode(line)
    return encode({name: event.get(name) for name in (*COMMON, *FIELDS[topic])} | event) + b"\n"
