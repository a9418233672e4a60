"""Keeps the index up to date, on a thread of its own."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing
from threading import Event, Thread
from typing import TYPE_CHECKING, Final

from aiokafka.errors import KafkaError

from streams.console.index.tables import TOPICS
from streams.console.index.writer import Writer
from streams.readmodel.positions import Positions, TopicsChangedError
from streams.transport.failure import WorkerFailedError

if TYPE_CHECKING:
    from pathlib import Path

    from streams.console.index.changes import Changes
    from streams.settings import Settings

log = logging.getLogger(__name__)

AGAIN_S: Final = 2.0
"""Wall seconds until the cluster is asked again after it did not answer."""
MUCH: Final = 1_000
"""Rows that are unread of which pages speak (`standing_of` in the templates)."""
TELL_S: Final = 2.0
"""So often pages are told how many there are."""


class Follow(Thread):
    """Reads the public topics into an index until it is closed.

    What it knows of itself others may read: `behind` counts the offsets that are there and not yet
    read (None: nobody knows as yet), `failure` says why nothing comes.
    """

    def __init__(self, settings: Settings, file: Path, changes: Changes) -> None:
        super().__init__(name="index", daemon=True)
        self._settings = settings
        self._file = file
        self._changes = changes
        self._ending = Event()
        self.behind: int | None = None
        self.failure: str | None = None
        self.refused = 0
        self._told = 0.0
        self.writer = Writer(file, time.time(), settings.calendar.zone)

    def run(self) -> None:
        """Read until `close`; what fails is tried again."""
        while not self._ending.is_set():
            try:
                asyncio.run(self._read())
            except TopicsChangedError as error:
                log.warning("%s: the index is built anew", error)
                self.writer.begin_anew()
                self._changes.announce(TOPICS)
            except (KafkaError, WorkerFailedError, OSError) as error:
                self.failure = f"{type(error).__name__}: {error}"
                log.warning("the topics cannot be read: %s", self.failure)
                self._changes.announce(["failure"])
                self._ending.wait(AGAIN_S)
            except Exception:
                log.exception("the index cannot be written; what is shown stays as it is")
                self.failure = "the index cannot be written"
                self._changes.announce(["failure"])
                self._ending.wait(AGAIN_S)
        self.writer.close()

    def close(self) -> None:
        """Stop reading, and wait for the end of it."""
        self._ending.set()
        self.join()

    async def _read(self) -> None:
        known = self.writer.positions()
        reader = Positions(self._settings.kafka, TOPICS, known, self._ending.is_set)
        noted = 0.0
        async with aclosing(reader.fetch()) as fetched:
            async for pieces, behind in fetched:
                if self.failure is not None:
                    self.failure = None
                    self._changes.announce(["failure"])
                if pieces:
                    changed = self.writer.write(pieces)
                    self.refused = self.writer.refused
                    self._changes.announce(changed)
                self.tell_behind(behind)
                if not behind and time.monotonic() - noted > 60:  # noqa: PLR2004 (a minute)
                    noted = time.monotonic()
                    self.writer.caught_up(time.time())

    def tell_behind(self, behind: int) -> None:
        """Keep how much is unread; pages that say so change as it is read, and when it is over."""
        much = max(behind, self.behind or 0) > MUCH
        self.behind = behind
        if much and (behind <= MUCH or time.monotonic() - self._told > TELL_S):
            self._told = time.monotonic()
            self._changes.announce(["failure"])
