"""What it costs to read an event and to write a row: `python benchmarks/decode.py`.

The decoders of the hot path beside pydantic's own JSON validation of the same models.
"""

from __future__ import annotations

import json
from timeit import repeat
from typing import TYPE_CHECKING

from schemas import wire
from schemas.topics import SOURCES, TOPICS

if TYPE_CHECKING:
    from collections.abc import Callable

NUMBER = 20_000


def nanoseconds(what: Callable[[], object]) -> float:
    """Time one call, the best of seven rounds."""
    return min(repeat(what, number=NUMBER, repeat=7)) / NUMBER * 1e9


def main() -> None:
    """Print a line a topic, and one a kind of row."""
    print(f"{'topic':<16}{'bytes':>7}{'decoder ns':>12}{'pydantic ns':>13}{'times':>7}")
    for topic, model in SOURCES.items():
        payload = json.dumps(TOPICS[topic].examples[0]).encode()
        fast = nanoseconds(lambda p=payload, d=wire.decoders[topic]: d(p))
        slow = nanoseconds(lambda p=payload, m=model: m.model_validate_json(p))
        print(f"{topic:<16}{len(payload):>7}{fast:>12.0f}{slow:>13.0f}{slow / fast:>7.1f}")
    labels = {"product": "Student loan", "issue": "Lost payment"}
    start = 1_484_731_800
    key = nanoseconds(lambda: wire.bucket_key("complaints", labels, "5m", start))
    row = nanoseconds(
        lambda: wire.encode_bucket(
            metric="complaints",
            labels=labels,
            grain="5m",
            start=start,
            end=start + 300,
            count=31,
            values={},
            customers=30,
            status="provisional",
            watermark=start + 240,
        )
    )
    print(f"{'metrics.buckets':<16}key {key:.0f} ns, value {row:.0f} ns")


if __name__ == "__main__":
    main()
