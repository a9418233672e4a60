"""What groundswell doctor looks at in receivers and templates: could notify tell anybody?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.cli.checks import Finding

if TYPE_CHECKING:
    from streams.settings import Settings


def receivers(settings: Settings) -> list[Finding]:
    """Check the receivers and templates of notify; nothing is sent, and nobody is asked."""
    from streams.notify import rendering  # noqa: PLC0415 (it takes a while to import)
    from streams.notify.receivers import ReceiverError, check  # noqa: PLC0415

    notify = settings.notify
    found, ways = [], []
    for name, receiver in notify.receivers.items():
        try:
            ways.append(f"{name} by {check(name, receiver)}")
        except ReceiverError as error:
            found.append(Finding("fail", "receivers", str(error)))
    if ways:
        found.append(Finding("ok", "receivers", ", ".join(ways)))
    if ways and settings.links.base_url is None:
        told = "messages have no link to their incident: set links.base_url to where the console is"
        found.append(Finding("warn", "receivers", told))
    own = {part: file for part, file in notify.templates if file is not None}
    if own:
        try:
            rendering.load(own)
        except rendering.TemplatesError as error:
            found.append(Finding("fail", "templates", f"notify.templates: {error}"))
        else:
            found.append(Finding("ok", "templates", f"of your own: {', '.join(own)}"))
    return found
