"""Whether a broker answers: reported when it no longer does, and after how long it is back."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

AWAY_SECONDS = 5.0
"""Wall seconds without an answer after which a broker counts as away: a restart takes longer."""


class Outage:
    """Tells of an outage of the broker at `address` twice: when it is noticed, and when it is over.

    All times are seconds of one clock.
    """

    def __init__(self, address: str, tell: Callable[[str], None]) -> None:
        self._address = address
        self._tell = tell
        self._answered: float | None = None
        self._away = False

    def answered(self, at: float) -> None:
        """Note that a broker answered at this time."""
        if self._away and self._answered is not None:
            self._tell(f"the broker is back after {at - self._answered:,.0f} s")
        self._away = False
        self._answered = at

    def silent(self, now: float, why: str = "") -> None:
        """Note that no broker answers; `why` is what it said, or what became of the connection."""
        if self._answered is None:
            self._answered = now
        if not self._away and now - self._answered >= AWAY_SECONDS:
            self._away = True
            reason = f" ({why})" if why else ""
            self._tell(f"no broker answers at {self._address}{reason}: waiting for it")

    def problem(self, now: float) -> str | None:
        """Say for how long no broker has answered; None if one does."""
        if not self._away or self._answered is None:
            return None
        return f"no broker has answered for {now - self._answered:,.0f} s"
