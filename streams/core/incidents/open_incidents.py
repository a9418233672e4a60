"""The incidents of one metric: opened, joined, told of, and over.

    alerts        a ----------------|   |------|
    incident      |------------------...-------|...|
    messages      opened      worse    came back?  resolved

It is over when the last of its alerts is; where one comes back within a week it is the same, and
the wait before it is over the next time becomes twice the gap. So what comes and goes is told of
once, and what does not is over without a wait.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from streams.core.event_time.buckets import DAY
from streams.core.incidents import messages
from streams.core.incidents.grouping import MERGED, are_one, is_part, same_event
from streams.core.incidents.incident import Incident, incident_id
from streams.core.incidents.scope import scope_of
from streams.core.incidents.severity import RANK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from streams.core.evidence.combinations import Place
    from streams.core.evidence.evidence import Evidence
    from streams.core.incidents.grouping import Page
    from streams.core.incidents.incident import Member

RETURNS: Final = 7 * DAY
"""What comes back within so long is the same incident; a resolved one is kept so long."""
MAX_KEPT: Final = 200
"""Members that are kept of an incident: one that is over makes room."""


class OpenIncidents:
    """The incidents of one metric: those that are open, and those resolved of late."""

    def __init__(self, metric: str, evidence: Evidence) -> None:
        self._metric = metric
        self._evidence = evidence
        self._incidents: dict[str, Incident] = {}
        self._of: dict[str, str] = {}  # by alert: its incident
        self._changed: set[str] = set()
        self._dropped: list[str] = []
        self._published: dict[str, Incident] = {}
        self._back: set[str] = set()  # those that people are to be told of as back, in this step

    # -- looking them up ---------------------------------------------------------------------------

    def all(self) -> Iterator[Incident]:
        """Yield every incident that is known, those just resolved too."""
        return iter(self._incidents.values())

    def find(self, name: str) -> Incident | None:
        """Return an incident by its id."""
        return self._incidents.get(name)

    def is_member(self, alert_id: str) -> bool:
        """Return whether an alert is a member of an incident."""
        return alert_id in self._of

    def open_ones(self) -> list[Incident]:
        """Return the incidents that are not resolved, the oldest first."""
        found = [one for one in self._incidents.values() if one.state != "resolved"]
        return sorted(found, key=Incident.age)

    # -- what happens ------------------------------------------------------------------------------

    def join(
        self,
        page: Page,
        member: Member,
        at: int,
        within: str | None,
        beside: Collection[Place] = (),
    ) -> Incident:
        """Put a page into its incident, or open one for it.

        Args:
            page: the alert.
            member: it as a member.
            at: event time.
            within: the incident that it belonged to while another alert explained it.
            beside: what the other pages of the step are of.
        """
        own = self._incidents.get(within or "")
        if own and own.state != "resolved" and is_part(page, own, self._evidence):
            self._add(own, member)
            return own
        back = self._returned(member)
        found = [one for one in self.open_ones() if self._is_of(page, one, beside)]
        if back is not None and not found:
            found = [back]
        if not found:
            return self._open(member, at)
        # Of an event of today tells an incident of today, whatever else it is a part of.
        young = [one for one in found if at - one.opened_at < MERGED]
        first, *others = young or found[:1]
        for other in others:
            self._merge(other, first, at)
        if back is not None:
            self._come_back(first, back, member, at)
        self._add(first, member)
        return first

    def update(self, member: Member) -> None:
        """Note the numbers and the state of a member; `joined_at` stays as it was."""
        incident = self._incidents.get(self._of.get(member.alert_id, ""))
        if incident is None or (known := incident.member(member.alert_id)) is None:
            return
        member.joined_at = known.joined_at
        if member == known:
            return
        incident.members[incident.members.index(known)] = member
        self._changed.add(incident.incident_id)

    def count(self, name: str) -> None:
        """Count one more alert that belongs to an incident."""
        incident = self._incidents[name]
        incident.alerts += 1
        self._changed.add(name)

    def settle(self, touched: Collection[str], at: int, *, measure: bool) -> None:
        """Work out what a step means for the incidents that it touched.

        `measure`: look again how large they are, though nothing joined.
        """
        found = [self._incidents[name] for name in sorted(touched)]
        for incident in found:
            if incident.state != "resolved":
                self._look_at(incident, at, measure=measure)
        for incident in [*found, *self._join_alike(found, at)]:
            if incident.state != "resolved" and incident.quiet_since is None:
                self._tell(incident, at)

    def go_stale(self, at: int) -> None:
        """Note that there is no data for too long."""
        for incident in self.open_ones():
            if incident.quiet_since is None and incident.state != "stale":
                incident.previous, incident.state = incident.state, "stale"
                self._publish(incident, at, "went_stale")

    def pass_by(self, now: int, kept: Collection[str] = ()) -> list[str]:
        """Resolve what waited for a return until `now`, and forget what was over a week before.

        Returned are those forgotten; `kept` are not.
        """
        for incident in self.open_ones():
            if incident.quiet_since is not None and now >= incident.quiet_since + incident.wait:
                self._resolve(incident, incident.quiet_since + incident.wait)
        gone = []
        for name, incident in list(self._incidents.items()):
            over = incident.resolved_at is not None and now > incident.resolved_at + RETURNS
            if over and name not in kept:
                self._forget(name)
                gone.append(name)
        return gone

    def renew(self, incident: Incident, reason: messages.Reason) -> None:
        """Note that something else is known about an incident than was published."""
        self._publish(incident, incident.at, reason)

    # -- its parts ---------------------------------------------------------------------------------

    def _is_of(self, page: Page, incident: Incident, beside: Collection[Place]) -> bool:
        others = [
            self._evidence.place(one.leading().labels)
            for one in reversed(self.open_ones())
            if one is not incident and one.leading().labels and one.scope.labels
        ]
        own = [place for place in beside if place != page.rise.place]
        return same_event(page, incident.leading(), self._evidence, [*own, *others])

    def _returned(self, member: Member) -> Incident | None:
        """Return the incident that a rise of this series led within the last week."""
        found = [
            (max(ends), one.incident_id)
            for one in self._incidents.values()
            if one.merged_into is None
            and (
                ends := [
                    m.ended_at
                    for m in one.members
                    if m.series == member.series
                    and (m.alert_id == one.lead or m.labels == one.scope.labels)
                    and m.slow is member.slow
                    and m.ended_at is not None
                    and member.since - m.ended_at <= RETURNS
                ]
            )
        ]
        return self._incidents[max(found)[1]] if found else None

    def _open(self, member: Member, at: int) -> Incident:
        name = incident_id(member.alert_id)
        incident = Incident(name, at, member.since, at, member.alert_id)
        self._incidents[name] = incident
        self._add(incident, member)
        return incident

    def _add(self, incident: Incident, member: Member) -> None:
        if len(incident.members) >= MAX_KEPT:
            gone = next((one for one in incident.members if not one.is_open), None)
            if gone is not None:
                self._of.pop(gone.alert_id, None)
                incident.members.remove(gone)
        if len(incident.members) < MAX_KEPT:  # in a storm the others are counted alone
            incident.members.append(member)
        incident.started_at = min(incident.started_at, member.since)
        self._of[member.alert_id] = incident.incident_id
        self._changed.add(incident.incident_id)

    def _come_back(self, incident: Incident, before: Incident, member: Member, at: int) -> None:
        """Note a return, of what was a part of `before`: the next end is waited for twice as long.

        The two are one, or an older one that is open takes up what was a part of the other.
        """
        both = (*incident.members, *before.members)
        last = max(m.ended_at or 0 for m in both if m.series == member.series)
        gap = max(0, at - last)
        waited, incident.wait = incident.wait, min(RETURNS, max(incident.wait, 2 * gap))
        incident.quiet_since = None
        over = incident.state == "resolved"
        if gap > waited and (over or messages.is_long_ago(incident, at)):
            self._back.add(incident.incident_id)
        if over:
            incident.previous, incident.state = "resolved", "open"
            incident.resolved_at = None
            incident.begin_anew()
            self._publish(incident, at, "came_back")

    def _merge(self, younger: Incident, older: Incident, at: int) -> None:
        """Let one incident become a part of another."""
        for member in younger.members:
            if older.member(member.alert_id) is None:
                self._add(older, member)
        older.alerts += younger.alerts
        older.severity = max(older.severity, younger.severity, key=RANK.__getitem__)
        younger.merged_into = older.incident_id
        younger.previous, younger.state = younger.state, "resolved"
        younger.resolved_at, younger.quiet_since = at, None
        self._publish(younger, at, "merged")

    def _look_at(self, incident: Incident, at: int, *, measure: bool) -> None:
        """Note what an incident has come to: over, or as large and severe as it is now."""
        opened = list(incident.open_members())
        if not opened:
            self._become_quiet(incident, at)
            return
        incident.quiet_since = None
        if incident.state == "stale":
            incident.previous, incident.state = "stale", "open"
        incident.choose_lead(opened)
        if measure or any(one.joined_at == at for one in opened):
            self._measure(incident, at)
        incident.grade(opened)

    def _join_alike(self, touched: Sequence[Incident], at: int) -> list[Incident]:
        """Let incidents of one time and name be one; return those that others joined."""
        joined: list[Incident] = []
        for incident in touched:
            for other in self.open_ones():
                if other is incident or incident.state == "resolved":
                    continue
                older, younger = sorted((incident, other), key=Incident.age)
                if are_one(older, younger, at, self._evidence):
                    self._merge(younger, older, at)
                    joined.append(older)
        return [one for one in joined if one not in touched]

    def _tell(self, incident: Incident, at: int) -> None:
        """Decide whether people are to be told of an incident."""
        came = messages.untold(incident, at)
        reason = messages.due(incident, came, at)
        if incident.incident_id in self._back:
            self._back.remove(incident.incident_id)
            reason = "came_back"
        if reason is not None:
            messages.tell(self._metric, incident, reason, at, came)
            self._publish(incident, at, reason, message=True)
        elif (
            any(one.joined_at == at for one in came) and incident.incident_id not in self._published
        ):
            self._publish(incident, at, "joined")

    def _measure(self, incident: Incident, at: int) -> None:
        """Look how large it is now; what it was at its largest stays."""
        scope = scope_of(incident, at, self._evidence)
        if scope.deviance >= incident.scope.deviance:
            incident.scope = scope
        self._changed.add(incident.incident_id)

    def _become_quiet(self, incident: Incident, at: int) -> None:
        if incident.quiet_since is not None:
            return
        incident.quiet_since = at
        if incident.wait == 0:
            self._resolve(incident, at)
        else:
            self._publish(incident, at, "quiet")

    def _resolve(self, incident: Incident, at: int) -> None:
        incident.previous, incident.state = incident.state, "resolved"
        incident.resolved_at, incident.quiet_since = at, None
        messages.tell(self._metric, incident, "resolved", at)
        self._publish(incident, at, "resolved", message=True)

    def _forget(self, name: str) -> None:
        for member in self._incidents.pop(name).members:
            if self._of.get(member.alert_id) == name:
                del self._of[member.alert_id]
        self._changed.discard(name)
        self._dropped.append(name)

    def _publish(
        self, incident: Incident, at: int, reason: messages.Reason, *, message: bool = False
    ) -> None:
        incident.at, incident.reason, incident.is_message = at, reason, message
        self._changed.add(incident.incident_id)
        self._published[incident.incident_id] = incident

    # -- its state ---------------------------------------------------------------------------------

    def published(self) -> list[Incident]:
        """Return what is to be published since the last call, in the order of its decision."""
        published, self._published = self._published, {}
        return list(published.values())

    def pending(self) -> int:
        """Count the incidents that changed."""
        return len(self._changed) + len(self._dropped)

    def changes(self) -> Iterator[tuple[str, Incident | None]]:
        """Yield what changed since the last call; None: it is gone."""
        changed, self._changed = self._changed, set()
        dropped, self._dropped = self._dropped, []
        for name in sorted(changed):
            yield name, self._incidents[name]
        for name in dropped:
            yield name, None

    def restore(self, incident: Incident) -> None:
        """Restore an incident."""
        self._incidents[incident.incident_id] = incident
        if incident.merged_into is None:
            for member in incident.members:
                self._of[member.alert_id] = incident.incident_id
