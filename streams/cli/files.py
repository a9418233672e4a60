"""Files that a command writes for people to keep."""

from __future__ import annotations

from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from streams.load.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextmanager
def whole(file: Path) -> Iterator[IO[bytes]]:
    """Write a file that is there in whole or not at all.

    Raises:
        LoadError: it cannot be written.
    """
    try:
        if file.exists() and not file.is_file():  # a pipe, a terminal
            with file.open("wb") as target:
                yield target
            return
        part = file.with_name(f"{file.name}.part")
        try:
            with part.open("wb") as target:
                yield target
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise LoadError(f"{file} cannot be written: {error}") from error
