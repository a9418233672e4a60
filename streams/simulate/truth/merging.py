"""Customers who are merged into each other, worked out in order of time."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from streams.simulate.truth.settle import forgettings, settled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from streams.simulate.events import Event
    from streams.simulate.truth.handed import Handed
    from streams.simulate.truth.person import Person


class Part(NamedTuple):
    """One person of all who had a customer's id: until it was forgotten at `ends`, if it was."""

    customer: str | None
    sent: Sequence[tuple[str, Event]]
    begins: int
    ends: int | None


def parts_of(
    customer: str | None, events: Iterable[tuple[str, Event]], clock: int
) -> Iterator[Part]:
    """Yield everybody who had an id, in order of time; who is not forgotten is the last."""
    left = list(events)
    begins = -1
    for ends in forgettings(left):
        if ends <= clock:
            former = [one for one in left if one[1].at <= ends]
            left = [one for one in left if one[1].at > ends]
            yield Part(customer, former, begins, ends)
            begins = ends
    yield Part(customer, left, begins, None)


def merged(
    sent: Mapping[str, Sequence[tuple[str, Event]]],
    clock: int,
    work_out: Callable[[Part, Iterable[Handed]], Person],
) -> Iterator[tuple[Part, list[Handed]]]:
    """Yield everybody with what others brought who were merged into it, up to the clock.

    What is merged at one time is worked out from all that was merged before it, so that nothing
    goes on in a circle. Nobody was merged into who is forgotten.
    """
    parts = [part for customer, own in sent.items() for part in parts_of(customer, own, clock)]
    last = {part.customer: part for part in parts if part.ends is None}
    taken: dict[str | None, list[Handed]] = {}
    giving = {
        id(part): {one.event.at for one in settled(part.sent) if one.event.change == "merged"}
        for part in parts
    }
    for at in sorted({at for times in giving.values() for at in times if at <= clock}):
        handed = []
        for part in parts:
            if at not in giving[id(part)]:
                continue
            own = [] if part.ends is not None else taken.get(part.customer, [])
            person = work_out(part, own)
            handed += [one.of(part.customer or "") for one in person.handed if one.at == at]
        for one in handed:
            part = last.setdefault(one.into, Part(one.into, [], -1, None))
            if at > part.begins and (one.subscriptions or one.since is not None):
                taken.setdefault(one.into, []).append(one)
    for part in [*(part for part in parts if part.ends is not None), *last.values()]:
        yield part, taken.get(part.customer, []) if part.ends is None else []
