"""Rows of incidents: what they say of those who complained, held against the truth."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from schemas.grammar import NO_ROW
from streams.simulate.truth.stakes import Asked
from streams.simulate.verify import TableError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from streams.simulate.truth.stakes import Stake


class Complained(msgspec.Struct):
    """Who complained, and minor units a month by currency, as on the topic."""

    customers: int
    value: dict[str, int]
    left: int
    value_left: dict[str, int]
    final: bool


class _Row(msgspec.Struct):
    incident_id: str
    metric: str
    title: str
    labels: dict[str, str]
    started_at: str
    resolved_at: str | None
    merged_into: str | None = None
    complained: Complained | None = None


class Told(NamedTuple):
    """What was said of an incident, and what it was asked for."""

    asked: Asked
    title: str
    said: Complained


class Incidents(NamedTuple):
    """Incidents of which all is known; of so many others more may become known."""

    final: list[Told]
    open: int


def read_incidents(lines: Iterable[bytes]) -> Incidents:
    """Read rows of incidents; of two of one incident the later one holds.

    Raises:
        TableError: a line is none.
    """
    rows: dict[str, _Row] = {}
    decode = msgspec.json.Decoder(_Row).decode
    try:
        for line in lines:
            row = decode(line)
            rows[row.incident_id] = row
    except NO_ROW as error:
        raise TableError(f"a line is no row of incidents: {error}") from error
    final, more = [], 0
    for name, row in rows.items():
        if row.metric != "complaints" or row.merged_into is not None:
            continue
        if row.complained is None or row.resolved_at is None or not row.complained.final:
            more += 1
            continue
        span = _seconds(row.started_at), _seconds(row.resolved_at)
        final.append(Told(Asked(name, row.labels, *span), row.title, row.complained))
    return Incidents(final, more)


def compare_stakes(true: Mapping[str, Stake], told: Iterable[Told]) -> Iterator[str]:
    """Yield what is said otherwise than it is, in words."""
    for one in told:
        stake, said = true[one.asked.name], one.said
        for what, is_true, is_said in (
            ("customers who complained", stake.customers, said.customers),
            ("who of them left", stake.left, said.left),
            ("value", dict(stake.value), said.value),
            ("value of those who left", dict(stake.value_left), said.value_left),
        ):
            if is_true != is_said:
                name = f"incident {one.asked.name}, {one.title}"
                yield f"{name}: {what} {is_true}, reported {is_said}"


def _seconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp())
