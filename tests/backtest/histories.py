"""Small histories of complaints, written as the files that a company has."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
SPIKE = datetime(2024, 3, 25, tzinfo=UTC)
"""A Monday, twelve weeks in: three days of sixty complaints more about loans."""


def write(file: Path, *, days: int = 112, spike: bool = True, first: datetime = FIRST) -> Path:
    """Write about twenty complaints a day about loans and five about cards."""
    draw = random.Random(5)
    rows = []
    for number in range(days):
        day = first + timedelta(days=number)
        loans = 16 + draw.randrange(9)
        cards = 3 + draw.randrange(5)
        if spike and SPIKE <= day < SPIKE + timedelta(days=3):
            loans += 60
        for product, count in (("Loan", loans), ("Card", cards)):
            for _ in range(count):
                at = day + timedelta(seconds=draw.randrange(86400))
                rows.append((at, product, draw.choice(("North", "South"))))
    rows.sort()
    lines = [f"{at:%Y-%m-%dT%H:%M:%SZ},{product},{region}" for at, product, region in rows]
    file.write_text("occurred_at,product,region\n" + "\n".join(lines) + "\n")
    return file
