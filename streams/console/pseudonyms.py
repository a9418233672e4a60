"""What customers are called where their ids are masked: the same name for the same customer."""

from __future__ import annotations

import hmac
from collections import OrderedDict
from hashlib import sha256
from threading import Lock
from typing import Final

MARK: Final = "~"
"""What a pseudonym begins with."""
KEPT: Final = 100_000
"""So many are known again: those that were shown last."""
_DIGITS: Final = 12


class Pseudonyms:
    """Names customers by a keyed hash, and knows again whom it named of late."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._lock = Lock()
        self._known: OrderedDict[str, str] = OrderedDict()

    def of(self, customer_id: str) -> str:
        """Return what a customer is called: `~5d41c0a7f3b2`."""
        made = hmac.new(self._secret, b"customer:" + customer_id.encode(), sha256).hexdigest()
        name = MARK + made[:_DIGITS]
        with self._lock:
            self._known[name] = customer_id
            self._known.move_to_end(name)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return name

    def meant(self, name: str) -> str | None:
        """Return whom a name means; None if it was not shown of late."""
        with self._lock:
            return self._known.get(name)
