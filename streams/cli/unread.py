"""Messages that are none of their topic: each costs itself, and how many there were is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from rich.markup import escape

from schemas.grammar import NO_ROW
from streams.cli.report import counted
from streams.cli.terminal import err

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

Row = TypeVar("Row")


class Unread:
    """Counts the messages of a topic that cannot be read.

    Those that were there at first are told of together, by `tell`; each that comes later, at once.
    """

    def __init__(self, topic: str) -> None:
        self._topic = topic
        self._count = 0
        self._first = ""
        self._at_once = False

    def note(self, why: Exception) -> None:
        """Count one."""
        self._count += 1
        self._first = self._first or f"{why}"[:200]
        if self._at_once:
            self.tell()

    def tell(self) -> None:
        """Say on stderr how many there were; nothing where there were none."""
        self._at_once = True
        if self._count:
            told = (
                f"left out {counted(self._count, 'message')} of {self._topic} that cannot be read"
            )
            err.print(f"[yellow]warning: {escape(f'{told}: {self._first}')}[/]")
        self._count, self._first = 0, ""

    def guarded(self, show: Callable[[bytes], None]) -> Callable[[bytes], None]:
        """Return what shows a message, and counts one that cannot be read."""

        def shown(value: bytes) -> None:
            try:
                show(value)
            except NO_ROW as error:
                self.note(error)

        return shown


def readable(topic: str, values: Iterable[bytes], decode: Callable[[bytes], Row]) -> Iterator[Row]:
    """Yield the rows of a topic; those that cannot be read are left out, and told at the end."""
    unread = Unread(topic)
    for value in values:
        try:
            row = decode(value)
        except NO_ROW as error:
            unread.note(error)
        else:
            yield row
    unread.tell()
