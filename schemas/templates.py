"""Rows of buckets and windows, of which what many share is encoded once.

    {"schema_version":1,"metric":"complaints","labels":{..},"grain":"5m","start":"..", .. "count":
    |------------------|------- of the series -------------|------- of the slice of time ----------|

What comes of it is what `schemas.rows` writes, byte for byte.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import msgspec

from schemas.rows import encode_bucket, stamp

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from schemas.metrics import AnyMetric, Grain, Status, Window

_encode: Final = msgspec.json.Encoder(order="deterministic").encode


_SAMPLE: Final = encode_bucket(
    metric="complaints",
    labels={},
    grain="5m",
    start=0,
    end=0,
    count=0,
    values={},
    customers=0,
    status="final",
    watermark=0,
)
_HEAD: Final = _SAMPLE[: _SAMPLE.index(b'"metric":')]


def naming(metric: AnyMetric, labels: Mapping[str, str]) -> bytes:
    """Encode what names a series in its keys and rows: metric and labels."""
    return b'"metric":%b,"labels":%b' % (_encode(metric), _encode(labels))


class Slice:
    """The rows of one slice of time, or one window: those of many series differ in their values.

    `key` says which, as JSON; times are epoch seconds. Only rows of buckets have `late`.
    """

    __slots__ = ("_begin", "_end", "_watermark")

    def __init__(self, key: str, start: int, end: int, watermark: int, *, late: bool) -> None:
        start_end = f'{key},"start":"{stamp(start)}","end":"{stamp(end)}","count":'
        self._begin = start_end.encode()
        self._watermark = f',"watermark":"{stamp(watermark)}"}}'.encode()
        self._end = {
            status: f',"status":"{status}"'.encode()
            + (b',"late":null' if late else b"")
            + self._watermark
            for status in ("provisional", "final", "amended")
        }

    def row(  # noqa: PLR0913, PLR0917 - one argument a field
        self,
        named: bytes,
        count: int,
        values: Mapping[str, int],
        customers: int,
        status: Status,
        late: int | None = None,
    ) -> bytes:
        """Encode a row of the series `named`."""
        end = self._end[status]
        if late is not None:
            end = b',"status":"%b","late":%d%b' % (status.encode(), late, self._watermark)
        if not values:  # as most have none
            return b'%b%b%b%d,"values":{},"customers":%d%b' % (
                _HEAD,
                named,
                self._begin,
                count,
                customers,
                end,
            )
        return b'%b%b%b%d,"values":%b,"customers":%d%b' % (
            _HEAD,
            named,
            self._begin,
            count,
            _encode(values),
            customers,
            end,
        )

    def plain_rows(
        self,
        names: Iterable[bytes],
        counts: Iterable[int],
        customers: Iterable[int],
        statuses: Iterable[Status],
    ) -> list[bytes]:
        """Encode rows without values, as most are; what each has stands in its place."""
        begin, ends = self._begin, map(self._end.__getitem__, statuses)
        return [
            b'%b%b%b%d,"values":{},"customers":%d%b' % (_HEAD, named, begin, count, distinct, end)
            for named, count, distinct, end in zip(names, counts, customers, ends, strict=True)
        ]


class BucketSlice(Slice):
    """The buckets of one grain that have one start."""

    __slots__ = ("_key_end",)

    def __init__(self, grain: Grain, start: int, end: int, watermark: int) -> None:
        super().__init__(f',"grain":"{grain}"', start, end, watermark, late=True)
        self._key_end = f',"grain":"{grain}","start":"{stamp(start)}"}}'.encode()

    def key(self, named: bytes) -> bytes:
        """Encode the key of the series `named`."""
        return b"{" + named + self._key_end


class WindowSlice(Slice):
    """One window of all series."""

    __slots__ = ("_key_end",)

    def __init__(self, window: Window, start: int, end: int, watermark: int) -> None:
        super().__init__(f',"window":"{window}"', start, end, watermark, late=False)
        self._key_end = f',"window":"{window}"}}'.encode()

    def key(self, named: bytes) -> bytes:
        """Encode the key of the series `named`."""
        return b"{" + named + self._key_end
