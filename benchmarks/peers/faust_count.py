"""Counts complaints by hour and product with plain Faust, in one table: `BOOTSTRAP EVENTS`.

What its documentation has for speed: a large buffer, the memory store, no web server.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from typing import Any

import faust
from pydantic import BaseModel

PARTITIONS = 4


class Complaint(BaseModel):
    """A complaint, checked."""

    event_id: str
    customer_id: str
    occurred_at: datetime
    product: str


def main(bootstrap: str, events: int) -> None:
    """Count so many events; print the counts."""
    app = faust.App(
        "faust-count",
        broker=f"kafka://{bootstrap}",
        store="memory://",
        stream_buffer_maxsize=16_384,
        topic_partitions=PARTITIONS,
        web_enabled=False,
        worker_redirect_stdouts=False,
    )
    topic = app.topic("complaints", value_type=bytes, value_serializer="raw")
    counts: Any = app.Table("counts", default=int, partitions=PARTITIONS)

    @app.agent(topic)
    async def count(stream: Any) -> None:  # noqa: ANN401 -- Faust has no types
        seen = 0
        async for value in stream:
            event = Complaint.model_validate_json(value)
            counts[f"{event.occurred_at:%Y-%m-%dT%H} {event.product}"] += 1
            seen += 1
            if seen == events:
                await app.producer.flush()
                print(json.dumps({"counts": dict(counts.items())}), flush=True)
                os._exit(0)  # what follows is the end of a worker, and not what is compared

    faust.Worker(app, loglevel="warning").execute_from_commandline()


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
