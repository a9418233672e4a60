"""groundswell replay: a file of history through the same pipeline, with no broker."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from schemas.topics import BUCKETS, CUSTOMERS, INCIDENTS, PERIODS, SOURCES
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.alerts import show
from streams.cli.alerts_elsewhere import AlertsElsewhere, alerts
from streams.cli.grouping import grouped
from streams.cli.reading import Fields, Reading, look_through
from streams.cli.replayed import writing
from streams.cli.report import accounted, counted, refused, span
from streams.cli.terminal import (
    err,
    out,
    progress_bar,
    read_settings,
    tell_doubts,
    telling,
)
from streams.cli.work import relax_gc
from streams.core.catalogue import TOPICS
from streams.core.event_time.buckets import DAY
from streams.core.event_time.formats import day, utc
from streams.core.pipeline import Downstream, Pipeline
from streams.core.stage import Record
from streams.load.errors import LoadError
from streams.load.in_turn import in_turn
from streams.readmodel.causes import notices, pages

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from rich.console import Console

    from streams.core.detect.protocol import Census
    from streams.core.event_time.buckets import Grain
    from streams.core.stage import Send
    from streams.load.loading import Loading
    from streams.readmodel.alerts import AlertRecord

WEEK = 7 * DAY
_OUTCOMES = ("folded", "refused", "late", "duplicate")


@grouped
def replay(  # noqa: PLR0913 (one argument an option)
    file: opt.File,
    fields: Fields,
    *,
    as_json: Annotated[
        bool,
        typer.Option("--json", help="One alert transition a line, in the form of alerts.history."),
    ] = False,
    buckets: Annotated[
        Path | None,
        typer.Option(
            help="Write the daily buckets to this file, a line each, as on metrics.buckets."
        ),
    ] = None,
    incidents: Annotated[
        Path | None,
        typer.Option(help="Write incidents with their messages to this file, as on incidents."),
    ] = None,
    customers: Annotated[
        Path | None,
        typer.Option(
            help="Keep customers, and write them as they are at the end, as on customers; the "
            "settings customers.* say who is one."
        ),
    ] = None,
    periods: Annotated[
        Path | None,
        typer.Option(
            help="Keep customers, and write what they come to by period, as on metrics.periods."
        ),
    ] = None,
    budget: opt.Budget = None,
    reading: Reading,
    settings: opt.SettingsFile = None,
) -> None:
    """Show which alerts a file of history would have raised; needs no Kafka.

    The pipeline is that of the worker, and so are the alerts: all of it is in event time.

    groundswell replay complaints.csv -t complaints -m occurred_at="Date received" -m region=State

    Of a folder all files are read that are named as a source topic is, such as signups.jsonl.
    """
    using = read_settings(settings)
    tell_doubts(using)
    # A file is of one topic: it does not say how many customers there were.
    changed = {"rate": False} if budget is None else {"rate": False, "budget": budget}
    kept = {"enabled": customers is not None or periods is not None}  # where somebody reads of them
    using = using.model_copy(
        update={
            "detect": using.detect.model_copy(update=changed),
            "customers": using.customers.model_copy(update=kept),
        }
    )
    files = {BUCKETS: buckets, INCIDENTS: incidents, CUSTOMERS: customers, PERIODS: periods}
    with telling(using):
        sources = files_of(file, fields)
        loadings = [
            look_through(path, topic, options)
            for path, own in sources
            for topic, options in reading.sources(own, using)
        ]
        relax_gc()
        grains: tuple[Grain, ...] = ("1d",) if buckets else ()
        start = time.monotonic()
        with (
            writing(files, [path for path, _ in sources], as_json=as_json) as written,
            alerts(using, sum(loading.rows for loading in loadings)) as last,
        ):
            rest = Downstream(using, last, grains=grains)
            pipeline = Pipeline(using, rest)
            run(loadings, pipeline, written.put)
            if isinstance(last, AlertsElsewhere):
                drain(last.finish(), written.put)
            censuses = rest.series.census()
    console = err if as_json else out
    if not as_json:
        show(out, written.alerts.records)
    _summary(console, loadings, (pipeline, censuses), time.monotonic() - start)
    spans = [loading.counted for loading in loadings]
    span_of_all = min(first for first, _ in spans), max(last for _, last in spans)
    _achieved(console, written.alerts.records, span_of_all, using.detect.budget)
    for line in written.summary(files):
        console.print(line)


def files_of(file: Path, fields: Fields) -> list[tuple[Path, Fields]]:
    """Give the files to be read: of a folder those that are named as a source topic is.

    Raises:
        LoadError: there is none.
    """
    if not file.is_dir():
        return [(file, fields)]
    there = [path for path in file.iterdir() if path.name.partition(".")[0] in SOURCES]
    found = sorted(path for path in there if path.stat().st_size)
    if not found or fields.preset is not None or fields.topic is not None:
        names = ", ".join(SOURCES)
        raise LoadError(
            f"{file} is a folder: its files must be named as their topics are ({names}), and"
            " --topic and --preset are for a single file"
        )
    return [(path, replace(fields, topic=path.name.partition(".")[0])) for path in found]


def run(loadings: Sequence[Loading], pipeline: Pipeline, publish: Callable[[Send], None]) -> None:
    """Put a file through a pipeline; `publish` gets all that comes out of it."""
    # One clock reading for all: what is from the future must not depend on how fast we are.
    wall = time.time()
    offset = done = 0

    with progress_bar() as bar:
        total = sum(loading.rows for loading in loadings)
        task = bar.add_task("replaying", total=total, note="")
        drain(pipeline.end(TOPICS.keys() - {one.topic for one in loadings}, wall), publish)
        for topic, events, is_last in in_turn(loadings, pipeline.span):
            records = [
                Record(number, event.key, event.value)
                for number, event in enumerate(events, offset)
            ]
            offset += len(records)
            drain(pipeline.process(topic, records, wall), publish)
            if is_last:
                drain(pipeline.end([topic], wall), publish)
            note = day(utc(events[-1].at))
            done = sum(loading.report.rows for loading in loadings)
            bar.update(task, completed=done, note=note)
        drain(pipeline.finish(wall), publish)


def drain(sends: Iterable[Send], publish: Callable[[Send], None]) -> None:
    """Hand `publish` everything, one after the other."""
    for send in sends:
        publish(send)


def _achieved(
    console: Console, alerts: Mapping[str, AlertRecord], span: tuple[int, int], budget: float
) -> None:
    weeks, paged = max(1, span[1] - span[0]) / WEEK, pages(alerts)
    console.print(
        f"  {counted(paged, 'alert')} fired that no other explains, in {weeks:,.1f} weeks: "
        f"{paged / weeks:.2f} a week; the budget of false ones is {budget:g}"
    )
    if found := notices(alerts):
        console.print(f"  {counted(found, 'notice')} of artefacts besides, which page nobody")


def _summary(
    console: Console,
    loadings: Sequence[Loading],
    ran: tuple[Pipeline, Mapping[str, Census]],
    seconds: float,
) -> None:
    pipeline, censuses = ran
    outcomes = pipeline.fold.outcomes()
    for loading in loadings:
        report = loading.report
        console.print(
            f"{report.events:,} events of {loading.topic} from {report.rows:,} rows,"
            f" {seconds:.1f} s ({report.events / max(seconds, 1e-9):,.0f}/s); event time"
            f" {span(*loading.counted)}"
        )
        skipped = loading.left_out + report.rows - report.events
        became = {name: outcomes.get((loading.topic, name), 0) for name in _OUTCOMES}
        accounted(console, report, became | {"left out": skipped})
        refused(console, report, skipped=report.events < report.rows)
    for metric, census in censuses.items():
        known = census.learning + census.watching + census.raised
        console.print(
            f"  {metric}: {known:,} series known at the end, "
            f"{census.raised:,} of them raised, {census.learning:,} with too little history so far"
        )
