"""The lines that the clients of `examples/clients` print, and the tables that they make."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

BUCKETS: Final = "metrics.buckets"
ALERTS: Final = "alerts"

Tables = dict[str, dict[str, str]]
"""By topic, and by what the key says: the rest of the row."""

_BUCKET: Final = re.compile(r"(\S+Z (?:5m|1h|1d) \w+) (\{.*\}) (gone|\d+ \w+)")
_ALERT: Final = re.compile(r"([\w-]+) (?:gone|(\w+ \w+) (\{.*\}) (\d+ \w+))")


def table(lines: Iterable[str]) -> Tables:
    """Make the tables that lines amount to: the last one of a key stands, `gone` deletes it.

    What is no such line (a client's own log) is left out.
    """
    found: Tables = {BUCKETS: {}, ALERTS: {}}
    for line in lines:
        if bucket := _BUCKET.fullmatch(line):
            key = f"{bucket[1]} {_canonical(bucket[2])}"
            _apply(found[BUCKETS], key, None if bucket[3] == "gone" else bucket[3])
        elif alert := _ALERT.fullmatch(line):
            value = alert[2] and f"{alert[2]} {_canonical(alert[3])} {alert[4]}"
            _apply(found[ALERTS], alert[1], value)
    return found


def deleted(line: str) -> str:
    """Give the line that deletes the row of another."""
    if bucket := _BUCKET.fullmatch(line):
        return f"{bucket[1]} {bucket[2]} gone"
    return f"{line.partition(' ')[0]} gone"


def of_rows(buckets: Iterable[Mapping[str, Any]], alerts: Iterable[Mapping[str, Any]]) -> Tables:
    """Make the tables that rows of the topics amount to."""
    of_bucket = "{start} {grain} {metric} {labels} {count} {status}"
    of_alert = "{alert_id} {state} {metric} {labels} {observed} {severity}"
    lines = [of_bucket.format(**_plain(row)) for row in buckets]
    return table(lines + [of_alert.format(**_plain(row)) for row in alerts])


def differences(own: Tables, theirs: Tables) -> str:
    """Say how many rows differ, with some of them; empty if none does."""
    told = []
    for topic, rows in own.items():
        wrong = [
            f"{key}: {rows.get(key)} is {theirs[topic].get(key)} there"
            for key in sorted(rows.keys() | theirs[topic].keys())
            if rows.get(key) != theirs[topic].get(key)
        ]
        if wrong:
            told.append(f"{topic}: {len(wrong)} of {len(rows)} differ, as {'; '.join(wrong[:3])}")
    return "\n".join(told)


def _apply(rows: dict[str, str], key: str, value: str | None) -> None:
    if value is None:
        rows.pop(key, None)
    else:
        rows[key] = value


def _canonical(labels: str) -> str:
    return json.dumps(json.loads(labels), sort_keys=True, ensure_ascii=False)


def _plain(row: Mapping[str, Any]) -> dict[str, Any]:
    return {**row, "labels": json.dumps(row["labels"])}
