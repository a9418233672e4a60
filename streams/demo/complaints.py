"""The real complaints that come with the demo."""

from __future__ import annotations

import csv
import gzip
import io
from datetime import date
from importlib.resources import files
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = "cfpb_2016-07_2017-03.csv.gz"
ROWS = 89_362
FIRST = date(2016, 7, 1)
LAST = date(2017, 3, 31)


class Complaint(NamedTuple):
    """One row of the file; `number` counts the rows from 1."""

    number: int
    day: date
    product: str
    issue: str
    company: str
    region: str
    channel: str


def days() -> Iterator[tuple[date, list[Complaint]]]:
    """Yield each day that has complaints, in order, with its complaints in file order."""
    packed = files("streams.demo").joinpath("data", FILE).read_bytes()
    with gzip.open(io.BytesIO(packed), "rt", encoding="utf-8", newline="") as text:
        rows = csv.reader(text)
        next(rows)
        complaints = (
            Complaint(number, date.fromisoformat(day), *labels)
            for number, (day, *labels) in enumerate(rows, start=1)
        )
        for day, of_day in groupby(complaints, key=lambda complaint: complaint.day):
            yield day, list(of_day)
