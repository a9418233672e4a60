"""What a stage of the pipeline is to whatever drives it: an agent, a replay or a test."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence


class Record(NamedTuple):
    """One message of a topic-partition, as fetched."""

    offset: int
    key: bytes | None
    value: bytes | None


class Send(NamedTuple):
    """One message to publish; the partition is chosen by the key where it is None."""

    topic: str
    partition: int | None
    key: bytes | None
    value: bytes | None


class Flush(NamedTuple):
    """All that changed since the last flush; one transaction carries the whole of it.

    `rows` belong to the changelog, a value of None deletes the key; `sends` to other topics.
    """

    rows: list[tuple[bytes, bytes | None]]
    sends: list[Send]


class SourceProgress(NamedTuple):
    """How far a partition of a source topic is in event time (epoch seconds), and if that is all.

    `ended`: it has nothing left to read, as far as is known.
    """

    topic: str
    partition: int
    at: int
    ended: bool


class Stage(Protocol):
    """The state of one partition of one stage. Pure: time comes in, bytes go out.

    One call runs to its end before the next begins, so none sees another half done. A worker makes
    all calls in one thread, beside its event loop: however long one takes, the loop comes round.
    """

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Take over the state that earlier flushes left in the changelog."""

    def take(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Take one fetched batch of one topic, in offset order; `wall` is epoch seconds."""

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Do clock work; `caught_up` names the topics read to their end in this partition."""

    def source_progress(self) -> Iterable[SourceProgress]:
        """Tell how far source partitions are, as far as this state has heard of them."""

    def pending(self) -> int:
        """Count what the next flush would write: changed keys and messages to send."""

    def flush(self, number: int, wall: float) -> Flush:
        """Encode everything that changed since the last call; `number` rises by flush."""


@runtime_checkable
class InPieces(Protocol):
    """A stage of which one batch may make much work: it can do it piece by piece.

    `take` and `tick` do all of it. Who has to answer others in between calls `admit` and `remind`
    instead, and then `work` until it says that nothing is left. Between two pieces the state is
    whole: it may be flushed, handed over, and restored from there, and what is left of the work is
    part of it. What comes out in the end does not depend on where the pieces were parted.
    """

    def admit(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Take one fetched batch, as `take` does, and leave the work it makes to `work`."""

    def remind(self, wall: float, caught_up: Collection[str]) -> None:
        """Do clock work, as `tick` does, and leave what it makes due to `work`."""

    def work(self) -> bool:
        """Do one piece of what is due; False where nothing was."""
