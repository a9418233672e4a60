"""Event ids that come out the same whenever the same file is read."""

from __future__ import annotations

from hashlib import blake2b

_BYTES = 16


def event_id(topic: str, base: int, content: bytes, ordinal: int) -> bytes:
    """Name an event by its content: 32 hexadecimal digits.

    `base` is its time as the file has it, in microseconds, before it is spread over the day, so
    that more rows of the same day do not rename it; `ordinal` counts the rows before it that say
    the same.
    """
    head = b"%s\x00%d\x00%d\x00" % (topic.encode(), base, ordinal)
    return blake2b(head + content, digest_size=_BYTES).hexdigest().encode()


class Ordinals:
    """Counts, for each row, how many rows of the same time have said the same before it.

    With `in_order`, rows come by time and only those of the present one are remembered.
    """

    def __init__(self, *, in_order: bool) -> None:
        self._in_order = in_order
        self._base: int | None = None
        self._seen: dict[int | bytes, int] = {}

    def next(self, base: int, content: bytes) -> int:
        """Count this row; 0 for the first of its content."""
        if self._in_order and base != self._base:
            self._seen.clear()
            self._base = base
        # A digest, not the content: with unordered rows all of them stay here.
        name = (
            content
            if self._in_order
            else blake2b(content, digest_size=_BYTES, key=b"%d" % base).digest()
        )
        ordinal = self._seen.get(name, 0)
        self._seen[name] = ordinal + 1
        return ordinal
