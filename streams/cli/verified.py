"""The work of `groundswell verify`: rows that were reported, held against the truth."""

from __future__ import annotations

import asyncio
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import msgspec

from schemas.grammar import NO_ROW
from schemas.topics import BUCKETS, INCIDENTS, LATE, PERIODS
from streams.cli.report import counted
from streams.cli.terminal import checked_environment, fail, out, read_settings, telling
from streams.simulate.buckets import compare_movements, read_buckets
from streams.simulate.files import EVENTS, TRUE_PERIODS, TRUTH, read_events
from streams.simulate.late import left_out, read_late
from streams.simulate.manifest import read_manifest
from streams.simulate.periods import clock_of, compare_periods, read_periods
from streams.simulate.stakes import compare_stakes, read_incidents
from streams.simulate.truth.buckets import METRICS, daily
from streams.simulate.truth.run import truth_of_folder
from streams.simulate.verify import TableError, compare, read_table
from streams.transport.client.whole import read_log
from streams.transport.client.whole import read_table as read_topic

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from streams.settings import Settings
    from streams.simulate.truth.numbers import Row
    from streams.simulate.truth.settle import Key
    from streams.simulate.verify import Compared

SHOWN = 40
"""So many differences are printed; the rest are counted."""


class Given(NamedTuple):
    """What is to be held against the truth: files of rows, or what is on the public `topics`."""

    buckets: list[Path]
    periods: list[Path]
    incidents: list[Path]
    late: list[Path]
    table: list[Path]
    topics: bool

    @property
    def files(self) -> list[Path]:
        """The files that are read."""
        return [*self.buckets, *self.periods, *self.incidents, *self.late, *self.table]


class Reported(NamedTuple):
    """What is held against the truth: rows of the public topics; None: nothing was given.

    `sent` has what stands on the source topics of which something came too late.
    """

    buckets: Iterable[bytes] | None
    periods: Iterable[bytes] | None
    incidents: Iterable[bytes] | None
    late: Counter[Key]
    sent: Mapping[str, Iterable[bytes]]


def differences(
    folder: Path, given: Given, brokers: str | None, settings: Path | None, *, to_the_end: bool
) -> int:
    """Print what differs from the truth in `folder`, and give the number of differences.

    Rows are held against all of it (`to_the_end`), or against that up to the newest row's clock.
    """
    if not (given.topics or given.buckets or given.periods or given.incidents or given.table):
        fail(
            "say what is to be held against the truth: --periods FILE, --buckets FILE,"
            " --incidents FILE, --table FILE or --topics"
        )
    found = 0
    try:
        if given.topics:
            using = read_settings(settings, brokers)
            with telling(using):
                reported = asyncio.run(_public(using))
        else:
            checked_environment()
            reported = Reported(
                _lines(given.buckets) if given.buckets else None,
                _lines(given.periods) if given.periods else None,
                _lines(given.incidents) if given.incidents else None,
                read_late(_lines(given.late)),
                {},
            )
        manifest = read_manifest(folder)
        end = manifest.clock if to_the_end else None
        gone = left_out(folder, reported.late, reported.sent)
        if reported.buckets is not None:
            found += _buckets(folder, reported.buckets, gone, end)
        if reported.periods is not None:
            found += _periods(folder, reported.periods, gone, end)
        if reported.incidents is not None:
            found += _incidents(folder, reported.incidents, gone)
        if given.table:
            found += _table(folder, given.table)
    except TableError as error:
        files = ", ".join(map(str, given.files)) or "the public topics"
        fail(f"{error} (in {files})")
    except (OSError, *NO_ROW) as error:
        fail(f"{folder} is not what groundswell simulate wrote: {error}")
    return found


async def _public(settings: Settings) -> Reported:
    kafka = settings.kafka
    periods = await read_topic(kafka, PERIODS)
    buckets = await read_topic(kafka, BUCKETS)
    incidents = await read_topic(kafka, INCIDENTS)
    late = read_late(await read_log(kafka, LATE))
    sent = {topic: await read_log(kafka, topic) for topic in sorted({topic for topic, _ in late})}
    rows = list(buckets.values()), list(periods.values()), list(incidents.values())
    return Reported(*rows, late, sent)


def _lines(files: Sequence[Path]) -> Iterator[bytes]:
    for file in files:
        try:
            with file.open("rb") as lines:
                yield from lines
        except OSError as error:
            raise TableError(f"{file} cannot be read: {error.strerror}") from error


def _true(folder: Path) -> Iterator[Row]:
    return read_table(folder / TRUTH / TRUE_PERIODS)


def _buckets(folder: Path, lines: Iterable[bytes], gone: Collection[Key], end: int | None) -> int:
    zone = read_manifest(folder).definitions.zone
    if zone != "UTC":
        out.print(f"days are those of {zone}, so metrics.buckets was not compared")
        return 0
    reported = read_buckets(lines)
    if not (reported.breakdowns or reported.movements):
        raise TableError(f"there is no row of a day of {BUCKETS}, so nothing is compared")
    found = 0
    if reported.breakdowns:
        metrics = {breakdown.metric for breakdown in reported.breakdowns}
        topics = [topic for topic, counts in METRICS.items() if metrics & set(counts)]
        sent = (
            (topic, event)
            for topic, event in read_events(folder / EVENTS, topics)
            if (topic, event.event_id) not in gone
        )
        if reported.late:
            out.print(f"[yellow]{counted(reported.late, 'event')} came too late to be counted[/]")
        truth = daily(sent, reported.breakdowns)
        found += _show(
            f"daily counts of {', '.join(sorted(metrics))}", compare(truth, reported.rows)
        )
    if reported.movements:
        true = _true_as_of(folder, reported.clock if end is None else end, gone)
        compared = compare_movements(true, reported.movements)
        found += _show("movements of customers by day", compared)
    return found


def _periods(folder: Path, lines: Iterable[bytes], gone: Collection[Key], end: int | None) -> int:
    """Compare periods with the truth as of `end`, epoch seconds; None: the clock of the rows."""
    rows = read_periods(lines)
    if not rows:
        raise TableError(f"there is no row of {PERIODS}, so nothing is compared")
    clock = clock_of(rows) if end is None else end
    ours = read_manifest(folder).definitions.stamp
    if others := {row.definitions for row in rows} - {ours}:
        out.print(
            f"[yellow]counted by other definitions ({', '.join(sorted(others))}) than the truth"
            f" ({ours})[/]"
        )
    return _show("numbers of periods", compare_periods(_true_as_of(folder, clock, gone), rows))


def _table(folder: Path, files: Iterable[Path]) -> int:
    rows = [row for file in files for row in read_table(file)]
    if not rows:
        raise TableError("there is no number in the table, so nothing is compared")
    return _show("numbers of periods", compare(_true(folder), rows))


def _incidents(folder: Path, lines: Iterable[bytes], gone: Collection[Key]) -> int:
    """Compare what incidents say of those who complained, as far as all is known of them."""
    incidents = read_incidents(lines)
    if not incidents.final:
        out.print(f"no incident of which all is known; {incidents.open} of which it is not")
        return 0
    manifest, asked = read_manifest(folder), [one.asked for one in incidents.final]
    truth = truth_of_folder(folder, manifest, lambda _: None, frozenset(gone), asked=asked)
    found = list(compare_stakes(truth.stakes, incidents.final))
    for one in found:
        out.print(one, markup=False)
    out.print(
        f"who complained in incidents, and what they are worth: {len(asked):,} compared,"
        f" {counted(len(found), 'difference')}"
    )
    if incidents.open:
        out.print(f"  more may become known of {incidents.open:,}, and so they were not compared")
    return len(found)


def _true_as_of(folder: Path, clock: int, gone: Collection[Key]) -> Iterable[Row]:
    """Give the true numbers up to a clock, epoch seconds, without what was not counted."""
    manifest = read_manifest(folder)
    if not gone and clock >= manifest.clock:
        return _true(folder)
    return _worked_out(folder, min(clock, manifest.clock), frozenset(gone))


@cache
def _worked_out(folder: Path, clock: int, gone: frozenset[Key]) -> list[Row]:
    """Work the true numbers out; it takes long, and both tables ask for the same."""
    manifest = read_manifest(folder)
    as_of = msgspec.structs.replace(manifest, clock=clock)
    return truth_of_folder(folder, as_of, lambda _: None, gone, manifest.clock).rows()


def _show(what: str, compared: Compared) -> int:
    """Print what came of a comparison, and give the number of differences."""
    found = len(compared.differences)
    for difference in compared.differences[:SHOWN]:
        out.print(str(difference), markup=False)
    if found > SHOWN:
        out.print(f"... and {found - SHOWN:,} more")
    out.print(f"{what}: {compared.numbers:,} compared, {counted(found, 'difference')}")
    if compared.left_out:
        out.print("  not reported, and so not compared: " + ", ".join(compared.left_out))
    return found
