"""What keeps a worker out of its group: aiokafka goes on only once somebody has asked for it."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final, Protocol

from aiokafka.errors import GroupAuthorizationFailedError

from streams.transport.consumer.membership import NameTakenError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from aiokafka.errors import KafkaError

log = logging.getLogger(__name__)

_FINAL: Final = (GroupAuthorizationFailedError, NameTakenError)
"""They do not pass."""
MOST: Final = 10
"""Errors in a row, with no partition at work in between, that a worker goes on after."""


class Partitions(Protocol):
    """What is kept of the partitions, as far as it is needed here."""

    @property
    def active(self) -> bool:
        """Tell whether records are being processed."""

    def fail(self, origin: str, error: BaseException) -> None:
        """Stop the worker."""


class GroupWatch:
    """Asks for the errors of the group; the worker stops where they do not pass.

    `ask` gives one, and has aiokafka try again.
    """

    def __init__(
        self, ask: Callable[[], Awaitable[KafkaError | None]], partitions: Partitions
    ) -> None:
        self._ask = ask
        self._partitions = partitions
        self._in_a_row = 0

    async def look(self) -> None:
        """Look whether there is one."""
        if self._partitions.active:
            self._in_a_row = 0
        error = await self._ask()
        if error is None:
            return
        self._in_a_row += 1
        if isinstance(error, _FINAL) or self._in_a_row > MOST:
            self._partitions.fail("joining the group", error)
        else:
            log.warning("the group does not take us: %r; trying again", error)
