from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from kills import run
from real_broker import embedded

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
async def test_everybody_hears_of_everything_though_notify_is_killed(tmp_path: Path) -> None:
    with embedded(tmp_path) as kafka:
        told = await run(kafka, kills=15, seed=1, mails=False)
    assert told["notifications"] >= 15
    assert told["cut off by a kill"] > 0  # or nothing was put to the test
    assert told["taken twice or more"] > 0
