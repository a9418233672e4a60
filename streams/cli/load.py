"""groundswell load: a file of history onto a source topic."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli import options as opt
from streams.cli.grouping import grouped
from streams.cli.reading import Fields, Reading, look_through
from streams.cli.report import accounted, refused, span
from streams.cli.terminal import err, out, progress_bar, read_settings, telling
from streams.cli.topics_cmd import even_topics, make_topics
from streams.core.event_time.formats import day, utc
from streams.transport.client.event_producer import EventProducer, MissingTopicError

if TYPE_CHECKING:
    from streams.load.loading import Loading
    from streams.load.model import Event
    from streams.settings import Kafka, Settings

_PACE = 0.1
"""Seconds of events that are sent at a time when a rate is set."""


@grouped
def load(  # noqa: PLR0913 (one argument an option)
    file: opt.File,
    fields: Fields,
    *,
    rate: Annotated[
        str | None,
        typer.Option(metavar="N", help="Events a second at most, as 500, 500/s or 3000/m."),
    ] = None,
    reading: Reading,
    brokers: opt.Brokers = None,
    settings: opt.SettingsFile = None,
) -> None:
    """Send the rows of a file to a source topic, as events in order of their time.

    Running it again is safe: a row has the same event id every time, and is counted once.

    groundswell load complaints.csv -t complaints -m occurred_at="Date received" -m region=State
    """
    using = read_settings(settings, brokers)
    with telling(using):
        limit = opt.per_second(rate)
        loadings = [
            look_through(file, topic, options) for topic, options in reading.sources(fields, using)
        ]
        even_topics(using)
        for loading in loadings:
            start = time.monotonic()
            sending = _send(using, loading, limit)
            _summary(loading, sending, time.monotonic() - start)


def _send(using: Settings, loading: Loading, limit: float | None) -> _Sending:
    sending = _Sending(using.kafka, loading, limit)
    try:
        try:
            asyncio.run(sending.run())
        except MissingTopicError:
            make_topics(using)
            err.print("topics were missing, and are made")
            asyncio.run(sending.run())
    except KeyboardInterrupt:
        err.print(
            f"stopped after {sending.sent:,} of {loading.rows:,} rows;"
            " run it again to load the rest: what is there is counted once"
        )
        raise typer.Exit(130) from None
    return sending


class _Sending:
    """One run of the producer over a file; `limit` is events a second."""

    def __init__(self, kafka: Kafka, loading: Loading, limit: float | None) -> None:
        self._kafka = kafka
        self._loading = loading
        self._limit = limit
        self.sent = 0
        self.too_large = 0

    async def run(self) -> None:
        """Send everything."""
        loading = self._loading
        async with EventProducer(self._kafka, loading.topic) as publisher:
            with progress_bar() as bar:
                task = bar.add_task(f"to {loading.topic}", total=loading.rows, note="")
                start = time.monotonic()
                for batch in loading.batches():
                    for events in self._portions(batch):
                        await self._wait(start)
                        await publisher.send(events)
                        self.sent += len(events)
                        note = day(utc(events[-1].at))
                        bar.update(task, completed=self.sent, note=note)
                await publisher.flush()
            self.too_large = publisher.too_large

    def _portions(self, batch: list[Event]) -> list[list[Event]]:
        if not batch or self._limit is None:
            return [batch] if batch else []
        size = max(1, int(self._limit * _PACE))
        return [batch[i : i + size] for i in range(0, len(batch), size)]

    async def _wait(self, start: float) -> None:
        """Wait until the events sent so far are due."""
        if self._limit is not None:
            due = start + self.sent / self._limit
            await asyncio.sleep(max(0.0, due - time.monotonic()))


def _summary(loading: Loading, sending: _Sending, seconds: float) -> None:
    report = loading.report
    out.print(
        f"{loading.topic}: sent [bold]{report.events - sending.too_large:,}[/] events of"
        f" {report.rows:,} rows, {seconds:.1f} s ({report.events / max(seconds, 1e-9):,.0f}/s);"
        f" event time {span(*loading.counted)}"
    )
    if sending.too_large:
        out.print(
            f"[yellow]{sending.too_large:,} were too large for the broker and are not sent:"
            f" raise max.message.bytes of {loading.topic}, and run it again[/]"
        )
    wrong, skipped = report.refused.total(), report.rows - report.events
    outcomes = {
        "sent": report.events - (wrong - skipped) - sending.too_large,
        "refused": wrong - skipped,
        "too large": sending.too_large,
        "left out": loading.left_out + skipped,
    }
    accounted(out, report, {name: n for name, n in outcomes.items() if n or name != "too large"})
    refused(out, report, skipped=report.events < report.rows)
