"""How severe a rise is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.alerts import AlertSeverity

RANK: Final[Mapping[AlertSeverity, int]] = {"notice": -1, "info": 0, "warning": 1, "critical": 2}
"""The severities in their order."""


def severity(observed: float, expected: float, surprise: float) -> AlertSeverity:
    """Judge a rise: critical is beyond doubt, more than double and 30 events or more too many."""
    excess = observed - expected
    if surprise >= 20.0 and excess >= 30.0 and excess >= expected:  # noqa: PLR2004
        return "critical"
    if surprise >= 9.0 or excess >= 30.0:  # noqa: PLR2004
        return "warning"
    return "info"
