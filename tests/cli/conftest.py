from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from schemas.topics import SOURCES
from streams.transport.embedded import EmbeddedBroker

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


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
