"""The labels of a history: the incidents that are known, from a CSV or JSON file."""

from __future__ import annotations

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from streams.core.catalogue import TOPICS
from streams.core.event_time.formats import minute
from streams.load.errors import LoadError
from streams.naming import near

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import tzinfo
    from pathlib import Path

    from schemas.metrics import Metric

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_OWN: Final = ("name", "start", "end", "metric")


class Label(NamedTuple):
    """A known incident: from `start` to `end` (exclusive), in the series that have `labels`.

    No labels: anywhere. No metric: of whatever is watched.
    """

    name: str
    start: datetime
    end: datetime
    metric: Metric | None
    labels: Mapping[str, str]


def read(file: Path, topic: str, timezone: tzinfo = UTC) -> list[Label]:
    """Read the labels of a file; times without an offset, and days, are in `timezone`.

    Raises:
        LoadError: the file is not there, is no list of labels, or a label cannot be used.
    """
    rows = _rows(file)
    if not rows:
        raise LoadError(f"{file.name} has no labels; leave --labels out to judge without any")
    return [
        _label(f"{file.name}, label {n}", row, topic, timezone) for n, row in enumerate(rows, 1)
    ]


def _rows(file: Path) -> list[dict[str, Any]]:
    try:
        text = file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise LoadError(f"--labels {file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise LoadError(f"--labels {file.name} is not UTF-8") from error
    if file.suffix.lower() != ".json":
        try:
            return list(csv.DictReader(text.splitlines(), skipinitialspace=True))
        except csv.Error as error:
            raise LoadError(f"--labels {file.name} is not CSV: {error}") from error
    try:
        rows = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LoadError(f"--labels {file.name} is not JSON: {error}") from error
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise LoadError(f'--labels {file.name}: write a list, as [{{"start": "2017-01-18", ...}}]')
    return rows


def _label(where: str, row: Mapping[str, Any], topic: str, timezone: tzinfo) -> Label:
    known = TOPICS[topic]
    fields: dict[str, str] = {}
    for name, value in row.items():
        if name not in {*_OWN, *known.labels}:
            raise LoadError(
                f"{where}: {name!r} is neither a field of a label nor a label of {topic};"
                f" {near(str(name), [*_OWN, *known.labels])}"
            )
        if value not in (None, ""):
            fields[name] = str(value).strip()
    named = fields.pop("metric", None)
    metric = next((one for one in known.metrics if one == named), None)
    if named is not None and metric is None:
        raise LoadError(f"{where}: {topic} has no metric {named!r}; {near(named, known.metrics)}")
    start = _moment(where, "start", fields, timezone, timedelta())
    end = _moment(where, "end", fields, timezone, timedelta(days=1))
    if end <= start:
        raise LoadError(f"{where}: it ends ({minute(end)}) before it starts")
    name = fields.pop("name", "")
    labels = {key: fields[key] for key in known.labels if key in fields}
    if not name:
        name = ", ".join(labels.values()) or (metric or topic)
    return Label(name, start, end, metric, labels)


def _moment(
    where: str, field: str, fields: dict[str, str], timezone: tzinfo, whole_day: timedelta
) -> datetime:
    """Read a day or a time; a day as an end stands for its last moment."""
    text = fields.pop(field, "")
    try:
        moment = datetime.fromisoformat(text)
        if _DATE.fullmatch(text):
            moment += whole_day
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=timezone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise LoadError(
            f"{where}: {field} {text!r} is no day or time; write 2017-01-18 or 2017-01-18T14:00Z"
        ) from None
