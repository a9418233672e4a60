"""Wires notify, once: settings in, the parts of an owner out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from streams.notify import rendering
from streams.notify.owner import Parts
from streams.notify.planned_desk import PlannedDesk
from streams.notify.receivers import ReceiverError, make
from streams.notify.telemetry import View

if TYPE_CHECKING:
    from streams.notify.channels.outcome import Channel
    from streams.settings import Settings


class PartsError(Exception):
    """Notify cannot start with these settings; the message says why."""


def made(settings: Settings) -> Parts:
    """Make the parts of notify.

    A receiver that cannot be used does not keep the others: it is dead from the start, and its
    fallback is told.

    Raises:
        PartsError: a template cannot be used.
    """
    channels: dict[str, Channel] = {}
    broken: dict[str, str] = {}
    for name, receiver in settings.notify.receivers.items():
        try:
            channels[name] = make(name, receiver, settings.notify.answer_within)
        except ReceiverError as error:
            broken[name] = str(error)
    own = settings.notify.templates
    files = {"subject": own.subject, "text": own.text, "html": own.html}
    zone = settings.notify.zone_of(None)
    try:
        templates = rendering.load(files, settings.links.base_url, zone)
    except rendering.TemplatesError as error:
        raise PartsError(f"notify.templates: {error}") from error
    view = View()
    view.alertmanager = any(
        settings.notify.receivers[name].channel == "alertmanager" for name in channels
    )
    return Parts(
        settings=settings,
        decider=lambda: PlannedDesk(settings),
        templates=templates,
        channels=channels,
        broken=broken,
        view=view,
    )
