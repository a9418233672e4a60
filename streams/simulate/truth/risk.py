"""Who is at risk: customers with a complaint that is recent, or open."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from streams.simulate.truth.settle import Held


class Complaint(NamedTuple):
    """A complaint, and what was done about it: times and statuses, in order."""

    at: int
    updates: tuple[tuple[int, str], ...]

    def puts_at_risk(self, at: int, recent: int) -> bool:
        """Say whether it does at a time.

        It does for `recent` seconds, and longer if there are updates of which the last is not
        that it was resolved.
        """
        if at < self.at:
            return False
        statuses = [status for updated, status in self.updates if updated <= at]
        return at - self.at < recent or (bool(statuses) and statuses[-1] != "resolved")


def complaints_of(held: Iterable[Held]) -> list[Complaint]:
    """Give one customer's complaints by time, each with its updates."""
    made: list[Held] = []
    updates: dict[str, list[tuple[int, bytes, str]]] = {}
    for one in held:
        if one.topic == "complaints":
            made.append(one)
        elif one.topic == "complaint_updates":
            about, status = one.event.complaint_id or "", one.event.status or ""
            updates.setdefault(about, []).append((one.event.at, one.place, status))
    made.sort(key=lambda one: (one.event.at, one.place))
    return [
        Complaint(
            one.event.at,
            tuple((at, status) for at, _, status in sorted(updates.get(one.event.event_id, []))),
        )
        for one in made
    ]


def at_risk(complaints: Sequence[Complaint], at: int, recent: int) -> bool:
    """Say whether any of the complaints puts the customer at risk at a time."""
    return any(complaint.puts_at_risk(at, recent) for complaint in complaints)
