"""Groundswell beside others that count the same events: CPU a million, time, memory.

    python benchmarks/bench.py [--quick] [--runs 3] [--only NAME ...]

One Apache Kafka a run, with events of the same seed; the contenders take turns, each in a process
of its own. The CPU time (user and system), the seconds and the peak of memory are those of the
process from its start until all is counted, its start-up included. What is counted by hour and
product must be the truth, or the run ends with status 1.

Slow contenders count the first part of the events.
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
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from bench_events import HOUR, Counts, Work, complaints, truth
from live import MIB, ROOT, Broker, broker
from worker_speed import PARTITIONS, Build, Run, fill
from worker_speed import run as run_worker

if TYPE_CHECKING:
    from crowd import Made

PREFIX: Final = 200_000
"""Events that a slow contender counts."""
DENSE: Final = Work("dense", 3_000_000, 3, 60)
SPARSE: Final = Work("sparse", 500_000, 120, 60)
QUICK: Final = Work("dense", 200_000, 3, 60)
OURS: Final = Build("ours", ROOT, Path(sys.executable))


class Contender(NamedTuple):
    """Who counts: a worker of ours with settings, or a script of `peers`.

    `versions` are the packages to be named with it. What needs others than we have gets an
    environment of its own, with the requirement `own`.
    """

    name: str
    versions: tuple[str, ...]
    script: str | None = None
    own: str | None = None
    settings: dict[str, str] = {}  # noqa: RUF012 -- never changed
    slow: bool = False


CONTENDERS: Final = (
    Contender("confluent-kafka, read alone", ("confluent-kafka",), "confluent_read.py"),
    Contender("aiokafka, read alone", ("aiokafka",), "aiokafka_read.py"),
    Contender("Faust, one table", ("faust-streaming", "pydantic"), "faust_count.py", slow=True),
    Contender("Quix Streams, one table", (), "quix_count.py", "quixstreams==3.28.1", slow=True),
    Contender("Groundswell", ()),
    Contender("Groundswell, no detection", (), settings={"GROUNDSWELL_DETECT__METRICS": "[]"}),
    Contender("Groundswell, customers", (), settings={"GROUNDSWELL_CUSTOMERS__ENABLED": "true"}),
)


def main() -> None:
    """Run all contenders in turn, and print a table for each load."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="one small load, each once")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--events", type=int, help="of each load, fewer than usual")
    parser.add_argument("--only", nargs="*", help="contenders whose names have this word")
    given = parser.parse_args()
    contenders = [
        one for one in CONTENDERS if not given.only or any(word in one.name for word in given.only)
    ]
    for work in (QUICK,) if given.quick else (DENSE, SPARSE):
        load = work._replace(events=min(work.events, given.events or work.events))
        runs = measure(load, contenders, 1 if given.quick else given.runs)
        print(*table(load, contenders, runs), sep="\n", flush=True)


def measure(
    work: Work, contenders: list[Contender], number: int
) -> dict[str, list[tuple[int, Run]]]:
    """Let each contender count a load so many times, in turn; events and run by its name."""
    begin = (time.time() // HOUR - work.hours - 4) * HOUR
    loads = {slow: _load(work, begin, slow=slow) for slow in {one.slow for one in contenders}}
    right = {slow: truth(made) for slow, made in loads.items()}
    runs: dict[str, list[tuple[int, Run]]] = {one.name: [] for one in contenders}
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
    if one.script is None:
        site.environment.update(one.settings)
        return run_worker(site, OURS, made), _buckets(site)
    script = Path(__file__).parent / "peers" / one.script
    python = _python(one.own)
    begun = time.monotonic()
    with tempfile.TemporaryFile() as out:
        process = subprocess.Popen(  # noqa: S603 -- our own
            [python, script, site.bootstrap, str(len(made))], stdout=out
        )
        peak, (ended, status, used) = 0.0, os.wait4(process.pid, os.WNOHANG)
        while not ended:  # what the system says at the end has the peak of this process in it, too
            peak = max(peak, _peak(process.pid))
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


def _python(requirement: str | None) -> Path:
    """Return the Python to run a peer with; makes its environment the first time."""
    if requirement is None:
        return Path(sys.executable)
    folder = ROOT / ".peers" / requirement
    python = folder / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)  # noqa: S603 -- our own
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, requirement], check=True)  # noqa: S603 -- our own
    return python


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
    if one.script is None:
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


def table(
    work: Work, contenders: list[Contender], runs: dict[str, list[tuple[int, Run]]]
) -> list[str]:
    """Return the lines of a table in Markdown: medians, and every run behind them."""
    about = f"{work.name}: {work.events:,} events over {work.hours} h, {work.companies} companies"
    lines = [
        f"{about}; Python {platform.python_version()}, {os.cpu_count()} cores",
        "",
        "| | events | CPU s a million | events/s | peak MiB | runs (CPU s) |",
        "|---|---:|---:|---:|---:|---|",
    ]
    for one in contenders:
        found = runs[one.name]
        events, each = found[0][0], [run for _, run in found]
        cpu, seconds, peak = (statistics.median(column) for column in zip(*each, strict=True))
        names = one.own or ", ".join(f"{name} {version(name)}" for name in one.versions)
        lines.append(
            f"| {one.name}{f' ({names})' if names else ''} | {events:,} | {cpu / events * 1e6:.1f}"
            f" | {events / seconds:,.0f} | {peak:.0f}"
            f" | {', '.join(f'{run.cpu:.1f}' for run in each)} |"
        )
    return [*lines, ""]


if __name__ == "__main__":
    main()
