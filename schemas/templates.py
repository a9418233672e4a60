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

    from schemas.metrics import Grain, Status, Window

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
HEAD: Final = _SAMPLE[: _SAMPLE.index(b'"metric":')]
"""What all rows begin with."""
NO_VALUES: Final = b',"values":{},"customers":'
"""What stands between count and customers of most."""
_SMALL: Final = 1_000
"""Numbers below this are written once."""


class _Decimals(dict[int, bytes]):
    """Numbers as decimals: to look one up takes a fifth of the time of writing it."""

    def __missing__(self, number: int) -> bytes:
        return b"%d" % number


decimals: Final = _Decimals((number, b"%d" % number) for number in range(_SMALL)).__getitem__


def naming(series: str) -> bytes:
    """Return what names a series in its keys and rows; `series` is its metric and labels as JSON.

    >>> naming('["complaints",{"product":"Loan"}]')
    b'"metric":"complaints","labels":{"product":"Loan"}'
    """
    metric, _, labels = series[1:-1].partition(",")
    return f'"metric":{metric},"labels":{labels}'.encode()


def counted(count: int, values: Mapping[str, int], customers: int) -> bytes:
    """Encode what a row says of how many, which may be the same in several rows."""
    if not values:  # as most have none
        return b"".join((decimals(count), NO_VALUES, decimals(customers)))
    return b'%d,"values":%b,"customers":%d' % (count, _encode(values), customers)


class Slice:
    """The rows of one slice of time, or one window: those of many series differ in their values.

    `key` says which, as JSON; times are epoch seconds. Only rows of buckets have `late`.

    Attributes:
        begin: what stands between the name of a series and its count.
        ends: by status, what stands behind its customers.
    """

    __slots__ = ("_watermark", "begin", "ends")

    def __init__(self, key: str, start: int, end: int, watermark: int, *, late: bool) -> None:
        start_end = f'{key},"start":"{stamp(start)}","end":"{stamp(end)}","count":'
        self.begin = start_end.encode()
        self._watermark = f',"watermark":"{stamp(watermark)}"}}'.encode()
        self.ends = {
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
        end = self.ends[status]
        if late is not None:
            end = b',"status":"%b","late":%d%b' % (status.encode(), late, self._watermark)
        return b"".join((HEAD, named, self.begin, counted(count, values, customers), end))

    def row_of(self, named: bytes, counts: bytes, status: Status) -> bytes:
        """Encode a row of the series `named`, given what `counted` encoded."""
        return b"".join((HEAD, named, self.begin, counts, self.ends[status]))

    def plain_rows(
        self,
        names: Iterable[bytes],
        counts: Iterable[int],
        customers: Iterable[int],
        statuses: Iterable[Status],
    ) -> list[bytes]:
        """Encode rows without values, as most are; what each has stands in its place."""
        head, begin, middle, join = HEAD, self.begin, NO_VALUES, b"".join
        written = map(decimals, counts), map(decimals, customers)
        columns = zip(names, *written, map(self.ends.__getitem__, statuses), strict=True)
        return [
            join((head, named, begin, count, middle, distinct, end))
            for named, count, distinct, end in columns
        ]


class BucketSlice(Slice):
    """The buckets of one grain that have one start; `key_end` ends their keys."""

    __slots__ = ("key_end",)

    def __init__(self, grain: Grain, start: int, end: int, watermark: int) -> None:
        super().__init__(f',"grain":"{grain}"', start, end, watermark, late=True)
        self.key_end = f',"grain":"{grain}","start":"{stamp(start)}"}}'.encode()

    def key(self, named: bytes) -> bytes:
        """Encode the key of the series `named`."""
        return b"{" + named + self.key_end

    def keys(self, names: Iterable[bytes]) -> list[bytes]:
        """Encode the keys of many."""
        end = self.key_end
        return [b"{" + named + end for named in names]


class WindowSlice(Slice):
    """One window of all series; `key_end` ends its keys."""

    __slots__ = ("key_end",)

    def __init__(self, window: Window, start: int, end: int, watermark: int) -> None:
        super().__init__(f',"window":"{window}"', start, end, watermark, late=False)
        self.key_end = f',"window":"{window}"}}'.encode()

    def key(self, named: bytes) -> bytes:
        """Encode the key of the series `named`."""
        return b"{" + named + self.key_end
