"""State as a release leaves it in its changelogs, and what that release makes of it afterwards.

Run on the release whose state is wanted, from a checkout of it; it writes one file a world:

    PYTHONPATH=.:tests/core python dump.py FOLDER

The files beside this one are of the release before every kind of row had a declaration
(`streams.core.changelog`): fold 3, series 2, incidents 4. Where a later release is meant to judge
otherwise, let it write anew what it makes of the same state, and read what changed:

    PYTHONPATH=.:tests/core python tests/core/layouts/dump.py tests/core/layouts --again

A world has alerts that are open, resolved, stale and artefacts, signals that wait for a series
partition, events out of order, twice and refused. `go_on` is what comes after the dump; the test
lets the release of today do the same from the same changelogs, and compares.
"""

from __future__ import annotations

import gzip
import hashlib
import random
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
from events import T0, WALL, complaint
from small_cluster import PLACES, SOURCES, Cluster, Marker, Owner, Place
from small_world import (
    DAY,
    HOUR,
    alerts,
    base,
    beat,
    buckets,
    event,
    letters,
    produce,
    received,
    rolling,
    small_settings,
)

from streams.core.stage import Record

if TYPE_CHECKING:
    from streams.settings import Settings

WORLDS: Final = {"plain": False, "rate": True}
"""By name: whether complaints are judged by the number of customers."""

INTERNAL: Final = ("groundswell.partials", "groundswell.signals")
FACTS: Final = ("alert_id", "state", "previous", "reason", "labels", "started_at", "observed")
"""What of an alert does not depend on how well a release judges."""

ODD: Final = 'tab\there "quoted" \\ line\nNUL\0 \x10 é 日本 🙂'
"""A label that would break a key which is not escaped."""

WORDS: Final = [f"{start}{end}" for start in "bcdfglmnprst" for end in ("ill", "art", "one", "ump")]


def settings_of(*, rate: bool) -> Settings:
    settings = small_settings(idle_timeout=1e9)
    detect = settings.detect.model_copy(update={"rate": rate})
    return settings.model_copy(update={"detect": detect})


def come_and_go(cluster: Cluster, day: int) -> None:
    """Let customers sign up and cancel, in every partition: so these topics go on."""
    for partition in range(3):
        for n in range(2):
            name = {"customer_id": f"c{partition}"}
            money = {"currency": "USD", "segment": (ODD, "retail")[n], "reason": "price"}
            joined = complaint(f"j{day}-{partition}-{n}", day, monthly_value=900, **money, **name)
            left = complaint(f"l{day}-{partition}-{n}", day, value_lost=700, **money, **name)
            del joined["reason"]
            for topic, reported in (("signups", joined), ("cancellations", left)):
                if topic == "signups" or n:
                    cluster.produce(topic, partition, None, msgspec.json.encode(reported))


def odd(cluster: Cluster, day: int) -> None:
    reported = event("complaints", f"odd-{day}", day + HOUR, 1) | {"company": ODD, "segment": ODD}
    cluster.produce("complaints", 1, None, msgspec.json.encode(reported))


def spike(cluster: Cluster, at: int, size: int, label: int, *, customers: int = 50) -> None:
    """Let complaints of one company come for six hours; of one customer it looks like a robot."""
    for n in range(size):
        who = n % customers
        text = " ".join(random.Random(at + who).choices(WORDS, k=12))
        made = event("complaints", f"s{at}-{n}", at + n * 6 * HOUR // size, label)
        made |= {"customer_id": f"s{who}", "text": text}
        cluster.produce("complaints", who % 3, None, msgspec.json.encode(made))


def pass_day(cluster: Cluster, day: int, *, rate: bool) -> None:
    if rate:
        come_and_go(cluster, day + DAY)
    for n in range(6):
        produce(cluster, "complaints", f"{day}-{n}", day + n * 4 * HOUR, n % 3)
    beat(cluster, day + DAY)


def all_but_one(cluster: Cluster) -> None:
    """Let every stage read on but one series partition: what the others publish waits for it."""
    for place in PLACES:
        if place != Place("series", 2):
            owner = cluster.owners[place]
            for topic in place.topics():
                owner.process(topic)
            owner.flush()


def before(cluster: Cluster, *, rate: bool) -> int:
    """Live through what comes before the dump; return the event time of its end."""
    choose = random.Random(7)
    if rate:
        for day in range(22):
            come_and_go(cluster, T0 + day * DAY)
    now = base(cluster)
    odd(cluster, now)
    cluster.settle()
    spike(cluster, now + HOUR, 60, 1)
    spike(cluster, now + 2 * HOUR, 80, 3, customers=1)
    for _ in range(6):
        pass_day(cluster, now, rate=rate)
        now += DAY
        cluster.settle()
    spike(cluster, now + HOUR, 90, 0)
    produce(cluster, "complaints", "late", now - 5 * DAY, 2)
    cluster.produce("complaints", 0, b"key", b'{"event_id": 7}')
    pass_day(cluster, now, rate=rate)
    now += DAY
    cluster.settle()
    cluster.wall += 1e6
    cluster.owners[Place("incidents", 0)].tick()  # the source is silent: what is open is stale
    cluster.settle()
    spike(cluster, now + HOUR, 70, 2)
    pass_day(cluster, now, rate=rate)
    now += DAY
    cluster.settle()
    spike(cluster, now + HOUR, 70, 2)
    pass_day(cluster, now, rate=rate)
    all_but_one(cluster)
    for topic in ("revenue", "renewals"):
        for n in range(20):
            at = now + choose.randrange(DAY) - 300
            produce(cluster, topic, f"{topic}-{n}", at, choose.randrange(35))
    cluster.owners[Place("fold", 0)].process("revenue", 10)
    cluster.owners[Place("fold", 0)].flush()
    return now + DAY


def go_on(cluster: Cluster, now: int, *, rate: bool) -> dict[str, Any]:
    """Live through what comes after the dump; return what is public and what is held then."""
    for n in range(0, 70, 3):  # these came before
        again = event("complaints", f"s{now - DAY + HOUR}-{n}", now - DAY + HOUR, 2)
        cluster.produce("complaints", n % 50 % 3, None, msgspec.json.encode(again))
    cluster.settle()
    for _ in range(4):
        pass_day(cluster, now, rate=rate)
        odd(cluster, now)
        now += DAY
        cluster.settle()
    spike(cluster, now, 50, 2)
    pass_day(cluster, now, rate=rate)
    cluster.settle()
    return reported(cluster)


def reported(cluster: Cluster) -> dict[str, Any]:
    _, history = alerts(cluster)
    stages = {place: cluster.owners[place].stage for place in PLACES}
    return {
        "buckets": digest(buckets(cluster)),
        "rolling": digest(rolling(cluster)),
        "letters": sorted(letters(cluster)),
        "received": {place: dict(sorted(n.items())) for place, n in received(cluster).items()},
        "sizes": {
            f"{place.stage}:{place.partition}": dict(stage.sizes())
            for place, stage in stages.items()
        },
        "alerts": [{name: alert[name] for name in FACTS} for alert in history],
        "watermarks": {
            f"{place.stage}:{place.partition}": dict(sorted(cluster.watermarks[place].items()))
            for place in PLACES
        },
    }


def digest(table: dict[str, Any]) -> str:
    return hashlib.sha256(msgspec.json.encode(table, order="deterministic")).hexdigest()


def dump(cluster: Cluster, now: int) -> dict[str, Any]:
    """Write down the changelogs, the markers, and what is not read yet."""
    return {
        "now": now,
        "wall": cluster.wall,
        "places": [
            {
                "place": list(place),
                "flush": cluster.markers[place].flush,
                "offsets": dict(cluster.markers[place].offsets),
                "watermarks": dict(cluster.watermarks[place]),
                "rows": sorted(cluster.changelogs[place].items()),
            }
            for place in PLACES
        ],
        "logs": [
            [topic, partition, first, [[key, value] for _, key, value in log[first:]]]
            for (topic, partition), log in sorted(cluster.logs.items())
            if topic in SOURCES or topic in INTERNAL
            for first in [unread(cluster, topic, partition)]
        ],
    }


def unread(cluster: Cluster, topic: str, partition: int) -> int:
    stage = "fold" if topic in SOURCES else "series" if "partials" in topic else "incidents"
    return cluster.markers[Place(stage, partition)].offsets.get(topic, 0)


def load(dumped: dict[str, Any], settings: Settings) -> Cluster:
    """Make a cluster whose every place takes over what was written down."""
    cluster = Cluster(settings, dumped["wall"])
    for topic, partition, first, rest in dumped["logs"]:
        log = cluster.logs[topic, partition]
        log.extend(Record(offset, None, None) for offset in range(first))
        log.extend(Record(first + n, key, value) for n, (key, value) in enumerate(rest))
    for one in dumped["places"]:
        place = Place(*one["place"])
        cluster.changelogs[place] = dict(one["rows"])
        cluster.markers[place] = Marker(one["flush"], one["offsets"])
        cluster.watermarks[place] = one["watermarks"]
        cluster.owners[place] = Owner(cluster, place)
    return cluster


def read(file: Path) -> dict[str, Any]:
    dumped: dict[str, Any] = msgspec.msgpack.decode(gzip.decompress(file.read_bytes()))
    return dumped


def write(file: Path, dumped: dict[str, Any]) -> None:
    file.write_bytes(gzip.compress(msgspec.msgpack.encode(dumped), 9, mtime=0))
    print(f"{file}: {file.stat().st_size} bytes")


def again(folder: Path) -> None:
    """Keep the state that is written down, and write anew what comes of it."""
    for name, rate in WORLDS.items():
        dumped = read(folder / f"{name}.msgpack.gz")
        before, cluster = dumped["expected"], load(dumped, settings_of(rate=rate))
        dumped["expected"] = go_on(cluster, dumped["now"], rate=rate)
        changed = [key for key, value in dumped["expected"].items() if value != before[key]]
        print(name, "changed:", ", ".join(changed) or "nothing")
        write(folder / f"{name}.msgpack.gz", dumped)


def main(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    for name, rate in WORLDS.items():
        settings = settings_of(rate=rate)
        cluster = Cluster(settings, WALL)
        now = before(cluster, rate=rate)
        found, history = alerts(cluster)
        print(name, [(row["state"], row["verdict"]) for row in found.values()], len(history))
        dumped = dump(cluster, now)
        expected = go_on(load(dumped, settings), now, rate=rate)
        kinds = Counter((p["place"][0], key[:1]) for p in dumped["places"] for key, _ in p["rows"])
        print(sorted(kinds.items()))
        print(len(expected["alerts"]), "transitions since")
        write(folder / f"{name}.msgpack.gz", dumped | {"expected": expected})


if __name__ == "__main__":
    (again if "--again" in sys.argv else main)(Path(sys.argv[1]))
