"""What the detectors and the incidents stage say of five years of published complaints.

    python benchmarks/cfpb_alarms.py [--first 2016-07-01] [--last 2017-03-31] [--all] [--json]

Prints every alert that no other explains, then how long it took. Run on a quiet machine.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import cfpb
import msgspec
import numpy as np

from schemas.topics import HISTORY
from streams.core.alerts.stage import AlertsStage
from streams.core.detect import RiseDetector
from streams.core.messages import SIGNALS, Details, Signal, Signals, Source
from streams.core.stage import Record
from streams.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from streams.core.stage import Send

DAY = 86400
LABELS = ("segment", "product", "issue", "company", "region", "channel")

_encode = msgspec.msgpack.Encoder().encode


def details(events: cfpb.Events, grace: int) -> Iterator[tuple[int, bytes]]:
    """Give the evidence of each day, as the fold stage would, with its watermark."""
    bucket = events.time // 300 * 300
    values = [[value or "unknown" for value in events.values[label]] for label in LABELS]
    columns = np.stack([bucket, *(events.codes[label] for label in LABELS)], axis=1)
    rows, counts = np.unique(columns, axis=0, return_counts=True)
    days = rows[:, 0] // DAY
    first, last = int(days[0]), int(days[-1])
    edges = np.searchsorted(days, np.arange(first, last + 2)).tolist()
    listed, numbers = rows.tolist(), counts.tolist()
    for day, low in enumerate(edges[:-1], start=first):
        high = edges[day - first + 1]
        own = [
            (row[0], tuple(v[code] for v, code in zip(values, row[1:], strict=True)), count, [])
            for row, count in zip(listed[low:high], numbers[low:high], strict=True)
        ]
        end = (day + 1) * DAY
        source = Source("complaints", 0, day, 0, end + grace, idle=False)
        yield end, _encode(Details(source, "complaints", LABELS, own))


def published(events: cfpb.Events) -> Iterator[Send]:
    """Give what the alerts stage publishes."""
    settings = Settings()
    stage = AlertsStage(1, 1, settings, durable=False)
    detector = RiseDetector()
    evidence, day = details(events, settings.tables.grace), 0
    for number, step in enumerate(cfpb.steps(events)):
        if step.grain == "5m" and step.start // DAY > day:
            day = step.start // DAY
            _, value = next(evidence)
            stage.process(SIGNALS, [Record(0, None, value)], 0.0)
        readings, end = step.close(detector), step.end
        if step.grain == "5m" and end % DAY == 0:
            held = readings
            continue
        if step.grain == "1d":
            readings = held + readings
        if readings or step.grain == "1d":
            signals = [Signal(r, round(r.observed)) for r in readings]
            watched = [(end, detector.watched())] if step.grain == "1d" else []
            message = Signals(0, "complaints", end, signals, watched)
            stage.process(SIGNALS, [Record(0, None, _encode(message))], 0.0)
        yield from stage.flush(number, 0.0).sends


def transitions(events: cfpb.Events) -> Iterator[dict[str, Any]]:
    """Give every transition of every alert."""
    for send in published(events):
        if send.topic == HISTORY and send.value is not None:
            yield json.loads(send.value)


def line(alert: dict[str, Any]) -> str:
    """Write an alert on one line."""
    labels = ", ".join(f"{k}={v}" for k, v in alert["labels"].items()) or "total"
    return (
        f"{alert['at'][:16]} {alert['severity']:8} {labels}: {alert['observed']} against "
        f"{alert['expected']:.1f} (s {alert['surprise']:.0f}, {alert['grain']}), "
        f"since {alert['started_at'][:13]}"
    )


def main() -> None:
    """Run over the file and print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--first")
    parser.add_argument("--last")
    parser.add_argument("--in-order", action="store_true", help="hours by place in the file")
    parser.add_argument("--all", action="store_true", help="explained ones too")
    parser.add_argument("--json", action="store_true", help="every transition as JSON")
    args = parser.parse_args()
    events = cfpb.load(first=args.first, last=args.last, in_order=args.in_order)
    began = time.perf_counter()
    last: dict[str, dict[str, Any]] = {}
    shown: dict[str, dict[str, Any]] = {}
    reasons: Counter[str] = Counter()
    for alert in transitions(events):
        reasons[alert["reason"]] += 1
        if args.json:
            print(json.dumps(alert))
        last[alert["alert_id"]] = alert
        strong = shown.get(alert["alert_id"])
        if alert["state"] == "firing" and (strong is None or alert["explained_by"] is None):
            shown.setdefault(alert["alert_id"], alert)
    fired = [a for a in shown.values() if args.all or last[a["alert_id"]]["explained_by"] is None]
    for alert in fired:
        end = last[alert["alert_id"]]
        print(line(alert), "till", (end["resolved_at"] or "-")[:13], f"max {end['surprise']:.0f}")
    print(len(last), "alerts,", len(shown), "fired,", len(fired), "of them shown;", dict(reasons))
    print(f"{time.perf_counter() - began:.1f} s")


if __name__ == "__main__":
    main()
