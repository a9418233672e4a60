"""Counts complaints by hour and product with Quix Streams: `BOOTSTRAP EVENTS`.

Grouped by product, which goes by a topic of its own, as events are keyed by customer; then counted
in the state of each product. Commits at least once, its default.
"""

from __future__ import annotations

import json
import sys
import tempfile
from typing import Any

from quixstreams import Application  # type: ignore[import-not-found]


def main(bootstrap: str, events: int) -> None:
    """Count so many events; print the counts."""
    counts: dict[str, int] = {}
    seen = 0

    def count(event: dict[str, Any], state: Any) -> int:  # noqa: ANN401 -- Quix exports no type
        nonlocal seen
        hour = event["occurred_at"][:13]
        number: int = state.get(hour, 0) + 1
        state.set(hour, number)
        counts[f"{hour} {event['product']}"] = number
        seen += 1
        if seen == events:
            app.stop()
        return number

    with tempfile.TemporaryDirectory() as folder:
        app = Application(
            broker_address=bootstrap,
            consumer_group="quix-count",
            auto_offset_reset="earliest",
            state_dir=folder,
            loglevel="WARNING",
        )
        frame = app.dataframe(app.topic("complaints", value_deserializer="json"))
        frame.group_by("product").apply(count, stateful=True)
        app.run()
    print(json.dumps({"counts": counts}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
