"""Page for an alert: follow `alerts.history` and print a line for each that somebody must see.

Page for what fires, is real and is explained by no other alert; everything else is there for
whoever looks closer.
"""

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer


def page(alert: dict) -> bool:
    """Tell whether this transition is worth waking somebody."""
    opened = alert["state"] == "firing" and alert["reason"] in {"opened", "confirmed", "worse"}
    return opened and alert["verdict"] == "real" and alert["explained_by"] is None


async def main(bootstrap: str) -> None:
    """Follow the topic from its beginning until interrupted."""
    async with AIOKafkaConsumer(
        "alerts.history",
        bootstrap_servers=bootstrap,
        auto_offset_reset="earliest",
        isolation_level="read_committed",
    ) as consumer:
        async for record in consumer:
            alert = json.loads(record.value)
            if page(alert):
                print(f"{alert['at']} {alert['severity']}: {alert['message']}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1] if len(sys.argv) > 1 else "127.0.0.1:9092"))
