"""Every alert of the largest companies in the published complaints, with what the file says of it.

    python benchmarks/verdicts.py [--transitions FILE] [--out ../docs/verdicts-cfpb.md]

The 200 companies with the most complaints of 2013 to 2016. FILE has what `cfpb_alarms.py --json`
printed; without it that is run first. The facts are worked out from the file of complaints; the
verdicts are in verdicts_cfpb.json, judged by a person from those facts, by company and day. An
alert that nobody has judged yet is listed as such.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import cfpb
import cfpb_alarms
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

COMPANIES: Final = 200
FIRST, LAST = "2013-01-01", "2016-12-31"
YEARS: Final = 4
VERDICTS = Path(__file__).with_name("verdicts_cfpb.json")
HEAD = Path(__file__).with_name("verdicts_head.md")
WEEK, MONTH, QUARTER, YEAR = 7, 28, 91, 364
BACK: Final = 1.25
"""A week at less than so many times the quarter before is back to normal."""
LONGEST: Final = 26
NEW: Final = 20.0
"""So many times its level: the product begins in the file."""
LABELS = ("product", "issue", "region", "channel")


class Span(NamedTuple):
    """The days of an alert, that within which it fired in whole; end exclusive, since the first."""

    start: int
    end: int


class Facts(NamedTuple):
    """What the file says around an alert.

    `before` are the company's complaints a day in the quarter before. `year_before` is what the
    same days, a year before, were to the quarter before them; `others` the same of all other
    companies' complaints of this product now. Both are 1 where nothing happened.
    """

    before: float
    year_before: float | None
    others: float
    weeks: int
    one_day: float
    shares: dict[str, tuple[str, float]]
    neighbours: int


class World:
    """The complaints by day: of a company, and of one value of a label beside."""

    def __init__(self, events: cfpb.Events) -> None:
        self.events = events
        days = events.time // cfpb.DAY
        self.first = int(days[0])
        self.days: NDArray[np.int64] = days - self.first
        self.span = int(self.days[-1]) + 1

    def code(self, label: str, value: str) -> int:
        """Give the number of a value."""
        return self.events.values[label].index(value)

    def counts(self, where: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Count by day."""
        return np.bincount(self.days[where], minlength=self.span)

    def largest(self) -> list[str]:
        """Give the companies with the most complaints of the years looked at."""
        low, high = (
            int(np.datetime64(day, "D").astype(np.int64)) - self.first for day in (FIRST, LAST)
        )
        own = self.events.codes["company"][(self.days >= low) & (self.days <= high)]
        return [
            self.events.values["company"][code]
            for code, _ in Counter(own.tolist()).most_common(COMPANIES)
        ]


def _rate(counts: NDArray[np.int64], start: int, end: int) -> float:
    low, high = max(start, 0), min(end, counts.size)
    return float(counts[low:high].sum()) / max(1, high - low)


def facts(world: World, alert: dict[str, Any], firings: Iterable[tuple[str, int]]) -> Facts:
    """Work out what the file says around an alert."""
    company = alert["labels"]["company"]
    own = world.events.codes["company"] == world.code("company", company)
    counts = world.counts(own)
    start = day_of(alert["started_at"]) - world.first
    end = day_of(alert["at"]) + (not alert["at"].endswith("T00:00:00Z")) - world.first
    span = Span(start, max(start + 1, end))
    before = _rate(counts, span.start - QUARTER, span.start)
    shares = _shares(world, own, span, before)
    product = world.events.codes["product"] == world.code("product", shares["product"][0])
    rest = world.counts(product & ~own)
    others = _rate(rest, span.start, span.end) / max(
        _rate(rest, span.start - QUARTER, span.start), 0.01
    )
    past = None
    if span.start - YEAR - QUARTER >= 0:
        base = _rate(counts, span.start - YEAR - QUARTER, span.start - YEAR)
        then = _rate(counts, span.start - YEAR, span.end - YEAR)
        past = then / base if base * QUARTER >= 5 else None  # noqa: PLR2004
    weeks = 0
    while weeks < LONGEST:
        low = span.end + WEEK * weeks
        if _rate(counts, low, low + WEEK) < BACK * max(before, 1 / WEEK):
            break
        weeks += 1
    held = counts[max(span.start, 0) : span.end]
    near = sum(1 for name, day in firings if name != company and abs(day - span.end) <= WEEK)
    one_day = float(held.max() / max(1, held.sum()))
    return Facts(before, past, others, weeks, one_day, shares, near)


def _shares(
    world: World, own: NDArray[np.bool_], span: Span, before: float
) -> dict[str, tuple[str, float]]:
    """Give, by label, the value with the most of the excess, and its share."""
    now = own & (world.days >= span.start) & (world.days < span.end)
    then = own & (world.days >= span.start - QUARTER) & (world.days < span.start)
    length = max(1, span.end - span.start)
    excess = max(1.0, float(now.sum()) - before * length)
    found = {}
    for label in LABELS:
        codes, values = world.events.codes[label], world.events.values[label]
        seen = np.bincount(codes[now], minlength=len(values))
        usual = np.bincount(codes[then], minlength=len(values)) * (length / QUARTER)
        most = int(np.argmax(seen - usual))
        found[label] = (values[most] or "unknown", float(seen[most] - usual[most]) / excess)
    return found


def day_of(moment: str) -> int:
    """Give the day of an ISO moment, since the epoch."""
    return int(np.datetime64(moment[:10], "D").astype(np.int64))


class Episode(NamedTuple):
    """An alert as it opened, as it first fired (None: never), and as it ended."""

    opened: dict[str, Any]
    fired: dict[str, Any] | None
    last: dict[str, Any]


def episodes(rows: Iterable[dict[str, Any]], names: Iterable[str]) -> list[Episode]:
    """Give the alerts of these companies that opened in the years looked at, in order."""
    known, found = set(names), {}
    for row in rows:
        if set(row["labels"]) != {"company"} or row["labels"]["company"] not in known:
            continue
        old = found.get(row["alert_id"], Episode(row, None, row))
        fired = old.fired or (row if row["state"] == "firing" else None)
        found[row["alert_id"]] = Episode(old.opened, fired, row)
    low, high = day_of(FIRST), day_of(LAST)
    return [episode for episode in found.values() if low <= day_of(episode.opened["at"]) <= high]


def line(episode: Episode, known: Facts, verdict: tuple[str, str]) -> str:
    """Write a row of the table."""
    alert = episode.fired or episode.opened
    long = day_of(alert["window_end"]) - day_of(alert["window_start"]) >= 3 * WEEK
    test = "slow" if long else {"1d": "daily"}.get(alert["grain"], "fast")
    part = max((known.shares[label] for label in ("product", "issue")), key=lambda share: share[1])
    past = "-" if known.year_before is None else f"{known.year_before:.1f}"
    weeks = f"{known.weeks}" if known.weeks < LONGEST else f"{LONGEST}+"
    cells = (
        alert["at"][:10],
        alert["labels"]["company"],
        test,
        f"{alert['observed']} / {alert['expected']:.1f}",
        f"{alert['surprise']:.1f}",
        f"{known.before:.2f}",
        f"{part[0]} {min(part[1], 1):.0%}",
        f"{known.others:.1f}" if known.others < NEW else "new",
        past,
        weeks,
        f"{known.one_day:.0%}",
        *verdict,
    )
    return "| " + " | ".join(cells) + " |"


def report(world: World, episodes_of_all: list[Episode], verdicts: dict[str, list[str]]) -> str:
    """Write the page."""
    fired = [one for one in episodes_of_all if one.fired]
    firings = [
        (one.fired["labels"]["company"], day_of(one.fired["at"]) - world.first)
        for one in fired
        if one.fired
    ]
    rows, count, slow = [], Counter[str](), 0
    for one in fired:
        alert = one.fired or one.opened
        key = f"{alert['labels']['company']} {alert['at'][:10]}"
        verdict = tuple(verdicts.get(key, ("not judged", "")))
        count[verdict[0]] += 1
        rows.append(line(one, facts(world, alert, firings), (verdict[0], verdict[1])))
        slow += " | slow | " in rows[-1]
    years = COMPANIES * YEARS
    head = HEAD.read_text().format(
        companies=COMPANIES,
        fired=len(fired),
        per_fired=len(fired) / years,
        slow=slow,
        opened=len(episodes_of_all),
        per_opened=len(episodes_of_all) / years,
        explained=sum(one.last["explained_by"] is not None for one in fired),
        summary=", ".join(f"{number} {name}" for name, number in count.most_common()) + ".",
    )
    return head + "\n".join(rows) + "\n"


def main() -> None:
    """Write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--transitions", type=Path)
    parser.add_argument("--out", type=Path)
    args = parser.parse_args()
    events = cfpb.load()
    world = World(events)
    if args.transitions:
        lines = args.transitions.read_text().splitlines()
        rows = (json.loads(one) for one in lines if one.startswith("{"))
    else:
        rows = cfpb_alarms.transitions(events)
    page = report(world, episodes(rows, world.largest()), json.loads(VERDICTS.read_text()))
    if args.out:
        args.out.write_text(page)
    else:
        print(page)


if __name__ == "__main__":
    main()
