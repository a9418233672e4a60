"""The rows of a compacted topic, as they stand on it or as `groundswell replay` wrote them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from streams.cli.terminal import fail, read_settings, telling
from streams.transport.client.whole import read_table

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path


def published_rows(
    topic: str, file: Path | None, brokers: str | None, settings: Path | None
) -> Collection[bytes]:
    """Give the rows of a file, a line each; without one those of the topic, the last of each key.

    What cannot be read ends the command with a line that says why.
    """
    if file is None:
        using = read_settings(settings, brokers)
        with telling(using):
            return asyncio.run(read_table(using.kafka, topic)).values()
    try:
        return file.read_bytes().splitlines()
    except OSError as error:
        fail(f"{file} cannot be read: {error.strerror}")
