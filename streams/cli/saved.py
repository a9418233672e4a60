"""All events of the source topics into a file, and back onto topics that were made anew.

Each goes back byte by byte and with its key, in the order of event time over all topics, refused
ones where they stood. This is how topics get more partitions: docs/recovery.md.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from schemas import wire
from schemas.topics import SOURCES
from streams.cli import corrections
from streams.cli.files import whole
from streams.cli.letters import Letter, read_line, write_line
from streams.cli.report import counted
from streams.cli.terminal import err, fail, out, progress_bar
from streams.load.errors import LoadError
from streams.load.order import Row, in_order
from streams.transport.client.event_producer import MissingTopicError
from streams.transport.client.reader import follow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import IO

    from streams.settings import Kafka

_TOPICS: Final = tuple(SOURCES)
_WHY: Final = "saved"


def save(kafka: Kafka, file: Path) -> None:
    """Write what stands on the source topics now to a file, one event a line."""
    if file.exists():
        fail(f"{file} is there already: another name")
    with whole(file) as target:
        counts = asyncio.run(_save(kafka, target))
    for topic, count in counts.items():
        out.print(f"{topic}: saved [bold]{counted(count, 'event')}[/]")
    if absent := [topic for topic in _TOPICS if topic not in counts]:
        err.print(f"[yellow]not there, so not saved: {', '.join(absent)}[/]")


async def _save(kafka: Kafka, target: IO[bytes]) -> dict[str, int]:
    """Write the events of every source topic that is there; an older release made fewer."""
    from streams.transport.client.admin import Admin  # noqa: PLC0415 (takes a while to import)

    async with Admin(kafka) as cluster:
        there = await cluster.partitions()
    counts = {topic: 0 for topic in _TOPICS if topic in there}
    if not counts:
        raise MissingTopicError(_TOPICS[0])
    now = datetime.now(UTC)
    with progress_bar() as bar:
        task = bar.add_task("saving", total=None, note="")
        for topic in list(counts):
            messages = follow(kafka, topic, from_beginning=True, to_end=True)
            async with aclosing(messages):
                async for key, value in messages:
                    number = counts[topic]
                    target.write(write_line(Letter(_WHY, "", topic, 0, number, key, value, now)))
                    counts[topic] += 1
                    bar.advance(task)
    return counts


def restore(kafka: Kafka, file: Path) -> None:
    """Send what was saved to the source topics, which must be empty.

    Raises:
        LoadError: the file is not one that was saved.
    """
    tally = corrections.Tally()
    if held := asyncio.run(_held(kafka)):
        told = ", ".join(f"{topic} {count:,}" for topic, count in held.items())
        fail(
            f"messages are on the source topics ({told}), and would be there twice: delete the"
            " topics and make them anew first, as docs/recovery.md says"
        )
    try:
        opened = file.open("rb")
    except OSError as error:
        raise LoadError(f"{file} cannot be read: {error.strerror}") from error
    with opened as lines, progress_bar() as bar:
        task = bar.add_task("reading", total=None, note="")
        # Nothing is sent before all was read: the first row of an order needs them all.
        ordered = in_order(_rows(file, lines, tally))
        first = next(ordered, None)
        if first is not None:
            task = bar.add_task("sending", total=tally.good.total(), note="")
            rows = (row for part in ((first,), ordered) for row in part)
            sending = corrections.send(kafka, rows, tally, lambda count: bar.advance(task, count))
            asyncio.run(sending)
    for topic, count in sorted(tally.sent.items()):
        out.print(f"{topic}: sent [bold]{counted(count, 'event')}[/]")
    if too_large := tally.too_large.total():
        fail(f"{counted(too_large, 'event')} too large for the broker: raise max.message.bytes")


async def _held(kafka: Kafka) -> Counter[str]:
    """Count what is on the source topics."""
    from streams.transport.client.admin import Admin  # noqa: PLC0415 (takes a while to import)

    async with Admin(kafka) as cluster:
        there = await cluster.partitions()
        reach = await cluster.reach({name: there[name] for name in _TOPICS if name in there})
    held: Counter[str] = Counter()
    for part, (start, end) in reach.items():
        held[part.topic] += end - start
    return +held


def _rows(file: Path, lines: Iterable[bytes], tally: corrections.Tally) -> Iterator[Row]:
    latest = dict.fromkeys(_TOPICS, 0)
    for number, line in enumerate(lines, 1):
        try:
            letter = read_line(line)
        except LoadError as error:
            raise LoadError(f"{file}, line {number}: {error}") from None
        topic, payload, key = letter.topic, letter.payload or b"", letter.key
        if letter.reason != _WHY or topic not in SOURCES:
            raise LoadError(f"{file}, line {number}: not of a file that was saved")
        try:
            event = wire.decoders[topic](payload)
        except wire.REFUSED:
            at = latest[topic]  # it will be refused again, where it was
        else:
            at = latest[topic] = max(0, int(event.occurred_at.timestamp()))
            if key is None:
                key = (event.customer_id or event.event_id).encode()
        tally.accept(topic, at)
        yield Row(
            at=at,
            number=number,
            base=_TOPICS.index(topic),
            raw=True,
            key=key,
            event_id=None,
            content=payload,
        )
