"""When to give up on what does not move any more, and when all has come to rest."""

from __future__ import annotations

from typing import Final

LOOK_S: Final = 0.1
"""Wall seconds between two looks, at least."""
STUCK: Final = 900
"""Looks at which all was as before, after which it is taken for stuck."""
SETTLED: Final = 40
"""The same after all was sent: then it is taken for done."""


class Patience:
    """Counts the looks at which all was as at the look before.

    Not the seconds: on a busy machine, or one that slept, looks are late, and whoever is looked at
    was not served any better.

    Attributes:
        sent: events sent by the last look. Before there are any, nothing can move.
        still: looks in a row that have seen nothing new.
    """

    def __init__(self) -> None:
        self._seen: tuple[int, object, int | None] | None = None
        self.sent = 0
        self.still = 0

    def look(self, sent: int, spans: object, pages: int | None) -> bool:
        """Take what there is to see now.

        Args:
            sent: events.
            spans: how far whoever reads is, in whatever is read.
            pages: rows that the console has yet to read; None while it does not say.

        Returns:
            Whether anything has moved.
        """
        seen = sent, spans, pages
        new = seen != self._seen
        self._seen, self.sent = seen, sent
        self.still = 0 if new else self.still + 1
        return new

    @property
    def stuck(self) -> bool:
        """Tell whether nothing has moved for too long."""
        return self.sent > 0 and self.still >= STUCK

    @property
    def settled(self) -> bool:
        """Tell whether nothing has moved for so long that, if all was sent, all is done."""
        return self.still >= SETTLED
