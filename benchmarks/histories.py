"""Make histories of complaints with a spike and artefacts of known date, and ask what is said.

    python benchmarks/histories.py [WHICH ...] [--dir DIR] [--seed 1]

Three are made of slices of the published complaints (../shared/data/README.md), as a company would
export them: with columns of other names. `full` has customers, times and words; `bare` has days and
labels only, other products and other years; `minutes` has customers and times in minutes. Each is
put through `groundswell replay`; printed are, for what was put in, the alerts of its days and place
that no other explains, and what people were told of their incidents. Ends with 1 where a spike has
paged nobody or no message names it, or an artefact has paged.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from history_worlds import DAY, World, utc

if TYPE_CHECKING:
    from history_worlds import Put

PART = 0.4


def full(seed: int) -> World:
    """Two products of 2013, with all there is to know."""
    w = World("2013-02-01", "2013-10-31", ("Mortgage", "Credit card"), seed)
    w.spike(utc("2013-06-05"), company="SYNCHRONY BANK")
    w.repeat(utc("2013-06-25"), 60, company="CAPITAL ONE FINANCIAL CORPORATION")
    w.bulk(utc("2013-07-10"), 90, company="HSBC NORTH AMERICA HOLDINGS INC.")
    w.chain_letter(utc("2013-07-24"), 80, company="AMERICAN EXPRESS CENTURION BANK")
    w.silence(utc("2013-08-08"), 3, channel="Web")
    w.twice(utc("2013-08-27"), 2, product="Credit card")
    w.rename(utc("2013-09-17"), "issue", "Loan servicing, payments, escrow account", "Escrow")
    return w


def bare(seed: int) -> World:
    """Two other products, two years later: days and labels only."""
    w = World("2014-09-01", "2015-07-31", ("Debt collection", "Credit reporting"), seed)
    w.silence(utc("2015-02-12"), 3, channel="Web")
    w.spike(utc("2015-03-18"), company="ENCORE CAPITAL GROUP INC.")
    w.rename(utc("2015-04-22"), "issue", "Communication tactics", "How they call")
    w.rename(utc("2015-06-10"), "company", "EQUIFAX, INC.", "Equifax")
    return w


def minutes(seed: int) -> World:
    """Bank accounts and student loans: customers and minutes, no words."""
    products = ("Bank account or service", "Student loan")
    w = World("2015-09-01", "2016-06-30", products, seed)
    w.bulk(utc("2016-01-20"), 70, company="Navient Solutions, LLC.")
    w.repeat(utc("2016-02-17"), 50, product="Student loan")
    w.spike(utc("2016-03-16"), issue="Problems caused by my funds being low")
    w.silence(utc("2016-04-14"), 2, product="Bank account or service")
    w.twice(utc("2016-05-10"), 3, product="Bank account or service")
    return w


MADE = {"full": full, "bare": bare, "minutes": minutes}
COLUMNS = {
    "product": "Area",
    "issue": "Reason",
    "company": "Firm",
    "state": "State",
    "channel": "Came by",
    "client": "Client no",
    "text": "Narrative",
}
FIELDS = {
    "state": "region",
    "client": "customer_id",
    "occurred_at": "occurred_at",
    "text": "text",
}
KNOWN = {"full": tuple(COLUMNS), "bare": tuple(COLUMNS)[:5], "minutes": tuple(COLUMNS)[:6]}
FORMATS = {"full": "%Y-%m-%d %H:%M:%S", "bare": "%Y-%m-%d", "minutes": "%d.%m.%Y %H:%M"}


def write(which: str, world: World, file: Path) -> list[str]:
    """Write the CSV; give the arguments of `groundswell replay` for it."""
    names = KNOWN[which]
    with file.open("w", newline="") as out:
        table = csv.writer(out)
        table.writerow(["Received", *(COLUMNS[name] for name in names)])
        for row in sorted(world.rows, key=lambda r: r.time.date()):
            when = row.time.strftime(FORMATS[which])
            table.writerow([when, *(getattr(row, name) for name in names)])
    maps = [f"{FIELDS.get(name, name)}={COLUMNS[name]}" for name in names]
    args = [str(file), "--topic", "complaints", "--map", "occurred_at=Received"]
    for one in maps:
        args += ["--map", one]
    return args + (["--date-format", FORMATS[which]] if which == "minutes" else [])


class Replayed(NamedTuple):
    """What a replay gives: the transitions of all alerts, and incidents by id as they were last."""

    transitions: list[dict[str, Any]]
    incidents: dict[str, dict[str, Any]]


def replay(args: list[str], incidents: Path) -> Replayed:
    """Put a file through `groundswell replay`; `incidents` is where it writes those."""
    command = [sys.executable, "-c", "from streams.cli.main import app; app()", "replay", *args]
    command += ["--json", "--incidents", str(incidents)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    rows = map(json.loads, incidents.read_text().splitlines())
    return Replayed(
        [json.loads(line) for line in done.stdout.splitlines()],
        {row["incident_id"]: row for row in rows},
    )


def said(
    put: Put, transitions: list[dict[str, Any]], *, timed: bool = True
) -> list[dict[str, Any]]:
    """Give the alerts of what was put in that fired in its days, as published last: no parts.

    Where one has paged, as it was then. Of it are those of which it makes two fifths of the excess.
    """
    last: dict[str, dict[str, Any]] = {}
    paged: dict[str, dict[str, Any]] = {}
    for alert in transitions:
        at = datetime.fromisoformat(alert["at"])
        fired = alert["state"] == "firing" and alert["explained_by"] is None
        its = put.day <= at < put.day + (put.days + 1) * DAY
        if fired and its and _part(put, alert, timed=timed) >= PART:
            last[alert["alert_id"]] = alert
            if alert["verdict"] == "real":
                paged[alert["alert_id"]] = alert
    return list((last | paged).values())


def _part(put: Put, alert: dict[str, Any], *, timed: bool) -> float:
    names = {FIELDS.get(name, name): name for name in COLUMNS}
    labels = {names[k]: v for k, v in alert["labels"].items() if k in names}
    first, end = (datetime.fromisoformat(alert[f"window_{side}"]) for side in ("start", "end"))
    if not timed:
        first, end = _midnight(first), _midnight(end + DAY - timedelta(seconds=1))
    own = [
        row
        for row in put.rows
        if first <= row.time < end and all(getattr(row, k) == v for k, v in labels.items())
    ]
    return len(own) / max(1.0, alert["excess"])


def _midnight(time: datetime) -> datetime:
    return time.replace(hour=0, minute=0, second=0)


def right(put: Put, alerts: list[dict[str, Any]]) -> bool:
    """Tell whether a spike has paged, or an artefact was named and has not."""
    real = [alert for alert in alerts if alert["verdict"] == "real"]
    if put.right == "real":
        return bool(real)
    named = {reason["artefact"] for alert in alerts for reason in alert["reasons"]}
    return not real and (put.right in named or not alerts)


def messages(
    put: Put, alerts: list[dict[str, Any]], incidents: dict[str, dict[str, Any]]
) -> list[dict[str, Any]]:
    """Give what people were told of the incidents of alerts in the days of what was put in."""
    told = []
    for name in sorted({alert["incident_id"] for alert in alerts} - {None}):
        row = incidents[name]
        row = incidents.get(row["merged_into"] or "", row)
        told += [
            one
            for one in row["messages"]
            if put.day <= datetime.fromisoformat(one["at"]) < put.day + (put.days + 1) * DAY
        ]
    return sorted(told, key=lambda one: str(one["at"]))


def is_named(put: Put, told: list[dict[str, Any]]) -> bool:
    """Tell whether some message names what was put in."""
    return any(
        value in f"{one['title']} {one['text']}" for one in told for value in put.labels.values()
    )


def main() -> None:
    """Make the histories, replay them, and compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("which", nargs="*", default=list(MADE))
    parser.add_argument("--dir", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    folder = args.dir or Path(tempfile.mkdtemp())
    wrong = 0
    for which in args.which:
        world = MADE[which](args.seed)
        file = folder / f"{which}.csv"
        transitions, incidents = replay(write(which, world, file), file.with_suffix(".jsonl"))
        print(f"\n{which}: {len(world.rows):,} complaints, {len(transitions):,} transitions")
        for put in world.put:
            alerts = said(put, transitions, timed=which != "bare")
            told = messages(put, alerts, incidents)
            good = right(put, alerts) and (put.right != "real" or is_named(put, told))
            wrong += not good
            mark = "" if good else "   WRONG"
            print(f"{put.day.date()} {put.name} in {put.labels}{mark}")
            for alert in alerts or ["nothing said"]:
                print("   ", alert if isinstance(alert, str) else line(alert), flush=True)
            for one in told:
                print(
                    f"    > {one['at']} {one['reason']}: {one['title']}. {one['text']}", flush=True
                )
    sys.exit(1 if wrong else 0)


def line(alert: dict[str, Any]) -> str:
    """Write an alert in a line."""
    reasons = ", ".join(f"{r['artefact']} {r['share']:.0%}" for r in alert["reasons"])
    numbers = f"{alert['observed']} where {alert['expected']:.1f} were expected"
    return f"{alert['at']} {alert['labels']} {numbers}: {alert['verdict']} {reasons}"


if __name__ == "__main__":
    main()
