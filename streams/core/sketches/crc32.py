"""Checksums of many texts."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zlib import crc32

import numpy as np

from streams import compiled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


def _crc32s(texts: Sequence[str | None]) -> NDArray[np.uint32]:
    """Return the checksum of each text as UTF-8; 0 where there is none."""
    sums = (0 if text is None else crc32(text.encode()) for text in texts)
    return np.fromiter(sums, np.uint32, len(texts))


crc32s = compiled.instead_of(_crc32s, "crc32")
