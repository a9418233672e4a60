"""The last days of an incident as a small picture that every mail program shows: a PNG."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

WIDTH: Final = 560
HEIGHT: Final = 120
DAYS: Final = 60
"""Days that are shown at most."""
_GAP: Final = 0.25
_PAPER, _BAR, _BEYOND, _BAND, _LINE = range(5)
_COLOURS: Final = bytes.fromhex("ffffff8a94a6c4314be6ebf22f5fa8")


def picture(curve: Mapping[str, Any] | None) -> bytes | None:
    """Draw a curve of `incidents`: a bar a day, red above its bound, and what was expected.

    None if there is nothing to draw.
    """
    if curve is None or not curve["observed"]:
        return None
    observed, expected, upper = (_last(curve[name]) for name in ("observed", "expected", "upper"))
    top = max(*observed, *expected, *upper, 1.0) * 1.05
    canvas = np.full((HEIGHT, WIDTH), _PAPER, dtype=np.uint8)
    step = WIDTH / len(observed)
    for day, count in enumerate(observed):
        left, right = round(day * step), round((day + 1) * step)
        bar_right = max(left + 1, round((day + 1 - _GAP) * step))
        canvas[_row(upper[day], top) :, left:right] = _BAND
        colour = _BEYOND if count > upper[day] else _BAR
        if count:
            canvas[_row(count, top) :, left:bar_right] = colour
        line = min(HEIGHT - 2, _row(expected[day], top))
        canvas[line : line + 2, left:right] = _LINE
    return _png(canvas)


def words(curve: Mapping[str, Any] | None) -> str:
    """Say what the picture shows, for who does not see it."""
    if curve is None or not curve["observed"]:
        return ""
    observed = _last(curve["observed"])
    return (
        f"The last {len(observed)} days: at most {max(observed):,.0f} a day, "
        f"{observed[-1]:,.0f} on the last one, where {_last(curve['expected'])[-1]:,.1f} were "
        "expected."
    )


def _last(values: Sequence[float]) -> Sequence[float]:
    return values[-DAYS:]


def _row(value: float, top: float) -> int:
    return HEIGHT - round(HEIGHT * max(0.0, value) / top)


def _png(pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> bytes:
    """Encode an image of palette colours (PNG, third edition: colour type 3, no filter)."""
    height, width = pixels.shape
    rows = np.zeros((height, width + 1), dtype=np.uint8)
    rows[:, 1:] = pixels
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        _chunk(kind, data)
        for kind, data in (
            (b"IHDR", header),
            (b"PLTE", _COLOURS),
            (b"IDAT", zlib.compress(rows.tobytes(), 9)),
            (b"IEND", b""),
        )
    )


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
