"""One customer's life: from what happened to it, when it was a customer and what it was worth."""

from __future__ import annotations

from copy import copy
from itertools import groupby
from typing import TYPE_CHECKING, Final, NamedTuple

from streams.core.event_time.buckets import DAY
from streams.simulate.truth.entries import ENDS
from streams.simulate.truth.handed import DEFAULT, UNKNOWN, Handed, Leave, Subscription, going_on

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from streams.core.customers.definitions import Definitions
    from streams.simulate.truth.entries import Entry
    from streams.simulate.truth.handed import Origin

Values = tuple[tuple[str, int], ...]
"""Recurring value a month by currency, sorted; none of them 0."""

YEAR: Final = 12


class Cause(NamedTuple):
    """What brought a state about, in the labels that movements carry."""

    kind: str
    reason: str = UNKNOWN
    avoidable: bool | None = None
    channel: str = UNKNOWN
    plan: str = UNKNOWN


class State(NamedTuple):
    """A customer from `at` on: whether it is one, and what it is worth a month."""

    at: int
    customer: bool
    values: Values
    cause: Cause


class Life:
    """Walks through one customer's entries once, in order, and keeps every state in `states`.

    `handed` is what went to those into whom the customer was merged; `kept` has the times at which
    somebody came in so who had been a customer.
    """

    def __init__(self, definitions: Definitions) -> None:
        self.states: list[State] = []
        self.handed: list[Handed] = []
        self.kept: list[int] = []
        self._since: int | None = None
        self._entries: Sequence[Entry] = ()
        self.origin: Origin | None = None
        self._definitions = definitions
        self._subscriptions: dict[str, Subscription] = {}
        self._channel = UNKNOWN

    def walk(self, entries: Sequence[Entry], found: int | None, clock: int) -> None:
        """Go through sorted entries up to the clock; `found`: a payment discovers the customer."""
        if found is not None and found <= clock:
            self._discover(found, DEFAULT)
            self._note(found, Cause("payment"))
        self._entries = entries
        for at, together in groupby(entries, key=lambda entry: entry.at):
            if at > clock:
                break
            self._fall_due(at)
            ends_first = bool(self.states) and self.states[-1].customer
            for entry in _ordered(list(together), ends_first=ends_first):
                self._happen(entry)
        self._fall_due(clock)

    def forget(self, at: int) -> None:
        """End everything, as the customer is removed."""
        for one in self._subscriptions.values():
            one.end()
        self._note(at, Cause("forgotten", "forgotten"))

    # -- what happens -------------------------------------------------------------------------

    def _happen(self, entry: Entry) -> None:
        if entry.kind in ENDS:
            self._end(entry)
        elif entry.handed is not None:
            self._take_over(entry.handed)
        else:
            self._go_on(entry)

    def _end(self, entry: Entry) -> None:
        event, kind = entry.event, entry.kind
        if entry.said < entry.at and self._begun_between(entry):
            return  # it was annulled
        if kind == "merged":
            self._hand_over(entry)
        elif self.origin is None and kind != "trial_ended":
            self._discover(entry.at, event.subscription_id or DEFAULT)
            found = self._subscriptions[event.subscription_id or DEFAULT]
            if (worth := _worth(entry)) is not None:
                found.value, found.currency = worth
            self._note(entry.at, Cause(kind, plan=event.plan or UNKNOWN))
        plan = event.plan or UNKNOWN
        for name, one in self._subscriptions.items():
            named = kind == "merged" or event.subscription_id in {None, name}
            if named and one.status != "ended" and (kind != "trial_ended" or one.status == "trial"):
                plan = event.plan or one.plan
                one.end()
        self._note(entry.at, Cause(kind, _reason(entry), event.avoidable, plan=plan))

    def _begun_between(self, entry: Entry) -> bool:
        wanted = entry.event.subscription_id
        return any(
            one.begun is not None and entry.said < one.begun < entry.at and wanted in {None, name}
            for name, one in self._subscriptions.items()
        )

    def _hand_over(self, entry: Entry) -> None:
        """Note what goes on, for the customer that this one is from now on."""
        going, into = going_on(self._subscriptions), entry.event.merged_into or ""
        for later in self._entries:
            if later.kind not in {"cancelled", "refused"} or not later.said <= entry.at < later.at:
                continue
            if self._begun_between(later):
                continue
            for name, one in going:
                named = later.event.subscription_id in {None, name}
                if named and (one.leaves is None or later.at < one.leaves.at):
                    why = _reason(later), later.event.avoidable, later.event.initiative
                    one.leaves = Leave(later.at, later.kind, *why)
        who = self.origin, self._since, self._channel, None
        self.handed.append(Handed(entry.at, entry.place, into, *who, going))

    def _take_over(self, handed: Handed) -> None:
        """Go on with what somebody else had who was merged into this customer."""
        if handed.since is not None:
            self.kept.append(handed.at)
            self._since = min(self._since or handed.since, handed.since)
        if handed.subscriptions:
            self.origin = self.origin or handed.origin
            if self._channel == UNKNOWN:
                self._channel = handed.channel
        for name, one in handed.subscriptions:
            own = self._subscriptions.get(name)
            if own is None or own.status == "ended":
                self._subscriptions[name] = copy(one)
        self._note(handed.at, Cause("taken"))

    def _go_on(self, entry: Entry) -> None:
        event, kind, at = entry.event, entry.kind, entry.at
        name = self._named(event.subscription_id)
        one = self._subscriptions.setdefault(name, Subscription())
        if kind in {"signup", "trial_began", "trial_converted"} and event.channel:
            self._channel = event.channel
        if self.origin is None:
            if kind in {"signup", "trial_began"}:
                self.origin = "new"
            elif kind == "trial_converted":
                self.origin, one.status = "new", "trial"
            else:
                self._discover(at, name)
        _STEPS[kind](one, at)
        if kind in {"signup", "renewed"}:
            one.begun, one.leaves = at, None
        before = one.currency
        if event.plan is not None:
            one.plan = event.plan
        if event.monthly_value is not None:
            one.value, one.stated = event.monthly_value, True
            one.currency = event.currency or one.currency
        elif not one.stated and (worth := _worth(entry)) is not None:
            one.value, one.currency = worth
        reason = event.reason or UNKNOWN
        if before and one.currency != before:
            reason = "currency"
        self._note(at, Cause(kind, reason, channel=self._channel, plan=one.plan))

    def _named(self, subscription_id: str | None) -> str:
        """Find what it is about: without an id the only one that goes on, else the default."""
        if subscription_id is not None:
            return subscription_id
        going_on = [name for name, one in self._subscriptions.items() if one.status != "ended"]
        return going_on[0] if len(going_on) == 1 else DEFAULT

    def _discover(self, at: int, name: str) -> None:
        start = self._definitions.start
        self.origin = "opened" if start is not None and at < start else "discovered"
        self._subscriptions.setdefault(name, Subscription()).status = "active"

    def _fall_due(self, until: int) -> None:
        """Lose who has not paid for too long by then, and what was to end when it was merged."""
        wait = self._definitions.past_due_days * DAY
        held = list(self._subscriptions.values())
        due = {one.past_due + wait for one in held if one.past_due is not None}
        due |= {one.leaves.at for one in held if one.leaves is not None}
        for at in sorted(one for one in due if one <= until):
            self._lose_unpaid(at, wait)
            why = [one.leaves for one in held if one.leaves is not None and one.leaves.at == at]
            for leave in dict.fromkeys(why):
                ending = [one for one in held if one.leaves == leave]
                for one in ending:
                    one.end()
                if ending:
                    plan = ending[-1].plan
                    cause = Cause(leave.kind, leave.reason, leave.avoidable, plan=plan)
                    self._note(at, cause)

    def _lose_unpaid(self, at: int, wait: int) -> None:
        unpaid = [one for one in self._subscriptions.values() if one.past_due == at - wait]
        if unpaid:
            plan = UNKNOWN
            for one in self._subscriptions.values():
                if one.past_due is not None and one.past_due + wait == at:
                    plan = one.plan
                    one.end()
            self._note(at, Cause("past_due", "past due", plan=plan))

    # -- what it makes of the customer --------------------------------------------------------

    def _note(self, at: int, cause: Cause) -> None:
        counted = [
            one
            for one in self._subscriptions.values()
            if one.goes_on and (self._definitions.count_free or not one.free)
        ]
        values: dict[str, int] = {}
        for one in counted:
            if one.status == "active" and one.value:
                values[one.currency] = values.get(one.currency, 0) + one.value
        state = State(at, bool(counted), tuple(sorted(values.items())), cause)
        last = self.states[-1] if self.states else State(0, customer=False, values=(), cause=cause)
        if (state.customer, state.values) != (last.customer, last.values):
            self.states.append(state)
            if state.customer and self._since is None:
                self._since = at


def _ordered(entries: list[Entry], *, ends_first: bool) -> Iterator[Entry]:
    """Yield the entries of one second: ends first where something can end, else as they sort."""
    if ends_first:
        yield from (entry for entry in entries if entry.kind in ENDS)
        yield from (entry for entry in entries if entry.kind not in ENDS)
    else:
        yield from entries


def _reason(entry: Entry) -> str:
    event = entry.event
    return event.reason or (event.reasons[0] if event.reasons else UNKNOWN)


def _worth(entry: Entry) -> tuple[int, str] | None:
    """Give what an event says of the value a month where it does not state one, rounded down."""
    event = entry.event
    if event.currency is None:
        return None
    if event.value is not None and event.term_months:
        return event.value // event.term_months, event.currency
    if event.value_lost is not None:
        return event.value_lost // YEAR, event.currency
    return None


def _signup(one: Subscription, _at: int) -> None:
    one.status, one.past_due = "active", None


def _trial(one: Subscription, _at: int) -> None:
    if one.status == "ended":
        one.status = "trial"


def _convert(one: Subscription, _at: int) -> None:
    if one.status == "trial":
        one.status = "active"


def _pause(one: Subscription, _at: int) -> None:
    if one.status == "active":
        one.status = "paused"


def _resume(one: Subscription, _at: int) -> None:
    if one.status in {"paused", "ended"}:
        one.status = "active"


def _past_due(one: Subscription, at: int) -> None:
    if one.status in {"active", "paused"} and one.past_due is None:
        one.past_due = at


def _paid(one: Subscription, _at: int) -> None:
    one.past_due = None


def _nothing(_one: Subscription, _at: int) -> None:
    pass


_STEPS: Final = {
    "signup": _signup,
    "renewed": _signup,
    "changed": _nothing,
    "paused": _pause,
    "resumed": _resume,
    "trial_began": _trial,
    "trial_converted": _convert,
    "past_due": _past_due,
    "paid": _paid,
}
