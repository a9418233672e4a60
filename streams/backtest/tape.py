"""What one stage said, kept in a file, so that the next stage can be run on it many times."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Self

import cramjam
import msgspec

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_LENGTH: Final = 8
_LEVEL: Final = 1

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[bytes]).decode


class Tape:
    """A file of frames, one a flush; a frame holds the messages of that flush, compressed.

    Written once, from the start to the end, then read any number of times.
    """

    def __init__(self, file: Path) -> None:
        self._file = file.open("xb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, messages: Sequence[bytes]) -> None:
        """Add a frame."""
        frame = bytes(cramjam.zstd.compress(_encode(messages), _LEVEL))
        self._file.write(len(frame).to_bytes(_LENGTH))
        self._file.write(frame)


def frames(file: Path) -> Iterator[list[bytes]]:
    """Give the messages of each flush of a tape."""
    with file.open("rb") as tape:
        while head := tape.read(_LENGTH):
            yield _decode(bytes(cramjam.zstd.decompress(tape.read(int.from_bytes(head)))))
