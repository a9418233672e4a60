"""Keep a metric as a table: the complaints of each day, in total, as `metrics.buckets` has them.

The topic is compacted: the last row of a key replaces all before it. So hold rows by their key and
never add two rows up; a row that is `provisional` will be replaced, one that is `amended` has been.
"""

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer


async def main(bootstrap: str) -> None:
    """Follow the topic from its beginning until interrupted, printing each day as it changes."""
    days: dict[str, int] = {}
    async with AIOKafkaConsumer(
        "metrics.buckets",
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    ) as consumer:
        async for record in consumer:
            key = json.loads(record.key)
            if (key["metric"], key["labels"], key["grain"]) != ("complaints", {}, "1d"):
                continue
            if record.value is None:  # the row is gone from the table
                days.pop(key["start"], None)
                continue
            row = json.loads(record.value)
            days[row["start"]] = row["count"]
            print(f"{row['start'][:10]} {row['count']:>8,} {row['status']}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"))
