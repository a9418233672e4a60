"""Groundswell beside others that count the same events: CPU a million, time, memory.

    python benchmarks/bench.py [--quick] [--runs 3] [--only NAME ...] [--against REVISION] [--docs]

One Apache Kafka a run, with events of the same seed; the contenders take turns, each in a process
of its own. The CPU time (user and system), the seconds and the peak of memory are those of the
process from its start until all is counted, its start-up included. What is counted by hour and
product must be the truth, or the run ends with status 1.

Slow contenders count the first part of the events. With --against, a worker of another revision
(or of a folder: a checkout of it with its libraries) takes its turn, too. With --docs, the tables
go into docs/performance.md, and a chart of them beside it.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Final

from bench_chart import bars
from bench_events import HOUR, Counts, Work, complaints, truth
from contenders import CONTENDERS, OURS, Contender
from live import MIB, ROOT, Broker, broker
from worker_speed import PARTITIONS, Build, Run, beside, fill
from worker_speed import run as run_worker

if TYPE_CHECKING:
    from crowd import Made

PREFIX: Final = 200_000
"""Events that a slow contender counts."""
DENSE: Final = Work("dense", 3_000_000, 3, 60)
SPARSE: Final = Work("sparse", 500_000, 120, 60)
WIDE: Final = Work("wide", 300_000, 3, 100_000)
TEXTS: Final = Work("texts", 300_000, 3, 60, letters=500)
PATIENCE_SECONDS: Final = 1_200.0
QUICK: Final = Work("dense", 200_000, 3, 60)
HERE: Final = Build("ours", ROOT, Path(sys.executable))
PAGE: Final = ROOT / "docs" / "performance.md"
CHART: Final = ROOT / "docs" / "performance.svg"
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"

Runs = dict[str, list[tuple[int, Run]]]
"""By contender: how many events it counted, and what it took, run by run."""


def main() -> None:
    """Run all contenders in turn, and print a table for each load."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one small load, each once")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--events", type=int, help="of each load, fewer than usual")
    parser.add_argument("--loads", nargs="*", help="dense, sparse, wide, texts; all by default")
    parser.add_argument("--only", nargs="*", help="contenders whose names have this word")
    parser.add_argument("--against", metavar="REVISION", help="a worker of it takes its turn, too")
    parser.add_argument("--docs", action="store_true", help="put them into docs/performance.md")
    given = parser.parse_args()
    contenders = [
        one for one in CONTENDERS if not given.only or any(word in one.name for word in given.only)
    ]
    with tempfile.TemporaryDirectory() as home:
        if given.against:
            other = beside(given.against, Path(home))
            ours = next(one for one in CONTENDERS if one.name == OURS)
            contenders.append(ours._replace(name=f"{OURS}, {given.against}", build=other))
        compare(given, contenders)


def compare(given: argparse.Namespace, contenders: list[Contender]) -> None:
    """Run the contenders on each load, and print a table of it."""
    tables: list[str] = []
    medians: dict[str, dict[str, float]] = {}
    for work in (QUICK,) if given.quick else (DENSE, SPARSE, WIDE, TEXTS):
        if given.loads and work.name not in given.loads:
            continue
        load = work._replace(events=min(work.events, given.events or work.events))
        chosen = [
            one
            for one in contenders
            if (one.texts or not load.letters) and (one.wide or load.companies < WIDE.companies)
        ]
        runs = measure(load, chosen, 1 if given.quick else given.runs)
        lines = table(load, chosen, runs)
        print(*lines, sep="\n", flush=True)
        tables += lines
        medians[load.name] = {name: _cpu_a_million(found) for name, found in runs.items()}
    if given.docs:
        before, _, rest = PAGE.read_text().partition(BEGIN)
        after = rest.partition(END)[2]
        chart = f"![CPU seconds a million events]({CHART.name})"
        PAGE.write_text("\n".join([before + BEGIN, "", chart, "", *tables, END]) + after)
        CHART.write_text(bars(medians))


def measure(work: Work, contenders: list[Contender], number: int) -> Runs:
    """Let each contender count a load so many times, in turn; events and run by its name."""
    begin = (time.time() // HOUR - work.hours - 4) * HOUR
    loads = {slow: _load(work, begin, slow=slow) for slow in {one.slow for one in contenders}}
    right = {slow: truth(made) for slow, made in loads.items()}
    runs: Runs = {one.name: [] for one in contenders}
    for count in range(number):
        for one in contenders:
            made = loads[one.slow]
            with tempfile.TemporaryDirectory() as home, broker(Path(home), PARTITIONS) as site:
                fill(site, made)
                found, counts = _run(site, one, made)
            _check(one, counts, right[one.slow])
            runs[one.name].append((len(made), found))
            print(
                f"{work.name} {count + 1}, {one.name}: {len(made):,} events, {found.cpu:.1f} CPU s,"
                f" {found.seconds:.1f} s, peak {found.peak:.0f} MiB",
                flush=True,
            )
    return runs


def _load(work: Work, begin: float, *, slow: bool) -> list[Made]:
    if slow and work.events > PREFIX:
        hours = max(1, work.hours * PREFIX // work.events)
        work = work._replace(events=PREFIX, hours=hours)
    return list(complaints(work, begin))


def _run(site: Broker, one: Contender, made: list[Made]) -> tuple[Run, Counts]:
    if one.is_ours:
        site.environment.update(one.settings)
        return run_worker(site, one.build or HERE, made), _buckets(site)
    command = one.command(site.bootstrap, len(made))
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryDirectory() as home:
        # Faust makes a folder for its tables where it stands, with a store in memory, too.
        process = subprocess.Popen(command, stdout=out, cwd=home)  # noqa: S603 -- our own
        peak, (ended, status, used) = 0.0, os.wait4(process.pid, os.WNOHANG)
        while not ended:  # what the system says at the end has the peak of this process in it, too
            peak = max(peak, _peak(process.pid))
            if time.monotonic() - begun > PATIENCE_SECONDS:
                process.kill()
                sys.exit(f"{one.name} had not counted all after {PATIENCE_SECONDS:.0f} s")
            time.sleep(0.05)
            ended, status, used = os.wait4(process.pid, os.WNOHANG)
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        said = out.read()
    if process.returncode:
        sys.exit(f"{one.name} ended with status {process.returncode}")
    found = json.loads(said.splitlines()[-1])  # Faust has a banner before it
    seconds = time.monotonic() - begun
    run = Run(used.ru_utime + used.ru_stime, seconds, peak)
    return run, Counter(found.get("counts", {"all": found.get("events", 0)}))


def _peak(process: int) -> float:
    """Return the most that was ever resident of a process, in MiB; 0 if it is over."""
    status = Path(f"/proc/{process}/status").read_text()
    found = status.partition("VmHWM:")[2].split()
    return int(found[0]) * 1024 / MIB if found else 0.0


def _buckets(site: Broker) -> Counts:
    """Read the counts by hour and product that a worker published last."""
    last: dict[bytes, tuple[str, int]] = {}
    for message in site.messages("metrics.buckets"):
        row = json.loads(message.value() or b"null")
        if row and row["grain"] == "1h" and list(row["labels"]) == ["product"]:
            place = f"{row['start'][:13]} {row['labels']['product']}"
            last[message.key() or b""] = place, row["count"]
    return Counter(dict(last.values()))


def _check(one: Contender, counts: Counts, right: Counts) -> None:
    """End the run where what was counted is not the truth."""
    if one.is_ours:
        # The hour of the closing events stays open; it has those alone.
        end = max(right)[:13]
        counts, right = (
            Counter({place: n for place, n in each.items() if place[:13] < end})
            for each in (counts, right)
        )
    elif "all" in counts:
        right = Counter({"all": right.total()})
    if counts != right:
        sys.exit(f"{one.name} counts {counts.total():,} events otherwise than {right.total():,}")


def table(work: Work, contenders: list[Contender], runs: Runs) -> list[str]:
    """Return the lines of a table in Markdown: medians, and every run behind them."""
    letters = f", texts of {work.letters} letters" if work.letters else ""
    about = f"{work.events:,} events over {work.hours} h, {work.companies:,} companies{letters}"
    lines = [
        f"**{work.name}**: {about}; Python {platform.python_version()}, {os.cpu_count()} cores",
        "",
        "| | counts | events | CPU s a million | events/s | peak MiB | runs (CPU s) |",
        "|---|---|---:|---:|---:|---:|---|",
    ]
    for one in contenders:
        found = runs[one.name]
        events, each = found[0][0], [run for _, run in found]
        seconds, peak = (statistics.median(column) for column in list(zip(*each, strict=True))[1:])
        names = one.versions()
        lines.append(
            f"| {one.name}{f' ({names})' if names else ''} | {one.counts} | {events:,}"
            f" | {_cpu_a_million(found):.1f} | {events / seconds:,.0f} | {peak:.0f}"
            f" | {', '.join(f'{run.cpu:.1f}' for run in each)} |"
        )
    return [*lines, ""]


def _cpu_a_million(found: list[tuple[int, Run]]) -> float:
    """Return the median of the CPU seconds a million events."""
    return statistics.median(run.cpu / events * 1e6 for events, run in found)


if __name__ == "__main__":
    main()
