"""Put events of known date and kind into published complaints, and ask what people are told.

    python benchmarks/incidents.py [--seeds 1 2 3] [--tapes DIR]

Each seed is a slice of the complaints (../shared/data/README.md) with 22 events: everything
rises, evenly or not; a company or product; an issue of a product at one company; two of these on a
day; one inside a broad rise. Printed is, by kind: pages (alerts that fire, real and explained by no
other) as people would get them without incidents, incidents opened and left, events with at most
two messages in the first day, events reported later than the first page, and titles that are right.
What the grouping is given of a seed is kept in DIR: tried again, it takes seconds, not minutes.
"""

from __future__ import annotations

import argparse
import pickle
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from incident_tape import Tape, at, play, record
from incident_worlds import (
    AFTER,
    APART,
    COLUMNS,
    DAY,
    KINDS,
    NAMES,
    WARM_UP,
    Complaint,
    History,
    Planted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Any]

STARTS: Final = ("2012-06-01", "2013-02-01", "2013-10-01", "2014-06-01", "2015-02-01", "2015-12-01")
EVENTS: Final = 22
PART: Final = 0.4
"""An alert is of an event that makes up so much of its excess."""
POSITIONS: Final = {NAMES.get(name, name): place for place, name in enumerate(COLUMNS)}


class Taped(NamedTuple):
    """A history: how many complaints and days, what was put in, and what the grouping gets."""

    complaints: int
    days: int
    planted: list[Planted]
    made: list[Complaint]
    tape: Tape


def taped(seed: int, folder: Path | None) -> Taped:
    """Make the history of a seed, or read it where it was kept."""
    file = None if folder is None else folder / f"{seed}.pickle"
    if file is not None and file.exists():
        return Taped(*pickle.loads(file.read_bytes()))  # noqa: S301 - our own
    first = int(np.datetime64(STARTS[seed % len(STARTS)], "s").astype(int))
    days = WARM_UP + APART * (EVENTS - 1) + AFTER + 4
    history = History(first, days, seed, KINDS)
    made = [row for row in history.rows if row.part >= 0]
    one = Taped(len(history.rows), days, history.planted, made, record(history.events()))
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(pickle.dumps(tuple(one)))
    return one


class Said:
    """What was published of a history."""

    def __init__(self, taped: Taped) -> None:
        self._made = taped.made
        self.rows, self.pages = play(taped.tape)
        self.messages = [row for row in self.rows if row["message"]]

    def part(self, alert: Row, parts: Iterable[int]) -> float:
        """Return how much of an alert's excess was put in as one of some parts."""
        wanted = set(parts)
        first, end = at(alert["window_start"]), at(alert["window_end"])
        labels = [(POSITIONS[name], value) for name, value in alert["labels"].items()]
        own = sum(
            first <= row.time < end
            and row.part in wanted
            and all(row.labels[place] == value for place, value in labels)
            for row in self._made
        )
        return float(own / max(1.0, alert["excess"]))

    def _with_what_they_became(self, names: set[str], until: int) -> set[str]:
        """Return incidents, and those that they turned out to be a part of."""
        into = {
            row["incident_id"]: row["merged_into"]
            for row in self.rows
            if row["merged_into"] and at(row["at"]) <= until
        }
        found = set(names)
        while more := {into[name] for name in found if name in into} - found:
            found |= more
        return found

    def of(self, event: Planted, parts: range) -> Row | None:
        """Return what was said of an event; None where it paged nobody."""
        until = event.start + AFTER * DAY
        pages = [
            page
            for page in self.pages.values()
            if event.start < at(page["at"]) <= until and self.part(page, parts) >= PART
        ]
        if not pages:
            return None
        names = self._with_what_they_became({page["incident_id"] for page in pages}, until)
        messages = [
            row
            for row in self.messages
            if row["incident_id"] in names and event.start < at(row["at"]) <= until
        ]
        last = {
            row["incident_id"]: row
            for row in self.rows
            if row["incident_id"] in names and at(row["at"]) <= until
        }
        first = min((at(row["at"]) for row in messages), default=until)
        left = {name: row["merged_into"] or name for name, row in last.items()}
        while any(name in left and left[name] != name for name in left.values()):
            left = {name: left.get(into, into) for name, into in left.items()}
        groups = [
            {left.get(p["incident_id"]) for p in pages if self.part(p, [part]) >= PART}
            for part in parts
        ]
        return {
            "pages": len(pages),
            "opened": sum(row["reason"] == "opened" for row in messages),
            "left": len(set(left.values())),
            "first day": sum(at(row["at"]) < first + DAY for row in messages)
            <= (4 if event.kind == "two" else 2),
            "late": first > min(at(page["at"]) for page in pages),
            **_right(event, list(last.values()), messages, groups),
        }


def _right(event: Planted, last: list[Row], messages: list[Row], groups: list[Any]) -> Row:
    """Return whether the title is right, two were merged, or a narrow one was named."""
    if event.kind == "two":
        return {"merged": bool(groups[0] & groups[1])} if all(groups) else {}
    if event.kind == "inside":
        named = any(
            row["labels"] in event.parts[1]
            or any(
                part["out_of_proportion"] and right.items() <= part["labels"].items()
                for part in row["parts"]
                for right in event.parts[1]
            )
            for row in messages
        )
        return {"named": named} if groups[1] else {}
    best = max((row for row in last if not row["merged_into"]), key=lambda row: row["excess"])
    return {"title": best["labels"] in event.parts[0]}


def main() -> None:
    """Make the histories, replay them, and count."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--tapes", type=Path)
    args = parser.parse_args()
    found: dict[str, list[Row]] = defaultdict(list)
    planted: dict[str, int] = defaultdict(int)
    for seed in args.seeds:
        history = taped(seed, args.tapes)
        said, parts = Said(history), 0
        for event in history.planted:
            own = range(parts, parts + len(event.parts))
            parts = own.stop
            planted[event.kind] += 1
            if (one := said.of(event, own)) is not None:
                found[event.kind].append(one)
        opened = sum(row["reason"] == "opened" for row in said.messages)
        print(
            f"seed {seed}: {history.complaints:,} complaints, {history.days / 7:.0f} weeks, "
            f"{len(said.pages)} pages, {opened} incidents, {len(said.messages)} messages",
            flush=True,
        )
    for kind in KINDS:
        print(line(kind, planted[kind], found[kind]))


def line(kind: str, planted: int, found: list[Row]) -> str:
    """Write what was said of the events of one kind."""
    if not found:
        return f"{kind:8} 0 of {planted}"
    many = len(found)
    mean = {name: sum(one[name] for one in found) / many for name in ("pages", "opened", "left")}
    text = f"{kind:8} {many} of {planted} paged: {mean['pages']:.2f} pages, {mean['opened']:.2f} "
    text += f"opened, {mean['left']:.2f} left; two messages at most in the first day "
    text += f"{sum(one['first day'] for one in found)}, late {sum(one['late'] for one in found)}"
    for name in ("title", "merged", "named"):
        judged = [one[name] for one in found if name in one]
        if judged:
            text += f", {name} {sum(judged)} of {len(judged)}"
    return text


if __name__ == "__main__":
    main()
