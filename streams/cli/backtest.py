"""groundswell backtest: a file of history judged, with labels of what happened or without."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated

import typer

from streams.backtest import jobs, labels, overrides, trials
from streams.backtest.history import History, Source
from streams.backtest.report import Reporter
from streams.backtest.sweep import Sweep, Wanted
from streams.cli import options as opt  # noqa: TC001 (typer reads the annotations)
from streams.cli.backtested import show
from streams.cli.files import all_whole
from streams.cli.grouping import grouped
from streams.cli.reading import Fields, Reading, tell
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
from streams.load.errors import LoadError
from streams.report.page import page

if TYPE_CHECKING:
    from schemas.backtest import Backtest
    from streams.settings import Settings

Files = Annotated[
    list[Path],
    typer.Argument(help="CSV, JSON lines, JSON (all gzip too) or Parquet.", show_default=False),
]


@grouped
def backtest(  # noqa: PLR0913 (one argument an option)
    files: Files,
    fields: Fields,
    *,
    labelled: Annotated[
        Path | None,
        typer.Option("--labels", help="CSV or JSON of known incidents: start, end and labels."),
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write the report as a page.")] = None,
    as_json: Annotated[
        Path | None, typer.Option("--json", help="Write the report as JSON.")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Only the current settings, no others.")
    ] = False,
    tried: Annotated[
        list[str],
        typer.Option(
            "--try",
            metavar="SETTING=VALUE",
            help="Another value of a setting to be tried, as tables.grace=3600; may come many"
            " times. Values are JSON.",
            show_default=False,
        ),
    ] = [],  # noqa: B006 (typer reads the default and copies it)
    budget: opt.Budget = None,
    made_at: Annotated[
        bool, typer.Option("--made-at/--no-made-at", help="Say in the report when it was made.")
    ] = True,
    processes: Annotated[
        int | None, typer.Option("--jobs", min=1, help="Processes; by default one a core.")
    ] = None,
    reading: Reading,
    settings: opt.SettingsFile = None,
) -> None:
    """Judge the alerts that a history would have raised; needs no Kafka.

    Which alarms there would have been, how soon after the start of what the labels say, how many
    false ones a week, and what other settings would have changed.

    groundswell backtest complaints.csv -t complaints -m occurred_at="Date received"
    --labels incidents.csv --html report.html
    """
    using = read_settings(settings)
    tell_doubts(using)
    with telling(using):
        if budget is not None:
            using = overrides.apply(using, {trials.BUDGET: budget})
        topic, options = reading.source(fields, using)
        _watched(topic, using)
        asked = [overrides.parse(text) for text in tried]
        known = labels.read(labelled, topic, options.timezone) if labelled else []
        read = [*files, labelled] if labelled else files
        with all_whole({"--html": html, "--json": as_json}, read) as written:
            history = _look_through(Source(tuple(files), topic, options))
            relax_gc()
            wanted = Wanted(() if quick else trials.BUDGETS, not quick, asked)
            report = _run(history, using, known, wanted, made_at=made_at, processes=processes)
            show(out, report)
            if "--html" in written:
                written["--html"].write(page(report).encode())
            if "--json" in written:
                written["--json"].write(report.model_dump_json(indent=2).encode() + b"\n")
        if html is not None:
            err.print(f"[dim]page: {html}[/]")
        if as_json is not None:
            err.print(f"[dim]JSON: {as_json}[/]")


def _run(  # noqa: PLR0913 (one argument an option)
    history: History,
    settings: Settings,
    known: list[labels.Label],
    wanted: Wanted,
    *,
    made_at: bool,
    processes: int | None,
) -> Backtest:
    with (
        TemporaryDirectory(prefix="groundswell-backtest-") as folder,
        progress_bar() as bar,
        jobs.workers(history.rows, processes, relax_gc) as executor,
    ):
        task = bar.add_task("folding", total=history.rows, note="")

        def progress(doing: str, done: int, of: int) -> None:
            bar.update(task, description=doing, completed=done, total=of)

        swept = Sweep(history, settings, Path(folder), executor, progress).run(wanted)
        now = datetime.now(UTC).replace(microsecond=0) if made_at else None
        return Reporter(history, settings, known).report(swept, now)


def _look_through(source: Source) -> History:
    with progress_bar() as bar:
        task = bar.add_task("looking through the files", total=None, note="")
        history = History(source, lambda rows: bar.update(task, completed=rows))
    for loading, file in zip(history.loadings, source.files, strict=True):
        tell(file, loading)
    return history


def _watched(topic: str, settings: Settings) -> None:
    """Refuse a topic of which nothing is watched: there would be nothing to judge."""
    metrics = TOPICS[topic].metrics if topic in TOPICS else ()
    if topic in TOPICS and not metrics:
        raise LoadError(f"nothing of {topic} is counted, so there is nothing to judge")
    if metrics and not set(metrics) & set(settings.detect.metrics):
        raise LoadError(
            f"nothing that comes from {topic} is watched: detect.metrics has"
            f" {', '.join(settings.detect.metrics) or 'nothing'}; put {' or '.join(metrics)} there"
        )
