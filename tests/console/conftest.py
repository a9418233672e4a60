from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from console_bed import Bed, served, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="session")
def bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """Serve a console that asks for tokens."""
    with served(tmp_path_factory.mktemp("console"), tokens()) as found:
        yield found


@pytest.fixture(scope="session")
def open_bed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bed]:
    """Serve a console without tokens."""
    with served(tmp_path_factory.mktemp("open-console"), ()) as found:
        yield found
