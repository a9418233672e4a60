"""Silences at the terminal: what one would hit now, and when it holds."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from rich.markup import escape

from schemas.wire import Refusal, read_action
from streams.cli.incident_actions import act, labels_of
from streams.cli.incident_lines import SHORT_ID
from streams.cli.terminal import fail, out
from streams.core.event_time.formats import minute
from streams.core.incidents.acts import act_of
from streams.core.incidents.silences import matches, next_spans, silence_of
from streams.core.notify.matchers import matcher

if TYPE_CHECKING:
    from streams.cli.incident_actions import Known
    from streams.settings import Settings

SPANS: Final = 3
"""Next times that are shown."""


class Hours(NamedTuple):
    """At which hours a silence holds, as it was typed."""

    zone: str | None
    days: str | None
    begins: str | None
    ends: str | None

    def fields(self) -> dict[str, Any] | None:
        """Return it as in the contract; None: at all hours."""
        if not any(self):
            return None
        if not all(self):
            fail("hours of the week need all of --zone, --days, --from and --to")
        days = [day.strip().lower()[:3] for day in (self.days or "").split(",")]
        return {"zone": self.zone, "days": days, "start": self.begins, "end": self.ends}


class Wish(NamedTuple):
    """A silence that somebody asks for."""

    incident: str | None
    match: list[str]
    note: str
    until: datetime
    hours: Hours
    name: str | None
    by: str


def send_silence(
    using: Settings, wish: Wish, found: Known, now: datetime, *, dry_run: bool
) -> None:
    """Say what a silence hits and when it holds, and send it unless it is a `dry_run`."""
    from streams.cli.incident_actions import the_one  # noqa: PLC0415

    longest = using.handling.longest_silence
    if (wish.until - now).total_seconds() > longest:
        fail(f"a silence lasts {longest // 86_400} days at most (handling.longest_silence)")
    if wish.until <= now:
        fail("it would be over already")
    if not wish.note:
        fail("say why: --note")
    matchers = [_matcher(one) for one in wish.match]
    if wish.incident is not None:
        row = the_one(found.table, wish.incident)
        matchers.append({"label": "incident", "matching": "is", "value": row.incident_id})
    if not matchers:
        fail("say what it is for: an incident, or --match LABEL=VALUE")
    name = wish.name or f"silence-{uuid.uuid4().hex[:8]}"
    fields = {
        "kind": "silenced",
        "about": name,
        "by": wish.by,
        "note": wish.note,
        "until": wish.until.isoformat(),
        "matchers": matchers,
        "recurring": wish.hours.fields(),
    }
    _show(fields, found, now, longest)
    if not dry_run:
        act(using, fields)
        out.print(f"silenced until {minute(wish.until)}: {escape(name)}")


def _matcher(text: str) -> dict[str, str]:
    try:
        label, matching, value = matcher(text)
    except ValueError as error:
        fail(f"--match {text!r}: {error}")
    return {"label": label, "matching": matching, "value": value}


def _show(fields: dict[str, Any], found: Known, now: datetime, longest: int) -> None:
    """Print what a silence would hit now, and the next times at which it holds."""
    import msgspec  # noqa: PLC0415

    read = read_action(msgspec.json.encode({"action_id": "new", "at": now.isoformat()} | fields))
    if isinstance(read, Refusal):
        fail(read.detail)
    own = act_of(read)
    hit = [row for row in found.table.open_ones() if matches(own, labels_of(row))]
    out.print(f"hits now: {len(hit) or 'nothing that is open'}")
    for row in hit:
        out.print(f"  {row.incident_id[:SHORT_ID]} {escape(row.title)}")
    made = silence_of(fields["about"], [own], longest)
    if made is not None and (weekly := made[0].recurring) is not None:
        for start, end in next_spans(made[0], now.timestamp(), SPANS):
            begins, ends = (
                datetime.fromtimestamp(at, ZoneInfo(weekly.zone)) for at in (start, end)
            )
            out.print(
                f"  holds {begins:%a} {minute(begins)} to {ends:%a} {minute(ends)} {weekly.zone}"
            )
