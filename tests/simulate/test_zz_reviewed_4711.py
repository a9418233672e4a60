"""The loss review of a simulated company: who left, worth what, and why, as the truth has it."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from kept_company import GRACE, KeptCompany, settings_of

from schemas.topics import CUSTOMERS, PERIODS
from streams.core.event_time.formats import utc
from streams.readmodel.customers import CustomerRecord
from streams.readmodel.periods import PeriodRecord
from streams.readmodel.review.draw import Callers
from streams.readmodel.review.review import Review, Sources, review_of
from streams.simulate.company import found
from streams.simulate.events import TOPICS
from streams.simulate.files import EVENTS, read_events
from streams.simulate.manifest import read_manifest
from streams.simulate.run import simulate
from streams.simulate.truth.calendar import calendar_of
from streams.simulate.truth.merging import Part, merged
from streams.simulate.truth.movements import movements
from streams.simulate.truth.person import Person, person_of
from streams.simulate.truth.settle import settled

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from streams.simulate.events import Event
    from streams.simulate.manifest import Manifest
    from streams.simulate.truth.handed import Handed

SEED = 4711


class Lost(NamedTuple):
    """A loss: who, when, worth what, in which group, why, and how many complaints before."""

    customer_id: str
    at: int
    values: dict[str, int]
    group: tuple[str, str]
    reason: str
    avoidable: bool | None
    complaints: int


def true_losses(folder: Path, manifest: Manifest, unit: str) -> list[Lost]:
    """Work out from the events what movements of a unit there were, by the code of the truth."""
    calendar = calendar_of(manifest.definitions.zone)
    sent: dict[str, list[tuple[str, Event]]] = {}
    for topic, event in read_events(folder / EVENTS, TOPICS):
        if event.customer_id is not None:
            sent.setdefault(event.customer_id, []).append((topic, event))

    def work_out(part: Part, taken: Iterable[Handed]) -> Person:
        held = settled(part.sent)
        return person_of(held, manifest.definitions, calendar, manifest.clock, part.ends, taken)

    losses = []
    for part, taken in merged(sent, manifest.clock, work_out):
        name = part.customer
        if name is None or part.ends is not None:  # who was forgotten is not known by that name
            continue
        person = work_out(part, taken)
        for at, what, _, values, cause in movements(person.states, person.origin, person.kept):
            if what == unit:
                group = person.groups.of(calendar.month(at))
                before = sum(one.at <= at for one in person.complaints)
                losses.append(
                    Lost(name, at, dict(values), (group.segment, group.tier), cause.reason,
                          cause.avoidable, before)
                )  # fmt: skip
    return losses


def stamp(at: int) -> str:
    return f"{utc(at):%Y-%m-%dT%H:%M:%SZ}"


@pytest.mark.slow
def test_the_review_of_each_month_and_quarter_is_true(tmp_path: Path) -> None:
    simulate(found(SEED, 120, 14, (2016, 1)), tmp_path, lambda _: None)
    manifest = read_manifest(tmp_path)
    company = KeptCompany(settings_of(manifest), 1)
    company.load(tmp_path)
    company.say_over(manifest.clock + GRACE)
    company.read(Random(SEED), takes_over=0)
    company.wait()
    for _ in range(3):
        company.everybody()  # rows that are held back go out after ten seconds
        company.wall += 11.0
    customers = [msgspec.convert(row, CustomerRecord) for row in company.rows(CUSTOMERS).values()]
    periods = [msgspec.convert(row, PeriodRecord) for row in company.rows(PERIODS).values()]
    sources = Sources(customers, periods, [], [])
    lost = true_losses(tmp_path, manifest, "lost")
    less = true_losses(tmp_path, manifest, "contraction")
    totals = [row for row in periods if row.group == (None, None)]
    names = [row.period for row in totals if row.grain in {"month", "quarter"}]
    assert len(names) > 15
    seen = 0
    for name in names:
        review = review_of(name, sources, Callers(("Ada", "Grace"), 3))
        assert_true(review, lost, less)
        seen += len(review.left)
    assert seen > 40


def assert_true(review: Review, lost: list[Lost], less: list[Lost]) -> None:
    within = (review.row.start, review.row.end)
    inside = [one for one in lost if within[0] <= stamp(one.at) < within[1]]
    assert sorted(
        (one.customer_id, one.at, one.values, (one.segment, one.tier), one.reason, one.avoidable)
        for one in review.left
    ) == sorted(
        (one.customer_id, stamp(one.at), one.values, one.group, one.reason, one.avoidable)
        for one in inside
    )
    told = {one.customer_id: one.complaints for one in review.left}
    for one in inside:
        complaints = told[one.customer_id]
        assert complaints is not None
        if one.complaints <= 4:  # of more, corrections and later ones push some out of the newest
            assert complaints.count == one.complaints, one
    assert [one.worth for one in review.left if one.currency == review.left[0].currency] == sorted(
        (max(one.values.values(), default=0) for one in inside
         if review.left[0].currency in one.values), reverse=True
    )  # fmt: skip
    assert review.lost.count == len(inside) + review.unnamed
    reasons = Counter(one.reason for one in inside)
    assert {one.label: one.now.count for one in review.reasons if one.now.count} == reasons
    partial = [one for one in less if within[0] <= stamp(one.at) < within[1]]
    assert sorted((one.customer_id, one.at, one.values) for one in review.partial) == sorted(
        (one.customer_id, stamp(one.at), one.values) for one in partial
    )
