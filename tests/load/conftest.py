from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING

import pytest

from streams.load.loading import Loading
from streams.load.model import Options

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Write lines to a file, gzip where its name says so."""

    def write(*lines: str | bytes, name: str = "events.csv") -> Path:
        file = tmp_path / name
        text = b"".join((x if isinstance(x, bytes) else x.encode()) + b"\n" for x in lines)
        file.write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
        return file

    return write


@pytest.fixture
def read() -> Callable[..., list[dict[str, object]]]:
    """Read a file as events of a topic, each decoded again."""

    def read(file: Path, topic: str = "complaints", **options: object) -> list[dict[str, object]]:
        loading = Loading(file, topic, Options(**options))  # type: ignore[arg-type]
        return [json.loads(event.value) for batch in loading.batches() for event in batch]

    return read
