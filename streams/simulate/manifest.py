"""What a seed made of a simulated company, written beside its events."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streams.core.customers.definitions import Definitions
from streams.simulate.files import MANIFEST

if TYPE_CHECKING:
    from pathlib import Path


class Manifest(msgspec.Struct, kw_only=True):
    """What a seed made, for programs: `README.txt` has it for people. Times are epoch seconds.

    `clock` is the time up to which the truth of the folder goes; `events` are lines by topic,
    `noise` how many of them all come a second time, or late.
    """

    seed: int
    customers: int
    start: int
    end: int
    clock: int
    loss_rate: float
    factor: float
    effect: int
    definitions: Definitions
    events: dict[str, int]
    noise: dict[str, int]


def read_manifest(folder: Path) -> Manifest:
    """Read what `simulate` wrote down."""
    return msgspec.json.decode((folder / MANIFEST).read_bytes(), type=Manifest)
