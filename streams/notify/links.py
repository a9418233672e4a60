"""Links of a message: always absolute, so that they work from a telephone."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin, urlsplit

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


def links_of(incident: Mapping[str, Any] | None, base_url: str | None) -> dict[str, str | None]:
    """Give the links of a message: `incident` and `runbook`; None: there is none.

    `base_url` is where the pages are; None: nowhere. What would not be absolute is left out.
    """
    if incident is None:
        return {"incident": None, "runbook": None}
    base = f"{base_url.rstrip('/')}/" if base_url else ""
    name = quote(str(incident["incident_id"]), safe="")
    found = {
        "incident": f"{base}incidents/{name}",
        "runbook": urljoin(base, str(incident.get("runbook") or "")),
    }
    return {name: link if _is_absolute(link) else None for name, link in found.items()}


def _is_absolute(link: str) -> bool:
    parts = urlsplit(link)
    return parts.scheme in {"http", "https"} and bool(parts.netloc)
