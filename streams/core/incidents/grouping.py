"""Which incident an alert belongs to that would page: is it of the event that others tell of?

Two rises are of one event if most of the excess of one lies in the other; or if something they are
both parts of is up without either. The second is what tells one broad event from two narrow ones:
two narrow ones on one day make their parent rise, too, but leave nothing when both are taken out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.event_time.buckets import DAY
from streams.core.evidence.attribution import dissect
from streams.core.incidents.sizes import Size, joined, size, span_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.evidence.attribution import Anatomy, Rise
    from streams.core.evidence.combinations import Place
    from streams.core.evidence.evidence import Evidence
    from streams.core.incidents.incident import Incident, Member, Scope
    from streams.core.incidents.sizes import Span

MIN_SHARE: Final = 0.5
"""So much of the excess of one lies in the other, at the least, where that makes them one."""
MORE_SHARE: Final = 0.2
"""And so much more than usually lies there of its events."""
MAX_SHARE: Final = 0.9
MIN_LIFT: Final = 1.2
MIN_Z: Final = 2.0
"""A parent is up without both from such a lift on, if it is so many standard deviations too."""
MIN_BROUGHT: Final = 0.15
"""So much of the rise of a part, at the least, is what the rise of all the rest would bring it:
else it is an event of its own, whatever the rest does."""
OTHERS: Final = 2
"""Other incidents that are left out of a parent as well: the newest."""
APART: Final = 3 * DAY
"""Seconds between the starts of two rises that may be parts of one broad one."""
MERGED: Final = 3 * DAY
"""A younger incident may turn out to be a part of an older one within so long."""
STILL: Final = 14 * DAY
"""What is named by a part that has been up since then tells of that, and of nothing new."""
LATER: Final = 7 * DAY
"""What begins so long after another rise is no part of it."""


class Page(NamedTuple):
    """An alert that would page: its rise, when that began, and its parts."""

    alert_id: str
    rise: Rise
    since: int
    slow: bool
    anatomy: Anatomy


def same_event(page: Page, lead: Member, evidence: Evidence, others: Sequence[Place] = ()) -> bool:
    """Return whether a page is of the event that the lead of an incident tells of.

    `others` are what the leads of other incidents are of: a third narrow rise does not make one
    broad one of two.
    """
    if page.slow is not lead.slow or page.since - lead.since > LATER:
        return False
    place = evidence.place(lead.labels)
    if _shares(page, place, evidence):
        return True
    if abs(page.since - lead.since) > APART:
        return False
    return any(
        _is_up_without(parent, page, lead, evidence, others)
        for parent in _parents(page, lead, evidence)
    )


def is_part(page: Page, incident: Incident, evidence: Evidence) -> bool:
    """Return whether a page is of the event of an incident that explained it before.

    It is a part of what that is named by, and does not rise by far more than the rest of it.
    """
    own, whole = page.rise.place, evidence.place(incident.scope.labels)
    if not incident.scope.end:
        return True
    if not set(whole) <= set(own) or page.since - incident.leading().since > LATER:
        return False
    if own == whole:
        return True
    return not _is_beside(page, whole, incident.started_at, evidence)


def are_one(older: Incident, younger: Incident, at: int, evidence: Evidence) -> bool:
    """Return whether two incidents turn out to be of one event, at a time."""
    if at - younger.opened_at >= MERGED:
        return False
    if older.sent and not younger.sent:
        is_of_today = at - older.opened_at < DAY
        if is_still_up(older, younger) or (is_of_today and is_told_by(older, younger, evidence)):
            return True
    return is_alike(older, younger, evidence)


def is_still_up(older: Incident, younger: Incident) -> bool:
    """Return whether what names a younger incident is what leads an older one, and still fires."""
    lead, name = older.leading(), younger.scope.labels
    return (
        bool(name)
        and lead.labels == name == older.scope.labels
        and lead.is_open
        and lead.slow is younger.leading().slow
        and younger.started_at - lead.since <= STILL
    )


def is_alike(one: Incident, other: Incident, evidence: Evidence) -> bool:
    """Return whether two incidents of one time have one name, and that for a reason of its own.

    What they are named by is up without the leads of both, or one of these is of it.
    """
    if one.scope.labels != other.scope.labels or not _are_of_one_time(one, other):
        return False
    last = max(one.scope, other.scope, key=lambda scope: (scope.end, scope.start))
    return _is_left(last, one, other, evidence)


def is_told_by(older: Incident, younger: Incident, evidence: Evidence) -> bool:
    """Return whether what nobody has heard of yet is the event that an older one tells of.

    Nobody could tell the two apart, as they have one name; or the older one is of a part of what
    names the younger one, and that is up without the leads of both: one broad rise, of which the
    part that stands out was seen first.
    """
    if not _are_of_one_time(older, younger):
        return False
    whole = younger.scope
    if whole.labels == older.scope.labels:
        return True
    is_part = whole.labels.items() <= older.leading().labels.items()
    return is_part and _is_left(whole, older, younger, evidence)


def _are_of_one_time(one: Incident, other: Incident) -> bool:
    """Return whether two incidents, whose sizes are known, may be of one event by their times."""
    return (
        min(one.scope.end, other.scope.end) > 0
        and one.leading().slow is other.leading().slow
        and abs(one.started_at - other.started_at) <= APART
    )


def _is_left(whole: Scope, one: Incident, other: Incident, evidence: Evidence) -> bool:
    """Return whether a whole is up without the leads of two incidents, or is one of these."""
    parent = evidence.place(whole.labels)
    without = tuple(sorted({evidence.place(each.leading().labels) for each in (one, other)}))
    span = span_of(whole.start, whole.end, min(one.started_at, other.started_at))
    return parent in without or is_up(evidence, span, parent, without)


def _shares(page: Page, place: Place, evidence: Evidence) -> bool:
    """Return whether most of the page's excess lies in the lead, and without it, it is no rise.

    Of a part of the lead all of it does: that must not rise by far more than the rest.
    """
    rise, usual = page.rise, page.anatomy.usual
    if set(place) < set(rise.place):
        return not _is_beside(page, place, page.since, evidence)
    share = _share(page.anatomy, place)
    base = usual.total(place) / max(1, usual.total())
    least = max(MIN_SHARE, min(MAX_SHARE, base + MORE_SHARE))
    return share >= least and rise.observed - share * rise.excess <= rise.upper


def _is_beside(page: Page, whole: Place, since: int, evidence: Evidence) -> bool:
    """Return whether a page, a part of something, rises by far more than the rest of that."""
    own = page.rise.place
    span = span_of(page.rise.start, page.rise.end, min(page.since, since))
    return is_own(size(evidence, span, own), size(evidence, span, whole, (own,)))


def _share(anatomy: Anatomy, place: Place) -> float:
    """Return the share of a rise's excess that lies in a part of the data."""
    excess = anatomy.rise.excess
    if excess <= 0.0:
        return 0.0
    inside = anatomy.observed.total(place) - anatomy.ratio * anatomy.usual.total(place)
    return inside / excess


def _parents(page: Page, lead: Member, evidence: Evidence) -> Iterator[Place]:
    """Yield what both may be parts of: all; what has half of both excesses; or one of the two."""
    place = evidence.place(lead.labels)
    yield ()
    found = {place} if _share(page.anatomy, place) >= MIN_SHARE else set()
    if _holds_half(page.rise.place, page, lead, evidence):
        found.add(page.rise.place)
    for position, name in enumerate(evidence.label_names):
        value = _most(page.anatomy, position)
        if value is not None and lead.labels.get(name, value) == value:
            parent: Place = ((position, value),)
            if name in lead.labels or _holds_half(parent, page, lead, evidence):
                found.add(parent)
    yield from sorted(found - {()})


def _most(anatomy: Anatomy, position: int) -> str | None:
    """Return the value of a label that holds half of the excess; None where none does."""
    excess = anatomy.excess(position)
    if not excess.size:
        return None
    best = int(excess.argmax())
    if excess[best] < MIN_SHARE * anatomy.rise.excess:
        return None
    return anatomy.observed.values(position)[best]


def _holds_half(parent: Place, page: Page, lead: Member, evidence: Evidence) -> bool:
    span = span_of(page.rise.start, page.rise.end, min(page.since, lead.since))
    place = evidence.place(lead.labels)
    both = joined(parent, place)
    if both is None:
        return False
    whole = size(evidence, span, place).excess
    return whole > 0.0 and size(evidence, span, both).excess >= MIN_SHARE * whole


def _is_up_without(
    parent: Place, page: Page, lead: Member, evidence: Evidence, others: Sequence[Place]
) -> bool:
    span = span_of(page.rise.start, page.rise.end, min(page.since, lead.since))
    both = {page.rise.place, evidence.place(lead.labels)} - {parent, ()}
    more = [place for place in others if place not in both and place != parent]
    rest = size(evidence, span, parent, (*sorted(both), *more[:OTHERS]))
    if not is_lifted(rest):
        return False
    return not any(is_own(size(evidence, span, place), rest) for place in both)


def is_own(own: Size, rest: Size) -> bool:
    """Return whether hardly any of a part's rise is what the rise of the rest would bring."""
    return rest.lift - 1.0 < MIN_BROUGHT * (own.lift - 1.0)


def is_lifted(rest: Size) -> bool:
    """Return whether what is left of a parent is up."""
    return rest.lift >= MIN_LIFT and rest.z >= MIN_Z


def is_up(evidence: Evidence, span: Span, parent: Place, without: tuple[Place, ...]) -> bool:
    """Return whether a parent is up in a window, without some of its parts."""
    return is_lifted(size(evidence, span, parent, without))


def page_of(alert_id: str, rise: Rise, since: int, evidence: Evidence, *, slow: bool) -> Page:
    """Return an alert as a page, with the parts of its rise."""
    return Page(alert_id, rise, since, slow, dissect(rise, since, evidence))
