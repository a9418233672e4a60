"""One short run of the test bed, with every kind of fault: `make chaos` makes longer ones."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from apache_kafka import missing
from bed import Asked, Bed
from report import show
from rich.console import Console

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.kafka


async def test_what_is_reported_is_exact_after_every_kind_of_fault(tmp_path: Path) -> None:
    if reason := missing():
        if os.environ.get("CI") == "true":
            pytest.fail(f"no Apache Kafka on CI: {reason}")
        pytest.skip(f"no Apache Kafka: {reason}")
    console = Console()
    run = await Bed(Asked(seed=1, seconds=30), tmp_path, console).run()
    show(run, console)
    assert list(run.differences) == []
    assert list(run.problems) == []
    assert run.missed() == []
