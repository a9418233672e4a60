"""Who made the published complaints: people made up, as the file names nobody.

Those about student loans were made by customers of the simulated company, and only those.
"""

from __future__ import annotations

from collections import deque
from itertools import count
from random import Random
from typing import TYPE_CHECKING, Any, Final, Literal

from streams.core.event_time.buckets import DAY
from streams.demo.borrowers import PRODUCT, Borrowers
from streams.demo.times import midnight
from streams.demo.words import complaint_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from streams.demo.complaints import Complaint
    from streams.simulate.company import Company

ANONYMOUS_SHARE: Final = 0.25
AGAIN_SHARE: Final = 0.3
"""So often somebody of the same region who has complained about the company before."""

REMEMBERED: Final = 40
PEOPLE: Final = "consumer-"
"""What the ids of those begin with who are no customers."""

ANGRY_FOR: Final = 30 * DAY

Severity = Literal["low", "medium", "high", "critical"]
SEVERITIES: Final[tuple[Severity, ...]] = ("low", "medium", "high", "critical")


class Consumers:
    """The people behind the published complaints.

    The same company and complaints give the same people.
    """

    def __init__(self, company: Company) -> None:
        self._random = Random(f"{company.seed}:consumers")  # noqa: S311 -- a simulation
        self._borrowers = Borrowers(company)
        self._numbers = count(1)
        self._before: dict[tuple[str, str], deque[str]] = {}
        self._last: dict[str, int] = {}

    def of(
        self, days: Iterable[tuple[date, list[Complaint]]]
    ) -> Iterator[tuple[int, str, dict[str, Any]]]:
        """Yield time, key and body of each complaint, in order, each at some second of its day."""
        for day, complaints in days:
            start = midnight(day)
            seconds = sorted(self._random.randrange(DAY) for _ in complaints)
            shuffled = self._random.sample(complaints, len(complaints))
            for second, complaint in zip(seconds, shuffled, strict=True):
                yield self._complain(complaint, start + second)

    def _complain(self, complaint: Complaint, at: int) -> tuple[int, str, dict[str, Any]]:
        who = self._who(complaint)
        if who is not None and complaint.product == PRODUCT:
            who = self._borrowers.who(complaint.company, at - at % DAY)
        event_id = f"cfpb-{complaint.number:06d}"
        body: dict[str, Any] = {
            "event_id": event_id,
            "product": complaint.product,
            "issue": complaint.issue,
            "company": complaint.company,
            "region": complaint.region,
            "channel": complaint.channel,
            "severity": self._severity(who, at),
            "text": complaint_text(self._random, complaint, who),
        }
        if who is None:
            return at, event_id, body
        self._last[who] = at
        return at, who, body | {"customer_id": who}

    def _who(self, complaint: Complaint) -> str | None:
        if self._random.random() < ANONYMOUS_SHARE:
            return None
        before = self._before.setdefault(
            (complaint.region, complaint.company), deque(maxlen=REMEMBERED)
        )
        if before and self._random.random() < AGAIN_SHARE:
            return self._random.choice(before)
        who = f"{PEOPLE}{next(self._numbers):05d}"
        before.append(who)
        return who

    def _severity(self, who: str | None, at: int) -> Severity:
        """Draw how grave it is; who has complained of late is angrier."""
        step = self._random.choices((0, 1, 2, 3), (0.2, 0.5, 0.25, 0.05))[0]
        if who is not None and self._last.get(who, at - ANGRY_FOR) > at - ANGRY_FOR:
            step = min(step + 1, 3)
        return SEVERITIES[step]
