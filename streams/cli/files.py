"""Files that a command writes for people to keep."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import IO, TYPE_CHECKING

from streams.load.errors import LoadError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


@contextmanager
def whole(file: Path, name: str = "") -> Iterator[IO[bytes]]:
    """Write a file that is there in whole or not at all; errors call it `name`, else its path.

    Raises:
        LoadError: it cannot be written.
    """
    try:
        if file.exists() and not file.is_file():  # a pipe, a terminal
            with file.open("wb") as target:
                yield target
            return
        there = file.resolve()  # what a link leads to, not the link
        part = there.with_name(f"{there.name}.part")
        try:
            with part.open("wb") as target:
                yield target
            part.replace(there)
        finally:
            part.unlink(missing_ok=True)
    except BrokenPipeError:  # what is printed has no reader
        raise
    except OSError as error:
        raise LoadError(f"{name or file} cannot be written: {error.strerror or error}") from error


@contextmanager
def all_whole(
    files: Mapping[str, Path | None], read: Iterable[Path]
) -> Iterator[dict[str, IO[bytes]]]:
    """Write files by the options that name them, each as `whole` does; None: it is not asked for.

    Args:
        files: the files, by option.
        read: what the command reads; nothing is written over it.

    Raises:
        LoadError: one cannot be written, or is one of the others, or one that is read.
    """
    asked = {option: file for option, file in files.items() if file is not None}
    _apart(asked, read)
    with ExitStack() as stack:
        yield {
            option: stack.enter_context(whole(file, f"{option} {file}"))
            for option, file in asked.items()
        }


def _apart(files: Mapping[str, Path], read: Iterable[Path]) -> None:
    taken = {file.resolve(): "read" for file in read}
    for option, file in files.items():
        there = file.resolve()
        other = taken.get(there)
        if other is not None and (file.is_file() or not file.exists()):
            means = "is read" if other == "read" else f"is what {other} writes"
            raise LoadError(f"{option} {file} {means}: name another file")
        taken[there] = option
