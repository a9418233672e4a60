"""Records the rows that the tests of the console read: what a worker publishes of the demo.

    .venv/bin/python tests/console/record.py

It is the demo up to the 19th of January 2017, with a smaller company; of the daily buckets by
company, issue and region only some are kept.
"""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from schemas.topics import ALERTS, BUCKETS, CUSTOMERS, INCIDENTS, PERIODS, ROLLING
from schemas.wire import stamp
from streams.core.pipeline import Downstream, Pipeline
from streams.core.stage import Record
from streams.demo import layout
from streams.demo.events import company_of, events
from streams.demo.run import Options
from streams.settings import Settings

if TYPE_CHECKING:
    from streams.core.stage import Send

FILE = Path(__file__).parent / "rows.jsonl.gz"
CUSTOMERS_EVER = 1_200
DAYS = 203
KEPT = {"Navient Solutions, LLC.", "EQUIFAX, INC.", "WELLS FARGO & COMPANY", "CITIBANK, N.A."}
TOPICS = (INCIDENTS, ALERTS, PERIODS, ROLLING, CUSTOMERS, BUCKETS)
BATCH = 400


def is_kept(topic: str, value: dict[str, Any]) -> bool:
    if topic == ROLLING:
        return not value["labels"]
    if topic != BUCKETS:
        return True
    labels = value["labels"]
    if value["grain"] != "1d" or "issue" in labels or "region" in labels:
        return False
    return labels.get("company") in KEPT if "company" in labels else True


def record() -> dict[tuple[str, bytes], bytes]:
    options = Options(speed=1, days=DAYS, seed=1, port=0, leave=True)
    company = company_of(1, CUSTOMERS_EVER)
    given = layout.settings("127.0.0.1:1", 0, company.definitions)
    customers = {
        "enabled": True,
        "tiers": json.loads(given["CUSTOMERS__TIERS"]),
        "start": given["CUSTOMERS__START"],
    }
    using = Settings.model_validate({"customers": customers})
    pipeline = Pipeline(using, Downstream(using, grains=["1d"], rolling=True))
    rows: dict[tuple[str, bytes], bytes] = {}
    wall = float(options.end)

    def put(send: Send) -> None:
        if send.topic not in TOPICS or send.key is None:
            return
        if send.value is None:
            rows.pop((send.topic, send.key), None)
        else:
            rows[send.topic, send.key] = send.value

    waiting: dict[str, list[Record]] = {}
    since = 0
    for offset, event in enumerate(events(company, options.end)):
        body = msgspec.json.encode(event.body | {"occurred_at": stamp(event.at)})
        waiting.setdefault(event.topic, []).append(Record(offset, event.key.encode(), body))
        since = since or event.at
        if event.at - since > 6 * 3600:
            for topic, records in waiting.items():
                for send in pipeline.process(topic, records, float(event.at + 60)):
                    put(send)
            waiting, since = {}, 0
    for topic, records in waiting.items():
        for send in pipeline.process(topic, records, wall):
            put(send)
    for send in pipeline.finish(wall):
        put(send)
    return rows


def main() -> None:
    rows = record()
    kept = 0
    with FILE.open("wb") as file, gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as packed:
        for (topic, key), value in sorted(rows.items()):
            if is_kept(topic, json.loads(value)):
                kept += 1
                packed.write(msgspec.json.encode([topic, key.decode(), value.decode()]) + b"\n")
    print(f"{kept:,} rows of {len(rows):,}, {FILE.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
