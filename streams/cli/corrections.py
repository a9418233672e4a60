"""Refused events back to their source topics: checked, put in the order of their time, sent."""

from __future__ import annotations

from collections import Counter
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.markup import escape

from schemas import wire
from schemas.topics import SOURCES
from streams.cli.letters import read_line
from streams.cli.report import counted, span
from streams.cli.terminal import err, out
from streams.core.ingest.time_range import out_of_range
from streams.load.errors import LoadError
from streams.load.model import Event
from streams.load.order import Row
from streams.naming import near
from streams.transport.client.event_producer import EventProducer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from streams.cli.letters import Letter, Wanted
    from streams.settings import Kafka

NOT_A_LINE: Final = "not_a_line"
"""Why a line of a file is not sent that says nothing of an event."""

UNKNOWN_TOPIC: Final = "unknown_topic"
"""Why an event is not sent whose topic is none that Groundswell reads."""

_TOPICS: Final = tuple(SOURCES)
_SHOWN: Final = 20
_BATCH: Final = 1000


class Rejected(NamedTuple):
    """An event that is not sent: its line in the file, its origin (none: no such line), why."""

    line: int
    origin: str | None
    reason: str
    detail: str


@dataclass
class Tally:
    """What came of the events of a replay; times in epoch seconds, by topic.

    `passed_over` are those that the filters leave out; `rejected` counts by reason, and
    `examples` has the first of them.
    """

    passed_over: int = 0
    good: Counter[str] = field(default_factory=Counter)
    spans: dict[str, tuple[int, int]] = field(default_factory=dict)
    rejected: Counter[str] = field(default_factory=Counter)
    examples: list[Rejected] = field(default_factory=list)
    sent: Counter[str] = field(default_factory=Counter)
    too_large: Counter[str] = field(default_factory=Counter)

    def reject(self, rejected: Rejected) -> None:
        """Count an event that is not sent."""
        self.rejected[rejected.reason] += 1
        if len(self.examples) < _SHOWN:
            self.examples.append(rejected)

    def accept(self, topic: str, at: int) -> None:
        """Count an event that can be sent."""
        self.good[topic] += 1
        first, last = self.spans.get(topic, (at, at))
        self.spans[topic] = (min(first, at), max(last, at))


def checked(lines: Iterable[bytes], wanted: Wanted, latest: float, tally: Tally) -> Iterator[Row]:
    """Yield the events of a file that the contract accepts now; the others go to the tally.

    An event after `latest`, epoch seconds, is from the future, as for the worker.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            letter = read_line(line)
        except LoadError as error:
            tally.reject(Rejected(number, None, NOT_A_LINE, str(error)))
            continue
        if not wanted(letter):
            tally.passed_over += 1
            continue
        event = _judge(letter, latest)
        if isinstance(event, Event):
            tally.accept(letter.topic, event.at)
            yield _row(letter, event)
        else:
            tally.reject(Rejected(number, letter.origin, *event))


def _judge(letter: Letter, latest: float) -> Event | tuple[str, str]:
    """Say what a worker would: the message to send, or why it would be refused again."""
    topic, payload = letter.topic, letter.payload
    if topic not in SOURCES:
        return UNKNOWN_TOPIC, f"{topic} is no source topic; {near(topic, SOURCES)}"
    try:
        event = wire.decoders[topic](payload)
    except wire.REFUSED:
        return wire.refusal(topic, payload)
    if untimely := out_of_range(event, latest):
        return untimely
    at = int(event.occurred_at.timestamp())
    # A message without a key gets the one it should have had.
    key = letter.key if letter.key is not None else (event.customer_id or event.event_id).encode()
    return Event(at, key, payload or b"")


def _row(letter: Letter, event: Event) -> Row:
    # Those of one second follow their places on the source topic, whatever order a file has.
    return Row(
        at=event.at,
        number=(letter.partition << 46) + letter.offset,
        base=_TOPICS.index(letter.topic),
        raw=True,
        key=event.key,
        event_id=None,
        content=event.value,
    )


async def send(
    kafka: Kafka, rows: Iterable[Row], tally: Tally, advanced: Callable[[int], None]
) -> None:
    """Send checked events in the order given; `advanced` is called with how many at a time.

    Raises:
        MissingTopicError: a source topic is not there; then nothing was sent.
        aiokafka.errors.KafkaError: the broker did not take them.
    """
    async with AsyncExitStack() as stack:
        publishers = {
            topic: await stack.enter_async_context(EventProducer(kafka, topic))
            for topic in tally.good
        }
        for batch in _batches(rows):
            for topic, events in batch.items():
                await publishers[topic].send(events)
                tally.sent[topic] += len(events)
                advanced(len(events))
        for topic, publisher in publishers.items():
            await publisher.flush()
            tally.too_large[topic] = publisher.too_large
            tally.sent[topic] -= publisher.too_large


def _batches(rows: Iterable[Row]) -> Iterator[dict[str, list[Event]]]:
    batch: dict[str, list[Event]] = {}
    for number, row in enumerate(rows, 1):
        event = Event(row.at, row.key or b"", row.content)
        batch.setdefault(_TOPICS[row.base], []).append(event)
        if number % _BATCH == 0:
            yield batch
            batch = {}
    if batch:
        yield batch


def summary(tally: Tally, *, from_file: bool, dry_run: bool) -> None:
    """Print what came of a replay: on stderr what is not sent, line by line."""
    for one in tally.examples:
        where = one.origin or "no event"
        line = f"line {one.line}, " if from_file else ""
        err.print(f"  {line}{escape(where)}  [yellow]{one.reason}[/]  {escape(one.detail)}")
    if (more := tally.rejected.total() - len(tally.examples)) > 0:
        err.print(f"  and {more:,} more")
    for topic, good in sorted(tally.good.items()):
        head = (
            f"{topic}: [bold]{counted(good, 'event')}[/] to send"
            if dry_run
            else f"{topic}: sent [bold]{counted(tally.sent[topic], 'event')}[/]"
        )
        out.print(f"{head}; event time {span(*tally.spans[topic])}")
        if tally.too_large[topic]:
            out.print(
                f"[yellow]{tally.too_large[topic]:,} were too large for the broker and are not"
                f" sent: raise max.message.bytes of {topic}, and run it again[/]"
            )
    if total := tally.rejected.total():
        reasons = ", ".join(f"{why} {n:,}" for why, n in tally.rejected.most_common())
        out.print(f"[yellow]{counted(total, 'event')} still refused ({reasons}), not sent[/]")
    if tally.passed_over:
        out.print(f"{counted(tally.passed_over, 'line')} that the filters leave out")
    if not tally.good:
        out.print("nothing to send")
    elif not dry_run:
        out.print(
            "[dim]The worker drops an id it knows as a duplicate; an event whose bucket was closed"
            " meanwhile is not counted: groundswell tail late[/]"
        )
