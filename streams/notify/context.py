"""What templates are given: an incident in words and numbers, ready to be shown."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from streams.core.event_time.formats import day_or_minute
from streams.load.money import largest_first
from streams.notify import chart
from streams.notify.links import links_of
from streams.notify.message import REPEATED
from streams.notify.specimen import INCIDENT
from streams.readmodel.wording import money

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.notify.message import Message

PARTS: Final = 5
"""Parts that are shown."""
SAMPLES: Final = 3
SAMPLE_LENGTH: Final = 300
"""Characters of a sample that are shown."""
SHORT_ID: Final = 8
TIMES_FROM: Final = 3.0
"""From here on a rise is given in times, not in per cent."""

_MENTIONS: Final = re.compile(r"(?<=@)(?=[\w*])|(?<=<)(?=[!#@&])")
_APART: Final = "\u200b"


def harmless(text: str) -> str:
    """Return a text in which nothing calls anybody: `@everyone`, `<!channel>`, `<@U123>`.

    Customers write what they like, and chat programs take some of it for orders. The first letter
    is set apart by a space of no width.
    """
    return _MENTIONS.sub(_APART, text)


def context(message: Message, base_url: str | None, zone: str) -> dict[str, Any]:
    """Return what templates may use, by name; docs/notify.md lists it. Times are of `zone`."""
    incident = message.incident
    found: dict[str, Any] = _nothing() | {
        "subject": harmless(message.subject),
        "why": harmless(message.why),
        "notification_id": message.notification_id,
        "route": message.route,
        "receiver": message.receiver,
        "attempt": message.attempt,
        "may_repeat": message.may_repeat,
        "repeated": REPEATED if message.may_repeat else "",
        "zone": zone,
        "links": links_of(incident, base_url),
        "incident": None,
        "items": [_item(one, base_url, zone) for one in message.items],
    }
    if incident is not None:
        found |= {"incident": incident} | _told(incident, base_url, zone)
    return found


def _item(item: Mapping[str, Any], base_url: str | None, zone: str) -> dict[str, Any]:
    """Return one message of a digest in words."""
    at = datetime.fromtimestamp(item["at"], UTC).isoformat()
    own = {"incident_id": item["incident_id"]}
    return {
        "title": harmless(item["title"]),
        "text": harmless(item["text"]),
        "severity": item["severity"],
        "reason": item["reason"],
        "at": moment(at, zone),
        "short_id": item["incident_id"][:SHORT_ID],
        "link": links_of(own, base_url)["incident"],
    }


def _told(incident: Mapping[str, Any], base_url: str | None, zone: str) -> dict[str, Any]:
    """Return one incident in words."""
    parts = [_part(one, incident["labels"]) for one in incident["parts"]]
    curve = incident.get("curve")
    return {
        "id": incident["incident_id"],
        "short_id": incident["incident_id"][:SHORT_ID],
        "title": harmless(incident["title"]),
        "text": harmless(incident["text"]),
        "state": incident["state"],
        "severity": incident["severity"],
        "verdict": incident["verdict"],
        "observed": f"{incident['observed']:,}",
        "expected": _number(incident["expected"]),
        "more": _more(incident["observed"], incident["expected"]),
        "since": moment(incident["started_at"], zone),
        "window_start": moment(incident["window_start"], zone),
        "window_end": moment(incident["window_end"], zone),
        "resolved_at": moment(incident.get("resolved_at"), zone),
        "customers": None if incident["customers"] is None else f"{incident['customers']:,}",
        "money": [
            money(amount, currency)
            for currency, amount in largest_first(incident.get("value_at_risk") or {})
        ],
        "left": f"{left:,}"
        if (left := (incident.get("complained") or {}).get("left", 0))
        else None,
        "parts": [one for one in parts if not one["out_of_proportion"]][:PARTS],
        "out_of_proportion": [one for one in parts if one["out_of_proportion"]][:PARTS],
        "samples": [_sample(one) for one in incident["samples"][:SAMPLES]],
        "owner": _plain(incident["handling"]["owner"]),
        "acknowledged_by": _plain((incident["handling"]["acknowledged"] or {}).get("by")),
        "chart_words": chart.words(curve),
        "links": links_of(incident, base_url),
    }


def is_whole(record: Any) -> bool:  # noqa: ANN401 (whatever JSON it is)
    """Tell whether a record of `incidents` has all that messages tell of an incident."""
    try:
        chart.picture(record.get("curve"))
        told = _told(record, None, "UTC")
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        return False
    texts = (told["id"], told["state"], told["severity"], record.get("at"), record.get("runbook"))
    return all(isinstance(text, str) for text in texts)


def _nothing() -> dict[str, Any]:
    """Return what there is of no incident: the same names, lists empty, all else None."""
    known = _told(INCIDENT, None, "UTC")
    return {name: [] if isinstance(value, list) else None for name, value in known.items()}


def moment(stamp: str | None, zone: str) -> str | None:
    """Write a time of the wire by the clock of a zone: to the day, or to the minute."""
    if stamp is None:
        return None
    return day_or_minute(datetime.fromisoformat(stamp).astimezone(ZoneInfo(zone)))


def _part(part: Mapping[str, Any], above: Mapping[str, str]) -> dict[str, Any]:
    own = {name: value for name, value in part["labels"].items() if name not in above}
    named = ", ".join(f"{name} {value}" for name, value in (own or part["labels"]).items())
    return {
        "name": harmless(named) or "all",
        "observed": f"{part['observed']:,}",
        "expected": _number(part["expected"]),
        "share": f"{min(1.0, max(0.0, part['share'])):.0%}",
        "out_of_proportion": part["out_of_proportion"],
    }


def _sample(text: str) -> str:
    flat = " ".join(text.split())
    return harmless(flat if len(flat) <= SAMPLE_LENGTH else f"{flat[:SAMPLE_LENGTH]}…")


def _plain(text: str | None) -> str | None:
    return None if text is None else harmless(text)


def _more(observed: float, expected: float) -> str:
    times = observed / max(expected, 0.1)
    return f"{times - 1:+.0%}" if times < TIMES_FROM else f"{times:,.1f} times"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004
