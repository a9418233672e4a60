"""What an accepted event does to a life, before anything is counted anew."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from streams.core.customers.complaints.complaints import LABELS, STATUSES, add_complaint, add_step
from streams.core.customers.exchange.links import add_referral
from streams.core.customers.groups.groups import STATING, statements
from streams.core.customers.lives.corrections import corrected_until, entries_of, months_of
from streams.core.customers.lives.life import (
    PAYMENTS,
    ComplaintNote,
    ComplaintStep,
    Correction,
    Count,
    Life,
    Merge,
)
from streams.core.customers.lives.lifecycle import (
    ENTRY_OF,
    MERGED,
    first_known,
    hashed,
    is_before_payment,
    latest,
    seconds,
)
from streams.core.customers.lives.prints import print_of
from streams.core.customers.lives.words import hear
from streams.core.customers.names import without_last
from streams.core.customers.sums.contribution import SAID

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.customers.calendar import Months
    from streams.core.customers.lives.lifecycle import Entry
    from streams.core.customers.names import Names

CORRECTIONS: Final = "corrections"
COUNTED: Final = frozenset({"revenue", "referrals", "complaints"})
"""Topics whose events are counted by month, and accepted as the cells accept them."""


def times(topic: str, event: Any) -> Iterator[int]:  # noqa: ANN401
    """Give every time, in epoch seconds, from which an event can change a life."""
    if topic == CORRECTIONS:
        yield from times(event.topic, event.original)
        if event.replacement is not None:
            yield from times(event.topic, event.replacement)
        return
    yield seconds(event.occurred_at)
    if topic == "cancellations" and event.effective_at is not None:
        yield seconds(event.effective_at)
    elif topic == "renewals" and event.outcome == "refused" and event.term_end is not None:
        yield seconds(event.term_end)


def count_of(topic: str, event: Any, names: Names, calendar: Months) -> Count:  # noqa: ANN401
    """Give what an event of a counted topic adds to its month."""
    month = calendar.of(seconds(event.occurred_at))
    if topic == "revenue":
        currency = names.number(event.currency)
        paid = int(event.amount > 0)
        return Count(month, paid, 0, 0, 0, currency, event.amount, event.cost_to_serve)
    if topic == "referrals":
        return Count(month, given=1, converted=int(event.converted))
    return Count(month, complaints=1)


def note_of(event: Any, own: bytes, names: Names) -> ComplaintNote:  # noqa: ANN401
    """Give what a life keeps of a complaint that a correction (`own`) has brought."""
    labels = without_last(names.reader(LABELS)(event))
    named = hashed("complaints", event.event_id)
    return ComplaintNote(seconds(event.occurred_at), own, labels, b"" if named == own else named)


def step_of(event: Any, own: bytes) -> ComplaintStep:  # noqa: ANN401
    """Give what a life keeps of an update of a complaint."""
    return ComplaintStep(
        seconds(event.occurred_at),
        STATUSES.index(event.status),
        own,
        hashed("complaints", event.complaint_id),
    )


def correct(life: Life, event: Any, names: Names, calendar: Months) -> None:  # noqa: ANN401
    """Put a correction into a life; one that is there already changes nothing."""
    own = hashed(CORRECTIONS, event.event_id)
    if not any(one.own == own for one in life.corrections):
        _aim(life, own, event, seconds(event.occurred_at), (names, calendar))


def _aim(
    life: Life,
    own: bytes,
    event: Any,  # noqa: ANN401
    at: int,
    tools: tuple[Names, Months],
) -> None:
    """Replace the original of a correction, in the name of `own`.

    Where the replacement is a correction itself, that one is carried out too, in the same name: who
    withdraws it withdraws both.
    """
    names, calendar = tools
    topic, original, instead = event.topic, event.original, event.replacement
    target = hashed(topic, original.event_id)
    root = _root(topic, original)
    counted = replaced = None
    printed = b""
    if instead is not None:
        hear(life, topic, instead, own)
    if topic in COUNTED:
        counted = count_of(topic, original, names, calendar)
        printed = print_of(topic, counted.month, original.event_id)
        replaced = None if instead is None else count_of(topic, instead, names, calendar)
        if topic == "complaints" and instead is not None:
            add_complaint(life, note_of(instead, own, names))
        elif topic == "referrals" and instead is not None:
            add_referral(life, seconds(instead.occurred_at), own, instead.referred_customer_id)
    elif topic == "complaint_updates":
        counted = Count(calendar.of(root))
        if instead is not None:
            add_step(life, step_of(instead, own))
    elif topic == CORRECTIONS:
        if instead is not None:
            _aim(life, own, instead, at, tools)
    elif instead is not None:
        subscription = life.subscription(instead.subscription_id)
        add_entry(life, ENTRY_OF[topic](instead, own, subscription, names), instead)
    brings = instead is not None and topic != CORRECTIONS
    life.add_correction(Correction(at, own, target, root, brings, counted, replaced, printed))


def _root(topic: str, event: Any) -> int:  # noqa: ANN401
    """Give when the event happened that a chain of corrections is about."""
    while topic == CORRECTIONS:
        topic, event = event.topic, event.original
    return seconds(event.occurred_at)


def add_entry(life: Life, entry: Entry, event: Any) -> None:  # noqa: ANN401
    """Put the entry of an event into a life; of a merge, with the customer whom it names."""
    life.add_entry(entry)
    if entry.kind == MERGED:
        life.merges = [*life.merges, Merge(entry.own, event.merged_into)]


def waits(life: Life, entry: Entry) -> bool:
    """Tell whether an entry later than the clock changes nothing before its time comes.

    It does where it is counted when it is said, comes first, or states another segment.
    """
    if entry.kind in SAID or not life.entries or life.corrections:
        return False
    if entry < life.entries[-1]:
        return False
    if not entry.segment or entry.kind not in STATING:
        return True
    stated = statements(life.entries, 0 if life.base is None else life.base.segment)
    return bool(stated) and stated[-1][1] == entry.segment


def is_simple(life: Life, month: int, calendar: Months, found: int, *, paid: bool) -> bool:
    """Tell whether money of a month that is not over changes no reported number but its own.

    Nothing of a later month may be in the life, as its group may change; and if it is the first
    payment (`paid`), it must discover nobody: `found` is the window for that in seconds.
    """
    if not life.month:
        return False
    months, entries, starts = life.months, life.entries, calendar.starts
    if life.corrections:
        if month < corrected_until(life):
            return False
        months, entries = months_of(life), entries_of(life)
    if (months and max(months) > month) or (entries and latest(entries) >= starts[month + 1]):
        return False
    if not paid or life.base is not None:
        return True
    first, begin = first_known(entries), starts[month]
    if first is not None and is_before_payment(first, begin, found):
        return True
    return any(row[PAYMENTS] > 0 for row in months.values())
