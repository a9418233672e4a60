"""Notices: alerts that are artefacts. They page nobody, and show what else may be one."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING

import msgspec

from streams.core.alerts.significance import proved
from streams.core.artefacts.verdict import Findings, Known

if TYPE_CHECKING:
    from collections.abc import Iterable

    from streams.core.alerts.alert import Alert
    from streams.core.detect import Reading


class Notices:
    """All that are artefacts, and what makes them so; worked out anew only where that changed."""

    def __init__(self, alerts: Iterable[Alert]) -> None:
        self._found = {alert.alert_id: alert.findings for alert in alerts if alert.is_notice}
        self._known: Known | None = None

    def update(self, alert: Alert) -> Known:
        """Note what was found of an alert; give what makes all of them artefacts."""
        before = self._found.get(alert.alert_id)
        if alert.is_notice:
            self._found[alert.alert_id] = alert.findings
        else:
            self._found.pop(alert.alert_id, None)
        if self._known is None or _traits(before) != _traits(self._found.get(alert.alert_id)):
            self._known = self._all()
        return self._known

    def _all(self) -> Known:
        notices = [found for _, found in sorted(self._found.items(), key=itemgetter(0))]
        culprits: dict[int, float] = {}
        for found in notices:
            culprits |= found.culprits
        return Known(culprits, frozenset(r.artefact for found in notices for r in found.reasons))


def _traits(found: Findings | None) -> object:
    """Return what others are judged by: the culprits in order, and the artefacts."""
    if found is None:
        return None
    return list(found.culprits.items()), {reason.artefact for reason in found.reasons}


def settled(alert: Alert, found: Findings, proof: float) -> Findings:
    """Return the findings that count: a published notice turns real only beyond doubt.

    A window that reaches back over it has other events too, and would page for some of them.
    """
    published = alert.is_notice and alert.is_known
    if not published or found.verdict == "artefact" or _is_real(alert, found, alert.reading, proof):
        return found
    reasons = found.reasons or alert.findings.reasons
    return msgspec.structs.replace(found, verdict="artefact", reasons=reasons)


def is_proved(alert: Alert, reading: Reading, proof: float) -> bool:
    """Return whether a rise is beyond doubt: all of it for a notice, else what is no artefact."""
    if alert.is_notice:
        return proved(reading, proof, 1.0, explained=alert.cause is not None)
    return _is_real(alert, alert.findings, reading, proof)


def _is_real(alert: Alert, found: Findings, reading: Reading, proof: float) -> bool:
    real = max(0.0, 1.0 - sum(reason.share for reason in found.reasons))
    return proved(reading, proof, real, explained=alert.cause is not None)
