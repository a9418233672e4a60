"""The name of a series: one metric with one set of labels."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from schemas.metrics import Metric
from streams import compiled

if TYPE_CHECKING:
    from collections.abc import Mapping

UNKNOWN = "unknown"
OTHER = "other"

_decode = msgspec.json.Decoder(tuple[Metric, dict[str, str]]).decode


def series_key(metric: str, labels: Mapping[str, str]) -> str:
    """Name a series: compact JSON with sorted labels, `["complaints",{"product":"Loan"}]`."""
    return msgspec.json.encode((metric, dict(sorted(labels.items())))).decode()


def _series_keys(metric: str, labels: tuple[str, ...], rows: list[tuple[str, ...]]) -> list[str]:
    """Name the series of a metric by the same labels, a row of values each."""
    return [series_key(metric, dict(zip(labels, row, strict=True))) for row in rows]


series_keys = compiled.instead_of(_series_keys, "series_keys")


def metric_of(key: str) -> str:
    """Read the metric alone from a series key, which is much faster.

    >>> metric_of('["complaints",{"product":"Loan"}]')
    'complaints'
    """
    return key[2 : key.index('"', 2)]


def parse_series(key: str) -> tuple[Metric, dict[str, str]]:
    """Read a series key back into its metric and its labels."""
    return _decode(key)
