"""What a replay writes: alerts to the terminal, and rows of public topics to files."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import msgspec

from schemas.topics import BUCKETS, CUSTOMERS, HISTORY, INCIDENTS, PERIODS
from streams.cli.files import all_whole
from streams.readmodel.alerts import AlertTable
from streams.readmodel.rows import decode_alert

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path
    from typing import IO

    from streams.core.stage import Send

_OPTIONS: Final = {
    BUCKETS: "--buckets",
    INCIDENTS: "--incidents",
    CUSTOMERS: "--customers",
    PERIODS: "--periods",
}
_ROWS: Final = {
    INCIDENTS: "incidents",
    CUSTOMERS: "customers",
    PERIODS: "rows of periods",
}


class _Row(msgspec.Struct):
    status: str
    labels: dict[str, str]


class BucketFile:
    """Buckets as JSON lines, each once and as it was in the end.

    Final ones are written as they come. Two kinds are held back, as a later row of theirs may come,
    and are written at the end in the order of their keys: those that are not final, and totals,
    which are published again when events of their day come too late.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._held: dict[bytes, bytes] = {}
        self._read = msgspec.json.Decoder(_Row).decode
        self.rows = 0

    def add(self, key: bytes, value: bytes) -> None:
        """Take a row of metrics.buckets."""
        row = self._read(value)
        if row.status == "final" and row.labels:
            self._held.pop(key, None)
            self._write(value)
        else:
            self._held[key] = value

    def close(self) -> None:
        """Write what is held back."""
        for _, value in sorted(self._held.items()):
            self._write(value)
        self._held = {}

    def _write(self, value: bytes) -> None:
        self._file.write(value + b"\n")
        self.rows += 1


class TableFile:
    """A compacted topic as JSON lines: each row once, as it was in the end, by key."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.rows: dict[bytes, bytes] = {}

    def put(self, key: bytes, value: bytes | None) -> None:
        """Take a row; None deletes it."""
        if value is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = value

    def close(self) -> None:
        """Write all."""
        self._file.writelines(value + b"\n" for _, value in sorted(self.rows.items()))


class Written:
    """What a replay keeps of all that is published: alerts, and tables in files by topic."""

    def __init__(self, files: Mapping[str, IO[bytes]], *, as_json: bool) -> None:
        self._as_json = as_json
        self._buckets = BucketFile(files[BUCKETS]) if BUCKETS in files else None
        self._tables = {topic: TableFile(file) for topic, file in files.items() if topic in _ROWS}
        self.alerts = AlertTable()

    def put(self, send: Send) -> None:
        """Take what is published."""
        if send.key is not None and send.topic in self._tables:
            self._tables[send.topic].put(send.key, send.value)
        elif send.value is None:
            return
        elif send.topic == HISTORY:
            self.alerts.apply(decode_alert(send.value))
            if self._as_json:
                sys.stdout.buffer.write(send.value + b"\n")
                sys.stdout.buffer.flush()
        elif send.topic == BUCKETS and self._buckets is not None and send.key is not None:
            self._buckets.add(send.key, send.value)

    def close(self) -> None:
        """Write the files to their end."""
        if self._buckets is not None:
            self._buckets.close()
        for table in self._tables.values():
            table.close()

    def summary(self, files: Mapping[str, Path | None]) -> Iterator[str]:
        """Say what was written to which file."""
        if self._buckets is not None:
            yield f"{self._buckets.rows:,} daily buckets in {files[BUCKETS]}"
        for topic, table in self._tables.items():
            rows = f"{len(table.rows):,} {_ROWS[topic]}"
            yield f"{rows} in {files[topic]}, by what was read alone"


@contextmanager
def writing(
    files: Mapping[str, Path | None], read: Iterable[Path], *, as_json: bool
) -> Iterator[Written]:
    """Write the rows of topics to files, which are there in whole or not at all.

    Args:
        files: a file by topic; None: its rows are not asked for.
        read: the files that are replayed.
        as_json: whether alerts are printed as they come.

    Raises:
        LoadError: a file cannot be written, or is one of the others, or one that is read.
    """
    by_option = {_OPTIONS[topic]: file for topic, file in files.items()}
    with all_whole(by_option, read) as opened:
        given = {topic: opened[name] for topic, name in _OPTIONS.items() if name in opened}
        written = Written(given, as_json=as_json)
        yield written
        written.close()
