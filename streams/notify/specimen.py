"""An incident made up, with everything that one can have: templates are tried on it."""

from __future__ import annotations

from typing import Any, Final, cast

from schemas.incidents import Incident

_EXAMPLES: Final = cast("dict[str, Any]", Incident.model_config["json_schema_extra"])["examples"]

_WHERE: Final = {"company": "Example Bank"}

INCIDENT: Final[dict[str, Any]] = _EXAMPLES[0] | {
    "incident_id": "0000000000000000",
    "labels": _WHERE,
    "members": [_EXAMPLES[0]["members"][0] | {"labels": _WHERE}],
    "title": "A trial: more complaints: company Example Bank",
    "text": "Nothing has happened: this shows what a message looks like.",
    "value_at_risk": {"USD": 1_234_500, "JPY": 500_000},
    "curve": {
        "start": "2017-01-04T00:00:00Z",
        "observed": [5, 4, 6, 5, 3, 4, 5, 6, 4, 5, 5, 4, 6, 5, 24],
        "expected": [4.9] * 15,
        "upper": [11.0] * 15,
    },
    "handling": _EXAMPLES[0]["handling"] | {"owner": "Ada"},
}
"""As on the topic `incidents`."""

ITEM: Final[dict[str, Any]] = {
    "notification_id": "0" * 16,
    "incident_id": "0" * 16,
    "message": 1,
    "reason": "opened",
    "at": 1_484_784_000,
    "title": INCIDENT["title"],
    "text": INCIDENT["text"],
    "severity": "info",
}
"""A message of a digest; its time is in epoch seconds."""
