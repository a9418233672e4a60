from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from refused_events import TOPICS, RefusedEvents

from schemas.topics import SOURCES
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from click.testing import Result

    Run = Callable[..., Result]


@pytest.fixture
def broker() -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(dict.fromkeys(SOURCES, 3)) as broker:
        yield broker


@pytest.fixture
def complaints(tmp_path: Path) -> Path:
    """Three days of complaints with a row in it that is no event."""
    file = tmp_path / "complaints.csv"
    file.write_text(
        "Date received,Product,State\n"
        "01/19/2017,Student loan,CA\n"
        "01/18/2017,Student loan,NY\n"
        "soon,Mortgage,TX\n"
        "01/18/2017,Mortgage,\n"
    )
    return file


@pytest.fixture
def refused() -> Iterator[RefusedEvents]:
    with EmbeddedBroker(TOPICS) as embedded:
        yield RefusedEvents(embedded)


@pytest.fixture
def deadletter(run: Run, refused: RefusedEvents) -> Callable[..., Result]:
    def deadletter(*arguments: object) -> Result:
        return run("deadletter", *arguments, "--brokers", refused.bootstrap)

    return deadletter


@pytest.fixture
def export(deadletter: Run, tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    def export(*arguments: object) -> list[dict[str, Any]]:
        file = tmp_path / "export.jsonl"
        result = deadletter("export", file, "--force", *arguments)
        assert result.exit_code == 0, result.output
        lines = [json.loads(line) for line in file.read_bytes().splitlines()]
        return sorted(lines, key=lambda line: (line["topic"], line["offset"]))

    return export


@pytest.fixture
def replay(deadletter: Run, tmp_path: Path) -> Callable[..., Result]:
    def replay(lines: list[dict[str, Any]], *arguments: object) -> Result:
        file = tmp_path / "corrected.jsonl"
        file.write_text("".join(json.dumps(line) + "\n" for line in lines))
        return deadletter("replay", file, *arguments)

    return replay
