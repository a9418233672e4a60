"""Count the evidence of an artefact again, from the complaints themselves.

`check` reads the numbers out of the words of every reason of an alert and holds each against a
count over all complaints, without any of the code that found them.
"""

from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from zlib import crc32

from artefact_worlds import DAY, FIRST, HOUR, Complaint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    Match = re.Match[str]

N = r"([\d,]+(?:\.\d+)?)"
TIME = r"(\d{4}-\d\d-\d\d \d\d:\d\d)"
HALF = 0.5 + 1e-6
"""What rounding may take: of an hour that is not over, a part is usual."""
COUNTED = re.compile(rf" Counted from {TIME} to {TIME}\.$")
SILENCE = re.compile(
    rf"^(.+) was silent for {N} (hours|days), from {TIME} to {TIME}: {N} came where {N} are "
    rf"usual\. Of what it brings of this series {N} came (?:then|till {TIME}) where {N} are usual: "
    rf"{N} were missing, and {N} of these {N} came late, it seems\.$"
)
SENDER = re.compile(
    rf"^{N} customers? sent {N} of {N}, {N} others with a name {N}(?: and {N} came without one)?; "
    rf"customer #([0-9a-f]{{8}}) alone {N} \({N}%\), where {N} would be usual\.$"
)
COPIES = re.compile(
    rf"^{N} of {N} have the content of an earlier event under another id \(labels, customer and "
    rf"words, or in the same second what is known of these\); {N} contents? came again\.$"
)
TEXT = re.compile(
    rf"^{N} of {N} texts have nearly the same words(?:, from {N} customers?)?"
    r"(: a campaign, it seems)?\.$"
)
BULK = re.compile(
    rf"^{N} of {N} came in {N} (second|minute)s? (with next to nothing around|in which others came "
    r"in bulk), as a program enters them\.$"
)
NAMES = re.compile(
    rf"^(\w+) (\w+) fell to {N} where {N} were usual, while (\w+) rose and both together with the "
    rf"rest stayed at {N} \({N} usual\): they were named anew, it seems\.$"
)


class Recount:
    """All complaints of a history, to be counted by span and labels."""

    def __init__(self, complaints: Iterable[Complaint]) -> None:
        self.all = sorted(complaints, key=lambda c: c.at)

    def of(self, start: int, end: int, labels: dict[str, str]) -> list[Complaint]:
        """Give the complaints of a span with some labels; the segment is that of all."""
        wanted = {name: value for name, value in labels.items() if name != "segment"}
        return [
            c
            for c in self.all
            if start <= c.at < end and all(getattr(c, k) == v for k, v in wanted.items())
        ]

    def usual(self, start: int, end: int, before: int, kept: int, labels: dict[str, str]) -> float:
        """Give the lower median of what the same hours of up to five weeks before brought."""
        brought = self.brought(start, end, before, kept, labels)
        return brought[(len(brought) - 1) // 2]

    def brought(
        self, start: int, end: int, before: int, kept: int, labels: dict[str, str]
    ) -> list[float]:
        """Give what the same hours brought in up to five weeks before, ascending."""
        first = min(day for c in self.all if (day := c.at - c.at % DAY) >= kept)
        whole, part = end - end % HOUR, end % HOUR / HOUR
        return sorted(
            len(self.of(start - back, whole - back, labels))
            + part * len(self.of(whole - back, whole - back + HOUR, labels))
            for back in range(7 * DAY, 36 * DAY, 7 * DAY)
            if end - back <= before and start - back >= first
        )

    def check(self, alert: dict[str, Any]) -> set[str]:
        """Count every reason of an alert again; gives the artefacts that were checked."""
        checks: dict[str, Callable[[Match, dict[str, Any], int, int], None]] = {
            "catch_up": self._silence,
            "one_sender": self._sender,
            "duplicate_load": self._copies,
            "same_text": self._text,
            "bulk": self._bulk,
            "taxonomy": self._names,
        }
        for reason in alert["reasons"]:
            words, kind = reason["evidence"], reason["artefact"]
            start, end = _at(alert["window_start"]), _at(alert["window_end"])
            counted = COUNTED.search(words)
            if counted:
                start, end = (_at(time) for time in counted.groups())
                words = words[: counted.start()]
            match = PATTERNS[kind].match(words)
            assert match is not None, words
            if kind not in {"catch_up", "taxonomy"}:
                start = max(start, end - 2 * DAY)
            checks[kind](match, alert, start, end)
        return {reason["artefact"] for reason in alert["reasons"]}

    def _silence(self, match: Match, alert: dict[str, Any], start: int, end: int) -> None:
        what, span, unit, first, last, there, usual, own, until, due, lack, moved, of = (
            match.groups()
        )
        begin, stop = _at(first), _at(last)
        source: dict[str, str] = {}
        if what == "The series":
            source = alert["labels"]
        elif what != "The source":
            name, value = what.split(" ", 1)
            source = {name: value}
        kept = end - 36 * DAY
        hours = (stop - begin) / HOUR
        assert span == (f"{hours:,.0f}" if unit == "hours" else f"{hours / 24:,.1f}")
        assert _n(there) == len(self.of(begin, stop, source))
        assert _n(usual) == self.usual(begin, stop, begin, kept, source)
        assert _n(there) <= 0.1 * _n(usual)
        assert stop <= start or stop % DAY == 0
        both, resumed = {**source, **alert["labels"]}, _at(until) if until else stop
        assert _n(own) == len(self.of(begin, resumed, both))
        assert _n(due) == round(self.usual(begin, resumed, begin, kept, both))
        assert _n(lack) == _n(due) - _n(own) > 0
        assert _n(of) == len(self.of(start, end, alert["labels"]))
        often = self.brought(begin, resumed, begin, kept, both)[-2]
        assert _n(moved) <= often - _n(own) + 3.0 * (1.5 * often) ** 0.5 + 0.5

    def _sender(self, match: Match, alert: dict[str, Any], start: int, end: int) -> None:
        many, sent, of_all, others, rest, nameless, name, most, percent, usual = match.groups()
        events = self.of(start, end, alert["labels"])
        counts = Counter(c.customer for c in events if c.customer is not None)
        top = [n for _, n in counts.most_common(int(_n(many)))]
        assert (_n(of_all), _n(sent)) == (len(events), sum(top))
        assert _n(others) == len(counts) - len(top)
        assert _n(rest) == sum(counts.values()) - sum(top)
        assert _n(nameless or "0") == len(events) - sum(counts.values())
        own = [c for c in counts if crc32(c.encode()) == int(name, 16)]
        assert [counts[c] for c in own] == [_n(most)]
        assert percent == f"{_n(most) / len(events) * 100:.0f}"
        first, since = end - 3 * DAY, _at(alert["started_at"])
        quiet = min(min(start, since) if since >= first + 6 * HOUR else start, end - DAY)
        before = [c for c in self.of(first, quiet, alert["labels"]) if c.customer == own[0]]
        assert usual == f"{len(before) * (end - start) / (quiet - first):.1f}"

    def _copies(self, match: Match, alert: dict[str, Any], start: int, end: int) -> None:
        copies, of_all, contents = map(_n, match.groups())
        events = self.of(end - 3 * DAY, end, alert["labels"])
        seen: set[tuple[object, ...]] = set()
        again: list[Complaint] = []
        for c in events:
            # The customer and the words, or the second too where one of them is not known.
            known = c.customer is not None and c.text is not None
            content = c if not known else c._replace(at=0)
            if content in seen and c.at >= start:
                again.append(c._replace(at=0))
            seen.add(content)
        if any(c.customer is None and c.text is None for c in again):
            again = [c._replace(at=0) for c in again]
        assert (copies, of_all) == (len(again), sum(c.at >= start for c in events))
        assert contents == len(set(again))

    def _text(self, match: Match, alert: dict[str, Any], start: int, end: int) -> None:
        same, of_all, senders, campaign = match.groups()
        texts = [c for c in self.of(start, end, alert["labels"]) if c.text is not None]
        bare = Counter(_bare(c.text) for c in texts)
        words, count = bare.most_common(1)[0]
        customers = {c.customer for c in texts if _bare(c.text) == words} - {None}
        near = [c for c in texts if _runs(_bare(c.text)) & _runs(words)]
        assert _n(of_all) == len(texts)
        assert count <= _n(same) <= len(near)
        if len(near) == count:  # nobody else has a phrase in common with them
            assert _n(senders or "0") == len(customers)
            assert (campaign is not None) == (len(customers) > 0.5 * count)

    def _bulk(self, match: Match, alert: dict[str, Any], start: int, end: int) -> None:
        size, of_all, moments, unit, around = match.groups()
        events = self.of(start, end, alert["labels"])
        assert unit == "second"
        by_second = Counter(c.at for c in events)
        dense = {
            at for at in by_second if sum(by_second[at + beside] for beside in range(-2, 3)) >= 5
        }
        assert _n(of_all) == len(events)
        if around == "with next to nothing around":
            assert _n(size) == sum(by_second[at] for at in dense)
            assert _n(moments) == len(dense)

    def _names(self, match: Match, alert: dict[str, Any], start: int, end: int) -> None:
        label, name, left, was, value, total, usual = match.groups()
        assert alert["labels"][label] == value
        parent = {k: v for k, v in alert["labels"].items() if k != label}
        start -= start % HOUR
        kept, since = end - 36 * DAY, _at(alert["started_at"])
        gone = {**parent, label: name}
        assert _n(left) == len(self.of(start, end, gone))
        assert abs(_n(was) - self.usual(start, end, since, kept, gone)) <= HALF
        assert _n(total) == len(self.of(start, end, parent))
        assert abs(_n(usual) - self.usual(start, end, since, kept, parent)) <= HALF


PATTERNS = {
    "catch_up": SILENCE,
    "one_sender": SENDER,
    "duplicate_load": COPIES,
    "same_text": TEXT,
    "bulk": BULK,
    "taxonomy": NAMES,
}


def reported(history: Sequence[dict[str, Any]], complaints: Iterable[Complaint]) -> set[str]:
    """Count the evidence of all alerts again; gives the artefacts that were found."""
    recount = Recount(complaints)
    return {kind for alert in history for kind in recount.check(alert)}


def _at(time: str) -> int:
    moment = datetime.fromisoformat(time)
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) - FIRST * DAY


def _n(number: str) -> float:
    return float(number.replace(",", ""))


def _runs(words: str) -> set[str]:
    """Give the runs of four words."""
    parts = words.split()
    return {" ".join(parts[at : at + 4]) for at in range(len(parts) - 3)}


def _bare(text: str | None) -> str:
    return re.sub(r"[^a-z ]", "", (text or "").lower())
