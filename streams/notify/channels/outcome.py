"""What came of a try to deliver a message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from streams.notify.message import Message, Rendered


class Kind(StrEnum):
    """How a try ended.

    `delivered`: the receiver took it. `failed`: it did not, and may later. `refused`: it never
    will. `unanswered`: it may have taken it, and did not say.
    """

    DELIVERED = "delivered"
    FAILED = "failed"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a try ended, with what was seen of it, in words that hold no secret.

    `retry_after`: the seconds after which the receiver wants to be asked again, if it said so.
    """

    kind: Kind
    detail: str
    retry_after: float | None = None


DELIVERED: Final = Outcome(Kind.DELIVERED, "taken")


class Channel(Protocol):
    """One receiver, reached in one way. It is given one message at a time."""

    async def deliver(self, message: Message, rendered: Rendered) -> Outcome:
        """Try once to deliver a message, in bounded time; it raises nothing that is foreseen."""

    async def close(self) -> None:
        """Let go of connections."""
