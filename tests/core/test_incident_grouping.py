"""Which incident a rise is of, what that is named by, and what is a copy: rule by rule.

The evidence is of five weeks: four kinds with ten complaints a day, one with one; then comes a day.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
import pytest
from alert_worlds import DAY, GRACE, Row, details, reading

from streams.core.alerts.live_labels import is_all_of
from streams.core.event_time.buckets import HOUR
from streams.core.evidence.attribution import Rise
from streams.core.evidence.evidence import Evidence
from streams.core.incidents.grouping import is_alike, is_part, page_of, same_event
from streams.core.incidents.incident import Incident, Member, Scope
from streams.core.incidents.scope import scope_of
from streams.core.messages import Details
from streams.core.series_key import series_key

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.core.incidents.grouping import Page

Labels = dict[str, str]

D = 35
USUAL = {"Loan": 10, "Card": 10, "Bank": 10, "Debt": 10, "Fund": 1}
NOW = (D + 1) * DAY
NOON = 12 * HOUR
COMPANIES = {"Loan": "Acme", "Card": "Bolt", "Bank": "Cube", "Debt": "Dune", "Fund": "Echo"}
ALL: Labels = {}
ACME, BOLT, CUBE, ECHO = ({"company": name} for name in ("Acme", "Bolt", "Cube", "Echo"))
LOAN = {"product": "Loan"}

_decode = msgspec.msgpack.Decoder(Details).decode


def kind(product: str) -> tuple[str, str, str, str]:
    return product, f"issue of {product}", COMPANIES[product], "CA"


class World(NamedTuple):
    """The evidence, and how many more than usual each product has on the day."""

    evidence: Evidence
    more: Mapping[str, int]

    def size(self, labels: Labels) -> tuple[int, int]:
        """Return the events of the day, and those expected."""
        own = [
            product
            for product, company in COMPANIES.items()
            if labels.get("product", product) == product
            and labels.get("company", company) == company
        ]
        usual = sum(USUAL[product] for product in own)
        return usual + sum(self.more.get(product, 0) for product in own), usual

    def page(self, labels: Labels, *, since: int = D, slow: bool = False) -> Page:
        observed, usual = self.size(labels)
        rise = Rise(
            series_key("complaints", labels),
            labels,
            self.evidence.place(labels),
            D * DAY,
            NOW,
            observed,
            usual,
            usual + 5.0 * usual**0.5 + 3.0,
            20.0,
        )
        return page_of(str(labels), rise, since * DAY, self.evidence, slow=slow)

    def member(self, labels: Labels, *, since: int = D, slow: bool = False) -> Member:
        observed, usual = self.size(labels)
        return Member(
            alert_id=str(labels),
            series=series_key("complaints", labels),
            labels=labels,
            since=since * DAY,
            joined_at=NOW,
            state="firing",
            severity="warning",
            start=D * DAY,
            end=NOW,
            observed=observed,
            expected=usual,
            upper=usual + 5.0 * usual**0.5 + 3.0,
            surprise=20.0,
            slow=slow,
        )

    def incident(self, labels: Labels, *others: Labels, since: int = D) -> Incident:
        members = [self.member(one, since=since) for one in (labels, *others)]
        lead = members[0]
        incident = Incident(str(labels), NOW, since * DAY, NOW, lead.alert_id, members)
        incident.scope = scope_of(incident, NOW, self.evidence)
        return incident

    def same(self, one: Labels, other: Labels, *, apart: int = 0, slow: bool = False) -> bool:
        lead = self.member(other, since=D - apart)
        return same_event(self.page(one, slow=slow), lead, self.evidence)


def world(**more: int) -> World:
    evidence = Evidence(GRACE)
    for day in range(D + 1):
        rows: list[Row] = [
            (
                day * DAY + NOON,
                kind(product),
                USUAL[product] + (more.get(product, 0) if day == D else 0),
                [],
            )
            for product in COMPANIES
        ]
        evidence.admit(_decode(details(day, (day + 1) * DAY + GRACE, rows)))
        evidence.advance((day + 1) * DAY)
    return World(evidence, more)


def even(lift: int) -> dict[str, int]:
    return dict.fromkeys(COMPANIES, lift)


# -- one event or two ------------------------------------------------------------------------------


def test_most_of_the_excess_in_the_other_is_one_event() -> None:
    assert world(Loan=40).same(LOAN, ACME)


def test_two_narrow_rises_leave_nothing_without_each_other() -> None:
    assert not world(Loan=40, Card=45).same(ACME, BOLT)


def test_parts_of_what_is_up_without_them_are_one_event() -> None:
    assert world(**even(15)).same(ACME, BOLT)


@pytest.mark.parametrize(("apart", "same"), [(3, True), (4, False)])
def test_what_began_more_than_three_days_apart_is_of_no_broad_rise(
    apart: int,
    same: bool,  # noqa: FBT001
) -> None:
    assert world(**even(15)).same(ACME, BOLT, apart=apart) is same


def test_a_slow_rise_and_a_spike_are_two() -> None:
    assert not world(Loan=40).same(LOAN, ACME, slow=True)


def test_a_part_with_twenty_times_the_rise_of_the_rest_is_its_own() -> None:
    assert not world(**{**even(8), "Loan": 200}).same(ACME, BOLT)


def test_a_third_narrow_rise_does_not_make_one_of_two() -> None:
    three = world(Loan=40, Card=45, Bank=50)
    lead, place = three.member(BOLT), three.evidence.place(CUBE)
    assert same_event(three.page(ACME), lead, three.evidence)
    assert not same_event(three.page(ACME), lead, three.evidence, [place])


@pytest.mark.parametrize(("echo", "same"), [(4, True), (15, False)])
def test_a_part_of_the_lead_is_of_it_unless_it_rises_by_far_more(
    echo: int,
    same: bool,  # noqa: FBT001
) -> None:
    assert world(**{**even(8), "Fund": echo}).same(ECHO, ALL) is same


# -- what an incident explained before -------------------------------------------------------------


def test_what_rises_as_all_do_is_a_part_of_all() -> None:
    w = world(**even(15))
    assert is_part(w.page(ACME), w.incident(ALL), w.evidence)


def test_what_rises_far_more_than_the_rest_is_not() -> None:
    w = world(**{**even(5), "Loan": 200})
    broad = w.incident(ALL)
    broad.scope = Scope(ALL, D * DAY, NOW, *w.size(ALL))
    assert not is_part(w.page(ACME), broad, w.evidence)


def test_what_is_no_part_of_what_it_is_named_by_is_not() -> None:
    w = world(**even(15))
    narrow = w.incident(BOLT)
    narrow.scope = Scope(BOLT, D * DAY, NOW, *w.size(BOLT))
    assert not is_part(w.page(ACME), narrow, w.evidence)
    assert not is_part(w.page(ALL), narrow, w.evidence)
    assert is_part(w.page(BOLT), narrow, w.evidence)


@pytest.mark.parametrize(("days", "part"), [(7, True), (8, False)])
def test_what_begins_more_than_a_week_later_is_not(days: int, part: bool) -> None:  # noqa: FBT001
    w = world(**even(15))
    broad = w.incident(ALL, since=D - days)
    broad.scope = Scope(ALL, D * DAY, NOW, *w.size(ALL))
    assert is_part(w.page(ACME), broad, w.evidence) is part
    assert same_event(w.page(ACME), broad.leading(), w.evidence) is part


def test_of_an_incident_without_numbers_all_is_a_part() -> None:
    w = world(**{**even(5), "Loan": 200})
    broad = w.incident(ALL)
    broad.scope = Scope()
    assert is_part(w.page(ACME), broad, w.evidence)


# -- two of one name -------------------------------------------------------------------------------


def named(w: World, labels: Labels, by: Labels, *, since: int = D) -> Incident:
    """Return an incident led by one thing, and named by another."""
    incident = w.incident(labels, since=since)
    incident.scope = Scope(by, D * DAY, NOW, *w.size(by))
    return incident


def test_two_named_by_what_is_up_without_both_are_one() -> None:
    w = world(**even(15))
    assert is_alike(named(w, ACME, ALL), named(w, BOLT, ALL), w.evidence)


def test_two_named_by_what_is_up_through_them_alone_are_two() -> None:
    w = world(Loan=40, Card=45)
    assert not is_alike(named(w, ACME, ALL), named(w, BOLT, ALL), w.evidence)


def test_two_of_which_one_is_of_what_names_both_are_one() -> None:
    w = world(Loan=40)
    assert is_alike(named(w, ACME, ACME), named(w, LOAN, ACME), w.evidence)


def test_two_of_other_names_are_two() -> None:
    w = world(**even(15))
    assert not is_alike(named(w, ACME, ALL), named(w, BOLT, BOLT), w.evidence)


@pytest.mark.parametrize(("apart", "alike"), [(3, True), (4, False)])
def test_two_of_other_times_are_two(apart: int, alike: bool) -> None:  # noqa: FBT001
    w = world(**even(15))
    other = named(w, BOLT, ALL, since=D - apart)
    assert is_alike(named(w, ACME, ALL), other, w.evidence) is alike


def test_a_spike_and_a_slow_rise_of_one_name_are_two() -> None:
    w = world(**even(15))
    slow = named(w, BOLT, ALL)
    slow.members = [w.member(BOLT, slow=True)]
    assert not is_alike(named(w, ACME, ALL), slow, w.evidence)


def test_what_has_no_numbers_yet_has_no_name() -> None:
    w = world(**even(15))
    fresh = named(w, BOLT, ALL)
    fresh.scope = Scope()
    assert not is_alike(named(w, ACME, ALL), fresh, w.evidence)


# -- the title -------------------------------------------------------------------------------------


def test_a_narrow_rise_is_named_by_its_part() -> None:
    assert world(Loan=40).incident(ACME).scope.labels == ACME


def test_a_rise_of_all_is_named_by_all_though_one_company_alone_has_an_alert() -> None:
    assert world(**even(20)).incident(ACME).scope.labels == ALL


def test_all_is_named_where_one_part_stands_out_and_a_quarter_is_left_without() -> None:
    w = world(**{**even(20), "Loan": 100})
    assert w.incident(ACME, ALL).scope.labels == ALL


def test_the_part_is_named_where_hardly_anything_is_left_without() -> None:
    w = world(**{**even(8), "Loan": 400})
    assert w.incident(ACME, ALL).scope.labels == ACME


def test_the_part_is_named_that_rises_by_far_more_than_all_the_rest() -> None:
    assert world(**{**even(15), "Loan": 80}).incident(ACME).scope.labels == ALL
    assert world(**{**even(8), "Loan": 80}).incident(ACME).scope.labels == ACME


def test_where_somebody_lives_is_a_name_only_if_an_alert_is_of_it_that_leads() -> None:
    w = world(Loan=40)
    assert w.incident(ACME, {"region": "CA"}).scope.labels == ACME


@pytest.mark.parametrize(("loan", "beyond"), [(15, []), (100, [ACME])])
def test_a_part_out_of_proportion_is_listed_as_such(loan: int, beyond: list[Labels]) -> None:
    w = world(**{**even(15), "Loan": loan})
    incident = w.incident(ALL, ACME)
    listed = [part.labels for part in incident.scope.parts if part.beyond]
    assert [labels for labels in listed if labels == ACME] == beyond


# -- copies ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("others", "is_copy"),
    [
        (0, True),
        (1, True),  # 99 of 100
        (2, False),  # 98 of 100
    ],
)
def test_a_series_with_99_of_100_events_of_its_parent_is_its_parent(
    others: int,
    is_copy: bool,  # noqa: FBT001
) -> None:
    """In four weeks and in the rise together."""
    evidence = Evidence(GRACE)
    own = ("Loan", "Rate", "Acme", "CA")
    other = ("Loan", "Fees", "Acme", "CA")
    rows: list[Row] = [(D * DAY + NOON, own, 100 - others, []), (D * DAY + NOON, other, others, [])]
    evidence.admit(_decode(details(1, NOW + GRACE, [row for row in rows if row[2]])))
    evidence.advance(NOW)
    found = reading({"issue": "Rate", "product": "Loan"}, D, 100 - others, 4)
    assert is_all_of(found, LOAN, evidence) is is_copy
