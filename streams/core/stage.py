"""What a stage of the pipeline is to whatever drives it: an agent, a replay or a test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol, overload, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping


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


class SentColumns(NamedTuple):
    """Messages of one topic and partition, as of `Send`, in columns."""

    topic: str
    partition: int | None
    keys: list[bytes | None]
    values: list[bytes | None]


class Sends(Sequence[Send]):
    """Messages to publish, in order, of which many at once are for one topic."""

    def __init__(self, sends: Iterable[Send] = ()) -> None:
        self.columns: list[SentColumns] = []
        self.extend(sends)

    @classmethod
    def of(cls, sends: Iterable[Send]) -> Sends:
        """Return messages as columns, if they are not so already."""
        return sends if isinstance(sends, Sends) else cls(sends)

    def add(
        self,
        topic: str,
        partition: int | None,
        keys: Sequence[bytes | None],
        values: Sequence[bytes | None],
    ) -> None:
        """Add messages of one topic."""
        if not keys:
            return
        last = self.columns[-1] if self.columns else None
        if last is None or last.topic != topic or last.partition != partition:
            last = SentColumns(topic, partition, [], [])
            self.columns.append(last)
        last.keys.extend(keys)
        last.values.extend(values)

    def extend(self, sends: Iterable[Send]) -> None:
        """Add messages."""
        if isinstance(sends, Sends):
            for columns in sends.columns:
                self.add(*columns)
        else:
            for topic, partition, key, value in sends:
                self.add(topic, partition, (key,), (value,))

    def __len__(self) -> int:
        return sum(len(one.keys) for one in self.columns)

    def __iter__(self) -> Iterator[Send]:
        for topic, partition, keys, values in self.columns:
            for key, value in zip(keys, values, strict=True):
                yield Send(topic, partition, key, value)

    @overload
    def __getitem__(self, place: int) -> Send: ...

    @overload
    def __getitem__(self, place: slice) -> list[Send]: ...

    def __getitem__(self, place: int | slice) -> Send | list[Send]:
        return list(self)[place]

    def __eq__(self, other: object) -> bool:
        return list(self) == (list(other) if isinstance(other, Sends) else other)

    __hash__ = None  # type: ignore[assignment] # it grows


class Flush(NamedTuple):
    """All that changed since the last flush; one transaction carries the whole of it.

    `rows` belong to the changelog, a value of None deletes the key; `sends` to other topics.
    """

    rows: list[tuple[bytes, bytes | None]]
    sends: list[Send] | Sends


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

    This is the contract between a stage and whoever drives it; `tests/core/test_stage_contract.py`
    holds every stage to it.

    The driver makes an empty stage, calls `restore` once, and then the other methods in any order
    and as often as it likes, until it drops the stage: there is nothing to close. One call runs to
    its end before the next begins, so none sees another half done; a worker makes all of them in
    one thread, beside its event loop, which comes round however long one takes. What a stage does
    depends on the calls and their arguments alone: it has no clock, no chance and no other input.

    The state is what was processed. It becomes durable by `flush`: the driver commits its rows and
    messages in one transaction, together with the offsets of all that was processed until then.
    After a crash, another stage is restored from the rows of the last flush that was committed, and
    what was processed since is handed to it again. So each record is in the state once, whatever
    happens, and a stage may count on it.

    A stage that raises is never called again: what it holds may be half changed. The driver drops
    it and writes nothing more of it. `UnreadableStateError` from `restore` means that the state
    cannot be read by this release: the worker ends and says so. Any other exception, from any
    method, is a bug: the partition stops until the next take-over. Bad data is never an exception.
    """

    def restore(self, rows: Mapping[bytes, bytes]) -> None:
        """Go on from the state that earlier flushes left in the changelog.

        It is called once, before anything else, with no rows where there is no state yet. The rows
        are the last value of each key as of one committed flush, in any order; no deleted ones.
        They are of this version of the stage's layout or of an older one: the driver has refused
        newer ones by the version in the checkpoint. All must be read: a row of an unknown kind is
        refused and not skipped.

        A restored stage makes the same rows, and sends the same in the end, as the one that wrote
        the rows would have. It may send again what was sent before: a row of a compacted topic
        with the same value, or a message with the number of a later flush.

        Raises:
            UnreadableStateError: a row is of an unknown kind, or not as its kind is declared.
        """

    def process(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Process one fetched batch of one topic, in offset order; `wall` is epoch seconds.

        Batches of one topic come in the order of their offsets, which may have gaps; those of
        several topics in any order. No offset comes to one state twice, but its content may: a
        producer sends an event again, or the stage before sends a message again. What comes again
        changes nothing that is counted or sent, if the records have ids or numbers by which to know
        it. (The counts of what came again may grow, and an event that is refused or late is
        reported as such with each offset it comes at.)

        `wall` is the same clock as in `tick` and `flush`. It may stand still, leap or go back, as
        clocks are set.
        """

    def tick(self, wall: float, caught_up: Collection[str]) -> None:
        """Do clock work; `caught_up` names the topics read to their end in this partition.

        It comes some times a second, or not for long, and may come before the first `process`. A
        stage may do a part of what time makes due, and the next part only after the next flush: it
        has something pending then, and again with the first tick after that flush.
        """

    def source_progress(self) -> Iterable[SourceProgress]:
        """Return how far source partitions are, as far as this state knows.

        It changes nothing, and may be asked at any time.
        """

    def pending(self) -> int:
        """Count what the next flush would write: changed keys and messages to send, roughly.

        It changes nothing, costs little, and is 0 only where a flush would write nothing. The
        driver hands it nothing more while it is large, and flushes while it is not 0. It may shrink
        without a flush, where a later record makes an earlier change void, and grow by `tick`.
        Right after a flush it is 0, but for what the stage holds back to send it by the clock
        (provisional values are sent once an interval).
        """

    def flush(self, number: int, wall: float) -> Flush:
        """Encode everything that changed since the last call.

        `number` is one more than that of the last flush committed. What is returned is forgotten as
        a change, so it cannot be asked for again: a second call with nothing processed in between
        returns nothing. The driver begins a flush only when the one before is committed; where that
        failed, it drops the stage, and another one makes a flush of the same number, which may hold
        something else. Nobody has seen the first.

        Rows and messages are bytes that do not change any more: the stage may go on while they are
        written. Of two rows with one key the later counts.
        """


@runtime_checkable
class InPieces(Protocol):
    """A stage of which one batch may make much work: it can do it piece by piece.

    `process` and `tick` do all of it. Who has to answer others in between calls `admit` and
    `remind` instead, and then `work` until nothing is left. Between two pieces the state is whole:
    it may be flushed, handed over, and restored from there, and what is left of the work is part of
    it. What comes out in the end does not depend on where the pieces were parted.
    """

    def admit(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Read one fetched batch, as `process` does, and leave the work it makes to `work`."""

    def remind(self, wall: float, caught_up: Collection[str]) -> None:
        """Do clock work, as `tick` does, and leave what it makes due to `work`."""

    def work(self) -> bool:
        """Do one piece of what is due; False where nothing was."""


@runtime_checkable
class TakesMore(InPieces, Protocol):
    """A stage in pieces to which more may be handed while there is work left.

    What comes out in the end does not depend on it, so nobody who brings records has to wait for
    all of a month's end.
    """

    takes_more: bool


@runtime_checkable
class Hurries(Protocol):
    """A stage that leaves out what is soon replaced while much is still to be read.

    The driver sets `backlog` before each flush. What was left out is sent once it is set to False,
    so in the end the same is told. As long as a flush leaves some of that to the next one, the
    stage is `untold`, and that is due at once.
    """

    backlog: bool
    untold: bool


@runtime_checkable
class Quiet(Protocol):
    """A stage of whose changes nobody hears for most of the time, and which it soon replaces.

    While it is `quiet` the driver flushes it less often. After a crash more is handed to it again.
    """

    @property
    def quiet(self) -> bool:
        """Whether the next flush would send nothing."""


@runtime_checkable
class ReadsAgain(Protocol):
    """A stage that keeps more than its state has: it must read its topics a second time.

    What it has counted stays as it is. Right after `restore` the driver asks `reads_again`; if so,
    it hands over every topic from its first record up to where the state is, batch by batch, the
    topic that `behind` names next, and until then nothing else. Rows of what is half read go out
    with every flush; the checkpoint says how far that is, and another stage goes on from there.
    """

    @property
    def reads_again(self) -> bool:
        """Whether topics are to be read again."""

    def begin_again(self, starts: Mapping[str, int]) -> None:
        """Begin; `starts` has the first offset that is still there of each topic.

        Raises:
            UnreadableStateError: what is not there any more is needed; the message says what to do.
        """

    def behind(self, topics: Collection[str]) -> str:
        """Name the one of these topics that is furthest behind in event time."""

    def admit_again(self, topic: str, records: Sequence[Record], wall: float) -> None:
        """Read one batch again, as `InPieces.admit` reads one for the first time.

        `wall` is when it could be read at the earliest, epoch seconds.
        """

    def complete_again(self, topic: str) -> None:
        """Note that a topic is read again up to where the state is; after the last, all is whole.

        A topic of which nothing is to be read again is complete at once.
        """
