"""The checkpoint: the changelog row that says which source records the state includes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from streams.transport.failure import StateRefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from streams.transport.spec import StageSpec

KEY = b"__marker__"


class Checkpoint(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one flush included.

    `offsets` has the next offset to read by topic, `partitions` the partition counts of those
    topics when it was written, `version` the layout of the state, `flush` rises by flush. `again`
    has the next offset to read a second time, of the topics of which that is not done. `zone` is
    the time zone whose days the state goes by; it is written where it is not UTC.
    """

    flush: int
    version: int
    offsets: dict[str, int]
    partitions: dict[str, int]
    again: dict[str, int] = {}  # msgspec makes a fresh one for each
    zone: str = "UTC"


_decoder = msgspec.json.Decoder(Checkpoint)


def encode(checkpoint: Checkpoint) -> bytes:
    """Encode for the changelog."""
    return msgspec.json.encode(checkpoint)


def read(
    value: bytes | None, spec: StageSpec, partition: int, partitions: Mapping[str, int]
) -> Checkpoint:
    """Read the checkpoint of a partition, or make the first one if it has none.

    Raises:
        StateRefusedError: another version, topic list, partition count or time zone wrote this
            state.
    """
    where = f"state of stage {spec.name!r}, partition {partition}"
    counts = {topic: partitions[topic] for topic in spec.topics}
    if value is None:
        return Checkpoint(0, spec.version, offsets={}, partitions=counts, zone=spec.zone)
    checkpoint = _decoder.decode(value)
    if checkpoint.version > spec.version:
        raise StateRefusedError(
            f"the {where} has version {checkpoint.version}, this worker knows up to "
            f"{spec.version}: run the newer worker (a downgrade is not possible)"
        )
    if missing := sorted(set(checkpoint.offsets) - set(spec.topics)):
        raise StateRefusedError(
            f"the {where} includes topic {', '.join(missing)}, which this worker does not read: "
            "run the newer worker on every host"
        )
    if checkpoint.zone != spec.zone:
        raise StateRefusedError(
            f"the {where} goes by days of {checkpoint.zone}, and calendar.timezone is {spec.zone}: "
            "set it back, or start anew (docs/recovery.md#the-time-zone-was-changed)"
        )
    changed = {t: n for t, n in checkpoint.partitions.items() if counts.get(t, n) != n}
    if changed:
        changes = ", ".join(f"{t} had {n} and has {counts[t]}" for t, n in sorted(changed.items()))
        raise StateRefusedError(
            f"partition counts changed under the {where}: {changes}. Customers would move between "
            "partitions: see 'Partition counts were changed' in docs/recovery.md"
        )
    # A topic that is new to the state is held to the partitions that it has now.
    return msgspec.structs.replace(checkpoint, partitions=counts)
